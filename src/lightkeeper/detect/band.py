"""Band: what was expected of each step of a series, and how far off it may have lain without being a change."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from lightkeeper.detect.changes import MOST_CHANGES, PUBLIC, Change, back_steps, is_count, least_of, slots_of
from lightkeeper.detect.scan import COLUMNS, scan
from lightkeeper.detect.shares import LEAST_PAST, fade_of, past_share, upper_end
from lightkeeper.signals.compiled import plain
from lightkeeper.signals.holidays import Calendar
from lightkeeper.signals.matrix import Matrix
from lightkeeper.signals.memory import Slots, new_memory
from lightkeeper.signals.naming import Named

BAND_SPREADS = 4.0
"""Half-width of the band of a level, in spreads; at least the least fall."""
Floats = npt.NDArray[np.float64]


class Band(NamedTuple):
    """What was expected of each step of one row of a matrix; NaN where nothing was."""

    expected: Floats
    low: Floats
    high: Floats


def bands(matrix: Matrix, names: Sequence[Named], changes: Sequence[Change], calendar: Calendar = PUBLIC) -> list[Band]:
    """The bands of all rows of a matrix, as detection saw them. `changes` are those that were found in its series.

    The band of a level is what the scan expected, and did not learn from a change. The band of a share runs from
    zero to the upper end (95 %) of what the past share may be; the changes themselves are no past.
    """
    if matrix.trials is None:
        when = slots_of(matrix, names, calendar)
        return [_level(matrix, row, name, when[name.country]) for row, name in enumerate(names)]
    return [_share(matrix, row, [c for c in changes if c.series == name]) for row, name in enumerate(matrix.names)]


def _level(matrix: Matrix, row: int, name: Named, when: Slots) -> Band:
    values = matrix.values[row]
    found, kept = np.zeros((len(values), 2), np.float32), np.zeros((MOST_CHANGES, COLUMNS))
    least = least_of(name)
    scan(
        values, matrix.step_s, when, least, is_count(values),
        back_steps(matrix.step_s), new_memory(matrix.step_s), found, kept,
    )  # fmt: skip
    expected = np.where(found[:, 0] > 0, found[:, 0], np.nan).astype(np.float64)
    half = np.maximum(BAND_SPREADS * found[:, 1], least[0]) * expected
    return Band(expected, np.maximum(expected - half, 0.0), expected + half)


def _share(matrix: Matrix, row: int, changes: Sequence[Change]) -> Band:
    trials = np.zeros(len(matrix.values[row])) if matrix.trials is None else matrix.trials[row]
    values, fade = matrix.values[row], plain(fade_of)(matrix.step_s)
    learnt = _learnt(matrix, changes)
    bad = total = 0.0
    expected, high = np.full(len(values), np.nan), np.full(len(values), np.nan)
    for place in range(len(values)):
        if total >= LEAST_PAST:
            usual = plain(past_share)(bad, total)
            expected[place] = usual
            high[place] = min(plain(upper_end)(usual, total, 1.0), 1.0)
        known = trials[place] > 0 and not np.isnan(values[place])
        if known and learnt[place]:
            bad, total = bad * fade + values[place] * trials[place], total * fade + trials[place]
        elif not known:
            bad, total = bad * fade, total * fade
    return Band(expected, np.where(np.isnan(expected), np.nan, 0.0), high)


def _learnt(matrix: Matrix, changes: Sequence[Change]) -> npt.NDArray[np.bool_]:
    learnt = np.ones(matrix.values.shape[1], bool)
    for change in changes:
        first = max((change.onset_earliest - matrix.begin_s) // matrix.step_s, 0)
        last = len(learnt) if change.end_latest is None else (change.end_latest - matrix.begin_s) // matrix.step_s
        learnt[first:last] = False
    return learnt
