"""When a document of a case says that a thing began, ended, and was so: brackets in UTC out of its cells."""

from __future__ import annotations

from datetime import date, timedelta
from typing import NamedTuple

from lightkeeper.model.case import Case
from lightkeeper.model.hours import Hours, hours_from
from lightkeeper.sources.case_cells import HOUR_SLACK, Bracket, Cells, Span, bracket

DAY = timedelta(days=1)
WEEK = 7
CLAIMING = frozenset({"stop_record", "statement", "order", "report", "news"})
"""Kinds of documents that may claim a disruption."""
DATED_BY_PUBLICATION = "dated_by_publication"
"""A flag: it says that services are blocked and not since when, so it speaks of the day on which it was published."""


class Times(NamedTuple):
    """Brackets of the begin, of the end, and of a time at which it was so; and flags on them."""

    onset: Bracket
    end: Bracket
    as_of: Bracket
    flags: list[str]


def times_of(cells: Cells, flags: list[str], case: Case) -> Times:
    """The times of a row of documents.csv. An end before the begin is taken away and flagged. Raises Wrong.

    What went on when it was written was so on the day of publication.
    """
    first, last = cells.days("starts_on"), cells.days("ends_on")
    start_at, end_at = cells.moment("starts_at"), cells.moment("ends_at")
    hours = hours_from(cells.hours("hours_local"), cells.weekdays("weekdays"))
    onset = bracket(case, first, start_at, estimated="estimated_start" in flags)
    end = bracket(case, last, end_at, estimated="estimated_end" in flags)
    if _backwards(bracket(case, first, start_at), bracket(case, last, end_at)):
        end = Bracket()
        flags = list(dict.fromkeys([*flags, "ends_before_it_begins"]))
    if hours is not None and cells.text("hours_local"):
        if start_at is None and "estimated_start" not in flags:
            onset = _first_hours(case, hours, first) or onset
        if end_at is None and "estimated_end" not in flags and end.latest is not None:
            end = _last_hours(case, hours, last) or end
    as_of = cells.days("as_of")
    if as_of is None and (said := cells.day("published_on")):
        if cells.yes_no("ongoing"):
            as_of = Span(said, said)
        elif onset.earliest is None and cells.text("services") and cells.text("kind") in CLAIMING:
            as_of, flags = Span(said, said), list(dict.fromkeys([*flags, DATED_BY_PUBLICATION]))
    return Times(onset, end, bracket(case, as_of, None), flags)


def _backwards(onset: Bracket, end: Bracket) -> bool:
    return onset.earliest is not None and end.latest is not None and end.latest <= onset.earliest


def _first_hours(case: Case, hours: Hours, days: Span | None) -> Bracket | None:
    """Around the begin of the first hours on or after a day; none for a month or a year."""
    if days is None or days.first != days.last:
        return None
    day = next(d for n in range(WEEK) if (d := days.first + n * DAY).weekday() in hours.weekdays)
    begin = min(begin for begin, _ in hours.ranges)
    return _around(case, day, begin)


def _last_hours(case: Case, hours: Hours, days: Span | None) -> Bracket | None:
    """Around the end of the last hours on or before a day; none where they go over midnight."""
    if days is None or days.first != days.last or any(begin > end for begin, end in hours.ranges):
        return None
    day = next(d for n in range(WEEK) if (d := days.first - n * DAY).weekday() in hours.weekdays)
    return _around(case, day, max(end for _, end in hours.ranges))


def _around(case: Case, day: date, minute: int) -> Bracket:
    """Half an hour each way of a minute of a local day, within that day."""
    midnight, next_one = case.midnight(day), case.midnight(day + DAY)
    moment = midnight + timedelta(minutes=minute)
    return Bracket(max(midnight, moment - HOUR_SLACK), min(next_one, moment + HOUR_SLACK))
