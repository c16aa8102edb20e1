"""Pieces of a sentence: words of the page's language, text in another one, ids; as HTML or as plain text."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import Literal, NamedTuple

from markupsafe import Markup, escape

from lightkeeper.publish.text import clean

_ARABIC_SCRIPT = re.compile(r"[\u0600-\u06ff\u0750-\u077f\ufb50-\ufdff\ufe70-\ufefc]")
_L = r"A-Za-z\u00c0-\u00d6\u00d8-\u00f6\u00f8-\u024f\u0300-\u036f\u1e00-\u1eff"
"""Latin letters, with their accents."""
_WORD = rf"[{_L}0-9][{_L}0-9_.&'\u2019/:+-]*"
_SIGNED = rf"(?<![^\s(«\[])[#@/+]{_WORD}(?<=[{_L}0-9])"
_WORDS = rf"(?=[0-9.:/ -]*[{_L}]){_WORD}(?: {_WORD})*(?<=[{_L}0-9])"
_RUN = re.compile(f"({_SIGNED}|{_WORDS})")
"""Latin words within a Persian text, with the sign before them: `#KeepItOn`, `Access Now`, `21:30 UTC`, `/24`."""
_TIME = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}(?: [0-9]{2}:[0-9]{2})?|[0-9]{2}:[0-9]{2}(?: UTC)?")
_NAME = 4
"""Spaces in a text that is more than a name."""
_LATIN = re.compile(r"[A-Za-z\u00c0-\u024f]")
_LRI, _RLI, _FSI, _PDI = "\u2066", "\u2067", "\u2068", "\u2069"


class Piece(NamedTuple):
    """A stretch of text of one kind.

    `own` is in the language of the page. `other` is text from outside, in whatever language. `latin` is an id, an
    address, a number of a network or a time in UTC. `code` is a command to type.
    """

    text: str
    kind: Literal["own", "other", "latin", "code"] = "own"


def is_latin(text: str) -> bool:
    """Whether a text has Latin letters and none of the Arabic script."""
    return bool(_LATIN.search(text)) and not _ARABIC_SCRIPT.search(text)


def outside(text: object) -> Markup:
    """Text from outside on a page written from right to left: isolated, and marked as English where it is Latin."""
    plain = clean(str(text))
    if is_latin(plain):
        return Markup('<bdi lang="en" dir="ltr">{}</bdi>').format(plain)
    return Markup("<bdi>{}</bdi>").format(_with_runs(plain))


def _with_runs(text: str) -> Markup:
    """A text with its Latin words isolated: else a sign before them or a number after them would change its place."""
    parts = [latin(part) if n % 2 else escape(part) for n, part in enumerate(_RUN.split(text))]
    return Markup("").join(parts)


def latin(text: object) -> Markup:
    """An id, an address or a time in UTC, which reads from left to right; a time is kept on one line."""
    plain = clean(str(text))
    kind = Markup(' class="utc"') if _TIME.fullmatch(plain) else ""
    return Markup('<bdi{} dir="ltr">{}</bdi>').format(kind, plain)


def html(pieces: Iterable[Piece]) -> Markup:
    """Pieces as HTML on a page written from right to left."""
    return Markup("").join(_html(piece) for piece in joined_up(pieces))


def html_from_left(pieces: Iterable[Piece]) -> Markup:
    """Pieces as HTML on a page written from left to right, in Latin letters: what is in English cannot be told by its
    letters there, so what is too long for a name is marked as such."""
    return Markup("").join(_from_left(piece) for piece in joined_up(pieces))


def plain(pieces: Iterable[Piece], isolate: bool = False) -> str:
    """Pieces as plain text; with `isolate`, each text in another direction stands between Unicode's signs for it."""
    if not isolate:
        return "".join(clean(p.text) for p in pieces)
    return "".join(_isolated(p) for p in joined_up(pieces))


def latin_runs(text: str) -> list[tuple[str, bool]]:
    """A text cut where Latin words begin and end, each part with whether it is Latin. A Latin text is one part."""
    if is_latin(text):
        return [(text, True)]
    return [(part, n % 2 == 1) for n, part in enumerate(_RUN.split(text)) if part]


def isolated(text: str) -> str:
    """Text from outside between the signs that keep its direction to itself, for places where no markup is read."""
    return _isolated(Piece(text, "other"))


def joined_up(pieces: Iterable[Piece]) -> list[Piece]:
    """The same with neighbours of one kind joined, so that no sentence is cut into more parts than it has."""
    found: list[Piece] = []
    for piece in pieces:
        if found and found[-1].kind == piece.kind == "own":
            found[-1] = Piece(found[-1].text + piece.text)
        elif piece.text:
            found.append(piece)
    return found


def letters(pieces: Sequence[Piece]) -> int:
    """How many characters of text from outside the pieces hold: what nobody translated."""
    return sum(len(p.text) for p in pieces if p.kind == "other")


def _html(piece: Piece) -> Markup:
    if piece.kind == "own":
        return _with_runs(clean(piece.text))
    if piece.kind == "other":
        return outside(piece.text)
    if piece.kind == "code":
        return Markup('<code dir="ltr">{}</code>').format(clean(piece.text))
    return latin(piece.text)


def _from_left(piece: Piece) -> Markup:
    if piece.kind == "other":
        mark = Markup(' lang="en"') if is_latin(piece.text) and piece.text.count(" ") >= _NAME else ""
        return Markup("<bdi{}>{}</bdi>").format(mark, clean(piece.text))
    shown = escape(clean(piece.text))
    return Markup("<code>{}</code>").format(shown) if piece.kind == "code" else shown


def _isolated(piece: Piece) -> str:
    text = clean(piece.text)
    if piece.kind == "own" or not is_latin(text):
        text = _RUN.sub(rf"{_LRI}\1{_PDI}", text)
    if piece.kind == "own":
        return text
    mark = _LRI if piece.kind in ("latin", "code") or is_latin(text) else _FSI
    return f"{mark}{text}{_PDI}"


def right_to_left(text: str) -> str:
    """A text set from right to left wherever it stands, for a chart."""
    return f"{_RLI}{text}{_PDI}"
