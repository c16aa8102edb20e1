"""Elsewhere: whether what happened to a service here happened to it in other countries at once.

Then it may well be the service's own fault, or that of the source, and no act in this country. It is a doubt on the
event, not a reason to keep silent: two neighbours may block on one day.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING

import msgspec

from lightkeeper.detect.artefacts import at_once_s
from lightkeeper.detect.changes import Change
from lightkeeper.detect.source_wide import LEAST_OTHERS, source_of
from lightkeeper.detect.throttling import some_of
from lightkeeper.signals.naming import Named

if TYPE_CHECKING:
    from lightkeeper.detect.events import WorldEvent

TOO = "same_service_changed_elsewhere_too"
OF_SERVICES = frozenset({"blocking", "service_drop"})
ALONE = "source_not_looked_at_in_other_countries"
OF_LEVELS = frozenset({"outage", "decline", "silence", "service_drop", "circumvention_drop"})
"""Kinds of falls that a source which counts less shows as well as a country that is cut."""


def with_doubts(
    events: Sequence[WorldEvent], names: Mapping[str, Named], changes: Iterable[Change]
) -> list[WorldEvent]:
    """The events, those of services flagged that most other countries with series of the services saw at once.

    So are falls in one source alone of which too few other countries are known to tell a fault of the source.
    """
    begun: defaultdict[str, list[Change]] = defaultdict(list)
    for change in changes:
        if not change.is_weak and not change.within:
            begun[change.series].append(change)
    alike: defaultdict[tuple[str, str], list[Named]] = defaultdict(list)
    for name in sorted(names.values(), key=lambda n: n.series):
        if name.target and name.country:
            alike[_source(name.series), name.target].append(name)
    where: defaultdict[str, set[str]] = defaultdict(set)
    for name in names.values():
        if name.country:
            where[source_of(name)].add(name.country)
    told = [_doubted(event, names, alike, begun) if event.kind in OF_SERVICES else event for event in events]
    return [_alone(event, names, where) if event.kind in OF_LEVELS else event for event in told]


def _alone(event: WorldEvent, names: Mapping[str, Named], where: Mapping[str, set[str]]) -> WorldEvent:
    sources = {source_of(names[s]) for s in event.series}
    if len(sources) > 1 or len(where[next(iter(sources))] - {event.country}) >= LEAST_OTHERS:
        return event
    return msgspec.structs.replace(event, flags=tuple(sorted({*event.flags, ALONE})))


def _doubted(
    event: WorldEvent,
    names: Mapping[str, Named],
    alike: Mapping[tuple[str, str], Sequence[Named]],
    begun: Mapping[str, Sequence[Change]],
) -> WorldEvent:
    mine = {(_source(s), names[s].target) for s in event.series}
    others = [n for key in mine for n in some_of(alike.get(key, ())) if n.country != event.country]
    looked = {name.country for name in others}
    moved = {n.country for n in others if any(_at_once(change, event) for change in begun.get(n.series, ()))}
    if not looked or 2 * len(moved) < len(looked):
        return event
    return msgspec.structs.replace(event, flags=tuple(sorted({*event.flags, TOO})))


def _source(series: str) -> str:
    return series.split("/")[0]


def _at_once(change: Change, event: WorldEvent) -> bool:
    near = abs(change.onset_latest - event.onset_latest) < at_once_s(change.step_s)
    return near and change.direction == event.direction
