"""Mechanisms: the vocabulary of dotted paths, each with its meaning, and the words of reports that stand for them."""

from __future__ import annotations

from lightkeeper.judge.pools import IN_PART

MEANINGS = {
    "dns": "The look-up of the name is interfered with.",
    "dns.injection": "A wrong answer is given for the name.",
    "dns.injection.one_address": "One wrong address is given for unrelated names.",
    "dns.no_answer": "The name is said to exist without an address.",
    "dns.nxdomain": "The name is said not to exist.",
    "dns.refused": "The resolver refuses the name.",
    "tcp": "The connection to the address is interfered with.",
    "tls": "The TLS handshake is interfered with.",
    "tls.mitm": "Another certificate than the server's is shown.",
    "tls.mitm.self_signed": "A certificate that signed itself is shown.",
    "tls.mitm.unknown_authority": "A certificate of an untrusted authority is shown.",
    "tls.mitm.wrong_name": "A certificate for another name is shown.",
    "tls.mitm.state_authority": "A certificate of an authority that a state made people install is shown.",
    "tls.throttle": "Handshakes or transfers under the name are slowed down.",
    "quic": "The QUIC handshake is interfered with.",
    "http": "The HTTP exchange is interfered with.",
    "http.blockpage": "A page that says that the site is blocked is shown in its place.",
    "http.diff": "Another page than the site's is shown.",
    "app": "A protocol above the common layers is interfered with.",
    "vpn": "A tunnel or a tool against blocking is stopped at the step that the path names.",
    "rate.throttle": "Transfers are slowed down.",
    "rate.throttle.plateau": "Transfers are held to one rate.",
}
"""Meaning by path. A path below one of these that ends in a kind of failure (`tls.reset`) means the one above by it.
One that ends in `.in_part` is about a pool of which only some addresses are stopped."""
PART = "Only a part of the pool's addresses is."

WORDS = {
    "dns": "dns",
    "nxdomain": "dns.nxdomain",
    "tls": "tls",
    "sni": "tls",
    "man-in-the-middle": "tls.mitm",
    "http": "http",
    "block page": "http.blockpage",
    "blockpage": "http.blockpage",
    "quic": "quic",
    "throttling": "rate.throttle",
    "throttled": "rate.throttle",
}
"""Words of public reports (OONI's findings among them) and the mechanism that they stand for."""


def meaning(mechanism: str) -> str | None:
    """What a mechanism means: its own, or that of the nearest path above it; none for an unknown one."""
    path, in_part = mechanism.removesuffix(IN_PART), mechanism.endswith(IN_PART)
    while path:
        if path in MEANINGS:
            return f"{MEANINGS[path]} {PART}" if in_part else MEANINGS[path]
        path = path.rpartition(".")[0]
    return None


def named_in(text: str) -> list[str]:
    """The mechanisms that a text names by a known word, sorted; none where it only says `blocked`."""
    plain = "".join(c if c.isalnum() or c == "-" else " " for c in text.casefold())
    padded = f" {' '.join(plain.split()).replace('-based', ' -based')} "
    return sorted({mechanism for word, mechanism in WORDS.items() if f" {word} " in padded})
