"""Silence: far fewer measurements by volunteers than usual, by the hour and by the day.

A hand of measurements an hour says nothing of any one hour: none may be chance. So counts are looked at twice, by their
own steps and summed to days, with the same scan as any level. What both find is told once, by the steps.

Volunteers come and go, and not all who fall silent were cut off. So silence is told where most is missing, for long
enough to be no chance, and it is never by itself an outage. An hour for which the source has no row is unknown; a day
of which a quarter is unknown is unknown.
"""

from __future__ import annotations

from collections.abc import Sequence

import msgspec
import numpy as np

from lightkeeper.detect.changes import PUBLIC, Change, level_changes
from lightkeeper.signals.holidays import Calendar
from lightkeeper.signals.matrix import Floats, Matrix
from lightkeeper.signals.naming import Named

LEAST_MISSING = 0.5
"""Share of the measurements that must be missing, on average over the change."""
LEAST_KNOWN = 0.75
"""Share of a day that must be known."""
DAY_S = 86_400


def silences(matrix: Matrix, names: Sequence[Named], calendar: Calendar = PUBLIC) -> list[Change]:
    """The falls of how much was measured: of the trials of shares, or of the values of counts. A pure function."""
    counts = Matrix(
        matrix.names, matrix.step_s, matrix.begin_s, matrix.values if matrix.trials is None else matrix.trials, None
    )
    found = _falls(counts, names, calendar)
    if matrix.step_s < DAY_S:
        found += [day for day in _falls(_by_day(counts), names, calendar) if not any(_tells(c, day) for c in found)]
    return found


def _falls(counts: Matrix, names: Sequence[Named], calendar: Calendar) -> list[Change]:
    found, _ = level_changes(counts, names, calendar)
    return [
        msgspec.structs.replace(c, kind="silence")
        for c in found
        if c.direction == "down" and c.mean >= LEAST_MISSING and c.within == 0 and not c.is_weak
    ]


def _by_day(counts: Matrix) -> Matrix:
    """The sum of each day of which enough is known, as if all of it were; the last day may not be over."""
    steps = counts.values.shape[1]
    day = (counts.begin_s + counts.step_s * np.arange(steps)) // DAY_S
    edges = np.flatnonzero(np.diff(day, prepend=-1))
    known = np.add.reduceat((~np.isnan(counts.values)).astype(np.int32), edges, axis=1)
    sums = np.add.reduceat(np.nan_to_num(counts.values), edges, axis=1)
    share = known * counts.step_s / DAY_S
    with np.errstate(divide="ignore", invalid="ignore"):
        whole: Floats = np.where(share >= LEAST_KNOWN, np.round(sums / share), np.nan).astype(np.float32)
    return Matrix(counts.names, DAY_S, int(day[0]) * DAY_S, whole, None)


def _tells(change: Change, day: Change) -> bool:
    """Whether a fall by the step is what a fall by the day shows."""
    return (
        change.series == day.series
        and (day.end_latest is None or change.onset_earliest < day.end_latest)
        and (change.end_latest is None or change.end_latest > day.onset_earliest)
    )
