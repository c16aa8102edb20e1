"""Editions: a book once for each language that its pages are written in."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import NamedTuple

import msgspec

from lightkeeper.incidents.services import service_name
from lightkeeper.model import Document
from lightkeeper.model.case import Case
from lightkeeper.model.case_words import CaseWords, in_words
from lightkeeper.publish.book import Book
from lightkeeper.publish.languages import ENGLISH, LANGUAGES, PERSIAN, Language
from lightkeeper.publish.pieces import Piece, is_latin
from lightkeeper.publish.tongue import Tongue
from lightkeeper.publish.translated import Translated


class Edition(NamedTuple):
    """A book with the words of its case in one language, and that language."""

    book: Book
    tongue: Tongue
    is_untranslated: bool = False
    """Whether words of the case stand in it in English."""


def languages_of(book: Book) -> list[Language]:
    """The languages of a book: those of all pages, then those that its case has words in."""
    return [one for one in LANGUAGES.values() if one.is_whole or one.code in book.words]


def editions(book: Book, languages: Sequence[Language] | None = None) -> list[Edition]:
    """The English edition, which is the original, and the others: of all its languages where none is named."""
    wanted = languages_of(book) if languages is None else languages
    return [edition(book, one) for one in (ENGLISH, *(one for one in wanted if one != ENGLISH))]


def edition(book: Book, language: Language) -> Edition:
    """The book in one language. Where the case has no words in it, its English ones stand."""
    if language == ENGLISH:
        return Edition(book, Tongue())
    words = book.words.get(language.code, CaseWords())
    tongue = Translated(language, known_names(book, words, language))
    documents = [_with_words(d, words) for d in book.documents]
    case = in_words(book.case, words)
    is_untranslated = any(
        _is_foreign(a, b, words, language) for a, b in zip(_shown(book.case), _shown(case), strict=True)
    )
    return Edition(replace(book, case=case, documents=documents), tongue, is_untranslated)


def persian_edition(book: Book) -> Edition:
    """The Persian edition, where English words of the case are marked as English."""
    return edition(book, PERSIAN)


def known_names(book: Book, words: CaseWords, language: Language = PERSIAN) -> dict[str, list[Piece]]:
    """Names that sentences about this book may hold, with what they are in the other language.

    A name that nobody translated is known too: it is shown as it is, and does not keep its sentence from being read.
    """
    known = {name: [_piece(name, said, words, language)] for name, said in _pairs(book, words) if name}
    claims, networks = _claims(book, words, language), _networks(book, words, language)
    return {**dict(claims), **dict(networks), **known}


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


def _networks(book: Book, words: CaseWords, language: Language) -> Iterator[tuple[str, list[Piece]]]:
    """An operator with one of its networks, as titles of incidents have them."""
    for one, two in zip(book.case.operators, in_words(book.case, words).operators, strict=True):
        for number in one.asns:
            name = _piece(one.name, two.name, words, language)
            yield f"{one.name} AS{number}", [name, Piece(" "), Piece(f"AS{number}", "latin")]


def _claims(book: Book, words: CaseWords, language: Language) -> Iterator[tuple[str, list[Piece]]]:
    """A cause, or who ordered it, with who claims it; and a document with who published it, as incidents list them."""
    claims = [(said, d.publisher) for d in book.documents for said in (d.cause_claimed, d.ordered_by)]
    for cause, who in [*claims, *((e.cause_claimed, e.source) for e in book.events)]:
        if cause:
            what, whose = (_piece(name, words.of(name), words, language) for name in (cause, who))
            said = [what, Piece(" ("), whose, Piece(")")]
            yield f"{cause} ({who})", said
    for document in book.documents:
        title = _with_words(document, words).title
        told = _piece(document.title, title, words, language)
        yield (
            f"{document.publisher}: {document.title}",
            [_piece(document.publisher, words.of(document.publisher), words, language), Piece(": "), told],
        )


def _piece(name: str, said: str, words: CaseWords, language: Language) -> Piece:
    """A name as said in a language: told from English by its letters, or by its words where letters are the same."""
    return Piece(said, "other") if _is_foreign(name, said, words, language) else Piece(said)


def _is_foreign(name: str, said: str, words: CaseWords, language: Language) -> bool:
    if language.direction == "rtl":
        return is_latin(said)
    return said == name and not words.gives(name)


def _shown(case: Case) -> tuple[str, ...]:
    """What everybody reads of a case, whatever else they read."""
    return (case.title, case.summary, case.event.name, *(a.short for a in case.asks))


def _with_words(document: Document, words: CaseWords) -> Document:
    said = words.documents.get(document.document_id)
    if said is None:
        return document
    return msgspec.structs.replace(document, title=said.title or document.title, claim=said.claim or document.claim)
