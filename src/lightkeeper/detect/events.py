"""Events: changes of many series that are one thing in the world.

Changes of one country and one direction belong together as `detect.clusters` says. An event names its members, the hour
each joined, and the series that were looked at and did not move.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence

import msgspec

from lightkeeper.detect.artefacts import Artefact, without_artefacts
from lightkeeper.detect.changes import Change
from lightkeeper.detect.clusters import NEAR_S, clusters
from lightkeeper.detect.elsewhere import with_doubts
from lightkeeper.detect.leading import Lead, with_leads
from lightkeeper.detect.onset import FOREVER, onset_of
from lightkeeper.detect.rebase import BEFORE_RISE, RE_BASED
from lightkeeper.detect.scope import kind_of, scope_of
from lightkeeper.detect.throttling import Rates, with_controls
from lightkeeper.signals.naming import Named

REBOUND_S, REBOUND_AFTER_S = 7 * 86_400, 86_400
"""A rise within a week after a drop that lasted a day or more is its recovery, not an event."""
Seen = Callable[[str, int, int], bool]
"""Whether a series had values between two times."""


class WorldEvent(msgspec.Struct, frozen=True, kw_only=True):
    """One event. Times are seconds since 1970; an end that is not known is none."""

    series: tuple[str, ...]
    kind: str
    direction: str
    onset_earliest: int
    onset_latest: int
    end_earliest: int | None
    end_latest: int | None
    severity: float
    """Deepest change of a member."""
    score: float
    """Evidence of all members; those of one lineage count as one, the strongest."""
    country: str
    scope: str
    joined: dict[str, int]
    """Onset (latest) of each member."""
    ended: dict[str, int | None]
    """Recovery (latest) of each member: there is no single end. None where none is known: it is open, or re-based."""
    stayed: tuple[str, ...]
    lineages: tuple[str, ...]
    silent: tuple[str, ...]
    """Lineages that were looked at and did not move."""
    targets: tuple[str, ...]
    stagger_s: int
    """Time between the joining of the first tenth of the members and of nine tenths: an order falls at once, a storm
    comes slowly."""
    leading: tuple[Lead, ...] = ()
    """Early signs: what had changed shortly before, by onset. No claim to predict."""
    flags: tuple[str, ...] = ()
    within: int = 0
    subsumed: int = 0
    """Smaller changes of members that lie within and are not told on their own."""
    hours: tuple[int, ...] = ()
    """Of a periodic event: hours of the day, UTC, at which it began."""
    days: tuple[str, ...] = ()
    back: tuple[str, ...] = ()
    """Of an allowlisted event: members that came back, in order; the others stayed dark. `ended` has the times."""
    signs: tuple[str, ...] = ()
    """Of an allowlisted event: what else speaks for it, as `detect.tiered` names it."""


def world_events(
    changes: Iterable[Change], names: Sequence[Named], seen: Seen
) -> tuple[list[WorldEvent], list[Artefact]]:
    """Put changes together into events, by onset; changes of a source in many countries at once are artefacts.

    A pure function of the changes: their order does not matter.
    """
    by_name = {name.series: name for name in names}
    known = _without_echoes(changes)
    kept, artefacts = without_artefacts(known, by_name)
    groups: defaultdict[tuple[str, str, int], list[Change]] = defaultdict(list)
    for change in kept:
        groups[by_name[change.series].country, family(change, by_name[change.series]), change.within].append(change)
    events = []
    for (country, _, _), members in sorted(groups.items()):
        looked = [n for n in names if n.country == country]
        for cluster in clusters(members, by_name):
            events.append(_event(cluster, by_name, looked, seen))
    events = with_controls(events, by_name, Rates(names, known, seen))
    events = with_doubts(events, by_name, known)
    return sorted(with_leads(events, by_name), key=_order), artefacts


def family(change: Change, name: Named) -> str:
    """Changes of one family can be one event: a delay or a blocked share that rises is as an answer that fails."""
    if change.kind == "blocked":
        return "worse"
    return "worse" if change.direction == ("up" if name.is_delay else "down") else "rise"


def _order(event: WorldEvent) -> tuple[int, int, tuple[str, ...]]:
    return event.onset_latest, event.within, event.series


def _without_echoes(changes: Iterable[Change]) -> list[Change]:
    """Leave out slow falls that a drop of the same series explains, and rises that are a recovery."""
    by_series: defaultdict[str, list[Change]] = defaultdict(list)
    for change in changes:
        by_series[change.series].append(change)
    kept = []
    for of in by_series.values():
        drops = [c for c in of if c.kind == "drop"]
        for change in of:
            slow = change.kind == "slow" and any(_explains(drop, change) for drop in drops)
            rebound = change.kind == "rise" and any(
                d.end_latest is not None
                and d.end_latest - d.onset_latest >= REBOUND_AFTER_S
                and -d.step_s <= change.onset_latest - d.end_latest <= REBOUND_S
                for d in drops
            )
            if not slow and not rebound:
                kept.append(change)
    return sorted(kept, key=lambda c: (c.onset_latest, c.series, c.kind, c.within))


def _explains(drop: Change, slide: Change) -> bool:
    end = drop.until or FOREVER
    together = drop.onset_earliest < slide.onset_latest + 7 * 86_400 and end > slide.onset_earliest
    return together and end - drop.onset_latest > 3 * 86_400


def _event(cluster: list[Change], names: dict[str, Named], looked: list[Named], seen: Seen) -> WorldEvent:
    first: dict[str, Change] = {}
    for change in cluster:
        first.setdefault(change.series, change)
    members = sorted(first)
    onset = onset_of(cluster)
    begun = onset.by
    ends = {s: _last_end([c for c in cluster if c.series == s]) for s in members}
    unknown = any(end is None for end in ends.values())
    open_ = any(c.until is None for c in cluster)
    last = max(cluster, key=lambda c: (c.until or 0, c.series))
    moved = [names[s] for s in members]
    still = [
        n for n in looked
        if n.series not in first and seen(n.series, onset.earliest - NEAR_S, onset.latest + NEAR_S)
    ]  # fmt: skip
    joins = sorted(c.onset_latest for c in first.values())
    by_lineage: defaultdict[str, float] = defaultdict(float)
    for change in first.values():
        lineage = names[change.series].lineage
        by_lineage[lineage] = max(by_lineage[lineage], change.score)
    flags = {f for c in first.values() for f in c.flags if f != "open_at_end_of_data"}
    flags |= {f for c in cluster for f in c.flags if f in (RE_BASED, BEFORE_RISE)}
    return WorldEvent(
        series=tuple(members),
        kind=kind_of(list(first.values()), moved),
        direction=begun.direction,
        onset_earliest=onset.earliest,
        onset_latest=onset.latest,
        end_earliest=None if open_ else last.end_earliest,
        end_latest=None if unknown else last.end_latest,
        severity=max(c.severity for c in first.values()),
        score=round(sum(by_lineage.values()), 2),
        country=moved[0].country,
        scope=scope_of(moved, still),
        joined={s: first[s].onset_latest for s in members},
        ended=ends,
        stayed=tuple(sorted(n.series for n in still)),
        lineages=tuple(sorted(by_lineage)),
        silent=tuple(sorted({n.lineage for n in still} - set(by_lineage))),
        targets=tuple(sorted({n.target for n in moved if n.target})),
        stagger_s=joins[(9 * (len(joins) - 1)) // 10] - joins[len(joins) // 10],
        flags=(*sorted(flags), *(["open_at_end_of_data"] if open_ else [])),
        within=begun.within,
        subsumed=len(cluster) - len(first),
    )


def _last_end(changes: list[Change]) -> int | None:
    ends = [c.end_latest for c in changes]
    return None if None in ends else max(e for e in ends if e is not None)
