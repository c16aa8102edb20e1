"""The cases that come with the product: they load, they count right, and each fact has its source."""

from __future__ import annotations

import json
import re
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from lightkeeper.model.case import Case
from lightkeeper.model.document import Document
from lightkeeper.model.event import Event
from lightkeeper.run.build import build_case
from lightkeeper.settings import Settings
from lightkeeper.sources import ioda_outages, stop
from lightkeeper.sources.case_files import load_case, load_documents, load_outages
from places import ROOT, SHARED

CASES = ROOT / "cases"
FOLDERS = sorted(path.parent for path in CASES.glob("*/case.toml"))
IRAN_2021 = CASES / "iran-2021-election"
IRAN = [f for f in FOLDERS if f.name.startswith("iran-")]
UGANDA_2021 = CASES / "uganda-2021-election"
FIRST_READ = date(2026, 11, 24)
"""Day on which the first of their sources was read."""


def everything(folder: Path) -> tuple[Case, list[Document], list[Event]]:
    case = load_case(folder)
    return case, load_documents(folder, case), load_outages(folder, case)


@pytest.fixture(scope="module")
def iran() -> tuple[Case, list[Document], list[Event]]:
    return everything(IRAN_2021)


@pytest.fixture(scope="module")
def letter() -> str:
    path = SHARED.parent / "letter-2021-06-17.md"
    if not path.is_file():
        pytest.skip("needs ../shared/letter-2021-06-17.md, which the product does not carry")
    return " ".join(path.read_text(encoding="utf-8").replace("*", "").split())


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda f: f.name)
def test_a_shipped_case_loads_with_all_its_rows(folder: Path) -> None:
    case, documents, outages = everything(folder)
    assert case.id == folder.name
    counts = {
        "iran-2021-election": (41, 103),
        "iran-2012-majlis-election": (9, 0),
        "iran-2026-blackout": (3, 0),
        "uganda-2021-election": (22, 14),
    }
    assert (len(documents), len(outages)) == counts[case.id]


@pytest.mark.parametrize("folder", IRAN, ids=lambda f: f.name)
def test_the_cases_of_iran_put_the_four_asks_of_the_letter(folder: Path) -> None:
    assert [a.topic for a in load_case(folder).asks] == ["platforms", "vpn", "quality", "notice"]


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda f: f.name)
def test_every_document_says_where_and_when_it_was_read(folder: Path) -> None:
    for document in everything(folder)[1]:
        assert document.read_on is not None, document.document_id
        assert FIRST_READ <= document.read_on <= datetime.now(UTC).date(), document.document_id
        assert document.url or document.dataset or document.kind == "letter", document.document_id
        if "read_as_stored_copy" in document.flags:
            assert "not_archived" in document.flags, document.document_id


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda f: f.name)
def test_every_source_in_a_case_was_read_on_a_stated_day(folder: Path) -> None:
    text = (folder / "case.toml").read_text(encoding="utf-8")
    days = re.findall(r"read_on = (\S+?)[,\s]", text)
    assert days
    assert all(FIRST_READ <= date.fromisoformat(day) <= datetime.now(UTC).date() for day in days)


def test_the_window_of_2021_runs_from_30_days_before_the_vote_to_14_after(
    iran: tuple[Case, list[Document], list[Event]],
) -> None:
    case, _, outages = iran
    assert case.window_days == (date(2021, 5, 19), date(2021, 7, 2))
    begin, end = case.window
    assert sum(begin <= e.onset_latest < end for e in outages) == 5


def test_the_letter_goes_to_two_with_copies_to_twelve_from_forty_two(
    iran: tuple[Case, list[Document], list[Event]],
) -> None:
    found = iran[0].letter
    assert found is not None
    assert (len(found.addressees), len(found.cc), len(found.signatories)) == (2, 12, 42)


