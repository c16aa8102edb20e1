"""Which events and documents are one thing in the world."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from lightkeeper.incidents.claims import first_known, gap, goes_on, is_about_services, is_near, lasts
from lightkeeper.incidents.pairing import Pair, claims_a_disruption, pair
from lightkeeper.incidents.services import is_tool
from lightkeeper.model import Document, Event
from lightkeeper.model.case import Case

ONSET_NEAR = timedelta(minutes=30)
"""Recorded outages of one country are one where their onsets lie this near and they overlap."""
CHAIN_SPAN = timedelta(hours=2)
"""And no chain of them may reach further than this from its first onset to its last."""
SIGNS = frozenset({"rise", "circumvention_rise"})
"""Kinds of events that disrupt nothing: they stand in the charts and in the list of events, and are no incident."""


@dataclass
class Members:
    """The events and documents of one incident."""

    events: list[Event] = field(default_factory=list)
    documents: list[Document] = field(default_factory=list)
    joined: frozenset[str] = frozenset()
    """Ids of events of single networks that joined a national one: they say who was hit, and not when it was."""

    @property
    def about_services(self) -> bool:
        """Documents only, and of services."""
        return not self.events and any(is_about_services(d) for d in self.documents)


def group(case: Case, events: Iterable[Event], documents: Iterable[Document]) -> list[Members]:
    """Put events together, then documents to events, then the documents that are left to each other.

    A document goes to the group of the event with which it has the best score (`lightkeeper join`), of several the one
    whose onset is nearest. One that states no time, one of a kind that is no incident (letter, assurance, notice) and
    one that denies are left out.
    """
    found = [Members(events=together) for together in group_events(events)]
    home = {event.event_id: (members, event) for members in found for event in members.events}
    claiming = sorted((d for d in documents if claims_a_disruption(d)), key=lambda d: d.document_id)
    paired = pair(claiming, [event for _, event in home.values()], is_tool=lambda service: is_tool(case, service))
    best: dict[str, Pair] = {}
    by_id = {d.document_id: d for d in claiming}
    for one in sorted(paired.pairs, key=lambda p: _rank(p, by_id[p.document_id], home[p.event_id][1])):
        best.setdefault(one.document_id, one)
    for document in claiming:
        if document.document_id in best:
            home[best[document.document_id].event_id][0].documents.append(document)
    left = [d for d in claiming if d.document_id not in best]
    return found + [Members(documents=together) for together in _clusters(left)]


def _rank(one: Pair, document: Document, event: Event) -> tuple[float, timedelta, str]:
    """The best score first, then the nearest onset."""
    begin, latest = first_known(document) or (event.onset_earliest, event.onset_latest)
    return -one.score, gap(begin, latest, event.onset_earliest, event.onset_latest), one.event_id


def group_events(events: Iterable[Event]) -> list[list[Event]]:
    """Events that are one disruption: those with near onsets that overlap, the nearest first. Signs are left out.

    Only events whose onsets lie within `ONSET_NEAR` are held against each other: sorted by onset, that is a sweep.
    """
    unique = {e.event_id: e for e in events if e.kind not in SIGNS}.values()
    found = sorted(unique, key=_onset)
    groups = Groups([e.onset_latest for e in found])
    for _, one, other in sorted(_near(found)):
        if groups.span(one, other) <= CHAIN_SPAN:
            groups.join(one, other)
    return [[found[i] for i in members] for members in groups.members()]


def _near(events: Sequence[Event]) -> Iterator[tuple[timedelta, int, int]]:
    """Pairs of events, sorted by onset, that may be one: how far apart they begin, and their places."""
    first = 0
    for last, event in enumerate(events):
        while event.onset_latest - events[first].onset_latest > ONSET_NEAR:
            first += 1
        for other in range(first, last):
            if _alike(events[other], event):
                yield event.onset_latest - events[other].onset_latest, other, last


class Groups:
    """Which of some things are one. Each begins as a group of its own; `onsets` are sorted."""

    def __init__(self, onsets: Sequence[datetime]) -> None:
        self._home = list(range(len(onsets)))
        self._members = {i: [i] for i in self._home}
        self._span = {i: (onset, onset) for i, onset in enumerate(onsets)}

    def span(self, one: int, other: int) -> timedelta:
        """From the first onset to the last, were the groups of both joined."""
        first, last = zip(self._span[self._home[one]], self._span[self._home[other]], strict=True)
        return max(last) - min(first)

    def join(self, one: int, other: int) -> None:
        """Make one group of two, by moving the smaller into the larger."""
        small, large = sorted((self._home[one], self._home[other]), key=lambda g: (len(self._members[g]), -g))
        if small == large:
            return
        first, last = zip(self._span.pop(small), self._span[large], strict=True)
        self._span[large] = (min(first), max(last))
        moved = self._members.pop(small)
        self._members[large] += moved
        for i in moved:
            self._home[i] = large

    def members(self) -> list[list[int]]:
        """The groups, each sorted, by their first."""
        return sorted(sorted(m) for m in self._members.values())


def _onset(event: Event) -> tuple[datetime, str]:
    return event.onset_latest, event.event_id


def _alike(a: Event, b: Event) -> bool:
    """Of one country, with a moment in common, and both of the whole network or of a service in common."""
    same_aim = bool(set(a.targets) & set(b.targets)) if a.targets or b.targets else True
    return a.country == b.country and same_aim and _overlap(a, b)


def _overlap(a: Event, b: Event) -> bool:
    """Whether two events have a moment in common; one without a known end may."""
    a_before_b = a.end_latest is not None and a.end_latest <= b.onset_earliest
    b_before_a = b.end_latest is not None and b.end_latest <= a.onset_earliest
    return not a_before_b and not b_before_a


def _clusters(documents: Sequence[Document]) -> list[list[Document]]:
    """Documents that claim the same thing: those that began together are one, through whatever document ties them.

    Those that state a begin come first; what tells of a time at which it was so then finds what went on at that time,
    of several the one with most services in common.
    """
    clusters: list[list[Document]] = []
    for document in sorted(documents, key=lambda d: (d.onset_earliest is None, lasts(d)[0], d.document_id)):
        near = [c for c in clusters if any(is_near(document, other) for other in c)]
        on = [(max(_shared(document, other) for other in c), -n) for n, c in enumerate(clusters)]
        if not near and max(on, default=(0, 0))[0]:
            near = [clusters[-max(on)[1]]]
        joined = [d for c in near for d in c]
        clusters = [*(c for c in clusters if not any(c is n for n in near)), [*joined, document]]
    return clusters


def _shared(one: Document, other: Document) -> int:
    """One more than the services in common of two claims that went on together; 0 where they did not."""
    return 1 + len(set(one.services) & set(other.services)) if goes_on(one, other) else 0
