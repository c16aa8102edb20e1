"""Rebase: where a fall that lasts is no longer held against the level from before it.

A frozen level never forgets a shutdown. But it also keeps open for years what is no shutdown: a crowd that came and
went, or users who moved elsewhere; and all that falls later is hidden behind it. So there are two ways to let go.

- *Before the rise.* Where the level had risen by half or more within the last year, a fall is over once two weeks lie
  at the level from before the rise. Not so where it fell by two thirds from a level that had held for four weeks: that
  is a block that undoes a rise.
- *Re-based.* Where half a year lies at one new level, that is what further falls are held against. Nothing is said to
  have recovered: such a fall has no known end, unless half of it is regained later. What is left must be more than a
  fifth of what was expected; a level near nothing is never taken for a new one, however long it holds.

Why half a year: of 188 falls of Tor's users from 2011 to 2016, 63 held one level for 30 days, 29 for 90, seven for
180. Of each of these groups most recovered later (56, 23 and five), so a short wait forgets what goes on. IODA's seven
days do so.
"""

from __future__ import annotations

import warnings
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

WEEK, YEAR, LATELY = 7, 365, 56
"""Days of a level; of the past in which a rise is looked for; and just before a fall, which tell nothing of before the
rise."""
LEAST_OF_WEEK, LEAST_PAST = 4, 28
"""Days without which a week has no level, and levels without which no past is known."""
RISEN = 1.5
"""A rise comes to so many times the level before it."""
BAND, HELD_BAND = 0.2, 1 / 3
"""A level is at another, or is one for half a year, within the first share of it; a level that held for four weeks may
have slid by the second."""
BACK_DAYS, STEADY_DAYS, HELD_DAYS = 14, 182, 28
"""Days at the usual level that end a fall; days of one level that make it the new one; and that a level must have held
for a fall from it to be told by itself."""
MOST_UNKNOWN = 0.2
"""Share of the days of a steady time that may be unknown."""
UNDONE, SUDDEN_DAYS = 0.6, 3
"""A fall by this share within so many days, from a level that held, is one of its own: two thirds, less what noise of
either level takes away."""
NEAR_NOTHING = 0.2
"""Share of what was expected, or of the level before a rise, below which a level is never a new one."""
RE_BASED, BEFORE_RISE = "re_based", "back_before_rise"
Floats = npt.NDArray[np.float64]


class Rebase(NamedTuple):
    """Days, counted as the levels are: the first of the level that lets the fall go, and that on which it does."""

    since: int
    at: int
    why: str
    """`re_based` or `back_before_rise`"""


def levels(days: Floats) -> Floats:
    """The median of the week that ends on each day, NaN where fewer than four of its days are known."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)
        padded = np.concatenate([np.full(WEEK - 1, np.nan), days])
        weeks = np.lib.stride_tricks.sliding_window_view(padded, WEEK)
        return np.where((~np.isnan(weeks)).sum(axis=1) >= LEAST_OF_WEEK, np.nanmedian(weeks, axis=1), np.nan)


def before_rise(level: Floats, at: int) -> float:
    """The level from before a rise within the year before the day `at`; NaN where none rose, or too little is known.

    That is the lower quartile of the levels of the year, without the last eight weeks, where a week lay half as high
    again.
    """
    year = level[max(at - YEAR, 0) : at]
    past = year[: max(len(year) - LATELY, 0)]
    past = past[~np.isnan(past)]
    if len(past) < LEAST_PAST:
        return np.nan
    low = float(np.quantile(past, 0.25))
    return low if np.nanmax(year) >= RISEN * low > 0 else np.nan


def held(level: Floats, at: int) -> float:
    """The level that held for four weeks up to the day before `at`; NaN where none did. Of one that slides, its end."""
    past = level[max(at - HELD_DAYS + WEEK - 1, 0) : max(at, 0)]
    past = past[~np.isnan(past)]
    if at < HELD_DAYS or len(past) < (HELD_DAYS - WEEK) * (1 - MOST_UNKNOWN):
        return np.nan
    middle = float(np.median(past))
    if not middle > 0 or np.any(np.abs(past / middle - 1.0) > HELD_BAND):
        return np.nan
    return min(middle, float(past[-1]))


def undoes(days: Floats, level: Floats, first: int) -> bool:
    """Whether the means of `days` fall on the day `first`, or on the next two, by two thirds from a level that held."""
    deepest = days[first : first + SUDDEN_DAYS]
    deepest = deepest[~np.isnan(deepest)]
    return bool(len(deepest) and deepest.min() <= (1.0 - UNDONE) * held(level, first))


def regained(level: Floats, first: int, depth: float) -> int | None:
    """The first of two weeks of days on which half is regained of a fall by `depth` that began on the day `first`."""
    back = level[first + WEEK :] >= (1.0 - 0.5 * depth) * held(level, first)
    since = _first_run(back, BACK_DAYS)
    return None if since is None else first + WEEK + since


def rebase(level: Floats, first: int, last: int, expected: float, before: float) -> Rebase | None:
    """Where a fall from `expected` that lasts from the day `first` to the day `last` is let go, if it is.

    `before` is the level from before a rise: NaN where there was none, or where it does not count.
    """
    if is_risen(expected, before):
        near = np.abs(level[first:last] / before - 1.0) <= BAND
        since = _first_run(near, BACK_DAYS)
        if since is not None:
            return Rebase(first + since, first + since + BACK_DAYS - 1, BEFORE_RISE)
    floor = NEAR_NOTHING * (min(expected, before) if before > 0 else expected)
    low = level[first + WEEK - 1 : last]
    if len(low) < STEADY_DAYS:
        return None
    spans = np.lib.stride_tricks.sliding_window_view(low, STEADY_DAYS)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)
        middle = np.nanmedian(spans, axis=1)
        steady = np.nanmax(np.abs(spans / middle[:, None] - 1.0), axis=1) <= BAND
    steady &= (middle > floor) & (np.isnan(spans).mean(axis=1) <= MOST_UNKNOWN)
    if not steady.any():
        return None
    since = first + WEEK - 1 + int(np.argmax(steady))
    return Rebase(since, since + STEADY_DAYS - 1, RE_BASED)


def is_risen(expected: float, before: float) -> bool:
    """Whether what is expected is still that of a rise, and no longer the level `before` it."""
    return expected >= (1.0 + BAND) * before > 0


def _first_run(marks: npt.NDArray[np.bool_], length: int) -> int | None:
    """Where the first run of so many marks begins."""
    if len(marks) < length:
        return None
    runs = np.convolve(marks.astype(int), np.ones(length, int), "valid") == length
    return int(np.argmax(runs)) if runs.any() else None
