"""Blocks: a letter as headings, paragraphs, quotes, lists and tables. All renderers read these, and no rows."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from typing import ClassVar, Literal, get_args

import msgspec

When = Literal["before", "during", "after"]
WHENS: tuple[str, ...] = get_args(When)


class Span(msgspec.Struct, frozen=True, omit_defaults=True):
    """A stretch of text of one kind, as `pieces.Piece` has them."""

    text: str
    kind: Literal["own", "other", "latin", "code"] = "own"
    strong: bool = False


class Line(msgspec.Struct, frozen=True, omit_defaults=True):
    """Words, and the numbers of the notes that bear them out."""

    spans: tuple[Span, ...]
    notes: tuple[int, ...] = ()


class Heading(msgspec.Struct, frozen=True, tag="heading"):
    """A heading of a part (level 2) or of a part of it (level 3)."""

    kind: ClassVar[str] = "heading"
    line: Line
    level: int = 2


class Para(msgspec.Struct, frozen=True, tag="para", omit_defaults=True):
    """A paragraph. `claims` is set where it states something of the world, which must have a note."""

    kind: ClassVar[str] = "para"
    line: Line
    claims: bool = False


class Quote(msgspec.Struct, frozen=True, tag="quote"):
    """Words of another text."""

    kind: ClassVar[str] = "quote"
    line: Line


class Items(msgspec.Struct, frozen=True, tag="items", omit_defaults=True):
    """A list, with numbers or without."""

    kind: ClassVar[str] = "items"
    lines: tuple[Line, ...]
    numbered: bool = False
    claims: bool = False


class Names(msgspec.Struct, frozen=True, tag="names"):
    """Many short names, set in columns where there is room."""

    kind: ClassVar[str] = "names"
    lines: tuple[Line, ...]


class Table(msgspec.Struct, frozen=True, tag="table"):
    """A table; a cell without spans is left empty, to be written in by hand."""

    kind: ClassVar[str] = "table"
    head: tuple[Line, ...]
    rows: tuple[tuple[Line, ...], ...]


Block = Heading | Para | Quote | Items | Names | Table


class Note(msgspec.Struct, frozen=True, omit_defaults=True):
    """Where a claim can be checked. `page` is a place on the site of the case, for the page of the letter alone."""

    number: int
    line: Line
    url: str | None = None
    page: str | None = None


class Letter(msgspec.Struct, frozen=True, kw_only=True):
    """One letter in one language. Lines in `draft` make it one, and say what is still to be done."""

    name: str
    """Name of its files, without an ending: `letter-after`."""
    language: str
    direction: str
    title: Line
    draft: tuple[Line, ...]
    head: tuple[Block, ...]
    body: tuple[Block, ...]
    foot: tuple[Block, ...]
    notes: tuple[Note, ...]
    made: Line
    words: dict[str, str]
    """Words of the renderers: `draft`, `mark`, `notes`, `note`, `of`, `digits`."""

    def number(self, value: int) -> str:
        """A number with the digits of the language."""
        return "".join(self.words["digits"][int(d)] for d in str(value))

    def blocks(self) -> Iterator[Block]:
        """All blocks in their order."""
        yield from (*self.head, *self.body, *self.foot)

    @property
    def digest(self) -> str:
        """SHA-256 of all that two people sign: not of who else signs, nor of the marks of a draft."""
        signed = (self.name, self.title, self.head, self.body, self.notes)
        return hashlib.sha256(msgspec.json.encode(signed)).hexdigest()
