"""Editions: a book once for each language that its pages are written in."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import NamedTuple

import msgspec

from lightkeeper.incidents.services import service_name
from lightkeeper.model import Document
from lightkeeper.model.case_words import CaseWords, in_words
from lightkeeper.publish.book import Book
from lightkeeper.publish.persian import Persian
from lightkeeper.publish.pieces import Piece, is_latin
from lightkeeper.publish.tongue import Tongue

LANGUAGES = ("en", "fa")
"""Languages of the editions of a book, the original first."""


class Edition(NamedTuple):
    """A book with the words of its case in one language, and that language."""

    book: Book
    tongue: Tongue


def editions(book: Book) -> list[Edition]:
    """The English edition, which is the original, and the others."""
    return [Edition(book, Tongue()), persian_edition(book)]


def persian_edition(book: Book) -> Edition:
    """The Persian edition. Where the case has no Persian words, its English ones stand, and are marked as English."""
    words = book.words.get(Persian.code, CaseWords())
    tongue = Persian(known_names(book, words))
    documents = [_with_words(d, words) for d in book.documents]
    return Edition(replace(book, case=in_words(book.case, words), documents=documents), tongue)


def known_names(book: Book, words: CaseWords) -> dict[str, list[Piece]]:
    """Names that sentences about this book may hold, with what they are in the other language.

    A name that nobody translated is known too: it is shown as it is, and does not keep its sentence from being read.
    """
    known = {name: [_piece(said)] for name, said in _pairs(book, words) if name}
    return {**dict(_claims(book, words)), **dict(_networks(book, words)), **known}


def _pairs(book: Book, words: CaseWords) -> Iterator[tuple[str, str]]:
    case, other = book.case, in_words(book.case, words)
    for name in (*_services(book), *_places(book), *_publishers(book), *_causes(book)):
        yield name, words.of(name)
    yield case.country_name, other.country_name
    yield case.event.name, other.event.name
    for one, two in zip(case.operators, other.operators, strict=True):
        yield one.name, two.name
    yield from ((a.name, b.name) for a, b in zip(case.watched, other.watched, strict=True))
    yield from ((a.title, b.title) for a, b in zip(case.series, other.series, strict=True))
    for document in book.documents:
        translated = _with_words(document, words)
        yield from ((document.title, translated.title), (document.claim, translated.claim))
    for text, said in words.texts.items():
        yield text, said
        yield f"{text}.", f"{said}."  # pages give a note its full stop


def _services(book: Book) -> Iterator[str]:
    named = {s for i in book.incidents for s in i.services} | {s for d in book.documents for s in d.services}
    yield from (service_name(book.case, s) for s in sorted(named))
    yield from sorted(named)


def _places(book: Book) -> Iterator[str]:
    yield from (s.partition(":")[2] for i in book.incidents for s in i.scopes if not s.startswith("asn:"))
    yield from (e.entity for e in book.events)


def _publishers(book: Book) -> Iterator[str]:
    yield from (d.publisher for d in book.documents)
    yield from (e.source for e in book.events)


def _causes(book: Book) -> Iterator[str]:
    for document in book.documents:
        yield from (c for c in (document.cause_claimed, document.ordered_by) if c)
    yield from (e.cause_claimed for e in book.events if e.cause_claimed)


def _networks(book: Book, words: CaseWords) -> Iterator[tuple[str, list[Piece]]]:
    """An operator with one of its networks, as titles of incidents have them."""
    for one, two in zip(book.case.operators, in_words(book.case, words).operators, strict=True):
        for number in one.asns:
            yield f"{one.name} AS{number}", [_piece(two.name), Piece(" "), Piece(f"AS{number}", "latin")]


def _claims(book: Book, words: CaseWords) -> Iterator[tuple[str, list[Piece]]]:
    """A cause with who claims it, as incidents list them."""
    claims = [(d.cause_claimed, d.publisher) for d in book.documents]
    for cause, who in [*claims, *((e.cause_claimed, e.source) for e in book.events)]:
        if cause:
            said = [_piece(words.of(cause)), Piece(" ("), _piece(words.of(who)), Piece(")")]
            yield f"{cause} ({who})", said


def _piece(said: str) -> Piece:
    return Piece(said, "other") if is_latin(said) else Piece(said)


def _with_words(document: Document, words: CaseWords) -> Document:
    said = words.documents.get(document.document_id)
    if said is None:
        return document
    return msgspec.structs.replace(document, title=said.title or document.title, claim=said.claim or document.claim)
