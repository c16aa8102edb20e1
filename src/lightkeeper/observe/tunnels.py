"""What nettests of circumvention tools share: the list of tools, names of providers, how far a bootstrap got."""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import cache, lru_cache
from importlib.resources import files
from itertools import islice
from typing import Any
from urllib.parse import parse_qs, urlsplit

from lightkeeper.observe.addresses import MAX_URL
from lightkeeper.observe.wire import Number, Text, Wire

MAX_LOG = 2000
UNKNOWN = "unknown"
_PROVIDER = re.compile(r"[a-z][a-z0-9_-]{0,39}")
_SAME = {"riseup": "riseupvpn"}
_PROGRESS = re.compile(r"Bootstrapped ([0-9]{1,3})%(?: \(([a-z_]{1,40})\))?")
_TAG = re.compile(r"[a-z_]{1,40}")


@cache
def tunnels() -> frozenset[str]:
    """Services that carry other traffic past a censor, by the first part of their targets' names."""
    text = files("lightkeeper.observe").joinpath("tunnels.tsv").read_text(encoding="utf-8")
    return frozenset(line.split("\t")[0] for line in text.splitlines() if line and not line.startswith("#"))


@lru_cache(maxsize=65536)
def is_tunnel(target: str) -> bool:
    """Whether a target is such a service, or what went through one (`https/tunnel`)."""
    service, _, part = target.partition("/")
    return part == "tunnel" or (part != "website" and service in tunnels())


def provider(name: str | None) -> str:
    """The name of a provider as targets have it; `unknown` for none, and for what cannot be one."""
    plain = (name or "").casefold()
    plain = _SAME.get(plain, plain)
    return plain if _PROVIDER.fullmatch(plain) else UNKNOWN


def provider_of(value: Any, protocol: str) -> str:
    """The provider in an input such as `openvpn://riseupvpn.corp/?address=…` (ts-040, Input URI).

    Over obfs4 it is another target, `…-obfs4`. The form of 2022 names the protocol as one more label
    (`vpn://riseup.openvpn/`), in either order.
    """
    try:
        parts = urlsplit(value[:MAX_URL] if isinstance(value, str) else "")
        labels = [label for label in (parts.hostname or "").split(".") if label and label != protocol]
        options = parse_qs(parts.query, max_num_fields=20)
    except ValueError:
        return UNKNOWN
    hidden = parts.scheme.endswith("+obfs4") or "obfs4" in (*options.get("obfs", ()), *options.get("obfuscation", ()))
    return provider(labels[0] if labels else None) + ("-obfs4" if hidden else "")


class BootstrapKeys(Wire):
    """`test_keys` of nettests that start a tool and wait for it. What they concluded (`success`) is not read."""

    bootstrap_time: Number = None
    failure: Text = None
    error: Text = None
    tor_progress: float | None = None
    tor_progress_tag: Text = None
    tor_logs: list[str] | str | None = None
    tor_log: str | None = None


def progress(keys: BootstrapKeys) -> tuple[int, str] | None:
    """How far Tor got, in per cent, and its own name of the step; none where the record does not say."""
    if keys.tor_progress is not None and 0 <= keys.tor_progress <= 100:
        tag = keys.tor_progress_tag or ""
        return int(keys.tor_progress), tag if _TAG.fullmatch(tag) else ""
    logs: Iterable[str] = keys.tor_logs if isinstance(keys.tor_logs, list) else (keys.tor_logs or "").splitlines()
    lines = [*islice(logs, MAX_LOG), *islice((keys.tor_log or "").splitlines(), MAX_LOG)]
    found = [(int(m[1]), m[2] or "") for m in map(_PROGRESS.search, lines) if m and int(m[1]) <= 100]
    return max(found, default=None)


def bootstrap(keys: BootstrapKeys) -> tuple[str, str | None, float | None] | None:
    """The step that was reached, the failure, and the time it took in seconds; none where the record says nothing.

    It got ready if it took a time, which is zero if it did not (ts-016 and ts-030, Semantics), or reached 100 %; the
    log may end before its last line. Else its failure stands, and without one `not_ready`. A record with no time, no
    failure and no progress is invalid (ts-015, Possible conclusions), and says nothing.
    """
    reached = progress(keys)
    took = keys.bootstrap_time if keys.bootstrap_time and 0 < keys.bootstrap_time < 1e6 else None
    failed = keys.failure or keys.error
    if reached is None and took is None and failed is None:
        return None
    whole = reached is not None and reached[0] == 100
    ready = whole or took is not None
    step = "bootstrap"
    if reached is not None and (whole or not ready):
        step = f"bootstrap at {reached[0]} %" + (f" ({reached[1]})" if reached[1] else "")
    return step, None if ready else failed or "not_ready", took