@pytest.mark.parametrize("folder", IRAN, ids=lambda f: f.name)
def test_the_asks_stand_word_for_word_in_the_letter(folder: Path, letter: str) -> None:
    for ask in load_case(folder).asks:
        assert " ".join(ask.wording.split()) in letter, ask.id


def test_what_the_case_quotes_of_the_letter_stands_in_it(
    iran: tuple[Case, list[Document], list[Event]], letter: str
) -> None:
    case = iran[0]
    assert case.letter is not None
    assert case.letter.opening is not None
    assert case.letter.definition is not None
    said = re.sub(r"<[^>]+>|\[|\]\(#\)", "", letter)
    said = said.replace("peacefully June 17, 2021 exercise", "peacefully exercise")
    for quote in (
        case.letter.title,
        case.letter.opening,
        case.letter.definition,
        *(h.letter_says for h in case.history),
    ):
        assert quote in said, quote
    for name in [*case.letter.addressees, *case.letter.cc, *case.letter.signatories]:
        assert name in said, name


def test_yasuj_rests_on_one_witness(iran: tuple[Case, list[Document], list[Event]]) -> None:
    (yasuj,) = [d for d in iran[1] if d.document_id == "stop-2021-06-20-yasuj"]
    assert (yasuj.witnesses, yasuj.place_type, yasuj.place) == (1, "city", "Yasuj")
    assert (yasuj.operators, yasuj.networks) == (["mci", "irancell"], ["mobile"])
    assert (yasuj.users_notified, yasuj.acknowledged, yasuj.election) == (False, None, True)
    assert yasuj.onset_earliest == datetime(2021, 6, 19, 19, 30, tzinfo=UTC)
    assert "source_older_than_end" in yasuj.flags


def test_no_document_is_given_a_later_one_as_its_source(iran: tuple[Case, list[Document], list[Event]]) -> None:
    for document in iran[1]:
        if document.published_on and document.onset_earliest:
            assert document.onset_earliest.date() <= document.published_on, document.document_id


def test_every_outage_of_the_case_is_ioda_s_own_record(
    iran: tuple[Case, list[Document], list[Event]], shared: Path
) -> None:
    read = ioda_outages.read(shared / "ioda" / "investigated-outages.csv")
    theirs = {e.event_id: e for e in read if isinstance(e, Event) and e.country == "IR"}
    ours = {e.event_id: e for e in iran[2]}
    assert set(ours) == set(theirs)
    for name, event in ours.items():
        other = theirs[name]
        assert (event.onset_latest, event.end_latest, event.entity_type, event.entity) == (
            other.onset_latest,
            other.end_latest,
            other.entity_type,
            other.entity,
        ), name
        assert (event.lineages, event.lineages_silent) == (other.lineages, other.lineages_silent), name
        assert event.cause_claimed == other.cause_claimed, name


def test_access_now_s_sentences_are_not_copied(iran: tuple[Case, list[Document], list[Event]], shared: Path) -> None:
    rows = stop.sheet_rows(shared / "stop" / "combined-2016-2025-snapshot-2026-05-20.parquet")
    theirs = {row.text(n) for row in rows for n in ("event", "actual_cause_details") if len(row.text(n)) > 30}
    for document in iran[1]:
        for sentence in theirs:
            assert sentence not in document.claim, document.document_id


def test_access_now_s_codes_are_restated_as_they_are(
    iran: tuple[Case, list[Document], list[Event]], shared: Path
) -> None:
    read = stop.read(shared / "stop" / "keepiton-stop-2016-2022.xlsx")
    theirs = {d.dataset: d for d in read if isinstance(d, Document) and d.country == "IR"}
    checked = 0
    for ours in iran[1]:
        row = re.match(r"STOP 2016-2022, sheet (.+?), rows? (\d+)", ours.dataset or "")
        if row:
            other = theirs[f"STOP, keepiton-stop-2016-2022.xlsx, sheet {row[1]}, row {row[2]}"]
            same = (ours.acknowledged, ours.users_notified, ours.extent, sorted(ours.networks))
            assert same == (other.acknowledged, other.users_notified, other.extent, sorted(other.networks)), row[0]
            known = [o.id for o in map(iran[0].operator_of, other.operators) if o]
            assert ours.operators == known, row[0]
            assert ("throttled_too" in ours.flags) == ("throttled_too" in other.flags), row[0]
            checked += 1
    assert checked == 27


