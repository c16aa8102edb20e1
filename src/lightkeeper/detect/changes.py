"""Changes: what the scan finds in each row of a matrix, with times, and what lies within a change that lasts."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor

import msgspec
import numpy as np
import numpy.typing as npt

from lightkeeper.detect import scan as column
from lightkeeper.detect import shares
from lightkeeper.detect.lasting import Days, over_with, with_undone
from lightkeeper.detect.lookback import lookback
from lightkeeper.detect.rebase import RE_BASED, WEEK
from lightkeeper.detect.scan import COLUMNS, scan
from lightkeeper.detect.shares import scan_shares
from lightkeeper.detect.slow import daily, likely, slides
from lightkeeper.signals.clocks import local_steps
from lightkeeper.signals.holidays import Calendar, calendar_of, resting
from lightkeeper.signals.matrix import Matrix
from lightkeeper.signals.memory import DAY_S, Floats, Memory, Slots, new_memory, slots
from lightkeeper.signals.naming import Named

MOST_CHANGES = 200
"""Changes of one series that are kept; more are counted."""
BACK_S = 6 * 3600
"""What was regained for this long, and for two steps, is a recovery."""
LEAST_FALL = {"control_plane": 0.015, "active_probing": 0.15}
LEAST_FALL_ELSE = 0.2
"""Least fall, as a share of what is expected. Routes are counted, not sampled, and hardly move from day to day; answers
to probes move by a few hundredths; traffic and users by tens."""
LEAST_RISE, LEAST_RISE_DELAY = 0.5, 0.15
"""Least rise: of use, which doubles when people need it; of a delay."""
INNER_DAYS, INNER_DAYS_DAILY = 5, 28
"""A change that lasts longer is looked into for further ones: a second, deeper fall."""
INNER_LEVEL = 0.1
"""Only where this share of what was expected is left: of nearly nothing, nothing can be said."""
FURTHER = 0.1
"""By this share it must go beyond what the outer change had reached."""
PUBLIC = calendar_of()
"""The public holidays of each country."""
NO_BAND = np.zeros((0, 2), np.float32)
DEPTH_MAX = 3
LEAST_OF_A_DAY = 0.05
"""A short drop that took this share of a day makes its mean no level: many evenings are no slide."""
COUNT_LOOK = 64
INDEX_TOP = 0.2
"""A series with this share of its values at its maximum is an index that saturates, not a count."""


class Change(msgspec.Struct, frozen=True, kw_only=True):
    """A change of one series. Times are seconds since 1970; an end that is not known is none."""

    series: str
    kind: str
    """drop, rise, slow (a fall within weeks), blocked (a share that rises) or silence (fewer measurements)"""
    direction: str
    """down or up"""
    step_s: int
    onset_earliest: int
    """Begin of the last normal step."""
    onset_latest: int
    """End of the first step beyond."""
    end_earliest: int | None
    """Begin of the last step beyond; of a change that was re-based, the end of the last day held against the old
    level."""
    end_latest: int | None
    """End of the first recovered step; none where none is known, as of what was re-based."""
    severity: float
    """Deepest change, as a share of what was expected; for shares, the rise in points."""
    mean: float
    score: float
    """Evidence: spreads beyond the slack, or for shares a log-likelihood ratio."""
    steps: int
    """Steps beyond."""
    expected: float
    flags: tuple[str, ...] = ()
    within: int = 0
    """How many changes of the same series it lies within."""
    strength: float = 1.0
    """Evidence as a multiple of what noise of this series alone may make of itself once in a long time."""

    sharp_latest: int = 0
    """End of the likeliest first step of the deep part: where a blip before a cut hides its begin. Like the onset it
    may move for 48 steps, as more comes to be known, and not after. Zero where it is not known."""

    @property
    def is_weak(self) -> bool:
        """Whether it stands only where other series moved at the same time."""
        return self.strength < 1.0

    @property
    def until(self) -> int | None:
        """When it no longer counts: at its end, or where it was re-based; none while it goes on."""
        return self.end_latest if self.end_latest is not None else self.end_earliest


def level_changes(matrix: Matrix, names: Sequence[Named], calendar: Calendar = PUBLIC) -> tuple[list[Change], int]:
    """The changes of all series of a matrix of levels, and how many more there were than are kept.

    A pure function of the matrix and the calendar. Rows are divided among as many threads as there are processors.
    """
    workers = min(os.cpu_count() or 1, len(matrix.names)) or 1
    blocks = np.array_split(np.arange(len(matrix.names)), workers * 8)
    when = slots_of(matrix, names, calendar)
    with ThreadPoolExecutor(workers) as pool:
        parts = list(pool.map(lambda rows: _block(matrix, names, rows, when), blocks))
    return [c for found, _ in parts for c in found], sum(lost for _, lost in parts)


def share_changes(matrix: Matrix) -> tuple[list[Change], int]:
    """The rises of all series of a matrix of shares, and how many more there were than are kept."""
    found: list[Change] = []
    lost = 0
    kept = np.zeros((MOST_CHANGES, COLUMNS))
    for row, series in enumerate(matrix.names):
        if matrix.trials is not None:
            number = scan_shares(matrix.values[row], matrix.trials[row], matrix.step_s, kept)
            lost += max(0, number - MOST_CHANGES)
            rows = kept[: min(number, MOST_CHANGES)]
            found += [
                msgspec.structs.replace(
                    change_of(r, matrix.begin_s, matrix.step_s, series, 0),
                    kind="blocked",
                    strength=round(float(r[column.SCORE]) / shares.ALARM, 3),
                    sharp_latest=0,
                )
                for r in rows
            ]
    return found, lost


def slow_changes(
    matrix: Matrix, names: Sequence[Named], locked_day: int | None = None, drops: Iterable[Change] = ()
) -> list[Change]:
    """The slow falls of all series of a matrix of levels. Days of short `drops` are told as such, and are no slide."""
    days, first = daily(matrix.values, matrix.begin_s, matrix.step_s)
    rows = {name.series: row for row, name in enumerate(names)}
    for drop in drops:
        if drop.kind == "drop" and not drop.is_weak and drop.end_latest is not None:
            begin, end = drop.onset_earliest // DAY_S + 1 - first, (drop.end_earliest or 0) // DAY_S + 1 - first
            if drop.mean * drop.steps * drop.step_s >= LEAST_OF_A_DAY * DAY_S:
                begin = min(begin, (drop.onset_latest - drop.step_s) // DAY_S - first)
            if end - begin <= WEEK:
                days[rows[drop.series], max(begin, 0) : max(end, 0)] = np.nan
    found = []
    for row in likely(days, None if locked_day is None else locked_day - first).tolist():
        name = names[row]
        for one in slides(days[row], first, float(least_of(name)[0]), locked_day=locked_day):
            found.append(
                Change(
                    series=name.series, kind="slow", direction="down", step_s=DAY_S,
                    onset_earliest=one.earliest * DAY_S, onset_latest=one.latest * DAY_S,
                    end_earliest=one.last_low * DAY_S if one.back is not None or one.let_go else None,
                    end_latest=None if one.back is None else one.back * DAY_S, severity=round(min(one.depth, 1.0), 4),
                    mean=round(one.mean, 4), score=round(one.score, 2), steps=(one.back or one.last_low) - one.latest,
                    expected=one.expected, within=one.within,
                    flags=(one.let_go,) if one.let_go else ("open_at_end_of_data",) if one.back is None else (),
                )
            )  # fmt: skip
    return found


def slots_of(matrix: Matrix, names: Sequence[Named], calendar: Calendar) -> dict[str, Slots]:
    """The slots of the steps of a matrix for each country of its series, by the holidays and the clock of each."""
    steps = int(matrix.values.shape[1])
    made = {}
    for country in sorted({name.country for name in names}):
        rest = calendar(country, matrix.begin_s, matrix.begin_s + steps * matrix.step_s) if country else ()
        rests = resting(rest, matrix.begin_s, matrix.step_s, steps)
        clock = local_steps(country, matrix.begin_s, matrix.step_s, steps)
        made[country] = slots(matrix.begin_s, matrix.step_s, steps, rests, *clock)
    return made


def _block(
    matrix: Matrix, names: Sequence[Named], rows: npt.NDArray[np.int64], slots_by_country: Mapping[str, Slots]
) -> tuple[list[Change], int]:
    found: list[Change] = []
    lost = 0
    memory = new_memory(matrix.step_s)
    for row in rows.tolist():
        when = slots_by_country[names[row].country]
        changes, more = row_changes(matrix.values[row], matrix.begin_s, matrix.step_s, names[row], memory, when)
        found += changes
        lost += more
    return found, lost


def row_changes(
    values: Floats,
    begin_s: int,
    step_s: int,
    name: Named,
    memory: Memory,
    when: Slots,
    within: int = 0,
    part: tuple[int, int] | None = None,
) -> tuple[list[Change], int]:
    """The changes of one dense row, those within others after them, and how many were not kept.

    `memory` is emptied before use, `when` the slots of the steps. Of `part`, places of the first step and after the
    last, only what begins there is told.
    """
    kept, number = _scanned(values, step_s, name, memory, when)
    found: list[Change] = []
    undone: list[Change] = []
    lost = max(0, number - MOST_CHANGES)
    days = Days(values, begin_s, step_s)

    def again(first: int, last: int, deeper: int = 0, told: tuple[int, int] | None = None) -> list[Change]:
        nonlocal lost
        begin, some = begin_s + first * step_s, values[first:last]
        changes, more = row_changes(some, begin, step_s, name, memory, when[first:last], within + deeper, told)
        lost += more
        return changes

    for row in kept[: min(number, MOST_CHANGES)]:
        first = int(row[column.FIRST])
        if part is not None and not part[0] <= first < part[1]:
            continue
        change = change_of(row, begin_s, step_s, name.series, within)
        end = int(row[column.BACK]) if row[column.BACK] >= 0 else len(values)
        if change.direction == "up":
            days.rose(first, end)
        gone = days.let_go(row, end) if change.direction == "down" else None
        if gone is not None and (gone.why != RE_BASED or change.end_latest is None):
            change = days.without(change, gone)
        found.append(change)
        stop = end if gone is None else min(days.place(gone.at + 1), end)
        if within < DEPTH_MAX and _worth_a_look(row, stop, step_s):
            same = [over_with(change, c) for c in again(first, stop, 1) if c.direction == change.direction]
            found += [c for c in same if _further(c, row, values, begin_s, step_s) or days.undoes(c)]
        if gone is not None:
            since = days.place(gone.since)
            told = (stop - since, end - since)
            found += [c for c in again(since, len(values), told=told) if c.direction == "down" or c.within > within]
        elif change.direction == "up" and within == 0 and part is None and days.lasts(first, end):
            told = (1, end + 2 - first)
            blocks = [c for c in again(first, len(values), told=told) if days.undoes(c)]
            undone += [msgspec.structs.replace(days.ended(c), within=within) for c in blocks]
    return with_undone(found, undone), lost


def _scanned(
    values: Floats, step_s: int, name: Named, memory: Memory, when: Slots
) -> tuple[npt.NDArray[np.float64], int]:
    """The rows that the scan keeps, and how many it found. If the first is of the time when nothing could be judged, it
    is dated from there, and its steps are not learnt from."""
    kept = np.zeros((MOST_CHANGES, COLUMNS))
    least, counted, back = least_of(name), is_count(values), back_steps(step_s)
    number = scan(values, step_s, when, least, counted, back, memory, NO_BAND, kept)
    steps_a_day = max(1, DAY_S // step_s)
    few = steps_a_day if steps_a_day > 1 else WEEK
    first = int(kept[0, column.FIRST])
    if not number or not kept[0, column.EARLY] or kept[0, column.JUDGED] >= few:
        return kept, number
    begun = lookback(values, first, steps_a_day, bool(kept[0, column.DIRECTION] < 0))
    if begun is None:
        if kept[0, column.JUDGED] == 0:
            kept[0, column.BEFORE] = 0
        return kept, number
    if begun.latest < first:
        normal = np.concatenate([begun.normal, values[first:]])
        again = np.zeros_like(kept)
        more = scan(normal, step_s, when, least, counted, back, memory, NO_BAND, again)
        same = again[0, column.DIRECTION] == kept[0, column.DIRECTION]
        if more and same and abs(again[0, column.FIRST] - first) <= few:
            kept, number = again, more
        kept[0, column.FIRST] = kept[0, column.SHARP] = begun.latest
    kept[0, column.BEFORE] = min(kept[0, column.BEFORE], begun.before)
    return kept, number


def least_of(name: Named) -> npt.NDArray[np.float64]:
    """The least fall and the least rise of a series, as shares of what is expected."""
    return np.array([least_fall_of(name.lineage), LEAST_RISE_DELAY if name.is_delay else LEAST_RISE])


def least_fall_of(lineage: str) -> float:
    """The least fall that can be a drop, as a share of what is expected."""
    return LEAST_FALL.get(lineage, LEAST_FALL_ELSE)


def back_steps(step_s: int) -> int:
    """Recovered steps in a row that end a change."""
    return max(2, -(-BACK_S // step_s))


def is_count(values: Floats) -> bool:
    """Whether values are numbers of things: whole, and not an index that rests at its top."""
    first = values[:COUNT_LOOK]
    if np.any(first[~np.isnan(first)] != np.round(first[~np.isnan(first)])):
        return False
    known = values[~np.isnan(values)]
    if not len(known) or known.min() < 0 or np.any(known != np.round(known)):
        return False
    return bool(np.mean(known == known.max()) < INDEX_TOP)


def row_direction(row: npt.NDArray[np.float64]) -> str:
    """The direction of a found change."""
    return "down" if row[column.DIRECTION] < 0 else "up"


def _further(inner: Change, outer: npt.NDArray[np.float64], values: Floats, begin_s: int, step_s: int) -> bool:
    """Whether a change within another goes further than the other had gone: a relapse to the same depth is the same."""
    before = values[int(outer[column.FIRST]) : max((inner.onset_latest - begin_s) // step_s - 1, 0)]
    before = before[~np.isnan(before)]
    if not len(before):
        return False
    if inner.direction == "down":
        return bool(inner.expected * (1 - inner.severity) < (1 - FURTHER) * np.percentile(before, 10))
    return bool(inner.expected * (1 + inner.severity) > (1 + FURTHER) * np.percentile(before, 90))


def _worth_a_look(row: npt.NDArray[np.float64], end: int, step_s: int) -> bool:
    """Whether a change that was over, or let go, at the step `end` can hide further ones."""
    days = (min(end, int(row[column.LAST])) - int(row[column.FIRST])) * step_s / DAY_S
    if days < (INNER_DAYS if step_s < DAY_S else INNER_DAYS_DAILY):
        return False
    return bool(row[column.DIRECTION] > 0 or 1.0 - row[column.MEAN] >= INNER_LEVEL)


def change_of(row: npt.NDArray[np.float64], begin_s: int, step_s: int, series: str, within: int) -> Change:
    """A row of `scan` with times for places."""
    open_ = row[column.BACK] < 0
    falls = row[column.DIRECTION] < 0
    flags = ["open_at_end_of_data"] if open_ else []
    if row[column.BEYOND] <= 1:
        flags.append("single_step")
    if row[column.EARLY]:
        flags.append("short_past")
    return Change(
        series=series,
        kind="drop" if falls else "rise",
        direction="down" if falls else "up",
        step_s=step_s,
        onset_earliest=begin_s + int(row[column.BEFORE]) * step_s,
        onset_latest=begin_s + (int(row[column.FIRST]) + 1) * step_s,
        end_earliest=None if open_ else begin_s + int(row[column.LAST]) * step_s,
        end_latest=None if open_ else begin_s + (int(row[column.BACK]) + 1) * step_s,
        severity=round(float(min(row[column.DEPTH], 1.0) if falls else row[column.DEPTH]), 4),
        mean=round(float(row[column.MEAN]), 4),
        score=round(float(row[column.SCORE]), 2),
        steps=int(row[column.BEYOND]),
        expected=float(row[column.EXPECTED]),
        flags=tuple(flags),
        within=within,
        strength=round(float(row[column.STRENGTH]), 3),
        sharp_latest=begin_s + (int(row[column.SHARP]) + 1) * step_s,
    )
