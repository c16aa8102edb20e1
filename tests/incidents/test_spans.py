"""When each service was affected: what is known best counts, and each has an end of its own."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from incidents.incident_rows import BEGIN, case, document, outage
from lightkeeper.incidents import join
from lightkeeper.incidents.spans import Span, spans_of
from lightkeeper.model import Document, Incident

DAY = timedelta(days=1)
BOTH = ["telegram", "signal"]


def block(name: str, day: datetime | None = BEGIN, days: int | None = None, **more: Any) -> Document:
    return document(name, day, days, **{"extent": "service", "services": BOTH, **more})


def one(*documents: Document) -> Incident:
    (found,) = join(case(), [], documents)
    return found


def of(service: str, *documents: Document) -> Span:
    return next(s for s in spans_of(one(*documents)) if s.service == service)


def test_each_service_ends_when_somebody_says_that_it_was_released() -> None:
    papers = [block("a", ongoing=True), block("b", days=4, services=["signal"])]
    assert of("telegram", *papers).ongoing
    released = of("signal", *papers)
    assert (released.ongoing, released.end_latest) == (False, papers[1].end_latest)
    assert one(*papers).title == "Telegram and Signal recorded as blocked since 20 June 2021"


def test_a_document_without_an_end_does_not_keep_a_service_blocked_that_another_ends() -> None:
    assert of("telegram", block("a", ongoing=True), block("b", days=4)).ongoing is False


def test_a_later_word_that_it_still_goes_on_stands_against_a_stated_end() -> None:
    later = {"as_of_earliest": BEGIN + 30 * DAY, "as_of_latest": BEGIN + 31 * DAY}
    found = of("telegram", block("a", ongoing=True, **later), block("b", days=4))
    assert (found.ongoing, found.end_latest) == (True, None)


def test_an_estimated_day_does_not_widen_an_exact_one() -> None:
    exact = block("a", days=4)
    rough = block(
        "b", ongoing=True, onset_earliest=BEGIN - 4 * DAY, onset_latest=BEGIN + 4 * DAY, flags=["estimated_start"]
    )
    found = one(exact, rough)
    assert (found.onset_earliest, found.onset_latest) == (exact.onset_earliest, exact.onset_latest)


def test_a_month_does_not_widen_a_day_and_a_day_does_not_widen_an_hour() -> None:
    hour = {"onset_earliest": BEGIN, "onset_latest": BEGIN + timedelta(hours=1)}
    month = {"onset_earliest": BEGIN - 19 * DAY, "onset_latest": BEGIN + 11 * DAY}
    found = one(block("a", **hour), block("b"), block("c", **month))
    assert (found.onset_earliest, found.onset_latest) == (hour["onset_earliest"], hour["onset_latest"])


def test_of_two_exact_days_that_differ_the_first_begins_it() -> None:
    first, second = block("a"), block("b", BEGIN + DAY)
    assert (one(first, second).onset_earliest, one(first, second).onset_latest) == (
        first.onset_earliest, first.onset_latest,
    )  # fmt: skip


def test_an_end_bracket_runs_from_the_first_stated_end_to_the_last() -> None:
    first, last = block("a", days=2), block("b", days=4)
    found = of("signal", first, last)
    assert (found.end_earliest, found.end_latest) == (first.end_earliest, last.end_latest)


def test_what_goes_on_is_taken_to_last_a_year_after_it_was_last_said_to() -> None:
    paper = block("a", ongoing=True)
    assert paper.onset_latest is not None
    assert one(paper).lasts_until == paper.onset_latest + 365 * DAY


def test_only_services_that_reach_into_the_window_are_in_it() -> None:
    papers = [block("a", BEGIN - 200 * DAY, ongoing=True), block("b", BEGIN - 200 * DAY, 3, services=["signal"])]
    found = one(*papers)
    assert (found.in_window, found.services_in_window) == (True, ["telegram"])


@given(st.lists(st.tuples(st.integers(0, 40), st.integers(0, 40), st.booleans()), min_size=1, max_size=5))
def test_the_times_of_a_service_lie_within_those_of_its_incident_and_can_be_read_again(drawn) -> None:
    papers = [block(f"d{n}", BEGIN + b * DAY, e if e else None, ongoing=on) for n, (b, e, on) in enumerate(drawn)]
    for found in join(case(), [], papers):
        for span in spans_of(found):
            assert found.onset_earliest <= span.onset_earliest <= span.onset_latest
            assert span.onset_earliest.tzinfo is UTC
            assert not (span.ongoing and span.end_latest)
            assert found.ongoing or not span.ongoing


def test_what_was_re_based_has_no_known_end_and_had_not_ended_before() -> None:
    began = BEGIN - 200 * DAY
    drop = outage("tor_users/direct/IR", began, 24 * 210, flags=["re_based"], members=["tor_users/direct/IR"])
    (found,) = join(case(), [msgspec.structs.replace(drop, end_latest=None)], [])
    assert (found.end_latest, found.ongoing) == (None, False)
    assert found.end_earliest == drop.end_earliest
    assert found.in_window, "it had surely not ended when the window began"
    assert any("No recovery is seen" in reason for reason in found.contrary)