def test_no_measurement_holds_the_address_of_a_volunteer() -> None:
    found = sorted((IRAN_2021 / "measurements").glob("*.json"))
    assert [p.name for p in found] == ["bug_352.json", "web_connectivity_ir_fp.json"]
    for path in found:
        measurement = json.loads(path.read_text(encoding="utf-8"))
        assert (measurement["probe_ip"], measurement["probe_cc"]) == ("127.0.0.1", "IR")
        assert path.name in (IRAN_2021 / "measurements" / "README.md").read_text(encoding="utf-8")


def test_the_window_of_2012_holds_the_fall_of_tor() -> None:
    case = load_case(CASES / "iran-2012-majlis-election")
    first, last = case.window_days
    assert first <= date(2012, 2, 9) <= last
    assert case.letter is None
    for figure in ("65,792", "23,909", "3,536", "27,919", "98,435", "42,692", "54,917", "73,672"):
        assert figure in case.summary


def test_the_blackout_of_2026_carries_no_data_of_others() -> None:
    folder = CASES / "iran-2026-blackout"
    assert sorted(p.name for p in folder.rglob("*") if p.is_file()) == [
        "case.fa.toml", "case.toml", "documents.csv",
    ]  # fmt: skip
    assert load_case(folder).series[0].how_to_import == "lightkeeper import ioda FILE --country IR"


def test_the_letter_to_uganda_asks_for_mobile_money_and_not_for_vpns() -> None:
    case = load_case(UGANDA_2021)
    assert [(a.topic, a.services) for a in case.asks] == [
        ("platforms", []), ("platforms", ["mobile-money"]), ("quality", []), ("notice", [])
    ]  # fmt: skip
    assert [w.id for w in case.watched_for(case.asks[1])] == ["mobile-money"]
    assert "mobile-money" not in [w.id for w in case.watched_for(case.asks[0])]


def test_the_cut_of_uganda_was_ordered_and_users_of_mtn_were_told_or_not_told(tmp_path: Path) -> None:
    asks = {
        (a.ask_id, a.operator): a for a in build_case(UGANDA_2021, tmp_path, Settings(data_dir=tmp_path / "d")).asks
    }
    whole = asks["A3", None]
    assert (whole.answer, whole.rule) == ("breached", "disruption_imposed")
    assert (asks["A4", "mtn"].answer, asks["A4", "mtn"].rule) == ("disputed", "notice_in_dispute")
    assert (asks["A1", None].answer, asks["A1", None].rule) == ("breached", "incident_proven")
    assert asks["A2", None].answer == "insufficient"
    assert asks["A1", "uganda-telecom"].answer == "untested"


def test_access_now_s_codes_on_uganda_are_restated_as_they_are(shared: Path) -> None:
    read = stop.read(shared / "stop" / "keepiton-stop-2016-2022.xlsx")
    theirs = {d.dataset: d for d in read if isinstance(d, Document) and d.country == "UG"}
    ours = {d.dataset: d for d in load_documents(UGANDA_2021, load_case(UGANDA_2021)) if d.kind == "stop_record"}
    assert len(ours) == 2
    for dataset, mine in ours.items():
        other = theirs[f"STOP, keepiton-stop-2016-2022.xlsx, {(dataset or '').removeprefix('STOP 2016-2022, ')}"]
        same = (mine.acknowledged, mine.users_notified, mine.extent, sorted(mine.networks), mine.onset_earliest)
        kept = (other.acknowledged, other.users_notified, other.extent, sorted(other.networks), other.onset_earliest)
        assert same == kept, dataset
