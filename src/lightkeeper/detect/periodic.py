"""Periodic cuts: evening curfews and exam mornings are one event of several days, at one time of day."""

from __future__ import annotations

import statistics
from collections import defaultdict
from collections.abc import Iterable
from datetime import UTC, datetime

import msgspec

from lightkeeper.detect.clusters import DAY_S, LONGEST_S, SAME_HOUR_S, same_hour
from lightkeeper.detect.events import WorldEvent

LEAST_TIMES = 3
NEAR_DAYS = 4
"""Cuts this many days apart or fewer are of one row: exams rest on weekends."""


def join_periodic(events: Iterable[WorldEvent]) -> list[WorldEvent]:
    """Put drops of the same scope and family at the same time of day on near days together; all others stay."""
    rest: list[WorldEvent] = []
    rows: defaultdict[tuple[str, str, int], list[list[WorldEvent]]] = defaultdict(list)
    for event in sorted(events, key=lambda e: (e.onset_latest, e.series)):
        if event.end_latest is None or event.end_latest - event.onset_earliest > LONGEST_S or event.kind == "rise":
            rest.append(event)
            continue
        of = rows[event.country, event.direction, event.within]
        home = next((row for row in of if _continues(row, event)), None)
        if home is None:
            of.append([event])
        else:
            home.append(event)
    for of in rows.values():
        for row in of:
            days = {e.onset_latest // DAY_S for e in row}
            rest += [_joined(row)] if len(days) >= LEAST_TIMES else row
    return sorted(rest, key=lambda e: (e.onset_latest, e.within, e.series))


def _continues(row: list[WorldEvent], event: WorldEvent) -> bool:
    usual = statistics.median_low([e.onset_latest % DAY_S for e in row])
    near = 0 < event.onset_latest - row[-1].onset_latest <= NEAR_DAYS * DAY_S + SAME_HOUR_S
    common = set(event.series) & {s for e in row for s in e.series}
    return same_hour(event.onset_latest, usual) and near and bool(common)


def _joined(row: list[WorldEvent]) -> WorldEvent:
    members = sorted({s for e in row for s in e.series})
    at = [datetime.fromtimestamp(e.onset_latest, UTC) for e in row]
    return msgspec.structs.replace(
        row[0],
        series=tuple(members),
        kind="periodic",
        end_earliest=row[-1].end_earliest,
        end_latest=row[-1].end_latest,
        severity=max(e.severity for e in row),
        score=round(sum(e.score for e in row), 2),
        joined={s: min(e.joined[s] for e in row if s in e.joined) for s in members},
        ended={s: max(e.ended[s] or 0 for e in row if s in e.ended) for s in members},
        stayed=tuple(s for s in row[0].stayed if s not in members),
        lineages=tuple(sorted({n for e in row for n in e.lineages})),
        targets=tuple(sorted({t for e in row for t in e.targets})),
        flags=tuple(sorted({f for e in row for f in e.flags})),
        subsumed=sum(e.subsumed for e in row),
        hours=tuple(sorted({t.hour for t in at})),
        days=tuple(sorted({t.date().isoformat() for t in at})),
    )
