"""Stable names for what is tested: a service and its part (`signal/chat`), else the registered domain.

The registered domain is one label below a public suffix (publicsuffix.org; the list comes with `publicsuffixlist`). Its
private section counts too, so that two blogs of one host stay two targets.
"""

from __future__ import annotations

from functools import cache, lru_cache
from importlib.resources import files

from publicsuffixlist import PublicSuffixList

from lightkeeper.observe.addresses import is_address

UNNAMED = "address/unnamed"
"""The target of a web page that is given by address: an address is no stable name. The input keeps it."""


def _built_in() -> str:
    return files("lightkeeper.observe").joinpath("targets.tsv").read_text(encoding="utf-8")


def _parse(text: str) -> tuple[dict[str, str], dict[str, str]]:
    exact: dict[str, str] = {}
    domains: dict[str, str] = {}
    for line in text.splitlines():
        if line and not line.startswith("#"):
            kind, name, target = line.split("\t")
            (exact if kind == "exact" else domains)[name] = target
    return exact, domains


_EXACT, _DOMAINS = _parse(_built_in())


@lru_cache(maxsize=65536)
def target_of(host: str | None) -> str:
    """The target that a host name belongs to; `address/unnamed` for an address, `unknown` for none."""
    if not host:
        return "unknown"
    if is_address(host.strip("[]")):
        return UNNAMED
    if host in _EXACT:
        return _EXACT[host]
    labels = host.split(".")
    for start in range(len(labels) - 1):
        found = _DOMAINS.get(".".join(labels[start:]))
        if found:
            return found
    return registered_domain(host)


def put_in_force(text: str) -> None:
    """Name targets by this list, in the form of targets.tsv, from now on. Raises ValueError for another form."""
    global _EXACT, _DOMAINS
    _EXACT, _DOMAINS = _parse(text)
    target_of.cache_clear()


def registered_domain(host: str) -> str:
    """The registered domain of a host name in lower-case A-labels; a public suffix and a single label stay as they are.

    Source: the algorithm of publicsuffix.org; a name under no listed suffix counts by its last two labels.
    """
    found: str | None = _suffixes().privatesuffix(host)
    return (found or host).removeprefix("www.") or host


@cache
def _suffixes() -> PublicSuffixList:
    return PublicSuffixList(accept_unknown=True, only_icann=False)
