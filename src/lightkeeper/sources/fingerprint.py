"""A fingerprint: a text that shows a block page, or an address that stands for a block, and how far to trust it."""

from __future__ import annotations

import msgspec
import re2

NETWORK = frozenset({"nat", "isp"})
"""Scopes of what a state or an operator shows: only these can mean `blocked`."""
OTHER = frozenset({"prod", "inst", "vbw", "injb", "prov", "br", "serv", ""})
"""Scopes of filters that people choose, of vague words, of notices, and of what the server says itself."""
FALSE = "fp"
"""Scope of pages that are known to look like block pages and are none."""
MAX_PATTERN = 4096
LEAST_PATTERN = 4
"""Characters that a pattern must have: a shorter one is found in any page."""
_ONE_PATTERN_BYTES = 1 << 20
_ANCHORED = {"full": (r"\A(?:", r")\z"), "prefix": (r"\A(?:", ")"), "contains": ("", ""), "regexp": ("", "")}
KINDS = tuple(_ANCHORED)


class Fingerprint(msgspec.Struct, frozen=True, omit_defaults=True):
    """One fingerprint. `location` is `body`, `header.<name>`, `header` (any of them) or `dns`.

    `confidence` is OONI's `confidence_no_fp`: 0 (a vague word) to 10 (surely no false positive).
    """

    name: str
    location: str
    kind: str
    pattern: str
    scope: str
    countries: tuple[str, ...] = ()
    confidence: int = 5
    source: str = ""


def expression(fingerprint: Fingerprint) -> str:
    """The fingerprint as a pattern in RE2's syntax, to be searched for anywhere in a text."""
    begin, end = _ANCHORED[fingerprint.kind]
    text = fingerprint.pattern if fingerprint.kind == "regexp" else re2.escape(fingerprint.pattern)
    return f"{begin}{text}{end}"


def why_unusable(fingerprint: Fingerprint) -> str | None:
    """Why a pattern cannot be used, in words that a person can act on; none where it can.

    RE2 refuses what it cannot search for in linear time (look-around, back-references) or within its memory.
    """
    if not LEAST_PATTERN <= len(fingerprint.pattern) <= MAX_PATTERN:
        return f"the pattern has {len(fingerprint.pattern)} characters, not {LEAST_PATTERN} to {MAX_PATTERN:,}"
    options = re2.Options()
    options.log_errors, options.never_capture, options.max_mem = False, True, _ONE_PATTERN_BYTES
    try:
        compiled = re2.compile(expression(fingerprint), options)
    except (re2.error, UnicodeEncodeError) as error:
        said = error.args[0] if error.args else "it is refused"
        return f"the pattern cannot be used: {said.decode(errors='replace') if isinstance(said, bytes) else said}"
    return "the pattern is found in an empty text, so in every page" if compiled.search("") else None
