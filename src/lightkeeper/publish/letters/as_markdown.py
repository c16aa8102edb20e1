"""A letter as Markdown, with footnotes. Every character that Markdown reads as markup is escaped, whoever wrote it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from itertools import groupby

from lightkeeper.publish.letters.blocks import Block, Heading, Items, Letter, Line, Names, Para, Quote, Table
from lightkeeper.publish.letters.directed import isolated
from lightkeeper.publish.text import spaced

_MARKS = re.compile(r"[\\`*_\[\]<>~$&|^@#{]|:(?=//)|(?<=\bwww)\.", re.IGNORECASE)
"""What is markup, or could become a link, wherever it stands."""
_FIRST = re.compile(r"^(\d*)([.)=+-])")
"""What begins a list, a line under a heading or a rule, where it stands first."""


def markdown(letter: Letter) -> bytes:
    """The letter as UTF-8 Markdown. From right to left it stands in a `div` that says so."""
    lines = "\n".join(_lines(letter)).rstrip("\n") + "\n"
    if letter.direction == "rtl":
        lines = f'<div dir="rtl" lang="{letter.language}">\n\n{lines}\n</div>\n'
    return lines.encode()


def escaped(text: str) -> str:
    """Text that Markdown shows as it is: no markup, no HTML, no link of its own making."""
    return _FIRST.sub(r"\1\\\2", _MARKS.sub(r"\\\g<0>", spaced(text)))


def _lines(letter: Letter) -> Iterator[str]:
    for line in letter.draft:
        yield from (f"> {_words(letter, line)}", ">")
    yield from ("", f"# {_words(letter, letter.title)}", "")
    for block in letter.blocks():
        yield from _block(letter, block)
        yield ""
    if letter.notes:
        yield from (f"## {escaped(letter.words['notes'])}", "")
        for note in letter.notes:
            address = f" <{note.url}>" if note.url else ""
            yield from (f"[^{note.number}]: {_words(letter, note.line)}{address}", "")
    yield _words(letter, letter.made)


def _block(letter: Letter, block: Block) -> Iterator[str]:
    match block:
        case Heading():
            yield f"{'#' * block.level} {_words(letter, block.line)}"
        case Para():
            yield _words(letter, block.line)
        case Quote():
            yield f"> {_words(letter, block.line)}"
        case Items() | Names():
            numbered = isinstance(block, Items) and block.numbered
            for number, line in enumerate(block.lines, start=1):
                yield f"{number}. {_words(letter, line)}" if numbered else f"- {_words(letter, line)}"
        case Table():
            yield from _table(letter, block.head, block.rows)


def _table(letter: Letter, head: Iterable[Line], rows: Iterable[Iterable[Line]]) -> Iterator[str]:
    top = [_words(letter, cell) for cell in head]
    yield from (f"| {' | '.join(top)} |", f"|{' --- |' * len(top)}")
    for row in rows:
        yield f"| {' | '.join(_words(letter, cell) for cell in row)} |"


def _words(letter: Letter, line: Line) -> str:
    parts = []
    for strong, spans in groupby(line.spans, key=lambda s: s.strong):
        text = "".join(isolated(s, letter.direction) for s in spans)
        bare = escaped(text)
        lead, tail = (" " if given and not given.strip() else "" for given in (text[:1], text[-1:]))
        parts.append(f"{lead}{f'**{bare}**' if strong else bare}{tail}" if bare else lead)
    return "".join(parts).strip() + "".join(f"[^{n}]" for n in line.notes)
