"""Nights: cuts at the same local hours on many days, which no single day would show.

Three answers an hour say little of one night, and much of ten. Some hours of a day are held against the other hours
around them, so that a change of the whole level is none of theirs. How much is left of their usual part is weighed by a
likelihood ratio of a cut to a quarter against none, as of Poisson numbers whose spread is that of the days before, or
of counting if that is wider. A day of a row may be a free one (exams rest on weekends), so each is a mixture of
both; the evidence of the days adds up as in a CUSUM (Page, Biometrika 41, 1954). A day that
speaks for a cut teaches nothing until it turns out that no row came of it.

Few windows of hours are tried on every series; only where one of them speaks are all of them.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from lightkeeper.signals.compiled import compiled
from lightkeeper.signals.memory import DAY_S, Floats, Slots

HOURS = 24
LEFT = 0.25
"""Share that a cut is taken to leave; less than half left speaks for it."""
FREE = 0.3
"""Share of the days of a row that may be free of a cut."""
SURE_DAYS = 10.0
"""A day counts at most as so many counted things would: one odd day is no row."""
NEEDED, LOOKED = 18.0, 10.0
"""Evidence of a row, and that from which on all windows of a series are looked at."""
PAST_DAYS, MEMORY_DAYS = 14, 28
"""Days before anything is weighed, and days that are remembered."""
NORMAL_DAYS = 4
"""So many days in a row that speak against a cut end a row."""
CUT = 0.54
WHOLE_DAY = 0.5
"""A day whose other hours come to less than this share of what they were is down as a whole, and tells of no hours."""
LEAST_DAYS, LEAST_SHARE = 3, 1 / 3
"""Days with a cut of a row, and their share of the days from its first to its last that were seen."""
LEAST_SPREAD, UNSURE = 0.05, 2.0
HALF = 0.5
WIDEST = 14
MOST = 4
ROWS = 8
"""Rows of a series, and of one window, that are kept."""
FIRST, LAST, DAYS, SUM, ALL, LEFT_OF, EXPECTED, SEEN, OPEN = range(9)
"""Columns of a row: first and last day with a cut, their number, most evidence at once, evidence of all days without a
bound, sum of what was left and of what was expected an hour, days seen, and 1 where it has not ended."""
Table = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]


class Row(NamedTuple):
    """Cuts at the same hours on several days. Hours and days are local, counted from the first local midnight."""

    hour: int
    hours: int
    days: tuple[int, ...]
    left: float
    """Share of the usual that was left."""
    expected: float
    """Usual values an hour."""
    score: float
    is_open: bool


def hours_of(when: Slots, step_s: int) -> Ints:
    """The local hour of each step, from the midnight before the first on."""
    hours: Ints = when[:, 0].astype(np.int64) * HOURS + when[:, 1].astype(np.int64) * min(step_s, DAY_S) // 3600
    since: Ints = hours - (hours[0] // HOURS) * HOURS
    return since


def rows_of_nights(
    values: Floats, hours: Ints, rest: npt.NDArray[np.int32], is_count: Callable[[Floats], bool]
) -> list[Row]:
    """The rows of cuts of one series of steps of an hour or less. `hours` is the local hour of each step, as `hours_of`
    tells; a day that `rest` marks begins no row and ends none. The strongest first; others are looked
    for without its hours."""
    days = int(hours[-1]) // HOURS + 1
    if days < PAST_DAYS + LEAST_DAYS:
        return []
    sums, known = np.zeros(days * HOURS + 1), np.zeros(days * HOURS + 1)
    resting = np.zeros(days * HOURS, np.bool_)
    if not _looks_cut(values, hours, rest, sums, known, resting):
        return []
    kept: list[Row] = []
    while len(kept) < MOST and (best := _best(sums, known, resting, is_count(values))) is not None:
        if any(_at_once(best, other) for other in kept):
            break  # the hours around are not what they were
        one = _trimmed(best, np.diff(sums), np.diff(known))
        kept.append(one)
        cut = (np.array(one.days)[:, None] * HOURS + one.hour + np.arange(one.hours)).ravel()
        sums, known = (_without(running, cut) for running in (sums, known))
    return kept


def _best(sums: Table, known: Table, resting: npt.NDArray[np.bool_], counted: bool) -> Row | None:
    """The row of which all days together say most; none where none is sure."""
    most, found = 0.0, None
    table, cut = np.zeros((ROWS, 9)), np.zeros(len(resting) // HOURS, np.int64)
    for width in range(1, WIDEST + 1):
        for hour in range(HOURS):
            number = _rows(sums, known, resting, hour, width, counted, table, cut)
            for row in table[:number]:
                if row[ALL] > most and _is_one(row):
                    most, found = float(row[ALL]), _row(row, hour, width, cut)
    return found


def _at_once(one: Row, other: Row) -> bool:
    return one.days[0] <= other.days[-1] + NORMAL_DAYS and other.days[0] <= one.days[-1] + NORMAL_DAYS


def _without(running: Table, cut: Ints) -> Table:
    """Running sums without some hours."""
    each = np.diff(running)
    each[cut[(cut >= 0) & (cut < len(each))]] = 0.0
    return np.concatenate([[0.0], np.cumsum(each)])


def _is_one(row: Table) -> bool:
    return bool(
        row[SUM] >= NEEDED
        and row[DAYS] >= LEAST_DAYS
        and row[DAYS] >= LEAST_SHARE * row[SEEN]
        and row[LEFT_OF] <= HALF * row[DAYS]
    )


def _row(row: Table, hour: int, width: int, cut: Ints) -> Row:
    days = tuple(d for d in range(int(row[FIRST]), int(row[LAST]) + 1) if cut[d])
    left, usual = row[LEFT_OF] / row[DAYS], row[EXPECTED] / row[DAYS]
    return Row(hour, width, days, float(left), float(usual), float(row[SUM]), bool(row[OPEN]))


def _trimmed(row: Row, sums: Table, known: Table) -> Row:
    """The row with the hours in which all its days together have less than half left, from its own outwards."""

    def left(hour: int) -> float:
        cut = np.array(row.days) * HOURS + hour
        past = np.arange(max(row.days[0] - MEMORY_DAYS, 0), row.days[0]) * HOURS + hour
        cut, past = cut[(cut >= 0) & (cut < len(sums))], past[(past >= 0) & (past < len(sums))]
        seen, expected = known[cut].sum(), sums[past].sum()
        return float(sums[cut].sum() / seen * known[past].sum() / expected) if seen and expected else 1.0

    first, last = row.hour, row.hour + row.hours - 1
    while first < last and left(first) > HALF:
        first += 1
    while last > first and left(last) > HALF:
        last -= 1
    while last - first < WIDEST and left(first - 1) <= HALF:
        first -= 1
    while last - first < WIDEST and left(last + 1) <= HALF:
        last += 1
    return row._replace(hour=first, hours=last - first + 1)


@compiled
def _looks_cut(
    values: Floats, hours: Ints, rest: npt.NDArray[np.int32], sums: Table, known: Table,
    resting: npt.NDArray[np.bool_],
) -> bool:  # fmt: skip
    """Fill the running sums of the local hours, and tell whether a few windows speak for any row."""
    for i in range(len(values)):
        if rest[i] > 0:
            resting[hours[i]] = True
        if values[i] == values[i]:
            sums[hours[i] + 1] += values[i]
            known[hours[i] + 1] += 1.0
    for i in range(len(sums) - 1):
        # Steps shorter than an hour are added up, if they count things; a mean is weighed by them alike.
        sums[i + 1] += sums[i]
        known[i + 1] += known[i]
    table, cut = np.zeros((ROWS, 9)), np.zeros(0, np.int64)
    for width in (2, 6):
        for hour in range(0, HOURS, width):
            for row in range(_rows(sums, known, resting, hour, width, False, table, cut)):
                if table[row, SUM] >= LOOKED:
                    return True
    return False


@compiled
def _rows(
    sums: Table, known: Table, resting: npt.NDArray[np.bool_], hour: int, width: int, counted: bool, table: Table,
    cut: Ints,
) -> int:  # fmt: skip
    """Write the rows of cuts in the `width` hours from `hour` on into `table`, and which days were cut into `cut`, if
    it has room. Returns how many rows there are."""
    number, days = 0, len(resting) // HOURS
    usual = square = height = told = every = lefts = expected = 0.0
    learnt = normal = cuts = waits = 0
    waiting = np.zeros(days)
    before = (HOURS - width) // 2
    cut[:] = 0
    for day in range(days):
        a = day * HOURS + hour
        low, high = a - before, a - before + HOURS
        if low < 0 or high >= len(sums) or (told == 0.0 and resting[a]):
            continue
        inside, around = known[a + width] - known[a], known[high] - known[low]
        outside = around - inside
        if inside <= 0.0 or 2.0 * outside * width < inside * (HOURS - width) or 2.0 * inside * HOURS < around * width:
            continue
        level = (sums[high] - sums[low] - sums[a + width] + sums[a]) / outside
        if not level > 0.0:
            continue
        if learnt >= PAST_DAYS and level < WHOLE_DAY * height:
            height += (level - height) / MEMORY_DAYS
            continue
        height += (level - height) / min(learnt + 1, MEMORY_DAYS)
        part = (sums[a + width] - sums[a]) / inside / level
        if told == 0.0 and (learnt < PAST_DAYS or part >= CUT * usual):
            usual, square = _learn(usual, square, learnt, part)
            learnt += 1
            continue
        relative = max(square / (usual * usual) - 1.0, LEAST_SPREAD * LEAST_SPREAD) if usual > 0.0 else 1.0
        if counted and usual > 0.0:
            relative = max(relative, 1.0 / (usual * level * inside) + 1.0 / (level * outside))
        # What is usual is only known from so many days: the least that it may well be is taken.
        sure = usual * (1.0 - min(UNSURE * np.sqrt(relative / min(learnt, MEMORY_DAYS)), 0.5))
        left = part / sure if sure > 0.0 else 1.0
        things = 1.0 / relative
        ratio = (1.0 - LEFT) + left * np.log(LEFT)
        if resting[a] and ratio <= 0.0:
            continue
        if told == 0.0:
            if ratio <= 0.0 or number == len(table):
                usual, square = _learn(usual, square, learnt, part)
                learnt += 1
                continue
            table[number, :] = 0.0
            table[number, FIRST] = day
            table[number, OPEN] = 1.0
            normal = cuts = waits = 0
            every = lefts = expected = seen = 0.0
            number += 1
        row = table[number - 1]
        told = max(0.0, told + np.log((1.0 - FREE) * np.exp(min(things, SURE_DAYS) * ratio) + FREE))
        seen += 1.0
        normal = 0 if ratio > 0.0 else normal + 1
        waiting[waits] = part
        waits += 1
        if ratio > 0.0:
            cuts, every = cuts + 1, every + things * ratio
            lefts, expected = lefts + part / usual, expected + usual * level
            if len(cut) > 0:
                cut[day] = 1
            if told > row[SUM]:
                row[SUM], row[LAST], row[DAYS], row[SEEN] = told, day, cuts, seen
                row[ALL], row[LEFT_OF], row[EXPECTED] = every, lefts, expected
        if normal >= NORMAL_DAYS or told == 0.0:
            row[OPEN] = 0.0
            told = 0.0
            if row[SUM] < NEEDED:
                for i in range(waits):
                    usual, square = _learn(usual, square, learnt, waiting[i])
                    learnt += 1
            if row[SUM] < LOOKED:
                number -= 1
    return number


@compiled
def _learn(usual: float, square: float, learnt: int, part: float) -> tuple[float, float]:
    """The mean and the mean square of the parts of normal days; no day counts for more than twice the usual."""
    some = min(part, 2.0 * usual) if learnt >= PAST_DAYS else part
    weight = 1.0 / min(learnt + 1, MEMORY_DAYS)
    return usual + (some - usual) * weight, square + (some * some - square) * weight
