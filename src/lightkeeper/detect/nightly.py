"""Nightly: rows of cuts at the same hours, put as one drop a night beside what the scan found of the same series.

The scan dates a night better where it shows by itself, so its own drops stay. Where it could not see the nights it had
learnt from them; then all else is told of the same series with hours of weeks before in the place of their hours.
"""

from __future__ import annotations

import os
from collections import defaultdict
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

import numpy as np

from lightkeeper.detect.changes import PUBLIC, Change, is_count, row_changes, slots_of
from lightkeeper.detect.clusters import LONGEST_S
from lightkeeper.detect.nights import HOURS, NEEDED, Ints, Row, hours_of, rows_of_nights
from lightkeeper.signals.holidays import Calendar
from lightkeeper.signals.matrix import Matrix
from lightkeeper.signals.memory import Floats, new_memory
from lightkeeper.signals.naming import Named

LONGEST_STEP_S = 3600
WEEK_S, AROUND_S = 7 * 86_400, 7 * 3600
MOST_LEVEL = 1.5
FEW_UNSEEN = 0.1
"""Where the scan did not see more than this share of the nights, it had learnt from them."""
FEW = 40.0
"""Where fewer things were to be expected in an hour of all its days, the hours of a row may be an hour off."""


def with_nights(
    matrix: Matrix, names: Sequence[Named], changes: Sequence[Change], calendar: Calendar = PUBLIC
) -> list[Change]:
    """The changes, with those of rows of nights that single steps did not show, and without what these explain.

    A pure function of the matrix, the changes and the calendar. Steps longer than an hour hold no hours.
    """
    if matrix.step_s > LONGEST_STEP_S or not matrix.names:
        return list(changes)
    when = slots_of(matrix, names, calendar)
    hours = {country: hours_of(slots, matrix.step_s) for country, slots in when.items()}
    own: defaultdict[str, list[Change]] = defaultdict(list)
    for change in changes:
        own[change.series].append(change)

    def look(rows: Sequence[int]) -> dict[str, list[Change]]:
        found: dict[str, list[Change]] = {}
        memory = new_memory(matrix.step_s)
        for place in rows:
            name, values = names[place], matrix.values[place]
            there = hours[name.country]
            of = rows_of_nights(values, there, when[name.country][:, 3], is_count)
            if of and not name.is_delay:
                nights = [night for row in of for day in row.days if (night := _night(row, day, there, matrix, name))]
                shown = _shown(own[name.series], nights)
                unseen = [night for night in nights if not any(_overlap(night, c) for c in shown)]
                rest = own[name.series]
                run_together = any(
                    c.kind == "drop"
                    and not c.within
                    and not _is_short(c)
                    and any(_overlap(c, night) for night in nights)
                    for c in rest
                )
                if run_together or len(unseen) > FEW_UNSEEN * len(nights):
                    calm = _calmed(values, nights, matrix)
                    rest, _ = row_changes(calm, matrix.begin_s, matrix.step_s, name, memory, when[name.country])
                taken = {id(c) for c in rest if _is_short(c) and any(_overlap(c, night) for night in nights)}
                found[name.series] = [*shown, *unseen, *(c for c in rest if id(c) not in taken)]
        return found

    workers = min(os.cpu_count() or 1, len(names)) or 1
    with ThreadPoolExecutor(workers) as pool:
        parts = list(pool.map(look, (part.tolist() for part in np.array_split(np.arange(len(names)), workers * 8))))
    told = {series: of for part in parts for series, of in part.items()}
    kept = [change for change in changes if change.series not in told]
    return kept + [change for of in told.values() for change in of]


def _shown(own: Sequence[Change], nights: Sequence[Change]) -> list[Change]:
    return [c for c in own if _is_short(c) and not c.is_weak and any(_overlap(c, night) for night in nights)]


def _is_short(change: Change) -> bool:
    return (
        change.kind == "drop"
        and change.end_latest is not None
        and (change.end_latest - change.onset_earliest <= LONGEST_S and not change.within)
    )


def _calmed(values: Floats, nights: Sequence[Change], matrix: Matrix) -> Floats:
    """The series with the hours of the nights taken from weeks before the first, at the level of the hours around."""
    made, week, around = values.copy(), WEEK_S // matrix.step_s, AROUND_S // matrix.step_s
    place = [(n.onset_latest - matrix.begin_s) // matrix.step_s - 1 for n in nights]
    for number, (first, night) in enumerate(zip(place, nights, strict=True)):
        last = min(first + night.steps, len(values))
        weeks = -(-(last - min(place)) // week) + number % 2
        low, back = max(first - around, 0), weeks * week
        if low < back:
            made[first:last] = np.nan
            continue
        beside = np.r_[low:first, last : min(last + around, len(values))]
        known = beside[~np.isnan(values[beside]) & ~np.isnan(values[beside - back])]
        usual = float(values[known - back].sum())
        level = min(float(values[known].sum()) / usual, MOST_LEVEL) if usual > 0 else np.nan
        made[first:last] = values[first - back : last - back] * level
    return np.round(made) if is_count(values) else made


def _night(row: Row, day: int, hours: Ints, matrix: Matrix, name: Named) -> Change | None:
    """The drop of one night; none where its hours have no step."""
    first = int(np.searchsorted(hours, day * HOURS + row.hour))
    last = int(np.searchsorted(hours, day * HOURS + row.hour + row.hours)) - 1
    if last < first or first >= len(hours):
        return None
    step_s, unsure_s = matrix.step_s, LONGEST_STEP_S if row.expected * len(row.days) < FEW else 0
    begin_s, end_s = matrix.begin_s + first * step_s, matrix.begin_s + last * step_s
    return Change(
        series=name.series,
        kind="drop",
        direction="down",
        step_s=step_s,
        onset_earliest=begin_s - step_s - unsure_s,
        onset_latest=begin_s + step_s + unsure_s,
        end_earliest=end_s - unsure_s,
        end_latest=end_s + 2 * step_s + unsure_s,
        severity=round(1.0 - row.left, 4),
        mean=round(1.0 - row.left, 4),
        score=round(row.score / len(row.days), 2),
        steps=last - first + 1,
        expected=row.expected,
        strength=round(row.score / NEEDED, 3),
        sharp_latest=begin_s + step_s,
    )


def _overlap(one: Change, other: Change) -> bool:
    return one.onset_earliest < (other.end_latest or 2**62) and other.onset_earliest < (one.end_latest or 2**62)
