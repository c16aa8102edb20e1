"""Whether a document speaks of an event, and whether two documents speak of one thing."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from lightkeeper.incidents.places import names_place, places_of, same_place
from lightkeeper.incidents.services import is_protocol, is_tool
from lightkeeper.model import Document, Event
from lightkeeper.model.case import Case

NO_INCIDENT = frozenset({"letter", "assurance", "notice"})
"""Kinds of documents that claim no disruption."""
EVENT_BEFORE = timedelta(days=1)
"""The event may begin this long before the document says so,"""
EVENT_AFTER = timedelta(days=2)
"""or this long after: people write of days, and of the day on which they noticed."""
CLAIMS_NEAR = timedelta(days=2)
"""Two documents claim the same block where their onsets lie this near."""
RECORDS_NEAR = timedelta(days=3)
"""Two records of one place are one where their onsets lie this near and they overlap."""
_FOREVER = datetime.max.replace(tzinfo=UTC)


def denies(document: Document) -> bool:
    """Whether it says that the thing did not happen, or could be reached."""
    return bool({"denies", "says_reachable"} & set(document.flags))


def is_about_services(document: Document) -> bool:
    """Whether it speaks of services and not of a whole network."""
    return document.extent == "service" or bool(document.services)


def matches(case: Case, document: Document, events: Sequence[Event]) -> bool:
    """Whether a document and a group of events agree on country, extent, place and time."""
    if not _extent_fits(case, document, events):
        return False
    return any(
        document.country == event.country and _place_fits(document, event) and _time_fits(document, event)
        for event in events
    )


def same_claim(one: Document, other: Document) -> bool:
    """Whether two documents claim one thing: the same place, near onsets, and services in common or none at all."""
    if one.country != other.country or not _same_scope(one, other):
        return False
    if is_about_services(one) or is_about_services(other):
        return bool(set(one.services) & set(other.services)) and _onset_gap(one, other) <= CLAIMS_NEAR
    overlap = _window(one)[0] <= _window(other)[1] and _window(other)[0] <= _window(one)[1]
    return one.extent == other.extent and overlap and _onset_gap(one, other) <= RECORDS_NEAR


def gap_between_onsets(document: Document, events: Sequence[Event]) -> timedelta:
    """The shortest time between the onset that a document claims and one of the events'."""
    begin = _need(document.onset_earliest)
    latest = document.onset_latest or begin
    return min(_gap(begin, latest, e.onset_earliest, e.onset_latest) for e in events)


def _extent_fits(case: Case, document: Document, events: Sequence[Event]) -> bool:
    if all(event.kind == "circumvention_drop" for event in events):
        return document.extent in ("service", "throttle") and any(is_tool(case, s) for s in document.services)
    targets = {s for event in events for s in event.targets}
    if targets:
        return document.extent in ("service", "throttle") and bool(targets & set(document.services))
    whole = not [s for s in document.services if not is_protocol(s)]
    return document.extent == "full_network" or (document.extent == "throttle" and whole)


def _place_fits(document: Document, event: Event) -> bool:
    return any(_fits(document, kind, name) for kind, name in places_of(event))


def _fits(document: Document, kind: str, name: str) -> bool:
    place = document.place or ""
    if document.place_type == "city":
        return kind == "region" and names_place(f"{document.title} {document.claim}", name)
    if document.place_type != kind:
        return False
    if kind == "country":
        return True
    return same_place(place, name) if kind == "region" else _asn(place) == _asn(name)


def _asn(text: str) -> str:
    return text.strip().upper().removeprefix("AS")


def _time_fits(document: Document, event: Event) -> bool:
    """Onsets near each other, and windows that overlap. Documents count in days, so theirs is a day wider each way."""
    begin = _need(document.onset_earliest)
    latest = document.onset_latest or begin
    if not begin - EVENT_BEFORE <= event.onset_latest or not event.onset_earliest <= latest + EVENT_AFTER:
        return False
    first, last = _window(document)
    ended = event.end_latest or _FOREVER
    return first - timedelta(days=1) <= ended and (last == _FOREVER or event.onset_earliest <= last + timedelta(days=1))


def _window(document: Document) -> tuple[datetime, datetime]:
    """From the onset to the end that a document claims; where it names none, to two days after the onset."""
    begin = _need(document.onset_earliest)
    if document.end_latest is not None:
        return begin, document.end_latest
    return begin, _FOREVER if document.ongoing else (document.onset_latest or begin) + EVENT_AFTER


def _same_scope(one: Document, other: Document) -> bool:
    if one.place_type != other.place_type:
        return False
    if one.place_type == "country":
        return True
    if one.place_type == "asn":
        return _asn(one.place or "") == _asn(other.place or "")
    return same_place(one.place or "", other.place or "")


def _onset_gap(one: Document, other: Document) -> timedelta:
    a, b = _need(one.onset_earliest), _need(other.onset_earliest)
    return _gap(a, one.onset_latest or a, b, other.onset_latest or b)


def _gap(begin: datetime, end: datetime, other_begin: datetime, other_end: datetime) -> timedelta:
    return max(other_begin - end, begin - other_end, timedelta(0))


def _need(moment: datetime | None) -> datetime:
    if moment is None:
        raise ValueError("a document without an onset is matched to nothing")
    return moment
