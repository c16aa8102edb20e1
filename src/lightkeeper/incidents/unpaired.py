"""Unpaired: why a document has no event, or an event no document, as far as that can be told."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import datetime

import msgspec

from lightkeeper.incidents.claims import first_known, is_about_services
from lightkeeper.incidents.likeness import AFTER, BEFORE, window_of
from lightkeeper.incidents.pairing import Pair, Paired, claims_a_disruption
from lightkeeper.model import Document, Event

REASONS = {
    "no_disruption": "It claims no disruption: a letter, an assurance, a notice or a denial",
    "no_date": "It states no day",
    "before_coverage": "It ended before the first event on record",
    "after_coverage": "It began after the last event on record",
    "service_only": "It is of services only, and the events are of whole networks",
    "throttling": "It is of slowing down, which the events do not show",
    "near_miss": "An event is near, but does not fit well enough",
    "local": "It is of a town or district: too small for series of regions and countries",
    "regional": "It is of a region for which there is no event on record in these days",
    "mobile_only": "It is of mobile networks only, which the events' signals see badly",
    "country_without_events": "There is no event of the country on record",
    "nothing_in_these_days": "No event of the country is on record in these days",
    "other_events_in_these_days": "Events of the country are on record in these days, and none is like it",
    "country_without_documents": "There is no document of the country",
    "no_document_in_these_days": "No document of the country is of these days",
    "other_documents_in_these_days": "Documents of the country are of these days, and none is like it",
    "nearest_elsewhere": "A document is near, but does not fit well enough",
}
"""What each reason means."""


class Alone(msgspec.Struct, frozen=True, kw_only=True):
    """A document or an event without a pair, the likely reason, and its nearest miss."""

    id: str
    reason: str
    why: str
    nearest: Pair | None = None


def documents_alone(documents: Iterable[Document], events: Sequence[Event], found: Paired) -> list[Alone]:
    """Each document without a pair, with the likely reason, by id."""
    paired = {p.document_id for p in found.pairs}
    onsets = [e.onset_latest for e in events]
    coverage = (min(onsets), max(onsets)) if onsets else None
    countries = {e.country for e in events}
    services = {e.country for e in events if e.targets or e.kind == "circumvention_drop"}
    times = {c: sorted(e.onset_latest for e in events if e.country == c) for c in countries}
    alone = []
    for document in sorted(documents, key=lambda d: d.document_id):
        if document.document_id not in paired:
            near = found.nearest.get(document.document_id)
            reason = _reason(document, coverage, times, services, near)
            alone.append(_alone(document.document_id, reason, near))
    return alone


def events_alone(documents: Iterable[Document], events: Iterable[Event], found: Paired) -> list[Alone]:
    """Each event without a pair, with the likely reason, by id."""
    paired = {p.event_id for p in found.pairs}
    dated: defaultdict[str, list[tuple[datetime, datetime]]] = defaultdict(list)
    countries = set()
    for document in documents:
        countries.add(document.country)
        if claims_a_disruption(document):
            begin, end = window_of(document)
            dated[document.country].append((begin - BEFORE, end + AFTER))
    alone = []
    for event in sorted(events, key=lambda e: e.event_id):
        if event.event_id not in paired:
            miss = found.nearest_of_events.get(event.event_id)
            of_these_days = any(b <= event.onset_latest and event.onset_earliest <= e for b, e in dated[event.country])
            reason = "other_documents_in_these_days" if of_these_days else "no_document_in_these_days"
            reason = reason if event.country in countries else "country_without_documents"
            alone.append(_alone(event.event_id, "nearest_elsewhere" if miss else reason, miss))
    return alone


def _reason(
    document: Document, coverage: tuple[datetime, datetime] | None, times: dict[str, list[datetime]],
    services: set[str],    near: Pair | None,
) -> str:  # fmt: skip
    if first_known(document) is None:
        return "no_date"
    if not claims_a_disruption(document):
        return "no_disruption"
    begin, end = window_of(document)
    if coverage and end < coverage[0]:
        return "before_coverage"
    if coverage and begin > coverage[1]:
        return "after_coverage"
    if document.extent == "throttle":
        return "throttling"
    if document.extent == "service" and is_about_services(document) and document.country not in services:
        return "service_only"
    if near is not None:
        return "near_miss"
    if document.place_type in ("city", "region"):
        return "local" if document.place_type == "city" else "regional"
    if document.networks == ["mobile"]:
        return "mobile_only"
    if document.country not in times:
        return "country_without_events"
    onsets = times[document.country]
    there = bisect_left(onsets, begin - BEFORE) < bisect_right(onsets, end + AFTER)
    return "other_events_in_these_days" if there else "nothing_in_these_days"


def _alone(name: str, reason: str, near: Pair | None) -> Alone:
    why = REASONS[reason]
    if near is not None and reason in ("near_miss", "nearest_elsewhere"):
        worst = min(near.parts.values(), key=lambda p: p.value)
        why = f"{why}: score {near.score:g}, {worst.why}"
    return Alone(id=name, reason=reason, why=why, nearest=near)
