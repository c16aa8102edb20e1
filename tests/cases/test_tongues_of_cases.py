"""Shipped cases in French and Arabic: no English sentence is left on the page of answers or in a letter."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from functools import lru_cache
from html import unescape
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from lxml import html

from cases.test_persian_cases import book_of, sentences
from lightkeeper.ledger.law import instruments
from lightkeeper.model.case_words import without_words
from lightkeeper.publish.book import Book
from lightkeeper.publish.editions import edition
from lightkeeper.publish.languages import LANGUAGES
from lightkeeper.publish.letters.as_html import html_page
from lightkeeper.publish.letters.compose import letters_of
from lightkeeper.publish.pages import Pages
from lightkeeper.publish.text import one_line, sentence
from lightkeeper.run.law import law_for
from places import ROOT

WRITTEN = [
    (path.parent, code) for code in ("fr", "ar") for path in sorted((ROOT / "cases").glob(f"*/case.{code}.toml"))
]
EACH = pytest.mark.parametrize(("folder", "code"), WRITTEN, ids=[f"{f.name}-{c}" for f, c in WRITTEN])
_ENGLISH = re.compile(
    r"\b(?:the|of|and|was|were|that|which|by|from|this|with|has|have|been|is|are|it)\b", re.IGNORECASE
)
"""Words that an English sentence has, and that neither French nor a name in Latin letters within Arabic has."""


@lru_cache(maxsize=4)
def book(folder: Path) -> Book:
    made = book_of(folder)
    with TemporaryDirectory() as data:
        return replace(made, law=law_for(made.case, folder, Path(data)))


def kept(folder: Path) -> set[str]:
    """What may stay in English, taken from the rows: names, titles of what others published, and their addresses."""
    it = book(folder)
    found = {d.publisher for d in it.documents} | {
        d.title for d in it.documents if d.kind in ("news", "report", "order")
    }
    found |= {e.source for e in it.events} | {w.name for w in it.case.watched} | {o.name for o in it.case.operators}
    found |= {i.source for i in instruments()} | {b.source for b in it.law if b.source}
    found |= {x for d in it.documents for x in (d.url or "", d.document_id)}
    if it.case.letter:
        found |= {*it.case.letter.signatories, it.case.letter.source.title, it.case.letter.source.url or ""}
        found |= {it.case.event.source.title, it.case.event.source.url or ""}
    return {one_line(text) for text in found if text}


def shown(page: str | bytes) -> str:
    """The words of a page as a reader sees them, without commands and addresses."""
    tree = html.fromstring(page)
    for part in tree.xpath("//code | //style | //*[@class='url'] | //*[@class='tongues']"):
        part.text = ""
        for child in part:
            part.remove(child)
    return " ".join(unescape(tree.text_content()).split())


def english_in(text: str, exempt: set[str]) -> list[str]:
    """Stretches of a text that read as English once the exempt names are taken out."""
    for name in sorted({n for one in exempt for n in (one, sentence(one))}, key=len, reverse=True):
        text = text.replace(" ".join(unescape(name).split()), "\0")
    return [text[max(m.start() - 30, 0) : m.end() + 30] for m in _ENGLISH.finditer(text)]


def pages(folder: Path, code: str) -> Iterator[tuple[str, str]]:
    yield "answers", shown(Pages(*edition(book(folder), LANGUAGES[code])).answers())
    for letter in letters_of(book(folder), languages=[LANGUAGES[code]]):
        if letter.language == code:
            yield letter.name, shown(html_page(letter))


@EACH
def test_no_english_sentence_is_left_on_the_answers_or_in_a_letter(folder: Path, code: str) -> None:
    exempt = kept(folder)
    assert {name: found for name, text in pages(folder, code) if (found := english_in(text, exempt))} == {}


@EACH
def test_every_sentence_of_the_ledger_is_said(folder: Path, code: str) -> None:
    says, exempt = edition(book(folder), LANGUAGES[code]).tongue, kept(folder)
    ledger = {s for ask in book(folder).asks for s in (*ask.reasons, *ask.missing, ask.coverage)}
    asked = (ledger | {book(folder).headline, *(i.title for i in book(folder).incidents)}) & set(
        sentences(book(folder))
    )
    left = {p.text for s in asked for p in says.pieces(s) if p.kind == "other"} - exempt
    assert sorted(text for text in left if english_in(text, exempt)) == []


@EACH
def test_every_word_of_the_case_is_said_and_changes_no_id_and_no_answer(folder: Path, code: str) -> None:
    one, other = book(folder), edition(book(folder), LANGUAGES[code])
    assert without_words(one.case, one.words[code]) == []
    assert not other.is_untranslated
    assert [a.id for a in one.case.asks] == [a.id for a in other.book.case.asks]
    assert (one.case.event.day, one.case.window) == (other.book.case.event.day, other.book.case.window)
    assert other.book.asks is one.asks


def test_english_is_found_where_it_is() -> None:
    assert english_in("Nothing of it was measured", set())
    assert not english_in("Rien n’a été mesuré par Association for the Rights", {"Association for the Rights"})
    assert not english_in("Digital Rights & the Law", {"Digital Rights &amp; the Law"})
