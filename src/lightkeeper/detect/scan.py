"""Scan one series for changes of its level, down and up, in one pass over a dense row of values.

Each step is held against what the memory of the series expects. Evidence adds up as in a CUSUM (Page, "Continuous
inspection schemes", Biometrika 41, 1954): a step that lies `z` spreads beyond what is expected adds `z - SLACK`, a step
that hardly differs takes `TAKES` away. No single step opens a change, unless almost nothing is left. How much evidence
makes a change strong is told by the series itself; see `detect.restless`. A change that opens and never comes to that
is kept as a weak one: noise by itself, a witness where other series moved at the same time.

From the first step beyond until the recovery nothing is learnt: a rule that keeps learning forgets a shutdown within
its own window. Nor is anything learnt on a holiday. The result is a function of the values and the holidays; nothing
outlives a call.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from lightkeeper.detect.restless import ALARM, PLACES, calmed, most_of, needed
from lightkeeper.signals.compiled import compiled
from lightkeeper.signals.memory import (
    LEAST_WEEKS,
    TODAY_SEEN,
    Floats,
    Memory,
    Slots,
    expect,
    forget,
    learn,
    spread,
    turn_day,
)

SLACK = 1.5
"""Spreads that a step may lie off without adding evidence."""
TAKES = 3.0
"""What a step takes away that has not changed by half of the least change."""
STILL_OFF = 2.5
"""Spreads beyond which a step of an open change has not recovered."""
VERY_DEEP = 0.9
"""A single step opens a drop where it falls by at least this share, and lies four spreads off."""
REGAINED = 0.5
"""A step has recovered when it is no longer beyond, and this share of the deepest change is regained."""
SHARPEN = 1 / 3
"""An onset is the first step that reaches this share of the deepest change known when the change opens: the ripples
before a cut are not its begin."""
SHALLOW, SHALLOW_STRENGTH = 0.75, 0.9
"""A change whose steps come on average to this share of the least change opens, but is weak until they come to all."""
HALFWAY = 0.5
"""Share of the second deepest step, once that is known, which steps of the deep part of a change have reached."""
DATED_STEPS = 48
"""Steps from the onset in which the begin of the deep part is looked for, at most; never beyond the step at which the
evidence had become strong. After that the date no longer moves."""
FIRST_WEEK_CAUTION, EARLY_CAUTION = 3.0, 2.0
"""A change must be this many times the least one in the first week of a series, and while fewer than three are known:
no day of rest has been seen before the first."""
SHIFT = 0.5
"""Share of the way to what is expected an hour earlier or later, or on another day of the week, by which a step is
excused; on a holiday, and by an hour for two weeks after the clocks were changed, the whole way."""
HOLIDAY, LATE_S = 1.5, 2 * 3600
"""Times the spread on a holiday, and by how much a known rhythm may then come at another time."""
COLUMNS = 16
FIRST, BEFORE, LAST, BACK, DEEPEST_AT, BEYOND, DIRECTION, EARLY = range(8)
"""Columns of a found change: place of the first step beyond, of the last normal one before, of the last beyond, of the
first recovered one (-1: none yet), of the deepest; steps beyond; -1 down or 1 up; 1 where no weeks were known."""
DEPTH, SCORE, EXPECTED, MEAN, STRENGTH, SHARP, STRONG_AT, JUDGED = range(8, 16)
"""Deepest and mean change as a share of what was expected; the evidence; what was expected at the deepest; the most
evidence that stood at once, as a multiple of what makes a change strong; place of the first step of the deep part; and
of the step at which the evidence had become strong (-1: never); and how many steps had been judged before it began."""
SUM, OFFS, DEPTHS, SINCE, NORMAL, PEAK, NEEDS, DEEP = range(8)
"""Columns of what is pending in a direction: evidence, steps beyond, the sum of their changes; the first step beyond
and the last normal one before; the most evidence so far, and what is needed; and the depth that is needed."""
WAY, PENDING, LAST_SEEN, RUN, RUN_FROM, KEPT, SEEN = range(7)
"""Places of where a scan stands: direction of the open change (0: none), the first step not yet learnt or left out, the
last one with a value; recovered steps in a row, the first of them; changes kept; and steps judged."""
Rows = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]


@compiled
def scan(
    values: Floats, step_s: int, slots: Slots, least: Rows, counted: bool, back_steps: int, memory: Memory,
    band: Floats, found: Rows,
) -> int:  # fmt: skip
    """Find the changes of `values` (one series, NaN for none) and write them into `found`, a row each.

    `least` is the least fall and the least rise, as shares. Where `counted`, a value is a number of things, and its
    spread is at least that of a Poisson number. `back_steps` recovered steps end a change. `band`, steps × (expected,
    spread), is filled where it has rows. Returns how many were found; those beyond the length of `found` are counted,
    not kept.
    """
    week, known, state = memory
    forget(week, known, state)
    pend, calm, now, at = np.zeros((2, 8)), np.zeros((2, PLACES)), np.zeros(COLUMNS), np.zeros(7, np.int64)
    at[LAST_SEEN] = -1
    expected_of = np.full(len(values), np.nan, np.float32)
    off_of = np.zeros(len(values), np.float32)
    for i in range(len(values)):
        day, hour, weekhour = slots[i, 0], slots[i, 1], slots[i, 2]
        turn_day(week, known, state, day)
        expected, weeks = expect(week, known, state, hour, weekhour)
        expected_of[i] = expected
        if len(band) > 0:
            band[i, 0] = expected
            band[i, 1] = spread(known, state, hour)
        value = values[i]
        if np.isnan(value):
            continue
        state[TODAY_SEEN] += 1.0
        if not expected > 0.0:
            if at[WAY] == 0:
                _calm(memory, values, expected_of, slots, pend, at, i)
            continue
        at[SEEN] += 1
        change = value / expected - 1.0
        wide = spread(known, state, hour)
        if at[WAY] == 0 and pend[0, SUM] == 0.0 and pend[1, SUM] == 0.0:
            # Near what is expected with nothing pending but gaps: by far the most steps end here.
            edge = SLACK * wide
            if -change < max(0.5 * least[0], edge) and change < max(0.5 * least[1], edge):
                if slots[i, 3] == 0:
                    learn(week, known, state, day, hour, weekhour, value, expected)
                at[PENDING], at[LAST_SEEN] = i + 1, i
                continue
        if at[WAY] == 0 and (change <= -0.5 * least[0] or change >= 0.5 * least[1]):
            change = _excused(memory, value, expected, slots, i, step_s)
            if slots[i, 3] > 0:
                expected_of[i] = value / (1.0 + change) if change > -1.0 else expected
        floor = 1.0 / np.sqrt(expected) if counted else 0.0
        off = change / max(wide * HOLIDAY if slots[i, 3] > 0 and at[WAY] == 0 else wide, floor)
        off_of[i] = off
        if at[WAY] == 0:
            caution = 1.0 if weeks >= LEAST_WEEKS else EARLY_CAUTION if weeks >= 0 else FIRST_WEEK_CAUTION
            side = _weigh(change, off, least, caution, pend, calm, at, i, step_s)
            if side >= 0:
                _begin(values, expected_of, least[side], pend[side], side, now, at, i)
                now[EARLY] = 0.0 if weeks >= LEAST_WEEKS else 1.0
                now[JUDGED] = max(0.0, at[SEEN] - (i - now[FIRST] + 1.0))
            elif pend[0, SUM] == 0.0 and pend[1, SUM] == 0.0:
                _calm(memory, values, expected_of, slots, pend, at, i)
            at[LAST_SEEN] = i
        elif _goes_on(change, off, expected, least, back_steps, pend, now, at, i):
            _end(memory, values, expected_of, off_of, slots, least, pend, calm, now, at, found, i, step_s)
    if at[WAY] != 0:
        _keep(values, expected_of, off_of, least, found, pend, now, at)
    return int(at[KEPT])


@compiled
def beyond(change: float, off: float, least: float, most: float) -> float:
    """What one step adds to the evidence in a direction in which it changed by `change`, `off` spreads."""
    if change < 0.5 * least:
        return -TAKES
    return min(off - SLACK, most)


@compiled
def _excused(memory: Memory, value: float, expected: float, slots: Slots, i: int, step_s: int) -> float:
    """The change of a step, held against what is expected within an hour or on other days, where that is nearer.

    People sleep long on a day off, and a holiday is like a day of rest: a known rhythm that comes at another time
    counts for `SHIFT` of the way; on a holiday, when people also sleep late, the whole way. Hours go by the local
    clock; what goes by another comes an hour early or late when that is changed, and has two weeks to be learnt again.
    """
    week, known, state = memory
    hour, weekhour = slots[i, 1], slots[i, 2]
    holiday = slots[i, 3] > 0
    hours, weekhours = len(known), len(week)
    if hours == 1 and weekhours == 1:
        return value / expected - 1.0
    shifted, rested = expected, expected
    around = max(1, (LATE_S if holiday else 3600) // step_s) if hours > 1 else 0
    for by in range(-around, around + 1):
        other, _ = expect(week, known, state, (hour + by) % hours, (weekhour + by) % weekhours)
        shifted = _nearer(value, expected, shifted, other)
    if weekhours == 7 * hours:
        for by in range(1, 7):
            other, weeks = expect(week, known, state, hour, (weekhour + by * hours) % weekhours)
            if weeks > 0:
                rested = _nearer(value, expected, rested, other)
    by_shift = (1.0 if holiday or slots[i, 4] > 0 else SHIFT * min(1.0, 3600 / step_s)) * (shifted - expected)
    by_rest = (1.0 if holiday else SHIFT) * (rested - expected)
    excused = expected + (min(by_shift, by_rest) if value < expected else max(by_shift, by_rest))
    return value / excused - 1.0


@compiled
def _nearer(value: float, expected: float, best: float, other: float) -> float:
    if value < expected and other < best:
        return max(other, value)
    if value > expected and other > best:
        return min(other, value)
    return best


@compiled
def _weigh(
    change: float, off: float, least: Rows, caution: float, pend: Rows, calm: Rows, at: Ints, i: int, step_s: int
) -> int:
    """Add a step to what is pending. Returns the side, 0 for down and 1 for up, on which a change opens, or -1."""
    for d in range(2):
        sign = 2 * d - 1
        if pend[d, SUM] == 0.0:
            if pend[d, PEAK] > 0.0:
                calmed(calm[d], pend[d, PEAK], i, step_s)
            pend[d, PEAK], pend[d, OFFS], pend[d, DEPTHS] = 0.0, 0.0, 0.0
            if sign * change < 0.5 * least[d] or sign * off <= SLACK:
                continue
            pend[d, NEEDS] = needed(calm[d], i, step_s)
            if d == 1:
                pend[d, NEEDS] = max(pend[d, NEEDS], needed(calm[0], i, step_s))
            pend[d, SINCE], pend[d, NORMAL] = i, max(at[LAST_SEEN], 0)
        adds = beyond(sign * change, sign * off, least[d], most_of(pend[d, NEEDS]))
        pend[d, SUM] = max(0.0, pend[d, SUM] + adds)
        pend[d, PEAK] = max(pend[d, PEAK], pend[d, SUM])
        if adds > 0.0:
            pend[d, OFFS] += 1.0
            pend[d, DEPTHS] += sign * change
        deep = d == 0 and change <= -VERY_DEEP and off <= -4.0 and adds > 0.0
        enough = pend[d, SUM] >= ALARM and pend[d, OFFS] >= 2.0
        pend[d, DEEP] = caution * least[d]
        if deep or (enough and pend[d, DEPTHS] >= SHALLOW * pend[d, DEEP] * pend[d, OFFS]):
            if deep:
                pend[d, PEAK] = max(pend[d, PEAK], pend[d, NEEDS])
            return d
        if enough:
            pend[d, SUM] = 0.0
    return -1


@compiled
def _calm(memory: Memory, values: Floats, expected_of: Floats, slots: Slots, pend: Rows, at: Ints, i: int) -> None:
    """Nothing is pending: learn what was put off."""
    pend[:, SUM] = 0.0
    for j in range(at[PENDING], i + 1):
        _take(memory, values, expected_of, slots, j)
    at[PENDING], at[LAST_SEEN] = i + 1, i


@compiled
def _begin(
    values: Floats, expected_of: Floats, least: float, pending: Rows, side: int, now: Rows, at: Ints, i: int
) -> None:
    """Open a change: date its onset, and take in the steps since."""
    sign = 2 * side - 1
    first = int(pending[SINCE])
    now[:] = 0.0
    now[FIRST], now[BEFORE], now[BACK], now[DIRECTION] = first, pending[NORMAL], -1, sign
    now[STRONG_AT] = i if pending[PEAK] >= pending[NEEDS] else -1
    deepest = 0.0
    for j in range(first, i + 1):
        if values[j] == values[j] and expected_of[j] > 0.0:
            deepest = max(deepest, sign * (values[j] / expected_of[j] - 1.0))
    least_here = max(0.5 * least, SHARPEN * deepest)
    for j in range(first, i + 1):
        if sign * (values[j] / expected_of[j] - 1.0) >= least_here:
            now[FIRST] = j
            break
        if values[j] == values[j]:
            now[BEFORE] = j
    for j in range(int(now[FIRST]), i + 1):
        if values[j] == values[j] and expected_of[j] > 0.0:
            _deepen(now, j, sign * (values[j] / expected_of[j] - 1.0), expected_of[j], least)
    now[SCORE] = pending[SUM]
    at[WAY], at[PENDING], at[RUN] = sign, first, 0


@compiled
def _goes_on(
    change: float, off: float, expected: float, least: Rows, back_steps: int, pend: Rows, now: Rows, at: Ints, i: int
) -> bool:
    """Take a step of an open change in. Returns whether it has ended."""
    way = at[WAY]
    side = 0 if way < 0 else 1
    at[LAST_SEEN] = i
    adds = beyond(way * change, way * off, least[side], most_of(pend[side, NEEDS]))
    now[SCORE] += max(adds, 0.0)
    pend[side, SUM] = max(0.0, pend[side, SUM] + adds)
    pend[side, PEAK] = max(pend[side, PEAK], pend[side, SUM])
    if now[STRONG_AT] < 0 and pend[side, PEAK] >= pend[side, NEEDS]:
        now[STRONG_AT] = i
    last = now[LAST]
    _deepen(now, i, way * change, expected, least[side])
    still = way * off >= STILL_OFF and way * change >= least[side]
    if not still and way * change <= (1.0 - REGAINED) * now[DEPTH]:
        if at[RUN] == 0:
            at[RUN_FROM] = i
        at[RUN] += 1
        now[LAST] = last
    else:
        at[RUN] = 0
        now[LAST] = i
    return bool(at[RUN] >= back_steps)


@compiled
def _end(
    memory: Memory, values: Floats, expected_of: Floats, off_of: Floats, slots: Slots, least: Rows, pend: Rows,
    calm: Rows, now: Rows, at: Ints, found: Rows, i: int, step_s: int,
) -> None:  # fmt: skip
    """Close the open change, and learn from its recovery on."""
    now[BACK] = at[RUN_FROM]
    side = 0 if at[WAY] < 0 else 1
    _keep(values, expected_of, off_of, least, found, pend, now, at)
    if now[STRENGTH] < 1.0:
        calmed(calm[side], min(pend[side, PEAK], pend[side, NEEDS]), i, step_s)
    pend[:, SUM], pend[:, PEAK] = 0.0, 0.0
    for j in range(at[RUN_FROM], i + 1):
        _take(memory, values, expected_of, slots, j)
    at[WAY], at[PENDING] = 0, i + 1


@compiled
def _take(memory: Memory, values: Floats, expected_of: Floats, slots: Slots, j: int) -> None:
    if values[j] == values[j] and slots[j, 3] == 0:
        week, known, state = memory
        learn(week, known, state, slots[j, 0], slots[j, 1], slots[j, 2], values[j], expected_of[j])


@compiled
def _deepen(now: Rows, i: int, change: float, expected: float, least: float) -> None:
    if change >= 0.5 * least:
        now[MEAN] += (change - now[MEAN]) / (now[BEYOND] + 1.0)
        now[BEYOND] += 1.0
        now[LAST] = i
    if change > now[DEPTH]:
        now[DEPTH], now[DEEPEST_AT], now[EXPECTED] = change, i, expected


@compiled
def _sharpest(values: Floats, expected_of: Floats, way: int, first: int, last: int) -> int:
    """The likeliest first step of the deep part of a change.

    That is the begin of the run that speaks most for the depth of that part: of all runs, the one in which the steps
    together lie furthest beyond half of that depth (Hinkley, "Inference about the change-point in a sequence of random
    variables", Biometrika 57, 1970; the run of largest sum by Kadane's rule, Bentley, CACM 27, 1984). What follows the
    run does not count: a long shallow tail says nothing of the begin. The deep part is what comes to half of the second
    deepest step: one odd step is not a part.
    """
    deepest = second = total = 0.0
    for j in range(first, last + 1):
        change = way * (values[j] / expected_of[j] - 1.0)
        if change > deepest:
            deepest, second = change, deepest
        elif change > second:
            second = change
    parts = 0
    for j in range(first, last + 1):
        change = way * (values[j] / expected_of[j] - 1.0)
        if change >= HALFWAY * second:
            total, parts = total + change, parts + 1
    if parts == 0:
        return first
    told = most = 0.0
    begun = sharpest = first
    for j in range(first, last + 1):
        change = way * (values[j] / expected_of[j] - 1.0)
        if change == change:
            if told <= 0.0:
                told, begun = 0.0, j
            told += change - 0.5 * total / parts
            if told > most:
                most, sharpest = told, begun
    return sharpest


@compiled
def _leave_blip(
    values: Floats, expected_of: Floats, off_of: Floats, least: float, needs: float, now: Rows, way: int
) -> None:
    """Begin a change after a blip before its deep part, if that alone would not be believed and was over by then."""
    first, calm = int(now[FIRST]), int(now[SHARP]) - 1
    while calm >= first and not way * (values[calm] / expected_of[calm] - 1.0) < 0.5 * least:
        calm -= 1
    told = most = 0.0
    for j in range(first, calm):
        change = way * (values[j] / expected_of[j] - 1.0)
        if change == change:
            told = max(0.0, told + beyond(change, way * off_of[j], least, most_of(needs)))
            most = max(most, told)
    if calm >= first and most < needs:
        now[BEFORE] = calm
        now[FIRST] = calm + 1
        while values[int(now[FIRST])] != values[int(now[FIRST])]:
            now[FIRST] += 1


@compiled
def _keep(
    values: Floats, expected_of: Floats, off_of: Floats, least: Rows, found: Rows, pend: Rows, now: Rows, at: Ints
) -> None:
    side = 0 if at[WAY] < 0 else 1
    strength = pend[side, PEAK] / pend[side, NEEDS]
    now[STRENGTH] = strength if now[MEAN] >= pend[side, DEEP] else min(strength, SHALLOW_STRENGTH)
    first = int(now[FIRST])
    dated = first + DATED_STEPS if now[STRONG_AT] < 0 else min(first + DATED_STEPS, int(now[STRONG_AT]))
    now[SHARP] = _sharpest(values, expected_of, at[WAY], first, max(first, min(int(now[LAST]), dated)))
    _leave_blip(values, expected_of, off_of, least[side], pend[side, NEEDS], now, at[WAY])
    if at[KEPT] < len(found):
        found[at[KEPT]] = now
    at[KEPT] += 1
