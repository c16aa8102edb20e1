"""Echoes: days that an alarm of a fall holds for low although they are not.

A detector whose baseline goes on learning compares the day with the event of the week before. Its alarm then falls on a
day that is as high as the days before it.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from lightkeeper.evaluate.detection import Detection
from lightkeeper.evaluate.peer_rules import trailing_median
from lightkeeper.signals.matrix import Matrix

WINDOW = 7
"""Steps before, whose median a value is held against."""
NOT_LOW = 0.9


def echoes(matrix: Matrix, detections: Sequence[Detection]) -> tuple[int, int]:
    """How many first steps of falls reach at least 90 % of the median of the seven before, and how many there were."""
    rows = {name: i for i, name in enumerate(matrix.names)}
    medians: dict[int, np.ndarray] = {}
    high = total = 0
    for found in detections:
        step = (found.begin_s - matrix.begin_s) // matrix.step_s
        for row in (rows[name] for name in found.series if name in rows and found.direction == "down"):
            values = matrix.values[row].astype(np.float64)
            if row not in medians:
                medians[row] = trailing_median(values, WINDOW, WINDOW // 2)
            if 0 <= step < len(values) and values[step] == values[step] and medians[row][step] > 0:
                total += 1
                high += bool(values[step] >= NOT_LOW * medians[row][step])
    return high, total
