"""Likeness: how well a document and an event fit together, part by part: place, time, kind, access, text.

Each part is a number from 0 (they contradict) to 1 (they agree), with a reason. The score is their product: one
contradiction is enough to part them. The numbers are judgements of ours, not learnt; `lightkeeper evaluate join` says
how well they do.
"""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

from lightkeeper.incidents.claims import first_known, lasting_until
from lightkeeper.incidents.localtime import clocks
from lightkeeper.incidents.places import names_place, same_place, words
from lightkeeper.incidents.services import is_well_known_tool
from lightkeeper.model import Document, Event
from lightkeeper.model.hours import Hours, hours_from
from lightkeeper.sources.country_names import part_of_country

DAY = timedelta(days=1)
BEFORE, AFTER = DAY, 2 * DAY
"""An event may begin this long before the first day of a record, or after it: people write of the day they noticed."""
OTHER_MIDNIGHT = timedelta(hours=6)
"""The days of a record may be days in UTC and not in local time, so its last day may end this much later."""
SAME_HOUR = timedelta(minutes=45)
"""Cuts of one series begin within so much of the same time of day."""
SERIES_LEAST = 3
"""So many cuts at one time of day, on different days of the record, are a series, such as that of exam mornings."""
LATE = timedelta(days=7)
"""A blackout does not begin more than a week after the day from which it is recorded, unless it is one of a series."""
MOMENTS = 200
"""So many moments of the bracket of a begin are held against the hours of a record."""
_NATIONAL = re.compile(r"\b(national|nation-?wide|country-?wide|whole country)\b", re.IGNORECASE)
_EXAM = ("exam",)
_ACCIDENT = ("cable", "power", "weather", "earthquake", "routing", "leak", "equipment", "technical", "ddos", "fault")
_ORDER = ("government", "order", "exam", "shutdown")

Series = Mapping[tuple[str, str, str], Sequence[datetime]]
"""The onsets of all events of one place, sorted; by country, kind of place, and place."""


class Part(NamedTuple):
    """One part of a score: how well it fits, from 0 to 1, and why in a few words."""

    value: float
    why: str


def likeness(
    document: Document, event: Event, series: Series, is_tool: Callable[[str], bool] = is_well_known_tool
) -> dict[str, Part]:
    """The parts of the score of a document and an event of the same country. The document states a begin."""
    return {
        "place": _place(document, event),
        "time": _time(document, event, series),
        "kind": _kind(document, event, is_tool),
        "access": _access(document, event),
        "text": _text(document, event),
    }


def score_of(parts: Mapping[str, Part]) -> float:
    """The product of the parts, to three digits."""
    product = 1.0
    for part in parts.values():
        product *= part.value
    return round(product, 3)


def window_of(document: Document) -> tuple[datetime, datetime]:
    """The first moment of the first day that a document states, and the last of its last; one day if it states no end.

    A document that was written while the thing went on has no last day: its window ends at the horizon. One that states
    no begin has the time at which it was so.
    """
    known = first_known(document)
    if known is None:
        raise ValueError("a document without a time has no window")
    begin, latest = known
    if document.end_latest is not None:
        return begin, max(document.end_latest, latest)
    return begin, lasting_until(document) or latest


def _place(document: Document, event: Event) -> Part:
    named = part_of_country(document.place or "", document.country)
    national = bool(_NATIONAL.search(named)) or (document.place_type == "country" and not named)
    if event.entity_type == "asn":
        return _network(document, event)
    if event.entity_type == "country":
        if national:
            return Part(0.95 if named else 1.0, "both are of the whole country")
        several = len([p for p in named.replace(" and ", ",").split(",") if p.strip()])
        if document.place_type == "country" or several >= SERIES_LEAST:
            places = "several places" if several > 1 else "a part"
            return Part(0.6, f"the record names {places}, the event is of the whole country")
        return Part(0.35, "the record is of a part, the event of the whole country")
    if named and same_place(named, event.entity):
        return Part(1.0, "the same region")
    if names_place(f"{named} {document.title} {document.claim}", event.entity):
        return Part(0.85, "the record names the region, among others or as the place of a town")
    if national:
        return Part(0.4, "the record is of the whole country, the event of a region")
    return Part(0.0, "another place")


def _network(document: Document, event: Event) -> Part:
    number = event.entity.strip().upper().removeprefix("AS")
    if document.place_type == "asn":
        same = (document.place or "").strip().upper().removeprefix("AS") == number
        return Part(1.0, "the same network") if same else Part(0.0, "another network")
    if document.kind != "order" and any(o.upper().removeprefix("AS") == number for o in document.operators):
        return Part(0.9, "the record names the network")
    if document.place_type == "country":
        return Part(0.3, "the record is of the whole country, the event of one network")
    return Part(0.15, "the record is of a place, the event of one network")


