"""Stable names for what is tested: a service and its part (`signal/chat`), else the host name without `www.`."""

from __future__ import annotations

from functools import lru_cache
from importlib.resources import files


def _load() -> tuple[dict[str, str], dict[str, str]]:
    exact: dict[str, str] = {}
    domains: dict[str, str] = {}
    text = files("lightkeeper.observe").joinpath("targets.tsv").read_text(encoding="utf-8")
    for line in text.splitlines():
        if line and not line.startswith("#"):
            kind, name, target = line.split("\t")
            (exact if kind == "exact" else domains)[name] = target
    return exact, domains


_EXACT, _DOMAINS = _load()


@lru_cache(maxsize=65536)
def target_of(host: str | None) -> str:
    """The target that a host name belongs to."""
    if not host:
        return "unknown"
    if host in _EXACT:
        return _EXACT[host]
    labels = host.split(".")
    for start in range(len(labels) - 1):
        found = _DOMAINS.get(".".join(labels[start:]))
        if found:
            return found
    return host.removeprefix("www.")
