"""A letter as plain text: lines of a fixed width, notes at the end."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator

from lightkeeper.publish.letters.blocks import Block, Heading, Items, Letter, Line, Names, Para, Quote, Table
from lightkeeper.publish.letters.directed import text_of

WIDTH = 76


def plain_text(letter: Letter) -> bytes:
    """The letter as UTF-8 text."""
    return ("\n".join(_lines(letter)).rstrip("\n") + "\n").encode()


def _lines(letter: Letter) -> Iterator[str]:
    if letter.draft:
        yield "*" * WIDTH
        for line in letter.draft:
            yield from _wrapped(letter, _words(letter, line))
        yield from ("*" * WIDTH, "")
    yield from _headed(letter, _words(letter, letter.title), "=")
    yield ""
    for block in letter.blocks():
        yield from _block(letter, block)
        yield ""
    if letter.notes:
        yield from _headed(letter, letter.words["notes"], "-")
        for note in letter.notes:
            words = " ".join(filter(None, (_words(letter, note.line), note.url)))
            yield from _wrapped(letter, words, f"[{letter.number(note.number)}] ")
        yield ""
    yield from _wrapped(letter, _words(letter, letter.made))


def _block(letter: Letter, block: Block) -> Iterator[str]:
    match block:
        case Heading():
            yield from _headed(letter, _words(letter, block.line), "-" if block.level == 2 else "")
        case Para():
            yield from _wrapped(letter, _words(letter, block.line))
        case Quote():
            yield from _wrapped(letter, _words(letter, block.line), "    ", "    ")
        case Items() | Names():
            numbered = isinstance(block, Items) and block.numbered
            for number, line in enumerate(block.lines, start=1):
                mark = f"{letter.number(number)}. " if numbered else "- "
                yield from _wrapped(letter, _words(letter, line), mark)
        case Table():
            for row in (block.head, *block.rows):
                yield " | ".join(_words(letter, cell) for cell in row)


def _headed(letter: Letter, words: str, under: str) -> Iterator[str]:
    lines = list(_wrapped(letter, words))
    yield from lines
    if under:
        yield under * min(WIDTH, max(map(len, lines), default=0))


def _wrapped(letter: Letter, words: str, first: str = "", then: str | None = None) -> Iterator[str]:
    """Lines of a paragraph. From right to left it is one line: a cut would end the signs that keep directions apart."""
    later = " " * len(first) if then is None else then
    if letter.direction == "rtl":
        yield first + words
        return
    yield from textwrap.wrap(
        words, WIDTH, initial_indent=first, subsequent_indent=later, break_long_words=False, break_on_hyphens=False
    ) or [first.rstrip()]


def _words(letter: Letter, line: Line) -> str:
    marks = "".join(f"[{letter.number(n)}]" for n in line.notes)
    return text_of(line.spans, letter.direction) + (f" {marks}" if marks else "")