def _time(document: Document, event: Event, series: Series) -> Part:
    begin, end = window_of(document)
    latest = document.onset_latest or begin
    if document.onset_earliest is None:
        return _as_of(document, event)
    if "estimated_start" in document.flags:
        begin, latest = begin - 3 * DAY, latest + 3 * DAY
    if event.onset_latest < begin:
        gap = begin - event.onset_latest
        if gap > BEFORE:
            return Part(0.0, "the event began long before")
        return Part(round(0.75 * (1 - gap / (2 * BEFORE)), 3), f"the event began {_hours(gap)} before the first day")
    hours = _hours_of(document)
    if hours is not None and begin <= event.onset_latest and event.onset_earliest < end:
        return _in_hours(document, event, hours)
    if event.onset_earliest < latest:
        return Part(1.0, "the event began on the first day of the record")
    gap = event.onset_earliest - latest
    if event.onset_earliest >= end:
        if event.onset_earliest - end <= OTHER_MIDNIGHT:
            return Part(
                0.75, f"the event began {_hours(event.onset_earliest - end)} after the last day, whose zone may differ"
            )
        if document.end_latest is None and gap <= AFTER and not document.ongoing:
            return Part(round(0.9 * (1 - gap / (2 * AFTER)), 3), f"the event began {_hours(gap)} after the first day")
        return Part(0.0, "the event began after the last day of the record")
    together = _in_series(event, series, begin, end)
    if together >= SERIES_LEAST:
        return Part(0.95, f"one of {together} at this time of day in the days of the record")
    if gap <= AFTER:
        return Part(0.9, f"the event began {_hours(gap)} after the first day, within the record")
    if gap <= LATE:
        return Part(0.7, "the event began within the days of the record")
    return Part(0.3, "the event began within the days of the record, more than a week after the first")


def _hours_of(document: Document) -> Hours | None:
    """The hours and days of the week that a record gives; what cannot be read is none."""
    try:
        return hours_from(document.hours_local, document.weekdays)
    except ValueError:
        return None


def _in_hours(document: Document, event: Event, hours: Hours) -> Part:
    """How well the begin of an event fits the hours that a record gives, by any clock of the country."""
    step = timedelta(minutes=15)
    moments = [event.onset_earliest, event.onset_latest]
    while moments[-2] + step < event.onset_latest and len(moments) < MOMENTS:
        moments.insert(-1, moments[-2] + step)
    shown = [clock for moment in moments for clock in clocks(document.country, moment)]
    if not shown or any(hours.has_minute(c.weekday(), c.hour * 60 + c.minute) for c in shown):
        return Part(0.95, "the event began in the hours that the record gives")
    return Part(0.3, "the event began outside the hours that the record gives")


def _as_of(document: Document, event: Event) -> Part:
    """How well an event fits a record that states no begin, only a time at which it was so."""
    begin, latest = first_known(document) or (event.onset_earliest, event.onset_latest)
    if event.onset_earliest <= latest and (event.end_latest is None or event.end_latest >= begin):
        return Part(0.9, "the event was on at the time of which the record speaks")
    return Part(0.0, "the event was not on at the time of which the record speaks")


def _in_series(event: Event, series: Series, begin: datetime, end: datetime) -> int:
    """How many events of the same place began at the same time of day (UTC) on different days of the window."""
    onsets = series.get((event.country, event.entity_type, event.entity), ())
    within = onsets[bisect_left(onsets, begin) : bisect_right(onsets, end)]
    mine = event.onset_latest
    days = {
        round((other - mine) / DAY)
        for other in within
        if abs((other - mine) - round((other - mine) / DAY) * DAY) <= SAME_HOUR
    }
    return len(days)


def _kind(document: Document, event: Event, is_tool: Callable[[str], bool]) -> Part:
    about_services = document.extent == "service" or (document.extent == "throttle" and bool(document.services))
    if event.targets:
        mine = {_plain(s) for s in document.services}
        theirs = {_plain(t) for t in event.targets} | {_plain(t.split("/")[0]) for t in event.targets}
        shared = sorted(mine & theirs)
        if shared:
            return Part(1.0, f"both name {', '.join(shared[:3])}")
        return Part(0.1, "the event is of other services") if mine else Part(0.2, "only the event is of services")
    if event.kind == "circumvention_drop":
        tools = any(is_tool(s) for s in document.services)
        return (
            Part(1.0, "both are of circumvention tools") if tools else Part(0.3, "the event is of circumvention tools")
        )
    if about_services:
        return Part(0.1, "the record is of services, the event of a whole network")
    if document.extent == "throttle":
        return Part(0.7, "the record is of slowing down, the event of an outage")
    return Part(1.0, "both are of a whole network") if document.extent else Part(0.7, "the record names no kind")


def _access(document: Document, event: Event) -> Part:
    """Routing, probing and telescopes see fixed networks above all; a cut of mobile data often hides from them."""
    if document.networks == ["mobile"] and event.entity_type != "asn":
        return Part(0.85, "the record is of mobile networks alone, which the event's signals see badly")
    return Part(1.0, "nothing speaks against it")


def _text(document: Document, event: Event) -> Part:
    theirs, ours = (event.cause_claimed or "").casefold(), f"{document.cause_claimed or ''} {document.title}".casefold()
    if not theirs:
        return Part(0.9, "the event has no cause claimed")
    if any(word in theirs for word in _EXAM) and any(word in ours for word in _EXAM):
        return Part(1.0, "both speak of exams")
    if any(word in theirs for word in _ACCIDENT) and any(word in ours for word in _ACCIDENT):
        return Part(0.9, "both speak of a fault")
    if any(word in theirs for word in _ACCIDENT) and not set(words(theirs)) & set(words(ours)):
        return Part(0.3, f"the event has another cause claimed: {event.cause_claimed}")
    if any(word in theirs for word in _ORDER):
        return Part(1.0, "the event is claimed to be ordered, as a shutdown is")
    return Part(0.9, "the causes claimed do not tell")


def _hours(gap: timedelta) -> str:
    return f"{max(1, round(gap / timedelta(hours=1)))} h"


def _plain(name: str) -> str:
    return name.strip().casefold().replace(" ", "_")
