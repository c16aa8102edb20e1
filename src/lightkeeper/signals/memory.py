"""Memory: what one series has taught, as three plain tables that compiled loops read and write.

A value is kept as a multiple of the level of its time. The level is the median of the mean values of the last seven
learnt days, one of each weekday, so a slow trend is followed and a weekly cycle is not mistaken for one. What is to be
expected of a step is foreseen twice, times the present level: by the median of its hour of the week in the last weeks,
and by that of its hour of the day in the last days. Each is trusted by the inverse square of its past misses (Bates and
Granger, "The combination of forecasts", Operational Research Quarterly 20, 1969). So a series with a day of rest goes
by weeks, and one without by days. The spread is that of past misses: how far earlier steps lay from what was then
expected of them. So whatever makes a series hard to foresee, weekly sampling or trend or noise, widens its band.

Only learnt steps count. Whoever scans leaves the steps of an event out; the slots then keep what they had before it,
however long it lasts.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from lightkeeper.signals.compiled import compiled, inlined

DAY_S = 86_400
WEEK_DAYS = 7
DAYS, MISSES, POOL = 7, 28, 343
"""Values that a slot keeps, be it an hour of the week or of the day; misses of an hour of the day, of all."""
LEAST_WEEKS = 3
"""Weeks from which a series is known well."""
LEAST_DAYS, LEAST_DAYS_DAILY = 3, 14
"""Values of the same hour of the day without which nothing is expected; for daily series, days."""
LEAST_MISSES = 14
"""Misses of the same hour from which they speak for themselves; before, all hours together speak."""
SCORED_DAYS, MISS_MAX = 21, 1.0
"""Days over which the misses of two ways to foresee are compared; a miss is at most the second."""
NEAR_DAYS_INVERSE, NEAR_MAX = 2.0, 0.2
"""What the last half day lay off is carried on, a step at most by the second: a day off, a storm, a slow news day."""
MAD_TO_SIGMA = 1.4826
POOL_FLOOR = 0.6
"""One hour is never taken to be much calmer than the whole series: fourteen calm days can be luck."""
UNSURE_SPREAD, EARLY_SPREAD = 1.3, 0.1
"""The spread is widened by the first while few misses are known; the second stands where none are."""

NUMBER, MIDDLE, VALUES = 0, 1, 2
"""Columns of a slot: how many values it ever had, their median, then the values, the oldest overwritten first."""
MISS_NUMBER, OWN_SPREAD = VALUES + DAYS, VALUES + DAYS + 1
MISS_VALUES = OWN_SPREAD + 1
"""Then, of an hour of the day: how many misses it had, their spread, and the misses."""
(
    LEVEL,
    SPREAD,
    TODAY_SUM,
    TODAY_LEARNT,
    TODAY_SEEN,
    TODAY,
    MOST_A_DAY,
    DAYS_LEARNT,
    POOL_NUMBER,
    POOL_TAKEN,
    MISS_OF_DAYS,
    MISS_OF_WEEKS,
    SCORED,
    NEAR,
    NEAR_WEIGHT,
    SCORE_WEIGHT,
    TRUST,
) = range(17)
"""Places of the state: the level; the spread of all misses; of the present day the sum, values learnt, values seen and
number; most values a day; days learnt; misses in the pool, and when the spread was last taken; mean squared misses of
the days and of the weeks, and how many; what the last half day was of what was expected; and, taken anew each day, what
one step counts in that and in the mean misses, and how far the weeks are trusted."""
LEVELS = 17
"""Then the means of the last days, and the pool of misses."""
POOL_AT = LEVELS + WEEK_DAYS
DESK = POOL_AT + POOL
"""Last, room to sort in."""

Table = npt.NDArray[np.float64]
Floats = npt.NDArray[np.float32]
Slots = npt.NDArray[np.int32]
"""steps × (day, hour of the day, hour of the week, 1 on a holiday, 1 for two weeks after the clocks changed)"""


class Memory(NamedTuple):
    """What one series has taught so far."""

    week: Table
    """hour of the week × columns of a slot"""
    day: Table
    """hour of the day × columns of a slot, then of its misses"""
    state: Table


def slots(
    begin_s: int, step_s: int, steps: int, rest: npt.NDArray[np.bool_] | None = None,
    ahead_s: npt.NDArray[np.int64] | None = None, unsettled: npt.NDArray[np.bool_] | None = None,
) -> Slots:  # fmt: skip
    """The day since 1970, the hour of the day and of the week (in steps) of each step, whether `rest` marks it, and
    whether it is `unsettled` since the clocks changed. Days and hours go by a clock that is `ahead_s` of UTC."""
    second = begin_s + step_s * np.arange(steps, dtype=np.int64) + (0 if ahead_s is None else ahead_s)
    hours = max(1, DAY_S // step_s)
    weekhours = WEEK_DAYS * hours if step_s <= DAY_S else 1
    day_s = max(DAY_S, step_s)
    none = np.zeros(steps, np.bool_)
    columns = (
        second // day_s, second % day_s // step_s % hours, second // step_s % weekhours,
        none if rest is None else rest, none if unsettled is None else unsettled,
    )  # fmt: skip
    return np.stack(columns, axis=1).astype(np.int32)


def new_memory(step_s: int) -> Memory:
    """An empty memory for a series of steps of `step_s` seconds."""
    hours = max(1, DAY_S // step_s)
    weekhours = WEEK_DAYS * hours if step_s <= DAY_S else 1
    return Memory(
        np.zeros((weekhours, VALUES + DAYS)),
        np.zeros((hours, MISS_VALUES + MISSES)),
        np.zeros(DESK + POOL // 7),
    )


@compiled
def forget(week: Table, day: Table, state: Table) -> None:
    """Empty it for the next series. What is not counted is never read."""
    _empty(week)
    _empty(day)
    day[:, MISS_NUMBER] = 0.0
    state[:LEVELS] = 0.0
    state[TODAY] = -1.0
    state[NEAR] = 1.0
    state[NEAR_WEIGHT] = NEAR_DAYS_INVERSE / len(day) if len(day) > 1 else 0.0
    state[SCORE_WEIGHT], state[TRUST] = 1.0, 0.5


@compiled
def _empty(table: Table) -> None:
    """No values; their places hold lows and highs in turn, which leave the median of the others where it is."""
    for row in range(len(table)):
        table[row, NUMBER] = 0.0
        for i in range(DAYS):
            table[row, VALUES + i] = -np.inf if i % 2 else np.inf


@compiled
def middle(row: Table, first: int, count: int) -> float:
    """The median of a few values of a row from place `first` on, which are put in order."""
    for i in range(first + 1, first + count):
        value, j = row[i], i
        while j > first and row[j - 1] > value:
            row[j] = row[j - 1]
            j -= 1
        row[j] = value
    half = first + count // 2
    return float(row[half] if count % 2 else 0.5 * (row[half - 1] + row[half]))


@compiled
def middles_of_seven(row: Table, first: int, count: int, state: Table) -> int:
    """Write the medians of each full seven of `count` values at the end of the state. Returns how many they are.

    The median of such medians is nearly the median of all, and much cheaper (Rousseeuw and Bassett, "The remedian",
    Journal of the American Statistical Association 85, 1990).
    """
    for group in range(count // 7):
        i = first + 7 * group
        state[DESK + group] = middle_of_seven(
            row[i], row[i + 1], row[i + 2], row[i + 3], row[i + 4], row[i + 5], row[i + 6]
        )
    return count // 7


@inlined
def middle_of_seven(a: float, b: float, c: float, d: float, e: float, f: float, g: float) -> float:
    """The median of seven, without a branch: thirteen swaps (Devillard, "Fast median search", 1998)."""
    a, f = min(a, f), max(a, f)
    a, d = min(a, d), max(a, d)
    b, g = min(b, g), max(b, g)
    c, e = min(c, e), max(c, e)
    a, b = min(a, b), max(a, b)
    d, f = min(d, f), max(d, f)
    c, g = min(c, g), max(c, g)
    c, d = min(c, d), max(c, d)
    d, g = min(d, g), max(d, g)
    e, f = min(e, f), max(e, f)
    b, e = min(b, e), max(b, e)
    b, d = min(b, d), max(b, d)
    d, e = min(d, e), max(d, e)
    return float(d)


@inlined
def middle_of_slot(table: Table, row: int, count: int) -> float:
    """The median of the values of a slot that ever had `count`."""
    a, b, c = table[row, VALUES], table[row, VALUES + 1], table[row, VALUES + 2]
    d, e, f = table[row, VALUES + 3], table[row, VALUES + 4], table[row, VALUES + 5]
    g = table[row, VALUES + 6]
    lower = middle_of_seven(a, b, c, d, e, f, g)
    if count >= DAYS or count % 2:
        return lower
    # Of an even number, one more place is high than low: lowering it gives the upper of the two in the middle.
    if count == 2:
        c = -np.inf
    elif count == 4:
        e = -np.inf
    else:
        g = -np.inf
    return 0.5 * (lower + middle_of_seven(a, b, c, d, e, f, g))


@inlined
def expect(week: Table, day: Table, state: Table, hour: int, weekhour: int) -> tuple[float, int]:
    """What is expected of a step, and how many weeks say so: -1 in the first week. NaN where too little is known."""
    level, seen = state[LEVEL], day[hour, NUMBER]
    if level <= 0.0 or state[DAYS_LEARNT] == 0.0 or seen < (LEAST_DAYS_DAILY if len(day) == 1 else LEAST_DAYS):
        return np.nan, -1
    by_day = level * day[hour, MIDDLE]
    weeks = week[weekhour, NUMBER]
    if weeks == 0.0:
        return by_day * state[NEAR], -1 if seen < WEEK_DAYS else 0
    by_week = level * week[weekhour, MIDDLE]
    return (by_day + state[TRUST] * (by_week - by_day)) * state[NEAR], int(weeks)


@inlined
def spread(day: Table, state: Table, hour: int) -> float:
    """One standard deviation of the misses at this hour of the day, as a share of what is expected."""
    pool = state[SPREAD]
    if day[hour, MISS_NUMBER] < LEAST_MISSES:
        return float(UNSURE_SPREAD * (pool if pool > 0.0 else EARLY_SPREAD))
    return float(max(day[hour, OWN_SPREAD], POOL_FLOOR * pool))


@inlined
def learn(
    week: Table, day: Table, state: Table, number: int, hour: int, weekhour: int, value: float, expected: float
) -> None:
    """Take a normal step of the day `number` in; `expected` is what was expected of it, or NaN."""
    begun = state[DAYS_LEARNT] > 0.0
    level = state[LEVEL] if begun else 1.0
    if level > 0.0:
        share = value / level
        if begun:
            _score(state, share, week[weekhour, NUMBER], week[weekhour, MIDDLE], day[hour, MIDDLE])
        _keep(week, weekhour, share)
        _keep(day, hour, share)
    if expected > 0.0:
        miss = value / expected - 1.0
        off = abs(miss)
        known = int(day[hour, MISS_NUMBER])
        day[hour, MISS_VALUES + known % MISSES] = off
        known += 1
        day[hour, MISS_NUMBER] = known
        if known >= LEAST_MISSES and known % DAYS == 0:
            weeks = middles_of_seven(day[hour], MISS_VALUES, min(known, MISSES), state)
            day[hour, OWN_SPREAD] = MAD_TO_SIGMA * middle(state, DESK, weeks)
        pooled = int(state[POOL_NUMBER])
        state[POOL_AT + pooled % POOL] = off
        state[POOL_NUMBER] = pooled + 1
        state[NEAR] *= 1.0 + min(max(miss, -NEAR_MAX), NEAR_MAX) * state[NEAR_WEIGHT]
    if number == state[TODAY]:
        state[TODAY_SUM] += value
        state[TODAY_LEARNT] += 1.0


@inlined
def _keep(table: Table, row: int, share: float) -> None:
    number = int(table[row, NUMBER])
    table[row, VALUES + number % DAYS] = share
    table[row, NUMBER] = number + 1
    table[row, MIDDLE] = middle_of_slot(table, row, number + 1)


@inlined
def _score(state: Table, share: float, weeks: float, by_week: float, by_day: float) -> None:
    """Keep how far the two ways to foresee would have missed a normal step, where there are both."""
    if weeks > 0.0 and share > 0.0:
        inverse = 1.0 / share
        miss_of_days = min(abs(by_day * inverse - 1.0), MISS_MAX)
        miss_of_weeks = min(abs(by_week * inverse - 1.0), MISS_MAX)
        weight = state[SCORE_WEIGHT]
        state[SCORED] += 1.0
        state[MISS_OF_DAYS] += (miss_of_days * miss_of_days - state[MISS_OF_DAYS]) * weight
        state[MISS_OF_WEEKS] += (miss_of_weeks * miss_of_weeks - state[MISS_OF_WEEKS]) * weight


@compiled
def _toward_one(near: float, by: float) -> float:
    """`near` times `by`, but never away from one nor across it."""
    if near > 1.0:
        return max(1.0, near * min(by, 1.0))
    return min(1.0, near * max(by, 1.0))


@inlined
def turn_day(week: Table, day: Table, state: Table, number: int) -> None:
    """Close the day before, if this is another."""
    if number != state[TODAY]:
        _close_day(week, day, state)
        state[TODAY] = number


@compiled
def _close_day(week: Table, day: Table, state: Table) -> None:
    """The mean of a day is a level where most of the day was seen and learnt."""
    seen, learnt = state[TODAY_SEEN], state[TODAY_LEARNT]
    state[MOST_A_DAY] = max(state[MOST_A_DAY], seen)
    if learnt > 0.0 and 4.0 * learnt >= 3.0 * seen and 2.0 * seen >= state[MOST_A_DAY]:
        first = state[DAYS_LEARNT] == 0.0
        state[LEVELS + int(state[DAYS_LEARNT]) % WEEK_DAYS] = state[TODAY_SUM] / learnt
        state[DAYS_LEARNT] += 1.0
        days = min(int(state[DAYS_LEARNT]), WEEK_DAYS)
        state[DESK : DESK + days] = state[LEVELS : LEVELS + days]
        before = state[LEVEL]
        state[LEVEL] = middle(state, DESK, days)
        if before > 0.0 and state[LEVEL] > 0.0:
            # What the level has now taken in is no longer off: else both together overshoot.
            state[NEAR] = _toward_one(state[NEAR], before / state[LEVEL])
        if first and state[LEVEL] > 0.0:
            week[:, MIDDLE:] /= state[LEVEL]
            day[:, MIDDLE:MISS_NUMBER] /= state[LEVEL]
    known = min(int(state[POOL_NUMBER]), POOL)
    fresh = state[POOL_NUMBER] - state[POOL_TAKEN]
    if known >= LEAST_MISSES and fresh >= (known if known == POOL else 0.5 * known):
        state[POOL_TAKEN] = state[POOL_NUMBER]
        groups = middles_of_seven(state, POOL_AT, known, state)
        if groups > 14:
            groups = middles_of_seven(state, DESK, groups, state)
        state[SPREAD] = MAD_TO_SIGMA * middle(state, DESK, groups)
    both = state[MISS_OF_DAYS] + state[MISS_OF_WEEKS]
    if state[SCORED] >= LEAST_MISSES and both > 0.0:
        state[TRUST] = state[MISS_OF_DAYS] / both
    state[SCORE_WEIGHT] = 1.0 / min(state[SCORED] + 1.0, float(SCORED_DAYS * len(day)))
    state[TODAY_SUM] = 0.0
    state[TODAY_LEARNT] = 0.0
    state[TODAY_SEEN] = 0.0
