"""Pair: which documents and events speak of one thing, for all countries at once, many to many."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime

import msgspec

from lightkeeper.incidents.claims import NO_INCIDENT, denies, first_known
from lightkeeper.incidents.likeness import AFTER, BEFORE, DAY, Part, Series, likeness, score_of, window_of
from lightkeeper.incidents.services import is_well_known_tool
from lightkeeper.model import Document, Event

PAIR_LEAST = 0.5
"""A document and an event with at least this score are a pair."""
NEAR_LEAST = 0.05
"""A pair below that, but above this, is told as the nearest miss of a document that stays alone."""
SLACK = max(BEFORE, AFTER) + 3 * DAY
"""Further than this outside the days of a record no event is looked at; three days for a begin that is estimated."""


class Pair(msgspec.Struct, frozen=True, kw_only=True):
    """A document and an event that may be one thing: the score, and its parts with their reasons."""

    document_id: str
    event_id: str
    score: float
    parts: dict[str, Part]


class Paired(msgspec.Struct, frozen=True, kw_only=True):
    """All pairs, best first within a document; and of each document without one its nearest miss, if there is any."""

    pairs: list[Pair]
    nearest: dict[str, Pair]
    nearest_of_events: dict[str, Pair] = {}
    """Of each event without a pair the document that fits it best, though that one may have a pair elsewhere."""


def pair(
    documents: Iterable[Document],
    events: Iterable[Event],
    *,
    least: float = PAIR_LEAST,
    is_tool: Callable[[str], bool] = is_well_known_tool,
) -> Paired:
    """Pair documents with events. The order of rows does not show. `is_tool` tells tools of circumvention by name.

    Only events of the same country, near the days of a document, are looked at: n log n in the events, not n times m.
    """
    by_country = _by_country(events)
    series = series_of(event for _, of in by_country.values() for event in of)
    pairs: list[Pair] = []
    nearest: dict[str, Pair] = {}
    best: dict[str, Pair] = {}
    for document in sorted(documents, key=lambda d: d.document_id):
        scored = sorted(_scored(document, by_country, series, is_tool), key=lambda p: (-p.score, p.event_id))
        found = [p for p in scored if p.score >= least]
        pairs += found
        for one in scored:
            if one.score >= NEAR_LEAST and (one.event_id not in best or one.score > best[one.event_id].score):
                best[one.event_id] = one
        if not found and scored and scored[0].score >= NEAR_LEAST:
            nearest[document.document_id] = scored[0]
    paired = {p.event_id for p in pairs}
    return Paired(
        pairs=pairs, nearest=nearest, nearest_of_events={k: p for k, p in best.items() if k not in paired}
    )  # fmt: skip


def claims_a_disruption(document: Document) -> bool:
    """Whether it says that something happened, and when. A letter, an assurance, a notice and a denial do not."""
    return first_known(document) is not None and document.kind not in NO_INCIDENT and not denies(document)


def series_of(events: Iterable[Event]) -> Series:
    """The onsets of all events of one place, sorted."""
    found: defaultdict[tuple[str, str, str], list[datetime]] = defaultdict(list)
    for event in events:
        found[event.country, event.entity_type, event.entity].append(event.onset_latest)
    return {place: sorted(onsets) for place, onsets in found.items()}


def _by_country(events: Iterable[Event]) -> dict[str, tuple[list[datetime], list[Event]]]:
    found: defaultdict[str, list[Event]] = defaultdict(list)
    for event in {e.event_id: e for e in events}.values():
        found[event.country].append(event)
    for of in found.values():
        of.sort(key=lambda e: (e.onset_latest, e.event_id))
    return {country: ([e.onset_latest for e in of], of) for country, of in found.items()}


def _scored(
    document: Document,
    by_country: dict[str, tuple[list[datetime], list[Event]]],
    series: Series,
    is_tool: Callable[[str], bool],
) -> Iterable[Pair]:
    if not claims_a_disruption(document):
        return
    onsets, of = by_country.get(document.country, ([], []))
    begin, end = window_of(document)
    near: Sequence[Event] = of[bisect_left(onsets, begin - SLACK) : bisect_right(onsets, end + SLACK)]
    for event in near:
        parts = likeness(document, event, series, is_tool)
        if (score := score_of(parts)) > 0:
            yield Pair(document_id=document.document_id, event_id=event.event_id, score=score, parts=parts)
