"""Shift: how much slower one group of sessions is than another, with a bound that asks nothing of their distribution.

The Hodges-Lehmann estimate and the interval that inverts the Mann-Whitney test (Hollander, Wolfe and Chicken,
Nonparametric Statistical Methods, sections 4.2 and 4.3). Speeds are compared as logarithms, so a shift is a factor.
"""

from __future__ import annotations

import math
from functools import lru_cache

import msgspec
import numpy as np
import numpy.typing as npt

Values = npt.NDArray[np.float64]

ALPHA = 0.025
"""Chance that the bound is too low, for independent sessions."""
LEAST_FACTOR = 3.0
"""A group must be slower by at least this factor. Twitter in Russia was held to 130-150 kbit/s in 2021, against Mbit/s
(Xue et al., IMC 2021); routes and busy hours alone do move speeds by factors of about two."""
SURE_FACTOR = 3.0
"""And slower by more than this factor at the bound: with 2, simulated networks of uneven peering were accused."""
MOST_HERE, MOST_THERE = 200, 1000
_EXACT = 400
_Z = 1.959964


class Shift(msgspec.Struct, frozen=True):
    """Speed of one group over that of another: 0.1 is ten times slower. `upper` is infinite where sessions are few."""

    ratio: float
    upper: float
    here: int
    there: int
    chance: float = 1.0
    """Chance of sessions this slow, were they slower by just `LEAST_FACTOR`: Mann and Whitney's test, one-sided."""

    @property
    def looks_slow(self) -> bool:
        """Slower by the least factor, sure or not."""
        return self.ratio <= 1 / LEAST_FACTOR

    @property
    def is_slow(self) -> bool:
        """Slower by the least factor, and surely slower."""
        return self.looks_slow and self.upper < 1 / SURE_FACTOR


def shift_of(here: Values, there: Values) -> Shift | None:
    """How `here` stands to `there`, both logarithms of speeds, one a session; none where one of them is empty."""
    sizes = len(here), len(there)
    if not all(sizes):
        return None
    here, there = thinned(here, MOST_HERE), thinned(there, MOST_THERE)
    differences = np.sort(np.subtract.outer(here, there), axis=None)
    rank = bound_rank(len(here), len(there))
    upper = math.exp(differences[-rank]) if rank else math.inf
    slower = int(np.count_nonzero(differences < -math.log(LEAST_FACTOR)))
    return Shift(math.exp(float(np.median(differences))), upper, *sizes, chance_of(slower, len(here), len(there)))


@lru_cache(maxsize=65536)
def chance_of(slower: int, here: int, there: int) -> float:
    """Chance that at least `slower` of the pairs of two like groups are in this order. Ties count as the other order.

    Beyond small groups the normal approximation with its continuity correction; far out it says more than the truth.
    """
    if here * there > _EXACT:
        spread = math.sqrt(here * there * (here + there + 1) / 12)
        return math.erfc((slower - 0.5 - here * there / 2) / spread / math.sqrt(2)) / 2
    counts = mann_whitney_counts(here, there)
    return sum(counts[: here * there - slower + 1]) / sum(counts)


def thinned(values: Values, most: int) -> Values:
    """At most `most` values that keep the distribution: evenly spaced among the sorted ones."""
    if len(values) <= most:
        return values
    return np.sort(values)[np.linspace(0, len(values) - 1, most).round().astype(np.int64)]


@lru_cache(maxsize=4096)
def bound_rank(here: int, there: int) -> int:
    """Place of the bound among the sorted differences, from the top; 0 where the groups are too small for one."""
    if here * there > _EXACT:
        spread = math.sqrt(here * there * (here + there + 1) / 12)
        return max(0, math.floor(here * there / 2 - _Z * spread))
    counts = mann_whitney_counts(here, there)
    allowed, seen, rank = ALPHA * sum(counts), 0, 0
    for count in counts:
        seen += count
        if seen > allowed:
            break
        rank += 1
    return rank


def mann_whitney_counts(here: int, there: int) -> list[int]:
    """In how many orders of two groups Mann and Whitney's U is 0, 1, 2, … : the Gaussian binomial coefficients."""
    counts = [1] + [0] * (here * there)
    for i in range(1, here + 1):
        for u in range(len(counts) - 1, there + i - 1, -1):
            counts[u] -= counts[u - there - i]
        for u in range(i, len(counts)):
            counts[u] += counts[u - i]
    return counts
