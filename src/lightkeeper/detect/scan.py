"""Scan one series for changes of its level, down and up, in one pass over a dense row of values.

Each step is held against what the memory of the series expects. Evidence adds up as in a CUSUM (Page, "Continuous
inspection schemes", Biometrika 41, 1954): a step that lies `z` spreads beyond what is expected adds `z - SLACK`, at
most `MOST`, so that no single step, however wild, opens an event; one that hardly differs takes `TAKES` away. An event
opens at `ALARM`, where the steps since the sum was last zero lie on average at least the least change away. The one
exception is a single step that falls to almost nothing.

From the first step beyond until the recovery nothing is learnt: a rule that keeps learning forgets a shutdown within
its own window. The result is a function of the values alone; nothing outlives a call.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from lightkeeper.signals.compiled import compiled
from lightkeeper.signals.memory import (
    LEAST_WEEKS,
    TODAY_SEEN,
    Floats,
    Memory,
    Slots,
    Table,
    expect,
    forget,
    learn,
    least_spread,
    spread,
    turn_day,
)

SLACK = 1.5
"""Spreads that a step may lie off without adding evidence."""
TAKES = 3.0
"""What a step takes away that has not changed by half of the least change."""
STILL_OFF = 2.5
"""Spreads beyond which a step of an open change has not recovered."""
MOST = 3.5
"""The most that one step adds: less than `ALARM`, so that it takes two."""
ALARM = 5.0
VERY_DEEP = 0.9
"""A single step opens a drop where it falls by at least this share, and lies four spreads off."""
REGAINED = 0.5
"""A step has recovered when it is no longer beyond, and this share of the deepest change is regained."""
SHARPEN = 1 / 3
"""An onset is the first step that reaches this share of the deepest change known when the event opens: the ripples
before a cut are not its begin."""
FIRST_WEEK_CAUTION, EARLY_CAUTION = 3.0, 2.0
"""A change must be this many times the least one in the first week of a series, and while fewer than three are known:
no day of rest has been seen before the first."""
SHIFT = 0.5
"""Share of the way to what is expected an hour earlier or later by which a step is excused."""
COLUMNS = 12
FIRST, BEFORE, LAST, BACK, DEEPEST_AT, BEYOND, DIRECTION, EARLY = range(8)
"""Columns of a found change: place of the first step beyond, of the last normal one before, of the last beyond, of the
first recovered one (-1: none yet), of the deepest; steps beyond; -1 down or 1 up; 1 where no weeks were known."""
DEPTH, SCORE, EXPECTED, MEAN = range(8, 12)
"""Deepest and mean change as a share of what was expected; the evidence; what was expected at the deepest."""
Rows = npt.NDArray[np.float64]


@compiled
def beyond(change: float, off: float, least: float) -> float:
    """What one step adds to the evidence in a direction in which it changed by `change`, `off` spreads."""
    if change < 0.5 * least:
        return -TAKES
    return min(off - SLACK, MOST)


@compiled
def scan(
    values: Floats,
    step_s: int,
    slots: Slots,
    least: npt.NDArray[np.float64],
    counted: bool,
    back_steps: int,
    memory: Memory,
    band: Floats,
    found: Rows,
) -> int:
    """Find the changes of `values` (one series, NaN for none) and write them into `found`, a row each.

    `least` is the least fall and the least rise, as shares. Where `counted`, a value is a number of things, and its
    spread is at least that of a Poisson number. `back_steps` recovered steps end a change. `band`, steps × (expected,
    spread), is filled where it has rows. Returns how many were found; those beyond the length of `found` are counted,
    not kept.
    """
    week, known, state = memory
    forget(week, known, state)
    around, share = max(1, 3600 // step_s), SHIFT * min(1.0, 3600 / step_s)
    hours = len(known)
    sums, beyonds, depths = np.zeros(2), np.zeros(2, np.int64), np.zeros(2)
    kept, way, pending, last_seen, run, run_from = 0, 0, 0, -1, 0, 0
    first, before = np.zeros(2, np.int64), np.zeros(2, np.int64)
    now = np.zeros(COLUMNS)
    expected_of = np.full(len(values), np.nan, np.float32)
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
            if way == 0:
                for j in range(pending, i + 1):
                    _take(week, known, state, values, expected_of, slots, j)
                pending, last_seen = i + 1, i
                sums[:] = 0.0
            continue
        change = value / expected - 1.0
        if way == 0:
            # The spread is dear to compute; near what is expected it cannot matter.
            least_off = SLACK * least_spread(known, state, hour)
            near = -change < max(0.5 * least[0], least_off) and change < max(0.5 * least[1], least_off)
            if near and sums[0] == 0.0 and sums[1] == 0.0:
                # Nothing is pending but gaps: a sum that is zero has taken its steps in.
                learn(week, known, state, day, hour, weekhour, value, expected)
                pending, last_seen = i + 1, i
                continue
            if not near and hours > 1:
                expected = _shifted(week, known, state, value, expected, hour, weekhour, around, share)
                change = value / expected - 1.0
        floor = 1.0 / np.sqrt(expected) if counted else 0.0
        off = change / max(spread(known, state, hour), floor)
        if way == 0:
            for d in range(2):
                sign = 2 * d - 1
                adds = beyond(sign * change, sign * off, least[d])
                if sums[d] == 0.0:
                    first[d], before[d], beyonds[d], depths[d] = i, max(last_seen, 0), 0, 0.0
                sums[d] = max(0.0, sums[d] + adds)
                if adds > 0.0:
                    beyonds[d] += 1
                    depths[d] += sign * change
                caution = 1.0 if weeks >= LEAST_WEEKS else EARLY_CAUTION if weeks >= 0 else FIRST_WEEK_CAUTION
                deep = d == 0 and change <= -VERY_DEEP and off <= -4.0 and adds > 0.0
                enough = sums[d] >= ALARM and depths[d] >= caution * least[d] * beyonds[d]
                if enough or deep:
                    way = sign
                    now[:] = 0.0
                    now[FIRST], now[BEFORE], now[BACK], now[DIRECTION] = first[d], before[d], -1, sign
                    now[EARLY] = 0.0 if weeks >= LEAST_WEEKS else 1.0
                    pending, run = first[d], 0
                    least_here = max(0.5 * least[d], SHARPEN * _deepest(values, expected_of, first[d], i, sign))
                    for j in range(first[d], i + 1):
                        if sign * (values[j] / expected_of[j] - 1.0) >= least_here:
                            now[FIRST] = j
                            break
                        if values[j] == values[j]:
                            now[BEFORE] = j
                    for j in range(now[FIRST], i + 1):
                        if values[j] == values[j] and expected_of[j] > 0.0:
                            _deepen(now, j, sign * (values[j] / expected_of[j] - 1.0), expected_of[j], least[d])
                    now[SCORE] = max(sums[d], MOST)
                    break
                if sums[d] >= ALARM:
                    sums[d] = 0.0
            if way == 0 and sums[0] == 0.0 and sums[1] == 0.0:
                for j in range(pending, i + 1):
                    _take(week, known, state, values, expected_of, slots, j)
                pending = i + 1
            last_seen = i
            continue
        last_seen = i
        side = 0 if way < 0 else 1
        adds = beyond(way * change, way * off, least[side])
        now[SCORE] += max(adds, 0.0)
        last = now[LAST]
        _deepen(now, i, way * change, expected, least[side])
        still = way * off >= STILL_OFF and way * change >= least[side]
        if not still and way * change <= (1.0 - REGAINED) * now[DEPTH]:
            if run == 0:
                run_from = i
            run += 1
            now[LAST] = last
        else:
            run = 0
            now[LAST] = i
        if run >= back_steps:
            now[BACK] = run_from
            kept = _keep(found, kept, now)
            for j in range(run_from, i + 1):
                _take(week, known, state, values, expected_of, slots, j)
            way, pending = 0, i + 1
            sums[:] = 0.0
    if way != 0:
        kept = _keep(found, kept, now)
    return kept


@compiled
def _shifted(
    week: Table, known: Table, state: Table, value: float, expected: float, hour: int, weekhour: int, around: int,
    share: float,
) -> float:  # fmt: skip
    """What is expected within `around` steps, where that is nearer to `value`; it counts for `SHIFT` of the way.

    Clocks change, and people sleep long on a day off: a rhythm that comes late is no change.
    """
    best = expected
    for by in range(-around, around + 1):
        other, _ = expect(week, known, state, (hour + by) % len(known), (weekhour + by) % len(week))
        if value < expected and other < best:
            best = max(other, value)
        elif value > expected and other > best:
            best = min(other, value)
    return expected + share * (best - expected)


@compiled
def _take(week: Table, known: Table, state: Table, values: Floats, expected_of: Floats, slots: Slots, j: int) -> None:
    if values[j] == values[j]:
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
def _deepest(values: Floats, expected_of: Floats, first: int, last: int, sign: int) -> float:
    deepest = 0.0
    for j in range(first, last + 1):
        if values[j] == values[j] and expected_of[j] > 0.0:
            deepest = max(deepest, sign * (values[j] / expected_of[j] - 1.0))
    return deepest


@compiled
def _keep(found: Rows, kept: int, now: Rows) -> int:
    if kept < len(found):
        found[kept] = now
    return kept + 1
