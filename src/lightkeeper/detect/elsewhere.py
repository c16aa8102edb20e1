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
from lightkeeper.detect.throttling import some_of
from lightkeeper.signals.naming import Named

if TYPE_CHECKING:
    from lightkeeper.detect.events import WorldEvent

TOO = "same_service_changed_elsewhere_too"
OF_SERVICES = frozenset({"blocking", "service_drop"})


def with_doubts(
    events: Sequence[WorldEvent], names: Mapping[str, Named], changes: Iterable[Change]
) -> list[WorldEvent]:
    """The events, those of services flagged that most other countries with series of the services saw at once."""
    begun: defaultdict[str, list[Change]] = defaultdict(list)
    for change in changes:
        if not change.is_weak and not change.within:
            begun[change.series].append(change)
    alike: defaultdict[tuple[str, str], list[Named]] = defaultdict(list)
    for name in sorted(names.values(), key=lambda n: n.series):
        if name.target and name.country:
            alike[_source(name.series), name.target].append(name)
    return [_doubted(event, names, alike, begun) if event.kind in OF_SERVICES else event for event in events]


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
