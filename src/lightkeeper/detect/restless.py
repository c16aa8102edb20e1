"""Restless: how much evidence a series gathers when nothing happens, and how much it therefore takes to be believed.

Noise with heavy tails and with memory lifts the evidence of a CUSUM again and again without any cause. The peaks of
such excursions above a level fall off as an exponential (Siegmund, "Sequential Analysis", 1985, chapter 2; as peaks
over a threshold, Davison and Smith, JRSS B 52, 1990), so those that were seen say how high the highest of a long time
will be.
A change is strong if noise of this series alone would come to as much evidence no more than `A_YEAR` times a year.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from lightkeeper.signals.compiled import compiled

ALARM = 5.0
"""Evidence that opens a change, be it weak."""
A_YEAR = 0.3
"""Times a year that noise alone may make a strong change, in each direction."""
OVER = 2.0
"""Peaks of evidence above this are counted."""
MEMORY_DAYS = 60.0
"""An excursion fades from memory with this constant."""
PRIOR_PEAKS, PRIOR_EXCESS, PRIOR_DAYS = 4.0, 1.5, 20.0
"""What is taken as seen before anything is: so many peaks, each so far above, in so many days."""
NEEDED_MAX = 60.0
MOST, MOST_SHARE = 3.5, 0.55
"""What one step adds at most: the first, or this share of what is needed, so that it takes two."""
PLACES = 3
PEAKS, EXCESS, LAST_AT = range(3)
"""Peaks above `OVER`, fading; the sum of what they lay above; and the step of the last."""
DAY_S, YEAR_DAYS = 86_400.0, 365.25
Watch = npt.NDArray[np.float64]


@compiled
def calmed(calm: Watch, peak: float, i: int, step_s: int) -> None:
    """Count an excursion that came to nothing."""
    if peak > OVER:
        fade = np.exp(-(i - calm[LAST_AT]) * step_s / (MEMORY_DAYS * DAY_S))
        calm[PEAKS] = calm[PEAKS] * fade + 1.0
        calm[EXCESS] = calm[EXCESS] * fade + peak - OVER
        calm[LAST_AT] = i


@compiled
def needed(calm: Watch, i: int, step_s: int) -> float:
    """The evidence that makes a change strong, as step `i` begins to speak for one."""
    fade = np.exp(-(i - calm[LAST_AT]) * step_s / (MEMORY_DAYS * DAY_S))
    days = MEMORY_DAYS * (1.0 - np.exp(-i * step_s / (MEMORY_DAYS * DAY_S)))
    peaks = calm[PEAKS] * fade + PRIOR_PEAKS
    excess = (calm[EXCESS] * fade + PRIOR_PEAKS * PRIOR_EXCESS) / peaks
    a_year = peaks / (days + PRIOR_DAYS) * YEAR_DAYS
    return float(min(max(OVER + excess * np.log(a_year / A_YEAR), ALARM), NEEDED_MAX))


@compiled
def most_of(needs: float) -> float:
    """The most evidence that one step adds."""
    return max(MOST, MOST_SHARE * needs)
