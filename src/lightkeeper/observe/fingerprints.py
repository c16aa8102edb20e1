"""Block pages that are known by their text, and addresses that are known to stand for a block."""

from __future__ import annotations

import re
import tomllib
from importlib.resources import files
from typing import Any


def _load() -> tuple[list[tuple[str, str, re.Pattern[str], frozenset[str]]], dict[str, tuple[str, frozenset[str]]]]:
    text = files("lightkeeper.observe").joinpath("fingerprints.toml").read_text(encoding="utf-8")
    data: dict[str, Any] = tomllib.loads(text)
    pages = [
        (p["name"], p["part"], re.compile(re.escape(p["contains"])), frozenset(p.get("countries", [])))
        for p in data.get("page", [])
    ]
    answers = {a["address"]: (a["name"], frozenset(a.get("countries", []))) for a in data.get("answer", [])}
    return pages, answers


_PAGES, _ANSWERS = _load()


def page_fingerprint(body: str, location: str, probe_cc: str | None) -> str | None:
    """The block page that a response shows, by its body or its Location header; none where it shows none.

    A fingerprint counts only in the countries it is known from.
    """
    for name, part, pattern, countries in _PAGES:
        if (not countries or probe_cc in countries) and pattern.search(location if part == "location" else body):
            return name
    return None


def answer_fingerprint(address: str, probe_cc: str | None) -> str | None:
    """The block that a DNS answer is known to stand for in this country; none where it stands for none."""
    found = _ANSWERS.get(address)
    return found[0] if found and (not found[1] or probe_cc in found[1]) else None
