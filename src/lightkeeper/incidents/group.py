"""Which events and documents are one thing in the world."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import combinations

from lightkeeper.detect.merge import national_events
from lightkeeper.incidents.matching import (
    NO_INCIDENT,
    denies,
    gap_between_onsets,
    is_about_services,
    matches,
    same_claim,
)
from lightkeeper.model import Document, Event
from lightkeeper.model.case import Case

ONSET_NEAR = timedelta(minutes=30)
"""Recorded outages of one country are one where their onsets lie this near and they overlap."""
CHAIN_SPAN = timedelta(hours=2)
"""And no chain of them may reach further than this from its first onset to its last."""


@dataclass
class Members:
    """The events and documents of one incident."""

    events: list[Event] = field(default_factory=list)
    documents: list[Document] = field(default_factory=list)

    @property
    def about_services(self) -> bool:
        """Documents only, and of services."""
        return not self.events and any(is_about_services(d) for d in self.documents)


def group(case: Case, events: Iterable[Event], documents: Iterable[Document]) -> list[Members]:
    """Put events together, then documents to events, then the documents that are left to each other.

    A document goes to the group whose onset is nearest. One that states no time, one of a kind that is no incident
    (letter, assurance, notice) and one that denies are left out.
    """
    found = [Members(events=list(together)) for together in group_events(events)]
    left: list[Document] = []
    for document in sorted(documents, key=lambda d: d.document_id):
        if document.kind in NO_INCIDENT or document.onset_earliest is None or denies(document):
            continue
        fitting = [m for m in found if matches(case, document, m.events)]
        if fitting:
            nearest = min(fitting, key=lambda m: (gap_between_onsets(document, m.events), m.events[0].event_id))
            nearest.documents.append(document)
        else:
            left.append(document)
    return found + [Members(documents=together) for together in _clusters(left)]


def group_events(events: Iterable[Event]) -> list[list[Event]]:
    """Events that are one disruption: drops of one place, and outages with near onsets that overlap."""
    recorded: list[Event] = []
    detected: list[Event] = []
    for event in sorted({e.event_id: e for e in events}.values(), key=_onset):
        (detected if event.source == "lightkeeper.detect" else recorded).append(event)
    groups: list[list[Event]] = [list(together) for together in national_events(detected)]
    groups += [[event] for event in recorded]
    pairs = sorted(combinations(range(len(groups)), 2), key=lambda p: (_distance(groups[p[0]], groups[p[1]]), p))
    belongs = list(range(len(groups)))
    for one, other in pairs:
        if _distance(groups[one], groups[other]) > ONSET_NEAR:
            break
        together = [i for i, of in enumerate(belongs) if of in (belongs[one], belongs[other])]
        if (
            belongs[one] != belongs[other]
            and _alike(groups[one], groups[other])
            and _short([groups[i] for i in together])
        ):
            target, source = sorted((belongs[one], belongs[other]))
            belongs = [target if of == source else of for of in belongs]
    merged: dict[int, list[Event]] = {}
    for i, of in enumerate(belongs):
        merged.setdefault(of, []).extend(groups[i])
    return sorted((sorted(g, key=_onset) for g in merged.values()), key=lambda g: _onset(g[0]))


def _onset(event: Event) -> tuple[datetime, str]:
    return event.onset_latest, event.event_id


def _distance(one: Sequence[Event], other: Sequence[Event]) -> timedelta:
    return min(abs(a.onset_latest - b.onset_latest) for a in one for b in other)


def _alike(one: Sequence[Event], other: Sequence[Event]) -> bool:
    return any(a.country == b.country and _overlap(a, b) for a in one for b in other)


def _overlap(a: Event, b: Event) -> bool:
    """Whether two events have a moment in common; one without a known end may."""
    a_before_b = a.end_latest is not None and a.end_latest <= b.onset_earliest
    b_before_a = b.end_latest is not None and b.end_latest <= a.onset_earliest
    return not a_before_b and not b_before_a


def _short(groups: Sequence[Sequence[Event]]) -> bool:
    """Whether the chain stays within its span; drops of one place count by their first onset."""
    onsets = [min(e.onset_latest for e in g) for g in groups]
    return max(onsets) - min(onsets) <= CHAIN_SPAN


def _clusters(documents: Sequence[Document]) -> list[list[Document]]:
    """Documents that claim the same thing: each joins the first cluster that has one like it."""
    clusters: list[list[Document]] = []
    for document in sorted(documents, key=lambda d: (d.onset_earliest is None, d.onset_earliest, d.document_id)):
        home = next((c for c in clusters if any(same_claim(document, other) for other in c)), None)
        if home is None:
            clusters.append([document])
        else:
            home.append(document)
    return clusters
