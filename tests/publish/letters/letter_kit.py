"""Letters of the synthetic book, and ways to read them again."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from typing import Any

import msgspec
from lxml import etree
from pypdf import PdfReader

from lightkeeper.ledger.law import law_of
from lightkeeper.model.act import FIRST, Act
from lightkeeper.model.reference import Ratification
from lightkeeper.publish.book import Book
from lightkeeper.publish.letters.as_html import plain
from lightkeeper.publish.letters.blocks import Items, Letter, Line, Names, Table, When
from lightkeeper.publish.letters.compose import letter_id, letters_of
from publish.synthetic_kit import VOTE, at, synthetic_book

W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"


def fact(instrument: str, status: str, since: date | None = None) -> Ratification:
    """What Arcadia has done with a treaty. Synthetic."""
    return Ratification(
        country="XA", instrument=instrument, status=status, since=since, source="Synthetic list",  # type: ignore[arg-type]
        checked_on=date(2031, 1, 1), read_on=date(2031, 1, 1),
    )  # fmt: skip


JOINED = (fact("iccpr", "party", date(1975, 6, 24)), fact("iccpr-op1", "none"))


def the_book(facts: Sequence[Ratification] = JOINED, **changes: Any) -> Book:
    """The synthetic book with the law of a state that has joined the covenant and not its protocol."""
    return replace(synthetic_book(**changes), law=law_of(facts, VOTE))


def made(book: Book, when: When, language: str = "en", **more: Any) -> Letter:
    return next(x for x in letters_of(book, whens=[when], **more) if x.language == language)


def signed(book: Book, when: When, *names: str, verb: str = "sign") -> Book:
    """The book after people have signed a letter of it as it is now."""
    letter = made(book, when)
    acts = [
        Act(number=n, at=at(50 + n), by=name, verb=verb, incident_ids=[], events=[], documents=[letter_id(letter)],
            because="Read.", before=FIRST)  # type: ignore[arg-type]
        for n, name in enumerate(names, len(book.acts) + 1)
    ]  # fmt: skip
    return replace(book, acts=[*book.acts, *acts])


def lines(letter: Letter) -> list[Line]:
    """All lines of a letter but those of a draft and of notes."""
    found = [letter.title]
    for block in letter.blocks():
        if isinstance(block, Items | Names):
            found += block.lines
        elif isinstance(block, Table):
            found += [*block.head, *(cell for row in block.rows for cell in row)]
        else:
            found.append(block.line)
    return found


def words(letter: Letter) -> str:
    """The text of a letter, with single spaces."""
    return " ".join(" ".join(plain(line.spans) for line in lines(letter)).split())


def pdf_words(data: bytes) -> str:
    return " ".join(" ".join(page.extract_text() for page in PdfReader(io.BytesIO(data)).pages).split())


def docx_part(data: bytes, name: str = "word/document.xml") -> etree._Element:
    with zipfile.ZipFile(io.BytesIO(data)) as file:
        return etree.fromstring(file.read(name))


def docx_words(data: bytes) -> str:
    paragraphs = docx_part(data).iter(f"{W}p")
    return " ".join(" ".join("".join(p.itertext(f"{W}t")) for p in paragraphs).split())


def with_incident(book: Book, number: int, **changes: Any) -> Book:
    """The book with one incident changed."""
    rows = list(book.incidents)
    rows[number] = msgspec.structs.replace(rows[number], **changes)
    return replace(book, incidents=rows)
