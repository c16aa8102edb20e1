"""What the steps before lead one to expect: a median, and a band about it.

The median and the median absolute deviation (MAD) of past steps of the same kind stand up to half of them being wrong.
1.4826 x MAD estimates the standard deviation of normal noise (Rousseeuw and Croux, "Alternatives to the median absolute
deviation", JASA 88, 1993).
"""

from __future__ import annotations

from collections import defaultdict, deque
from typing import NamedTuple

import numpy as np

DAY_S = 86_400
SAMPLES = 28
"""Past steps that a slot remembers: four weeks of days. Steps of an open drop are never among them."""
MIN_SAMPLES_SUBDAILY = 7
"""Below a week of days at the same time of day nothing is expected, and nothing is raised."""
MIN_SAMPLES_DAILY = 14
"""Below two weeks of days nothing is expected, and nothing is raised."""
BAND_SIGMAS = 5.0
"""Half-width of the band, in robust standard deviations."""
MAD_TO_SIGMA = 1.4826

WEEKS = 4
"""Weeks back that the same time of the same weekday is remembered."""
WEEK_S = 7 * DAY_S

LEAST_FALL = {"control_plane": 0.015, "active_probing": 0.15}
LEAST_FALL_ELSE = 0.30
"""Least fall, as a share of the expected value, that can be a drop. Routes are counted, not sampled, and hardly move
from day to day; answers to probes move by a few hundredths; traffic, telescopes and users by tens. Set by hand on the
quiet weeks of one country (Iran, December 2025): a starting point, not a measured error rate."""


class Expectation(NamedTuple):
    """The expected value of one step and the band about it, in the unit of the series."""

    value: float
    low: float
    high: float


class Baseline:
    """What one series leads one to expect at each time of day. It learns only what it is told to learn.

    A series with several steps a day keeps the last 28 values of each time of day; a daily one its last 28 days. Four
    weeks hold four of each weekday, too few for a band of its own. So the weekday can only widen the band: where the
    same time of past weeks was lower (a day of rest, say), the band reaches down to the least fall below that.
    """

    def __init__(self, step_s: int, lineage: str) -> None:
        self._subdaily = step_s < DAY_S
        self._least_samples = MIN_SAMPLES_SUBDAILY if self._subdaily else MIN_SAMPLES_DAILY
        self._least_fall = LEAST_FALL.get(lineage, LEAST_FALL_ELSE)
        self._samples: defaultdict[int, deque[float]] = defaultdict(lambda: deque(maxlen=SAMPLES))
        self._weekly: defaultdict[int, deque[float]] = defaultdict(lambda: deque(maxlen=WEEKS))

    def learn(self, second: int, value: float) -> None:
        """Add the value of a normal step. `second` is its begin since 1970, UTC."""
        self._samples[self._slot(second)].append(value)
        self._weekly[second % WEEK_S].append(value)

    def expect(self, second: int) -> Expectation | None:
        """What to expect of the step that begins at `second`; none with too few samples or nothing above zero."""
        samples = self._samples[self._slot(second)]
        if len(samples) < self._least_samples:
            return None
        seen = np.array(samples)
        median = float(np.median(seen))
        if median <= 0:
            return None
        sigma = MAD_TO_SIGMA * float(np.median(np.abs(seen - median)))
        half = max(BAND_SIGMAS * sigma, self._least_fall * median)
        low = median - half
        if same_weekday := self._weekly[second % WEEK_S]:
            low = min(low, (1 - self._least_fall) * float(np.median(np.array(same_weekday))))
        return Expectation(median, max(low, 0.0), median + half)

    def _slot(self, second: int) -> int:
        return second % DAY_S if self._subdaily else 0


def share_below(value: float, expected: Expectation) -> float:
    """How far `value` lies below the expected value, as a share of it, 0 to 1."""
    return min(max(1.0 - value / expected.value, 0.0), 1.0)


def is_low(value: float, expected: Expectation) -> bool:
    """Whether `value` lies below the band."""
    return value < expected.low
