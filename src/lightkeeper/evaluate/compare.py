"""Compare: run each detector over panels, and put the scores side by side."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Sequence

import msgspec
import numpy as np

from lightkeeper.evaluate import ours, peer_cusum, peer_pelt, peer_rules
from lightkeeper.evaluate.detection import Detection, Detector
from lightkeeper.evaluate.leads import SignCount, count_signs
from lightkeeper.evaluate.misled import Misled, compare_misleading
from lightkeeper.evaluate.scenarios import panels
from lightkeeper.evaluate.score import LINGER_STEPS, Tally, tally
from lightkeeper.evaluate.summary import Share, Summary, summary, wilson
from lightkeeper.evaluate.truth import Panel, Truth, only, part, until

REPLICAS, REPLICAS_QUICK = 12, 1
SLOW = {"pelt-rbf": 16}
"""A kernel costs the square of the steps: such a peer sees one panel in so many."""
DELAYS = (1, 2, 3, 4, 6, 8, 12, 24, 48)
"""Steps after the onset at which it is asked again what is known by now."""

Progress = Callable[[str, int, int], None]
"""Told the name of the detector, the panels done, and all panels."""


class Row(msgspec.Struct, frozen=True, kw_only=True):
    """What one detector did on some panels."""

    case: str
    """`synthetic`, or the name of a real panel."""
    detector: str
    about: str
    scores: Summary
    panels: int
    seconds: float
    delay_median_steps: float | None = None
    """Steps from the onset until it could be known, among those known within 48; of a sample of truths."""
    delay_known: Share | None = None
    """Truths of that sample that were known within 48 steps."""


class Report(msgspec.Struct, frozen=True, kw_only=True):
    """All rows, and what a reader must know of them."""

    seeds: str
    replicas: int
    rows: list[Row]
    signs: list[SignCount]
    """Early signs that came before a cut, and before nothing, on the synthetic worlds."""
    misleading: list[Misled]
    """Our detector on SYNTHETIC worlds that mislead, by kind."""
    notes: list[str]


def all_detectors(engine: ours.Engine) -> list[Detector]:
    """Ours first."""
    return [*ours.detectors(engine), *peer_rules.detectors(), peer_cusum.detector(), *peer_pelt.detectors()]


def compare_synthetic(
    engine: ours.Engine, seeds: str, *, quick: bool = False, progress: Progress | None = None
) -> Report:
    """The scores of all detectors on the synthetic worlds of a set of seeds."""
    replicas = REPLICAS_QUICK if quick else REPLICAS
    worlds = list(panels(seeds, replicas))
    rows = []
    for detector in all_detectors(engine):
        every = SLOW.get(detector.name, 1)
        if quick and detector.name.startswith("pelt"):
            continue
        rows.append(run(detector, worlds[::every], "synthetic", delays=not quick and every == 1, progress=progress))
    notes = [f"SYNTHETIC worlds: {len(worlds)}, of 12 weeks by the hour, seeds `{seeds}`."]
    notes += [f"{name} is slow and saw one world in {every}." for name, every in SLOW.items() if not quick]
    if quick:
        notes.append("PELT is left out of a quick run.")
    elif not peer_pelt.detectors():
        notes.append("PELT is left out: the library ruptures is not installed (it comes with lightkeeper[dev]).")
    notes.append(
        "Signs and cuts are made apart here: one before the other is chance. Kinds without a series are left out."
    )
    misleading = compare_misleading(engine, seeds, quick=quick, progress=progress)
    return Report(
        seeds=seeds, replicas=replicas, rows=rows, signs=count_signs(worlds, engine), misleading=misleading, notes=notes
    )


def run(
    detector: Detector, some: Sequence[Panel], case: str, *, delays: bool = False, progress: Progress | None = None,
    told: Callable[[Panel, list[Detection]], None] | None = None,
) -> Row:  # fmt: skip
    """The scores of one detector. Time is that of detection alone, and the one figure that differs between runs.

    `told` is given what was found in each panel.
    """
    detector.find([part(m) for m in some[0].matrices])  # what is compiled at the first call is not part of the time
    tallies: list[Tally] = []
    seconds = 0.0
    for number, panel in enumerate(some, 1):
        began = time.perf_counter()
        found = detector.find(panel.matrices)
        seconds += time.perf_counter() - began
        tallies.append(tally(panel, detector, found))
        if told is not None:
            told(panel, found)
        if progress is not None:
            progress(detector.name, number, len(some))
    waited = delays_of(detector, some) if delays else None
    known = [d for d in waited or [] if d is not None]
    return Row(
        case=case,
        detector=detector.name,
        about=detector.about,
        scores=summary(tallies),
        panels=len(some),
        seconds=round(seconds, 3),
        delay_median_steps=float(np.median(known)) if known else None,
        delay_known=None if waited is None else wilson(len(known), len(waited)),
    )


def delays_of(detector: Detector, some: Iterable[Panel]) -> list[int | None]:
    """Steps until each kind of truth at each depth, once, could be known; none where 48 were not enough."""
    asked: set[tuple[str, float]] = set()
    found = []
    for panel in some:
        for truth in panel.truths:
            if (truth.kind, truth.depth) not in asked and tally(panel, detector, []).found:
                asked.add((truth.kind, truth.depth))
                found.append(delay(detector, panel, truth))
    return found


def delay(detector: Detector, panel: Panel, truth: Truth) -> int | None:
    """After how many whole steps the detector says so, shown only what was known by then.

    It says so when it reports a change of a series that moved, in the right direction, that began with the truth or
    since. So a detector that dates the onset badly has a delay nonetheless; what was open before counts for nothing.
    """
    directions = {m.series: m.direction for m in truth.moved if m.observable}
    matrices = [only(matrix, truth.series) for matrix in panel.matrices]
    matrices = [matrix for matrix in matrices if matrix.names]
    room = LINGER_STEPS * min(matrix.step_s for matrix in matrices)
    for steps in DELAYS:
        known = [until(m, truth.onset_latest_s + (steps + 1) * m.step_s) for m in matrices]
        for found in detector.find(known):
            right = any(directions.get(name) == found.direction for name in found.series)
            if right and found.begin_s >= truth.onset_earliest_s - room:
                return steps
    return None
