"""Spans: when each service of an incident was affected. Each has its own begin and end.

What is estimated, or known to a month only, does not widen what is known better. An end that somebody states goes
before a word that it went on, unless that word is later.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

from lightkeeper.incidents.claims import first_known, lasting_until
from lightkeeper.incidents.group import Members
from lightkeeper.incidents.lineage import is_published_measurement
from lightkeeper.model import Document, Event, Incident

EXACT = timedelta(days=2)
"""A bracket that is wider than this is none of a day."""
Bracket = tuple[datetime, datetime]
_FORM = "%Y-%m-%dT%H:%MZ"


class Span(NamedTuple):
    """When one service was affected; of the service `` the whole. Brackets in UTC."""

    service: str
    onset_earliest: datetime
    onset_latest: datetime
    end_earliest: datetime | None
    end_latest: datetime | None
    ongoing: bool
    """The latest word is that it had not ended."""
    until: datetime | None
    """Of one that goes on: the horizon; none where a series is still low at the end of its data."""
    begin_known: bool
    """Somebody says when it began; else the onset is a time at which it was so."""

    def overlaps(self, begin: datetime, end: datetime) -> bool:
        """Whether it reaches into a time. Without an end, and not said to go on, it counts while it had surely not
        ended, or its onset alone."""
        if self.onset_earliest >= end:
            return False
        if self.ongoing:
            return self.until is None or self.until > begin
        return (self.end_latest or self.end_earliest or self.onset_latest) > begin


def spans(members: Members) -> list[Span]:
    """The span of each service that the incident names, sorted by name."""
    named = {s for d in members.documents for s in d.services} | {t for e in members.events for t in e.targets}
    found = []
    for service in sorted(named):
        events = [e for e in members.events if service in e.targets]
        papers = [d for d in members.documents if service in d.services]
        found.append(span_of_events(events, service) if events else span_of(papers, service))
    return found


def whole(members: Members) -> Span:
    """The span of the whole incident: of its events, which are finer than documents; else from the first begin of its
    services to their last end."""
    core = [e for e in members.events if e.event_id not in members.joined]
    if core:
        return span_of_events(core, "", members.documents)
    parts = spans(members) if members.about_services else []
    unnamed = [d for d in members.documents if not d.services]
    parts = [*parts, *([span_of(unnamed)] if unnamed else [])]
    if len(parts) == 1:
        return parts[0]._replace(service="")
    ongoing = any(p.ongoing for p in parts)
    known = [p for p in parts if p.begin_known] or parts
    ends = [p for p in parts if p.end_earliest is not None and p.end_latest is not None]
    return Span(
        "",
        min(p.onset_earliest for p in known),
        min(p.onset_latest for p in known),
        min((p.end_earliest for p in ends if p.end_earliest), default=None),
        None if ongoing else max((p.end_latest for p in ends if p.end_latest), default=None),
        ongoing,
        max((p.until for p in parts if p.until), default=None) if ongoing else None,
        any(p.begin_known for p in parts),
    )


def span_of_events(events: Sequence[Event], service: str, documents: Iterable[Document] = ()) -> Span:
    """From the first onset to the last recovery. There is no single end. `documents` may say that one went on.

    What was re-based never recovered: it had not ended before that, and more is not known.
    """
    gone = [e for e in events if "re_based" in e.flags and e.end_latest is None]
    ends = [e for e in events if e.end_earliest is not None and (e.end_latest is not None or e in gone)]
    papers = list(documents)
    lasting = [until for d in papers if (until := lasting_until(d))]
    low = any("open_at_end_of_data" in e.flags for e in events)
    ended = any(e.end_latest is not None for e in events) or any(d.end_latest is not None for d in papers)
    ongoing = low or (not ended and bool(lasting))
    return Span(
        service,
        min(e.onset_earliest for e in events),
        min(e.onset_latest for e in events),
        min((e.end_earliest for e in ends if e.end_earliest), default=None),
        None if ongoing or gone else max((e.end_latest for e in ends if e.end_latest), default=None),
        ongoing,
        max(lasting, default=None) if ongoing and not low else None,
        True,
    )


def span_of(documents: Sequence[Document], service: str = "") -> Span:
    """What documents say of one service, or of the whole; at least one, each with a time."""
    begins = [
        ((d.onset_earliest, d.onset_latest or d.onset_earliest), "estimated_start" in d.flags)
        for d in documents
        if d.onset_earliest is not None
    ]
    seen = [known for d in documents if (known := first_known(d)) is not None]
    onset = _best(begins) or [min(seen)]
    ends = _best(_ends(documents))
    end = (min(e for e, _ in ends), max(last for _, last in ends)) if ends else None
    went_on = [d for d in documents if d.ongoing and (end is None or (d.as_of_earliest or onset[0][0]) >= end[1])]
    lasting = [until for d in went_on if (until := lasting_until(d))]
    return Span(
        service,
        min(earliest for earliest, _ in onset),
        min(latest for _, latest in onset),
        end[0] if end and not lasting else None,
        end[1] if end and not lasting else None,
        bool(lasting),
        max(lasting, default=None),
        bool(begins),
    )


def _ends(documents: Sequence[Document]) -> list[tuple[Bracket, bool]]:
    """The ends that are stated. That of measurements is the end of measuring, where others say that it went on."""
    stated = [d for d in documents if d.end_earliest is not None and d.end_latest is not None]
    others_go_on = any(d.ongoing for d in documents)
    kept = [d for d in stated if not (others_go_on and is_published_measurement(d))]
    return [((d.end_earliest, d.end_latest), "estimated_end" in d.flags) for d in kept]  # type: ignore[misc]


def _best(brackets: Sequence[tuple[Bracket, bool]]) -> list[Bracket]:
    """The brackets that are known best: exact ones before estimates, and none that only widens another."""
    exact = [b for b, estimated in brackets if not estimated and b[1] - b[0] <= EXACT]
    plain = exact or [b for b, estimated in brackets if not estimated] or [b for b, _ in brackets]
    return [b for b in plain if not any(o != b and b[0] <= o[0] and o[1] <= b[1] for o in plain)]


def written(span: Span) -> str:
    """A span as a column holds it: begin, end, horizon, whether it goes on, whether the begin is known, service."""
    moments = (span.onset_earliest, span.onset_latest, span.end_earliest, span.end_latest, span.until)
    state = "ongoing" if span.ongoing else "ended" if span.end_latest else "end_not_known"
    begin = "begin_known" if span.begin_known else "begin_not_known"
    return " ".join([*(f"{m:{_FORM}}" if m else "-" for m in moments), state, begin, span.service])


def spans_of(incident: Incident) -> list[Span]:
    """The spans that an incident's `service_times` hold."""
    found = []
    for text in incident.service_times:
        *moments, state, begin, service = text.split(" ", 7)
        times = [None if m == "-" else datetime.strptime(m, _FORM).replace(tzinfo=UTC) for m in moments]
        onset = (times[0] or incident.onset_earliest, times[1] or incident.onset_latest)
        found.append(Span(service, *onset, times[2], times[3], state == "ongoing", times[4], begin == "begin_known"))
    return found
