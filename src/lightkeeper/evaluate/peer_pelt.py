"""PELT as a peer (Killick, Fearnhead and Eckley, JASA 107, 2012), from the library ruptures, with hindsight.

It looks at the whole series at once. To be fair to a method that knows no seasons, each value is first divided by the
median of its hour of the week (of the day, where there are fewer than four weeks) over the whole series, event and
future included. The penalty is stated, not tuned:
`3 ln(steps)` times the variance of the noise for the mean (l2), where the noise is that of first differences, and
`3 ln(steps)` for the kernel (rbf), whose costs have no unit. Only changes down by the least fall are detections.
"""

from __future__ import annotations

import importlib
import importlib.util
from collections.abc import Sequence
from functools import partial
from itertools import pairwise
from typing import Any

import numpy as np
import numpy.typing as npt

from lightkeeper.evaluate.detection import Detection, Detector, alone, any_level, detection
from lightkeeper.signals.matrix import Matrix
from lightkeeper.signals.naming import Named

LEAST_FALL = {"control_plane": 0.015, "active_probing": 0.15}
LEAST_FALL_ELSE = 0.2
"""Least fall of the median from one segment to the next that is a detection."""
LEAST_STEPS = 2
MAD_TO_SIGMA = 1.4826
DAY_S = 86_400
KNOWN_LEAST = 50
WEEKS_LEAST = 4

Floats = npt.NDArray[np.float64]


def detectors() -> list[Detector]:
    """PELT with the cost of the mean and with that of a kernel; none where ruptures is not installed."""
    if importlib.util.find_spec("ruptures") is None:
        return []
    return [
        Detector("pelt-l2", alone(partial(find, kernel="linear")), any_level, about="whole series, seasons taken out"),
        Detector("pelt-rbf", alone(partial(find, kernel="rbf")), any_level, about="whole series, seasons taken out"),
    ]


def find(matrix: Matrix, names: Sequence[Named], *, kernel: str) -> list[Detection]:
    """Segments whose median lies below that of the one before, until one that lies above."""
    if matrix.trials is not None:
        return []
    ruptures: Any = importlib.import_module("ruptures")
    found = []
    for row, name in enumerate(names):
        values = deseasoned(matrix.values[row].astype(np.float64), matrix.step_s)
        places = np.flatnonzero(~np.isnan(values))
        if len(places) < KNOWN_LEAST:
            continue
        known = values[places]
        sigma = max(float(np.median(np.abs(np.diff(known)))) * MAD_TO_SIGMA / np.sqrt(2), 1e-4)
        fitted = ruptures.KernelCPD(kernel=kernel, min_size=LEAST_STEPS).fit((known / sigma)[:, None])
        edges = [0, *fitted.predict(pen=3.0 * np.log(len(known)))]
        least = LEAST_FALL.get(name.lineage, LEAST_FALL_ELSE)
        for first, last in _falls(known, edges, least):
            before = int(places[first - 1])
            found.append(detection(matrix, row, before, int(places[first]), int(places[last - 1])))
    return found


def _falls(values: Floats, edges: list[int], least: float) -> list[tuple[int, int]]:
    """Places of the first value of each fall, and of the first after it."""
    levels = [float(np.median(values[a:b])) for a, b in pairwise(edges)]
    found: list[tuple[int, int]] = []
    begun, normal = -1, 0.0
    for i in range(1, len(levels)):
        if begun < 0 and levels[i] < (1 - least) * levels[i - 1]:
            begun, normal = edges[i], levels[i - 1]
        elif begun >= 0 and levels[i] >= (1 - least / 2) * normal:
            found.append((begun, edges[i]))
            begun = -1
    if begun >= 0:
        found.append((begun, edges[-1]))
    return found


def deseasoned(values: Floats, step_s: int) -> Floats:
    """Each value as a multiple of the median of its hour of the week; of its hour of the day in a short series."""
    days = 7 if len(values) * step_s >= WEEKS_LEAST * 7 * DAY_S else 1
    slots = max(1, days * DAY_S // step_s)
    made = np.full(len(values), np.nan)
    for slot in range(min(slots, len(values))):
        same = values[slot::slots]
        known = same[~np.isnan(same)]
        if len(known) and (median := float(np.median(known))) > 0:
            made[slot::slots] = same / median
    return made
