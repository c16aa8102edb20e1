"""Misled: how our detector does on worlds that mislead, by kind of world: found, dated, named, and false alarms."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import msgspec
import numpy as np

from lightkeeper.detect.events import WorldEvent
from lightkeeper.evaluate import ours
from lightkeeper.evaluate.detection import Detector, any_series
from lightkeeper.evaluate.misleading import KINDS, Wanted, World, worlds_of
from lightkeeper.evaluate.score import tally
from lightkeeper.evaluate.summary import Share, wilson

WORLDS, WORLDS_QUICK = 24, 3
Progress = Callable[[str, int, int], None]


class Misled(msgspec.Struct, frozen=True, kw_only=True):
    """What was done on the worlds of one kind."""

    kind: str
    asked: str
    """What is asked there, in words."""
    found: Share
    """Truths whose onset was found."""
    onset_median_steps: float | None
    onset_p95_steps: float | None
    said: Share
    """Worlds of which all was said that must be, and nothing that must not; of none where nothing is asked."""
    false_alarms: int
    """Alarms where nothing happened, once for each of their series,"""
    quiet_worlds: Share
    """and worlds that had none."""


def compare_misleading(
    engine: ours.Engine, seeds: str, *, quick: bool = False, progress: Progress | None = None
) -> list[Misled]:
    """The scores of each kind of world. Raises InputError for a set of seeds that there is none of."""
    number = WORLDS_QUICK if quick else WORLDS
    made = []
    for nth, kind in enumerate(KINDS, 1):
        made.append(_misled(engine, kind, list(worlds_of(kind, seeds, number))))
        if progress is not None:
            progress(kind, nth, len(KINDS))
    return made


def _misled(engine: ours.Engine, kind: str, worlds: Sequence[World]) -> Misled:
    told = [engine(world.panel.matrices) for world in worlds]
    detector = Detector("lightkeeper", lambda matrices: ours.find_events(matrices, engine), any_series)
    found, false = [], []
    for world, events in zip(worlds, told, strict=True):
        one = tally(world.panel, detector, ours.as_detections(events, world.panel.matrices))
        found += one.found
        false.append(one.false_alarms)
    errors = [abs(f.error_steps) for f in found if f.error_steps is not None]
    asked = [(w, e) for w, e in zip(worlds, told, strict=True) if w.wanted or w.never]
    return Misled(
        kind=kind,
        asked=KINDS[kind][1],
        found=wilson(sum(f.matched for f in found), len(found)),
        onset_median_steps=float(np.median(errors)) if errors else None,
        onset_p95_steps=float(np.quantile(errors, 0.95)) if errors else None,
        said=wilson(sum(says_all(world, events) for world, events in asked), len(asked)),
        false_alarms=sum(false),
        quiet_worlds=wilson(sum(n == 0 for n in false), len(false)),
    )


def says_all(world: World, events: Sequence[WorldEvent]) -> bool:
    """Whether some event says each thing that is wanted, and none says what may not be said."""
    never = any(event.kind in world.never or event.scope in world.never for event in events)
    return not never and all(any(_says(event, wanted) for event in events) for wanted in world.wanted)


def _says(event: WorldEvent, wanted: Wanted) -> bool:
    if not wanted.series.intersection(event.series):
        return False
    near = event.onset_earliest < wanted.near.end_s and event.onset_latest > wanted.near.begin_s
    named = wanted.kind in (None, event.kind) and wanted.scope in (None, event.scope)
    held = wanted.holds is None or (
        event.onset_earliest <= wanted.holds.begin_s and event.onset_latest >= wanted.holds.end_s
    )
    return near and named and held
