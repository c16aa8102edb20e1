"""Directed text: a span for places that read no markup, where signs of Unicode keep directions apart, and as runs."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Literal

from lightkeeper.publish import pieces
from lightkeeper.publish.letters.blocks import Span
from lightkeeper.publish.pieces import Piece
from lightkeeper.publish.text import clean

Run = tuple[str, Literal["ltr", "rtl"]]
_RTL = "\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefc"
_LTR = "A-Za-z\u00c0-\u024f"
_RTL_RUN = re.compile(f"([{_RTL}](?:[^{_LTR}]*[{_RTL}])?)")
_FSI, _PDI, _LRM = "\u2068", "\u2069", "\u200e"


def isolated(span: Span, direction: str) -> str:
    """The text of a span, isolated where its direction is not that of the letter."""
    text = clean(span.text)
    if direction == "rtl":
        kind = "own" if span.kind == "other" and not re.search(f"[{_LTR}]", text) else span.kind
        return pieces.plain([Piece(text, kind)], isolate=True)
    return f"{_FSI}{text}{_PDI}" if re.search(f"[{_RTL}]", text) else text


def text_of(spans: Iterable[Span], direction: str) -> str:
    """The text of several spans."""
    return "".join(isolated(s, direction) for s in spans)


def runs(span: Span, direction: str) -> list[Run]:
    """A span cut into runs of one direction each, for a word processor."""
    text = clean(span.text)
    if direction == "rtl":
        cut = [(text, True)] if span.kind in ("latin", "code") else pieces.latin_runs(text)
        return [(_held(part), "ltr") if latin else (part, "rtl") for part, latin in cut if part]
    return [(part, "rtl" if n % 2 else "ltr") for n, part in enumerate(_RTL_RUN.split(text)) if part]


def _held(text: str) -> str:
    """A run from left to right whose signs and digits at its ends stay with it: a word processor would move them."""
    first = "" if re.match(f"[{_LTR}]", text) else _LRM
    last = "" if re.search(f"[{_LTR}]$", text) else _LRM
    return f"{first}{text}{last}"
