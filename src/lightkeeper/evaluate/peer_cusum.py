"""OONI's detector as a peer: a CUSUM of the hourly median of each series of blocked shares.

Re-stated from OONI's description in ooni/data, `oonipipeline/analysis/detector.py` (commit 03a397b): two states with
fixed means, 0 where all is well and 0.7 where it is blocked (Basseville and Nikiforov, "Detection of Abrupt Changes",
1993, section 2.2.5); the threshold is 20 steps times half their distance; the first state is taken without a word;
after more than 24 hours of silence the sums are halved for each 48. Its input is the median outcome of each hour: of
shares of yes and no, that is 1 where more than half say blocked, and one half where exactly half do.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from lightkeeper.evaluate.detection import Detection, Detector, alone, detection
from lightkeeper.signals.matrix import Matrix
from lightkeeper.signals.naming import Named

MEAN_OK, MEAN_BLOCKED = 0.0, 0.7
DELAY_STEPS = 20
HALF_LIFE_H, SILENCE_H = 48.0, 24.0


def detector() -> Detector:
    """The peer."""
    return Detector("ooni-cusum", alone(find), lambda _n, share: share, about="hourly median, fixed means 0 and 0.7")


def find(matrix: Matrix, names: Sequence[Named]) -> list[Detection]:
    """Times at which a series of shares was held to be blocked."""
    if matrix.trials is None:
        return []
    found = []
    for row in range(len(names)):
        seen = np.flatnonzero((matrix.trials[row] > 0) & ~np.isnan(matrix.values[row]))
        for at, back in _blocked(_medians(matrix.values[row][seen]), seen, matrix.step_s):
            before, first = seen[at - 1] if at else seen[at], seen[at]
            last = seen[back] if back is not None else matrix.values.shape[1] - 1
            found.append(detection(matrix, row, int(before), int(first), int(last), "up"))
    return found


def _medians(shares: npt.NDArray[np.float32]) -> list[float]:
    half = np.where(shares == 0.5, 0.5, (shares > 0.5).astype(np.float64))
    return [float(value) for value in half]


def _blocked(medians: list[float], places: npt.NDArray[np.int64], step_s: int) -> list[tuple[int, int | None]]:
    """Begin and end of each time in the blocked state, as places among the hours that were measured."""
    drift = (MEAN_BLOCKED - MEAN_OK) / 2
    threshold = DELAY_STEPS * drift
    state, rise, fall = "unknown", 0.0, 0.0
    found: list[tuple[int, int | None]] = []
    for i, value in enumerate(medians):
        silent_h = float(places[i] - places[i - 1]) * step_s / 3600 if i else 0.0
        if silent_h > SILENCE_H:
            kept = 0.5 ** (silent_h / HALF_LIFE_H)
            rise, fall = rise * kept, fall * kept
        rise = max(0.0, rise + value - MEAN_OK - drift) if state != "blocked" else 0.0
        fall = max(0.0, fall + MEAN_BLOCKED - value - drift) if state != "ok" else 0.0
        if rise > threshold:
            if state == "ok":
                found.append((i, None))
            state, rise, fall = "blocked", 0.0, 0.0
        elif fall > threshold:
            if state == "blocked" and found and found[-1][1] is None:
                found[-1] = (found[-1][0], i)
            state, rise, fall = "ok", 0.0, 0.0
    return found
