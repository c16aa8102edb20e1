"""Drops of several series of one place, side by side. Each keeps its own onset and its own recovery."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

import msgspec

from lightkeeper.detect.drop import detect_drops
from lightkeeper.model import Event, Signal

NEAR = timedelta(hours=48)
"""Drops of one place whose onsets lie this near to the first of them are one disruption."""


def national_events(events: Iterable[Event]) -> list[tuple[Event, ...]]:
    """Group the drops of each place by onset. Members stay rows of their own: there is no single end."""
    by_place: defaultdict[tuple[str, str, str], list[Event]] = defaultdict(list)
    for event in events:
        by_place[event.country, event.entity_type, event.entity].append(event)
    groups: list[tuple[Event, ...]] = []
    for place in sorted(by_place):
        together: list[Event] = []
        for event in sorted(by_place[place], key=_onset):
            if together and event.onset_latest - together[0].onset_latest > NEAR:
                groups.append(tuple(together))
                together = []
            together.append(event)
        groups.append(tuple(together))
    return sorted(groups, key=lambda group: _onset(group[0]))


def detect_all(signals: Iterable[Signal], *, country: str | None = None) -> tuple[list[Event], list[Signal]]:
    """Find the drops of all series, and name on each the lineages that were looked at and did not move.

    A lineage is silent where a series of the same place had values with an expected band within 48 hours of the onset,
    and no drop. Returns the events by onset, and the dense rows of all series.
    """
    by_series: defaultdict[str, list[Signal]] = defaultdict(list)
    for row in signals:
        by_series[row.series].append(row)
    events: list[Event] = []
    filled: list[list[Signal]] = []
    for name in sorted(by_series):
        found, rows = detect_drops(by_series[name], country=country)
        events += found
        filled.append(rows)
    groups = national_events(events)
    named = [_with_silence(event, group, filled) for group in groups for event in group]
    return sorted(named, key=_onset), [row for rows in filled for row in rows]


def _onset(event: Event) -> tuple[datetime, str]:
    return event.onset_latest, event.event_id


def _with_silence(event: Event, group: Sequence[Event], filled: Sequence[Sequence[Signal]]) -> Event:
    moved = {lineage for member in group for lineage in member.lineages}
    looked = {
        rows[0].lineage
        for rows in filled
        if (rows[0].entity_type, rows[0].entity) == (event.entity_type, event.entity)
        and any(
            r.value is not None and r.expected is not None and abs(r.step_at - event.onset_latest) <= NEAR for r in rows
        )
    }
    return msgspec.structs.replace(event, lineages_silent=sorted(looked - moved))
