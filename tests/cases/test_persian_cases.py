"""The shipped cases in Persian: no sentence of ours is left in English, whatever the ledger says."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from lightkeeper.incidents.join import join
from lightkeeper.judge.verdicts import current_ruleset
from lightkeeper.ledger import answer, headline
from lightkeeper.model import Ask, Incident
from lightkeeper.model.case_words import without_words
from lightkeeper.model.verdict import DOUBTS
from lightkeeper.publish import words
from lightkeeper.publish.book import Book
from lightkeeper.publish.editions import Edition, persian_edition
from lightkeeper.publish.pieces import is_latin
from lightkeeper.publish.text import without_code
from lightkeeper.run.case_series import take_series
from lightkeeper.run.judging import Judged, judge_paths
from lightkeeper.sources.case_files import load_case, load_documents, load_outages
from lightkeeper.sources.case_words import load_words
from lightkeeper.store.lake import Lake
from places import ROOT

FOLDERS = sorted(path.parent for path in (ROOT / "cases").glob("*/case.fa.toml"))


def book_of(folder: Path) -> Book:
    """The book of a shipped case without its measurements, as a build makes it."""
    case = load_case(folder)
    documents, outages = load_documents(folder, case), load_outages(folder, case)
    with TemporaryDirectory() as data:
        taken = take_series(folder, case, Lake(Path(data)), [], [], [])
    events = sorted([*outages, *taken.events], key=lambda e: (e.onset_earliest, e.event_id))
    incidents = join(case, events, documents)
    asks = answer(case, incidents, documents, [], [])
    return Book(
        case=case,
        words=load_words(folder, case, documents),
        documents=documents,
        events=events,
        incidents=incidents,
        asks=asks,
        headline=headline(case, asks),
        ruleset=current_ruleset(),
        version="0.0.0",
        built_from="00",
    )


@pytest.fixture(scope="module", params=FOLDERS, ids=lambda f: f.name)
def case_book(request: pytest.FixtureRequest) -> Book:
    return book_of(request.param)


@pytest.fixture(scope="module")
def edition(case_book: Book) -> Edition:
    return persian_edition(case_book)


def sentences(book: Book) -> Iterator[str]:
    yield book.headline
    for ask in book.asks:
        yield from of_ask(ask)
    for incident in book.incidents:
        yield from of_incident(incident)
    yield from (e.note for e in book.events if e.note)


def of_ask(ask: Ask) -> Iterator[str]:
    yield from ask.reasons
    yield from ask.missing
    yield from map(without_code, ask.missing)
    yield ask.coverage


def of_incident(incident: Incident) -> Iterator[str]:
    yield incident.title
    yield incident.rung_reason
    yield from (*incident.contrary, *incident.not_looked_for, *incident.causes_claimed)


def names_from_outside(book: Book) -> set[str]:
    """Names in Latin letters that sentences may keep: publishers, sources and tools."""
    watched = {w.name for w in book.case.watched}
    return watched | {d.publisher for d in book.documents} | {e.source for e in book.events}


def test_no_sentence_of_the_ledger_or_the_record_is_left_in_english(edition: Edition, case_book: Book) -> None:
    kept = names_from_outside(case_book)
    left = set()
    for sentence in set(sentences(case_book)):
        for outside in re.findall(r'<bdi lang="en" dir="ltr">([^<]*)</bdi>', edition.tongue.tell_code(sentence)):
            if outside.replace("&#39;", "'") not in kept:
                left.add((outside, sentence))
    assert sorted(left) == []


def test_every_word_of_the_case_and_its_letter_is_persian(case_book: Book) -> None:
    words = case_book.words["fa"]
    assert without_words(case_book.case, words) == []
    letter = case_book.case.letter
    if letter:
        assert words.letter.title
        assert len(words.letter.cc) == len(letter.cc)
    assert all(words.documents[d.document_id].claim for d in case_book.documents if d.kind != "letter")


def test_every_place_cause_and_service_has_a_persian_name(edition: Edition, case_book: Book) -> None:
    named = {s.partition(":")[2] for i in case_book.incidents for s in i.scopes if s.startswith(("region", "city"))}
    named |= {c for d in case_book.documents for c in (d.cause_claimed, d.ordered_by) if c}
    named |= {e.cause_claimed for e in case_book.events if e.cause_claimed}
    assert sorted(n for n in named if is_latin(edition.tongue.tell_plain(n))) == []


def test_words_in_persian_change_no_id_no_number_and_no_answer(edition: Edition, case_book: Book) -> None:
    one, other = case_book.case, edition.book.case
    assert [a.id for a in one.asks] == [a.id for a in other.asks]
    assert [o.asns for o in one.operators] == [o.asns for o in other.operators]
    assert (one.event.day, one.window) == (other.event.day, other.window)
    assert edition.book.asks is case_book.asks


def test_every_reason_of_the_judge_is_said_in_persian() -> None:
    says = persian_edition(book_of(FOLDERS[0])).tongue
    paths = [str(p) for p in sorted((ROOT / "tests" / "data" / "ooni").rglob("*.*")) if p.suffix in (".json", ".yaml")]
    reasons = {
        reason
        for judged in judge_paths(paths)
        if isinstance(judged, Judged)
        for verdict in judged.verdicts
        if verdict.layer == "all"
        for reason in verdict.reasons
    }
    assert len(reasons) > 40
    assert sorted(r for r in reasons if 'lang="en"' in says.tell(r)) == []
    assert set(DOUBTS) == set(words.DOUBTS)
    assert [d for d in DOUBTS if not re.search("[\u0600-\u06ff]", says.named(d, words.DOUBTS))] == []


def test_the_list_of_all_cases_names_them_in_persian(case_book: Book) -> None:
    words = json.loads(json.dumps(case_book.words["fa"].model_dump(mode="json", exclude_defaults=True)))
    assert re.search("[\u0600-\u06ff]", words["title"])
    assert all(re.search("[\u0600-\u06ff]", a["short"]) for a in words["asks"].values())
