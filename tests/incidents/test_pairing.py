"""Which documents and events are paired, with what score, and why the others stay alone."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from incidents.incident_rows import BEGIN, document, outage
from lightkeeper.incidents.pairing import Paired, pair
from lightkeeper.incidents.unpaired import documents_alone, events_alone
from lightkeeper.model import Document, Event

DAY = timedelta(days=1)


def links(found: Paired) -> list[tuple[str, str]]:
    return [(p.document_id, p.event_id) for p in found.pairs]


def reason(paper: Document, *events: Event) -> str:
    found = pair([paper], events)
    (alone,) = documents_alone([paper], list(events), found)
    return alone.reason


def test_a_national_record_is_paired_with_a_national_outage_of_its_first_day() -> None:
    (one,) = pair([document("d")], [outage("e")]).pairs
    assert one.score == 0.9
    assert set(one.parts) == {"place", "time", "kind", "access", "text"}
    assert all(part.why for part in one.parts.values())


@pytest.mark.parametrize("place", ["Iran/Iran", "Iran (Islamic Republic of)", "Iran / IRAN"])
def test_a_place_that_is_the_country_named_again_is_the_whole_country(place: str) -> None:
    (one,) = pair([document("d", place_type="country", place=place)], [outage("e")]).pairs
    assert one.parts["place"].value == 1.0
    several = pair([document("d", place_type="country", place="Shiraz, Yasuj")], [outage("e")])
    assert [p.parts["place"].value for p in several.pairs] == [0.6]


def test_one_record_of_many_mornings_is_paired_with_each_of_them() -> None:
    record = document("d", days=12, cause_claimed="Exam cheating")
    mornings = [outage(f"e{n:02}", BEGIN + n * DAY, cause_claimed="Exams") for n in (3, 5, 8, 10, 12)]
    assert links(pair([record], mornings)) == [("d", e.event_id) for e in mornings]


def test_a_lone_outage_late_in_a_long_record_is_no_pair() -> None:
    assert links(pair([document("d", days=40)], [outage("e", BEGIN + 38 * DAY)])) == []


def test_many_to_many() -> None:
    both = pair([document("a"), document("b")], [outage("e"), outage("f", BEGIN + timedelta(hours=1))])
    assert links(both) == [("a", "e"), ("a", "f"), ("b", "e"), ("b", "f")]


@pytest.mark.parametrize(
    ("more", "expected"),
    [
        ({"day": None}, "no_date"),
        ({"kind": "letter"}, "no_disruption"),
        ({"flags": ["denies"]}, "no_disruption"),
        ({"day": BEGIN - 400 * DAY}, "before_coverage"),
        ({"day": BEGIN + 400 * DAY}, "after_coverage"),
        ({"extent": "service", "services": ["telegram"]}, "service_only"),
        ({"extent": "throttle", "services": ["telegram"]}, "throttling"),
        ({"day": BEGIN + 100 * DAY, "place_type": "city", "place": "Yasuj"}, "local"),
        ({"day": BEGIN + 100 * DAY, "place_type": "region", "place": "Fars"}, "regional"),
        ({"day": BEGIN + 100 * DAY, "networks": ["mobile"]}, "mobile_only"),
        ({"day": BEGIN + 100 * DAY, "country": "TR"}, "country_without_events"),
        ({"day": BEGIN + 100 * DAY}, "nothing_in_these_days"),
        ({"extent": "service", "services": ["telegram"], "day": BEGIN + DAY}, "service_only"),
        ({"place_type": "region", "place": "Fars"}, "near_miss"),
    ],
)
def test_what_stays_alone_is_told_with_the_likely_reason(more: dict, expected: str) -> None:
    assert reason(document("d", **more), outage("e"), outage("f", BEGIN + 200 * DAY)) == expected


def test_a_near_miss_names_the_event_and_its_weakest_part() -> None:
    paper = document("d", place_type="region", place="Fars")
    (alone,) = documents_alone([paper], [outage("e")], pair([paper], [outage("e")]))
    assert alone.nearest is not None
    assert alone.nearest.event_id == "e"
    assert "the record is of a part" in alone.why


def test_events_that_stay_alone_say_whether_the_country_has_documents() -> None:
    events = [outage("e", BEGIN + 50 * DAY), outage("t", country="TR", entity="TR")]
    alone = events_alone([document("d")], events, pair([document("d")], events))
    assert {a.id: a.reason for a in alone} == {
        "e": "no_document_in_these_days", "t": "country_without_documents",
    }  # fmt: skip


def test_a_record_of_a_service_is_paired_with_a_detected_block_of_that_service() -> None:
    block = outage("e", kind="blocking", targets=["telegram"])
    paper = document("d", extent="service", services=["telegram"])
    other = document("o", extent="service", services=["grindr"])
    assert links(pair([paper, other], [block])) == [("d", "e")]


def test_a_cable_fault_is_not_the_shutdown_of_that_day() -> None:
    assert links(pair([document("d")], [outage("e", cause_claimed="Cable-Cut")])) == []
    told = document("d", cause_claimed="Cable cut")
    assert links(pair([told], [outage("e", cause_claimed="Cable-Cut")])) == [("d", "e")]


def test_the_day_of_a_record_may_be_a_day_in_utc() -> None:
    late = outage("e", datetime(2019, 6, 26, 20, tzinfo=UTC))
    record = document("d", datetime(2019, 6, 26, tzinfo=UTC), days=0)
    assert links(pair([record], [late])) == [("d", "e")]


@settings(max_examples=20, deadline=None)
@given(st.randoms(use_true_random=False))
def test_the_order_of_rows_does_not_show(random) -> None:
    papers = [document(f"d{n}", BEGIN + n * DAY, 3) for n in range(6)]
    events = [outage(f"e{n}", BEGIN + n * DAY) for n in range(8)]
    usual = pair(papers, events)
    random.shuffle(papers)
    random.shuffle(events)
    assert pair(papers, events) == usual


def test_twenty_thousand_events_of_other_years_cost_nothing() -> None:
    events = [outage(f"e{n}", BEGIN + n * timedelta(hours=5)) for n in range(20_000)]
    papers = [document(f"d{n}", BEGIN + n * 2 * DAY) for n in range(2_000)]
    began = time.perf_counter()
    assert len(pair(papers, events).pairs) > 2_000
    assert time.perf_counter() - began < 20


def test_a_country_named_twice_is_the_whole_country_and_a_part_of_it_is_a_part() -> None:
    def place(named: str) -> tuple[float, str]:
        (one,) = pair([document("d", place_type="country", place=named)], [outage("e")]).pairs
        return one.parts["place"].value, one.parts["place"].why

    assert place("Iran; Iran (Islamic Republic of)")[0] == 1.0
    assert place("Iran, Tehran") == (0.6, "the record names a part, the event is of the whole country")
    assert place("Iran: Tehran, Shiraz")[1] == "the record names several places, the event is of the whole country"


def test_an_event_alone_names_the_record_that_is_near_though_that_one_has_a_pair() -> None:
    record = document("d", days=4, place_type="country", place="Fars, Yazd")
    events = [outage("first"), outage("later", BEGIN + 3 * DAY)]
    found = pair([record], events)
    assert links(found) == [("d", "first")]
    (alone,) = events_alone([record], events, found)
    assert (alone.id, alone.reason) == ("later", "nearest_elsewhere")
    assert "score 0.378" in alone.why


def test_what_is_said_of_the_days_of_documents_is_so() -> None:
    events = [outage("e", entity_type="region", entity="Fars"), outage("f", BEGIN + 50 * DAY)]
    elsewhere = document("d", place_type="region", place="Khuzestan")
    found = pair([elsewhere], events)
    assert {a.id: a.reason for a in events_alone([elsewhere], events, found)} == {
        "e": "other_documents_in_these_days", "f": "no_document_in_these_days",
    }  # fmt: skip
    record = document("t", extent="service", services=["telegram"])
    block = outage("g", BEGIN + DAY, kind="blocking", targets=["signal"], cause_claimed="Cable cut")
    assert reason(record, block) == "other_events_in_these_days"


EXAMS = {"hours_local": "05:00-08:00", "weekdays": "Sat-Thu", "days": 20}
"""Of Iran's clock: half past midnight to half past three UTC, in summer."""


@pytest.mark.parametrize(
    ("at", "value"),
    [
        (datetime(2021, 6, 27, 0, 30, tzinfo=UTC), 0.95),
        (datetime(2021, 6, 27, 2, 30, tzinfo=UTC), 0.95),
        (datetime(2021, 6, 27, 12, 0, tzinfo=UTC), 0.3),
        (datetime(2021, 7, 2, 0, 30, tzinfo=UTC), 0.3),
    ],
)
def test_an_outage_fits_a_record_that_gives_hours_where_it_began_in_them(at: datetime, value: float) -> None:
    record = document("d", **EXAMS)
    parts = [p.parts["time"].value for p in pair([record], [outage("e", at)], least=0.1).pairs]
    assert parts == [value]


def test_a_record_that_states_no_begin_pairs_with_what_was_on_at_its_time() -> None:
    paper = document("d", None, as_of_earliest=BEGIN + DAY, as_of_latest=BEGIN + 2 * DAY)
    assert links(pair([paper], [outage("e", hours=40), outage("f", hours=2)])) == [("d", "e")]
    assert reason(paper, outage("f", hours=2)) != "no_date"
