"""Refusals: answers by which a service, not the network, turns a visitor away."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from importlib.resources import files

import msgspec

SEARCHED = 1 << 14
"""Characters of the body that are searched; such pages are short, and say it early."""


class Refusal(msgspec.Struct, frozen=True):
    """One set of marks, all of which must be there."""

    name: str
    status: frozenset[int]
    header: str | None
    value: str | None
    body: str | None
    source: str

    def shows(self, headers: Mapping[str, str], body: str) -> bool:
        """Whether a response of a fitting status bears the marks. Header names are in lower case."""
        if self.header is not None:
            value = headers.get(self.header)
            if value is None or (self.value is not None and self.value not in value.lower()):
                return False
        return self.body is None or self.body in body[:SEARCHED]


def refusal(status: int, headers: Mapping[str, str], body: str) -> str | None:
    """Name of the service that refuses with this response: cloudflare, akamai …; none where no marks are known."""
    for known in _BY_STATUS.get(status, ()):
        if known.shows(headers, body):
            return known.name
    return None


def parse(text: str) -> list[Refusal]:
    """The refusals of a text in the form of `refusals.toml`."""
    return [
        Refusal(
            name=one["name"],
            status=frozenset(one["status"]),
            header=one.get("header"),
            value=one.get("value"),
            body=one.get("body"),
            source=one["source"],
        )
        for one in tomllib.loads(text)["refusal"]
    ]


def _by_status(known: list[Refusal]) -> dict[int, list[Refusal]]:
    found: dict[int, list[Refusal]] = {}
    for one in known:
        for status in one.status:
            found.setdefault(status, []).append(one)
    return found


KNOWN = parse(files("lightkeeper.observe").joinpath("refusals.toml").read_text(encoding="utf-8"))
NAMES = frozenset(one.name for one in KNOWN)
_BY_STATUS = _by_status(KNOWN)
