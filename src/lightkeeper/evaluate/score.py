"""Score: what a detector found of the truths of some panels, and what it raised that was none.

**Matching.** A detection matches a truth if they share a series on which the truth moved, they go the same way, and the
onset bracket of the detection, widened by the tolerance of the truth (two steps unless it says otherwise), meets that
of the truth. A bracket of more than 24 steps matches nothing, unless no more is known of the truth itself: whoever says
"some time this week" has not found an onset.

A detection that overlaps a truth in time on a series that may show it, without matching, is late or early: it is no
false alarm, and no recall. What overlaps no truth is a false alarm for each of its series, where the panel is quiet.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence

import msgspec

from lightkeeper.evaluate.detection import Detection, Detector
from lightkeeper.evaluate.truth import Moved, Panel, Span, Truth, end_of
from lightkeeper.signals.naming import named

YEAR_S = 31_557_600
BRACKET_STEPS_MAX = 24
LINGER_STEPS = 3
"""Steps about a truth in which a detection still belongs to it."""


class Found(msgspec.Struct, frozen=True, kw_only=True):
    """What one detector found of one truth."""

    kind: str
    depth: float
    matched: bool
    touched: bool
    """Whether anything overlapped it at all."""
    error_steps: float | None
    """Onset found minus true onset, in steps; none if it was not matched."""
    covered: float
    """Share of the time that its series were off that detections of them cover."""
    detections: int
    """How many detections it was broken into: those that overlap it."""
    series: int
    """Series that it moved and that could be seen by this detector,"""
    series_matched: int
    """and those of them with a detection that matches."""


class Tally(msgspec.Struct, kw_only=True):
    """What one detector did on one panel."""

    found: list[Found]
    false_alarms: int
    """Each false detection counts once for each of its series."""
    series_years: float
    """Quiet time of all series that it was made for."""


def tally(panel: Panel, detector: Detector, detections: Sequence[Detection]) -> Tally:
    """Hold the detections of one detector against the truths of a panel. Detections may come in any order."""
    steps = {name: matrix.step_s for matrix in panel.matrices for name in matrix.names}
    made_for = {
        name: (matrix.begin_s, end_of(matrix))
        for matrix in panel.matrices
        for name in matrix.names
        if detector.applies(named(name), matrix.trials is not None)
    }
    found = []
    for truth in panel.truths:
        moved = [m for m in truth.moved if m.observable and m.series in made_for]
        if moved:
            found.append(_found(truth, moved, detections, steps))
    quiet_s = sum(span.overlap_s(begin, end) for begin, end in made_for.values() for span in panel.quiet)
    false = sum(
        sum(name in made_for for name in d.series)
        for d in detections
        if _quiet(d, panel.quiet) and not any(_overlaps(d, truth, steps) for truth in panel.truths)
    )
    return Tally(found=found, false_alarms=false, series_years=quiet_s / YEAR_S)


def _found(truth: Truth, moved: list[Moved], detections: Sequence[Detection], steps: dict[str, int]) -> Found:
    near = [d for d in detections if _overlaps(d, truth, steps)]
    by_series: defaultdict[str, list[Detection]] = defaultdict(list)
    for d in near:
        for name in d.series:
            by_series[name].append(d)
    matches: list[Detection] = []
    series_matched, covered = 0, 0.0
    for m in moved:
        own = by_series.get(m.series, [])
        hits = [d for d in own if d.direction == m.direction and matches_onset(d, truth, steps[m.series])]
        series_matched += bool(hits)
        matches += hits
        covered += coverage(m.spans, own)
    step_s = steps[moved[0].series]
    first = min(matches, key=lambda d: (abs(_error(d, truth, step_s)), d), default=None)
    return Found(
        kind=truth.kind,
        depth=truth.depth,
        matched=bool(matches),
        touched=bool(near),
        error_steps=None if first is None else _error(first, truth, step_s),
        covered=covered / len(moved),
        detections=len(set(near)),
        series=len(moved),
        series_matched=series_matched,
    )


def matches_onset(found: Detection, truth: Truth, step_s: int) -> bool:
    """Whether the onset bracket, widened by the tolerance, meets that of the truth."""
    known = truth.onset_latest_s - truth.onset_earliest_s
    if found.onset_latest_s - found.onset_earliest_s > max(known, BRACKET_STEPS_MAX * step_s):
        return False
    room = truth.tolerance_steps * step_s
    return (
        found.onset_earliest_s - room <= truth.onset_latest_s and found.onset_latest_s + room >= truth.onset_earliest_s
    )


def coverage(spans: Iterable[Span], detections: Sequence[Detection]) -> float:
    """The share of the time of the spans that lies within a detection."""
    cuts = sorted((d.begin_s, d.end_s) for d in detections)
    merged: list[tuple[int, int]] = []
    for begin, end in cuts:
        if merged and begin <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(merged[-1][1], end))
        else:
            merged.append((begin, end))
    total = covered = 0
    for span in spans:
        total += span.end_s - span.begin_s
        covered += sum(span.overlap_s(begin, end) for begin, end in merged)
    return covered / total if total else 0.0


def _error(found: Detection, truth: Truth, step_s: int) -> float:
    """Steps by which the first step beyond lies after (or, below 0, before) the step of the true onset."""
    if found.begin_s > truth.onset_latest_s:
        return float((found.begin_s - truth.onset_latest_s + step_s - 1) // step_s)
    if found.begin_s + step_s <= truth.onset_earliest_s:
        return -float((truth.onset_earliest_s - found.begin_s) // step_s)
    return 0.0


def _overlaps(found: Detection, truth: Truth, steps: dict[str, int]) -> bool:
    shared = truth.series.intersection(found.series)
    if not shared:
        return False
    room = LINGER_STEPS * max(steps.get(name, 3600) for name in shared)
    return found.begin_s < truth.end_s + room and found.end_s > truth.onset_earliest_s - room


def _quiet(found: Detection, quiet: Iterable[Span]) -> bool:
    return any(span.begin_s <= found.begin_s < span.end_s for span in quiet)
