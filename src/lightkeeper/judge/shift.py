"""Shift: how much slower one group of sessions is than another, with a bound that asks nothing of their distribution.

The Hodges-Lehmann estimate and the interval that inverts the Mann-Whitney test (Hollander, Wolfe and Chicken,
Nonparametric Statistical Methods, sections 4.2 and 4.3). Speeds are compared as logarithms, so a shift is a factor.
Groups may come in blocks, such as hours of a day: then only pairs of one block are compared, and the counts of the
blocks add up (van Elteren 1960, with equal weights).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import lru_cache

import msgspec
import numpy as np
import numpy.typing as npt

Values = npt.NDArray[np.float64]
Block = tuple[Values, Values]
"""What is compared, and with what."""
Sizes = tuple[tuple[int, int], ...]
"""Sizes of both groups in each block."""

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
    return shift_in([(here, there)])


def shift_in(blocks: Sequence[Block]) -> Shift | None:
    """The same of groups that are compared within blocks. A block that lacks one of the groups says nothing."""
    whole = [(here, there) for here, there in blocks if len(here) and len(there)]
    if not whole:
        return None
    most_here, most_there = MOST_HERE // len(whole), MOST_THERE // len(whole)
    kept = [(thinned(here, most_here), thinned(there, most_there)) for here, there in whole]
    sizes = tuple((len(here), len(there)) for here, there in kept)
    differences = np.sort(np.concatenate([np.subtract.outer(here, there).ravel() for here, there in kept]))
    rank = bound_rank(*sizes)
    upper = math.exp(differences[-rank]) if rank else math.inf
    slower = int(np.count_nonzero(differences < -math.log(LEAST_FACTOR)))
    count = sum(len(here) for here, _ in whole), sum(len(there) for _, there in whole)
    return Shift(math.exp(float(np.median(differences))), upper, *count, chance_of(slower, *sizes))


@lru_cache(maxsize=65536)
def chance_of(slower: int, *sizes: tuple[int, int]) -> float:
    """Chance that at least `slower` of the pairs of two like groups are in this order. Ties count as the other order.

    Beyond small groups the normal approximation with its continuity correction; far out it says more than the truth.
    """
    pairs, spread = _pairs_and_spread(sizes)
    if pairs > _EXACT:
        return math.erfc((slower - 0.5 - pairs / 2) / spread / math.sqrt(2)) / 2
    counts = _counts(sizes)
    return sum(counts[: pairs - slower + 1]) / sum(counts)


def thinned(values: Values, most: int) -> Values:
    """At most `most` values that keep the distribution: evenly spaced among the sorted ones."""
    if len(values) <= most:
        return values
    return np.sort(values)[np.linspace(0, len(values) - 1, most).round().astype(np.int64)]


@lru_cache(maxsize=4096)
def bound_rank(*sizes: tuple[int, int]) -> int:
    """Place of the bound among the sorted differences, from the top; 0 where the groups are too small for one."""
    pairs, spread = _pairs_and_spread(sizes)
    if pairs > _EXACT:
        return max(0, math.floor(pairs / 2 - _Z * spread))
    counts = _counts(sizes)
    allowed, seen, rank = ALPHA * sum(counts), 0, 0
    for count in counts:
        seen += count
        if seen > allowed:
            break
        rank += 1
    return rank


def _pairs_and_spread(sizes: Sizes) -> tuple[int, float]:
    variance = sum(here * there * (here + there + 1) / 12 for here, there in sizes)
    return sum(here * there for here, there in sizes), math.sqrt(variance)


def _counts(sizes: Sizes) -> list[int]:
    """In how many orders the counts of all blocks add up to 0, 1, 2, …"""
    total = [1]
    for here, there in sizes:
        total = _product(total, mann_whitney_counts(here, there))
    return total


def _product(one: list[int], other: list[int]) -> list[int]:
    made = [0] * (len(one) + len(other) - 1)
    for place, count in enumerate(one):
        for further, more in enumerate(other):
            made[place + further] += count * more
    return made


def mann_whitney_counts(here: int, there: int) -> list[int]:
    """In how many orders of two groups Mann and Whitney's U is 0, 1, 2, … : the Gaussian binomial coefficients."""
    counts = [1] + [0] * (here * there)
    for i in range(1, here + 1):
        for u in range(len(counts) - 1, there + i - 1, -1):
            counts[u] -= counts[u - there - i]
        for u in range(i, len(counts)):
            counts[u] += counts[u - i]
    return counts
