"""Throttling: one target becomes slow here, while it does not elsewhere, and other targets do not here.

Without both controls a fall of speed stays a `slowdown`, with the reason as a flag: a bad line, a busy route or a fault
of the target slow things down too. `judge.throttling` asks the same of single sessions.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING

import msgspec

from lightkeeper.detect.changes import Change
from lightkeeper.detect.clusters import NEAR_S
from lightkeeper.detect.onset import FOREVER
from lightkeeper.signals.naming import Named

if TYPE_CHECKING:
    from lightkeeper.detect.events import WorldEvent

NO_TARGET = "no_single_target_slowed"
NOT_ELSEWHERE, SLOW_ELSEWHERE = "same_target_not_looked_at_elsewhere", "same_target_slower_elsewhere_too"
NOT_HERE, SLOW_HERE = "no_other_target_looked_at_here", "other_targets_slower_here_too"
ONE_QUANTILE = "one_quantile_alone_moved"
NOT_ALL = "other_targets_are_not_called_throttled"
WHY_NOT = (NO_TARGET, NOT_ELSEWHERE, SLOW_ELSEWHERE, NOT_HERE, SLOW_HERE, ONE_QUANTILE)
"""Why a fall of speed is not called throttling."""
LEAST_QUANTILES = 2
"""Quantiles of one distribution that must have moved, where so many were looked at: throttling shifts more than one."""
MOST_CONTROLS = 200
"""Of more series than these only some are asked, so that many events of many series take no hours."""
_QUANTILE = re.compile(r"(?<![a-z0-9])p\d{1,2}(?![a-z0-9])", re.IGNORECASE)


class Rates:
    """All series of speeds and delays, and which of them were as usual at some time."""

    def __init__(
        self, names: Iterable[Named], changes: Iterable[Change], seen: Callable[[str, int, int], bool]
    ) -> None:
        self.of_target: defaultdict[tuple[bool, str], list[Named]] = defaultdict(list)
        self.of_place: defaultdict[tuple[bool, str, str], list[Named]] = defaultdict(list)
        self.of_quantiles: defaultdict[str, list[Named]] = defaultdict(list)
        self._seen = seen
        self._worse: defaultdict[str, list[Change]] = defaultdict(list)
        delays = set()
        for name in sorted(names, key=lambda n: n.series):
            if name.is_speed or name.is_delay:
                self.of_target[name.is_speed, name.target].append(name)
                self.of_place[name.is_speed, name.country, name.entity].append(name)
                self.of_quantiles[without_quantile(name.series)].append(name)
            if name.is_delay:
                delays.add(name.series)
        for change in changes:
            if change.direction == ("up" if change.series in delays else "down"):
                self._worse[change.series].append(change)

    def looked_at(self, name: Named, event: WorldEvent) -> bool:
        """Whether it has values at the onset of an event."""
        return self._seen(name.series, event.onset_earliest - NEAR_S, event.onset_latest + NEAR_S)

    def is_slower(self, name: Named, event: WorldEvent) -> bool:
        """Whether it was slower at the onset or soon after, be it ever so weakly."""
        begin, end = event.onset_earliest - NEAR_S, event.onset_latest + NEAR_S
        return any(c.onset_earliest < end and (c.end_latest or FOREVER) > begin for c in self._worse[name.series])


def with_controls(events: Sequence[WorldEvent], names: Mapping[str, Named], rates: Rates) -> list[WorldEvent]:
    """The events, with falls of speed called throttling where both controls speak for it, and told why where not."""
    return [_judged(event, names, rates) if event.kind == "slowdown" else event for event in events]


def _judged(event: WorldEvent, names: Mapping[str, Named], rates: Rates) -> WorldEvent:
    moved = [names[s] for s in event.series]
    targets = sorted({name.target for name in moved if name.target})
    whys = {target: _why_not(target, moved, event, rates) for target in targets}
    throttled = [target for target in targets if whys[target] is None]
    if not throttled:
        why = {w for w in whys.values() if w} or {NO_TARGET}
        return msgspec.structs.replace(event, flags=tuple(sorted({*event.flags, *why})))
    rest = len(throttled) < len({name.target for name in moved})
    return msgspec.structs.replace(
        event,
        kind="throttling",
        scope="throttling",
        targets=tuple(throttled),
        flags=tuple(sorted({*event.flags, *([NOT_ALL] if rest else [])})),
    )


def _why_not(target: str, moved: Sequence[Named], event: WorldEvent, rates: Rates) -> str | None:
    """Why a target is not called throttled, the weightiest reason; none where the controls speak for it.

    The controls are asked of each place where the target slowed down; one place with both is enough.
    """
    mine = [name for name in moved if name.target == target]
    if not _shifts(mine, event, rates):
        return ONE_QUANTILE
    reasons = [_why_not_there(name, event, rates) for name in mine]
    return None if None in reasons else min(filter(None, reasons), key=WHY_NOT.index)


def _why_not_there(mine: Named, event: WorldEvent, rates: Rates) -> str | None:
    same = rates.of_target[mine.is_speed, mine.target]
    here = rates.of_place[mine.is_speed, mine.country, mine.entity]
    elsewhere = [n for n in some_of(same) if _is_elsewhere(n, mine) and rates.looked_at(n, event)]
    others = [n for n in some_of(here) if n.target != mine.target and rates.looked_at(n, event)]
    return _contrary(elsewhere, event, rates, NOT_ELSEWHERE, SLOW_ELSEWHERE) or _contrary(
        others, event, rates, NOT_HERE, SLOW_HERE
    )


def some_of(series: Sequence[Named]) -> Sequence[Named]:
    """At most `MOST_CONTROLS` of them, evenly spread."""
    return series[:: -(-len(series) // MOST_CONTROLS)] if len(series) > MOST_CONTROLS else series


def _contrary(control: Sequence[Named], event: WorldEvent, rates: Rates, missing: str, slow: str) -> str | None:
    """What a control says against throttling: that it is missing, or that half of it or more was slower too."""
    if not control:
        return missing
    return slow if 2 * sum(rates.is_slower(n, event) for n in control) >= len(control) else None


def _is_elsewhere(name: Named, mine: Named) -> bool:
    """Another country, or for a network another network."""
    return name.country != mine.country or (
        name.entity_type == mine.entity_type == "asn" and name.entity != mine.entity
    )


def _shifts(mine: Sequence[Named], event: WorldEvent, rates: Rates) -> bool:
    """Whether the distribution moved, and not one quantile of it alone."""
    moved: defaultdict[str, set[str]] = defaultdict(set)
    for name in mine:
        moved[without_quantile(name.series)].add(name.series)
    for of, some in moved.items():
        seen = {name.series for name in rates.of_quantiles[of] if rates.looked_at(name, event)}
        if len(some) >= min(LEAST_QUANTILES, len(seen | some)):
            return True
    return False


def without_quantile(series: str) -> str:
    """The name of a series as that of all quantiles of it: `x/p/VE` of `x/p50/VE`."""
    return _QUANTILE.sub("p", series)
