"""Unpaired: why a document has no event, or an event no document, as far as that can be told."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime

import msgspec

from lightkeeper.incidents.claims import first_known, is_about_services
from lightkeeper.incidents.likeness import window_of
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
    "country_without_documents": "There is no document of the country",
    "no_document_in_these_days": "No document of the country is of these days",
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
    alone = []
    for document in sorted(documents, key=lambda d: d.document_id):
        if document.document_id not in paired:
            near = found.nearest.get(document.document_id)
            reason = _reason(document, coverage, countries, services, near)
            alone.append(_alone(document.document_id, reason, near))
    return alone


def events_alone(documents: Iterable[Document], events: Iterable[Event], found: Paired) -> list[Alone]:
    """Each event without a pair, with the likely reason, by id."""
    paired = {p.event_id for p in found.pairs}
    countries = {d.country for d in documents}
    near: dict[str, Pair] = {}
    for one in found.nearest.values():
        if one.event_id not in near or one.score > near[one.event_id].score:
            near[one.event_id] = one
    alone = []
    for event in sorted(events, key=lambda e: e.event_id):
        if event.event_id not in paired:
            reason = "no_document_in_these_days" if event.country in countries else "country_without_documents"
            miss = near.get(event.event_id)
            alone.append(_alone(event.event_id, "nearest_elsewhere" if miss else reason, miss))
    return alone


def _reason(
    document: Document, coverage: tuple[datetime, datetime] | None, countries: set[str], services: set[str],
    near: Pair | None,
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
    return "nothing_in_these_days" if document.country in countries else "country_without_events"


def _alone(name: str, reason: str, near: Pair | None) -> Alone:
    why = REASONS[reason]
    if near is not None and reason in ("near_miss", "nearest_elsewhere"):
        worst = min(near.parts.values(), key=lambda p: p.value)
        why = f"{why}: score {near.score:g}, {worst.why}"
    return Alone(id=name, reason=reason, why=why, nearest=near)
