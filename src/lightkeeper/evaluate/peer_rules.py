"""Peers by rule: IODA's published thresholds, and a seasonal median that is frozen during the event.

IODA alerts where a value lies below a share of the median of the time before: 99 % of 24 hours for BGP, 80 % of seven
days for active probing, 25 % of seven days for the telescope (IODA's help page, "Outage detection"). The window goes on
learning during the event, as published. A detection lasts as long as the alert.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from lightkeeper.evaluate.detection import Detection, Detector, alone, any_level, detection, runs
from lightkeeper.signals.compiled import compiled
from lightkeeper.signals.matrix import Matrix
from lightkeeper.signals.naming import Named

DAY_S = 86_400
IODA = {"control_plane": (0.99, DAY_S), "active_probing": (0.80, 7 * DAY_S), "telescope": (0.25, 7 * DAY_S)}
"""Share of the median, and the length of its window."""
LEAST_KNOWN = 0.5
"""Share of the window that must be known."""
FROZEN_FALL, FROZEN_BACK = 0.3, 0.15
"""The frozen median opens below this fall, and closes above the second."""
FROZEN_STEPS = 2
"""Steps in a row that open and close it."""
FROZEN_WEEKS = 4
"""Values of the same hour of the week that it is the median of, once three are known; before, of that of the day."""

Floats = npt.NDArray[np.float64]
Bits = npt.NDArray[np.bool_]


def detectors() -> list[Detector]:
    """Both peers."""
    return [
        Detector(
            "ioda", alone(find_ioda), lambda n, share: not share and n.lineage in IODA, about="thresholds as published"
        ),
        Detector(
            "frozen-median", alone(find_frozen), any_level, about="30 % below the median of the hour, two steps, frozen"
        ),
    ]


def find_ioda(matrix: Matrix, names: Sequence[Named]) -> list[Detection]:
    """Alerts by IODA's thresholds, in the series that it has them for."""
    found = []
    for row, name in enumerate(names):
        if name.lineage not in IODA or matrix.trials is not None:
            continue
        share, window_s = IODA[name.lineage]
        values = matrix.values[row].astype(np.float64)
        window = max(1, window_s // matrix.step_s)
        median = trailing_median(values, window, max(1, int(LEAST_KNOWN * window)))
        known = ~np.isnan(values) & ~np.isnan(median)
        beyond = known & (values < share * median)
        found += [detection(matrix, row, *run) for run in runs(beyond.tolist(), known.tolist(), 0)]
    return found


def find_frozen(matrix: Matrix, names: Sequence[Named]) -> list[Detection]:
    """Falls below a seasonal median that learns nothing while it lasts."""
    if matrix.trials is not None:
        return []
    a_day = max(1, DAY_S // matrix.step_s)
    found = []
    for row in range(len(names)):
        values = matrix.values[row].astype(np.float64)
        beyond = frozen(values, a_day)
        known = ~np.isnan(values)
        found += [detection(matrix, row, *run) for run in runs(beyond.tolist(), known.tolist(), 0)]
    return found


@compiled
def trailing_median(values: Floats, window: int, least: int) -> Floats:
    """The median of the `window` steps before each, NaN where fewer than `least` of them are known."""
    ordered = np.empty(window + 1)
    count = 0
    made = np.full(len(values), np.nan)
    for i in range(len(values)):
        if count >= least:
            half = count // 2
            made[i] = ordered[half] if count % 2 else 0.5 * (ordered[half - 1] + ordered[half])
        if i >= window and not np.isnan(values[i - window]):
            place = np.searchsorted(ordered[:count], values[i - window])
            for j in range(place, count - 1):
                ordered[j] = ordered[j + 1]
            count -= 1
        if not np.isnan(values[i]):
            place = np.searchsorted(ordered[:count], values[i])
            for j in range(count, place, -1):
                ordered[j] = ordered[j - 1]
            ordered[place] = values[i]
            count += 1
    return made


@compiled
def frozen(values: Floats, a_day: int) -> Bits:
    """Whether each step lies in a fall."""
    a_week = 7 * a_day
    seasons = np.full((a_week, FROZEN_WEEKS), np.nan)
    count = np.zeros(a_week, np.int64)
    fallen = np.zeros(len(values), np.bool_)
    inside, run = False, 0
    for i in range(len(values)):
        if np.isnan(values[i]):
            continue
        slot = i % a_week
        pool = seasons[slot].copy()
        if count[slot] < 3:
            pool = np.concatenate((pool, seasons[slot % a_day :: a_day].ravel()))
        pool = pool[~np.isnan(pool)]
        share = 0.0
        if len(pool) >= 3:
            median = np.median(pool)
            share = 1.0 - values[i] / median if median > 0.0 else 0.0
        crosses = share <= FROZEN_BACK if inside else share >= FROZEN_FALL
        run = run + 1 if crosses else 0
        fallen[i] = inside
        if run >= FROZEN_STEPS:
            back, left = i, run
            while left > 0:
                if not np.isnan(values[back]):
                    fallen[back] = not inside
                    left -= 1
                back -= 1
            inside, run = not inside, 0
        if not inside and share < FROZEN_FALL:
            seasons[slot, count[slot] % FROZEN_WEEKS] = values[i]
            count[slot] += 1
    return fallen
