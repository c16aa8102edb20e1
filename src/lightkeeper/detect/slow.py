"""Slow falls: a series that slides within weeks, too gently for any one day to stand out.

The level of a week, the median of its days, is held against the levels of four to eight weeks before, or against a
baseline that was locked on a day, so that a slow poisoning before a vote shows. From the first low week on the old
level stays what is compared with.
"""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from lightkeeper.detect.rebase import BAND, RE_BASED, before_rise, is_risen, levels, rebase

DAY_S = 86_400
WEEK, NEAR_WEEKS, FAR_WEEKS = 7, 28, 56
"""Days of a level; the days before which, and the days back to which, its past lies."""
LEAST_PAST = 14
CONFIRM, CONFIRM_LONG = 14, 28
"""Days in a row that a level must stay low, or be back; and that it must stay low where it would not stand out, if what
is left of an earlier slow fall counted as wandering."""
SPREADS, SPREAD_DAYS, LEAST_SPREAD = 4.0, 182, 0.02
"""A fall counts from this many spreads of earlier weeks on; spread over this many days."""
UNSURE_SPREAD = 0.06
BACK = 0.5
"""A level is back where less than this share of its deepest fall is left."""
LOOK = 0.9
"""A mean of a week below this share of an earlier one makes a series worth a closer look."""
INNER_AFTER = 21
"""Days after which a fall within the fall is looked for."""
Floats = npt.NDArray[np.float64]


class Slide(NamedTuple):
    """A slow fall. Days are numbers since 1970; `back` is none where the level never came back.

    `let_go` is empty, or says why it is no longer held against the old level: see `detect.rebase`.
    """

    earliest: int
    latest: int
    last_low: int
    back: int | None
    depth: float
    mean: float
    score: float
    expected: float
    within: int
    let_go: str = ""


def daily(values: npt.NDArray[np.float32], begin_s: int, step_s: int) -> tuple[Floats, int]:
    """Mean of each day that has at least three quarters of the usual number of values (series × days), and the first
    day since 1970. Steps longer than a day have none."""
    first = begin_s // DAY_S
    if step_s > DAY_S:
        return np.full((len(values), 0), np.nan), first
    day = (begin_s + step_s * np.arange(values.shape[1])) // DAY_S - first
    edges = np.flatnonzero(np.diff(day, prepend=-1))
    known = ~np.isnan(values)
    counts = np.add.reduceat(known.astype(np.int32), edges, axis=1)
    sums = np.add.reduceat(np.where(known, values, 0.0), edges, axis=1)
    usual = counts.sum(axis=1) / np.maximum((counts > 0).sum(axis=1), 1)
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(counts >= 0.75 * usual[:, None], sums / counts, np.nan), first


def likely(days: Floats, locked: int | None = None) -> npt.NDArray[np.int64]:
    """Rows of which any week lies well below a month before it: only these are worth the exact look of `slides`."""
    if days.shape[1] < FAR_WEEKS:
        return np.zeros(0, np.int64)
    known = ~np.isnan(days)
    sums = np.cumsum(np.pad(np.where(known, days, 0.0), ((0, 0), (1, 0))), axis=1)
    counts = np.cumsum(np.pad(known.astype(np.float32), ((0, 0), (1, 0))), axis=1)
    with np.errstate(divide="ignore", invalid="ignore"):
        level = (sums[:, WEEK:] - sums[:, :-WEEK]) / (counts[:, WEEK:] - counts[:, :-WEEK])
        if locked is not None and 0 < locked < days.shape[1]:
            past = np.nanmean(days[:, max(locked - NEAR_WEEKS, 0) : locked], axis=1, keepdims=True)
            low = level[:, max(locked - WEEK, 0) :] < LOOK * past
        else:
            low = level[:, NEAR_WEEKS:] < LOOK * level[:, :-NEAR_WEEKS]
            far = min(FAR_WEEKS - WEEK, level.shape[1] - 1)
            low = low.any(axis=1, keepdims=True) | (level[:, far:] < LOOK * level[:, :-far]).any(axis=1, keepdims=True)
    return np.flatnonzero(low.any(axis=1))


def slides(
    days: Floats, first_day: int, least_fall: float, *, locked_day: int | None = None, within: int = 0,
    lower: float = np.nan,
) -> Iterator[Slide]:  # fmt: skip
    """The slow falls of one series of daily means; `locked_day` is the day on which its baseline was locked.

    `lower` is the level from before a rise, where the days are part of a longer fall. What is held against a locked
    baseline is never let go.
    """
    if len(days) < FAR_WEEKS:
        return
    level, past = _levels(days, first_day, locked_day)
    fall = 1.0 - level / past
    calm = fall.copy()
    spread = wild = _spread(fall, first_day, locked_day)
    i = 0
    while i < len(days):
        if not fall[i] >= max(least_fall, SPREADS * spread[i]):
            i += 1
            continue
        frozen, i = float(past[i]), i
        before = before_rise(level, i) if np.isnan(lower) else lower
        if is_risen(frozen, before) and abs(level[i] / before - 1.0) <= BAND:
            i += 1
            continue
        held = 1.0 - level[i:] / frozen
        low = held >= least_fall
        confirm = CONFIRM if fall[i] >= SPREADS * wild[i] else CONFIRM_LONG
        if not np.all(low[:confirm] | np.isnan(held[:confirm])) or len(low) < confirm:
            i += 1
            continue
        deepest = np.fmax.accumulate(np.nan_to_num(held))
        returned = (held < np.minimum(BACK * deepest, least_fall)) & ~np.isnan(held)
        runs = np.convolve(returned.astype(int), np.ones(CONFIRM, int))[: len(returned)]
        ended = np.flatnonzero(runs >= CONFIRM)
        end = int(ended[0]) - CONFIRM + 1 if len(ended) else len(held)
        back, stop = len(ended) > 0, end
        gone = None if locked_day is not None else rebase(level, i, i + end, frozen, before)
        if gone is not None and (gone.why != RE_BASED or not back):
            back = gone.why != RE_BASED
            end = stop = (gone.since if back else gone.at) - i
        elif gone is not None:
            stop, gone = gone.at - i, None
        normal = np.flatnonzero(fall[:i] < least_fall / 3)
        calm_at = int(normal[-1]) if len(normal) else max(i - WEEK, 0)
        outer = Slide(
            earliest=first_day + max(calm_at - WEEK + 1, 0),
            latest=first_day + i + 1,
            last_low=first_day + i + end - 1,
            back=first_day + i + end + 1 if back else None,
            depth=float(np.nanmax(held[:end])),
            mean=float(np.nanmean(held[:end])),
            score=float(np.nanmax(held[:CONFIRM]) / max(spread[i], LEAST_SPREAD)),
            expected=frozen,
            within=within,
            let_go=gone.why if gone is not None else "",
        )
        inner = i + INNER_AFTER
        part = days[inner : i + stop]
        yield outer
        for one in slides(part, first_day + inner, least_fall, within=within + 1, lower=before):
            open_ = one.back is None and not one.let_go
            yield one._replace(back=outer.back, last_low=outer.last_low, let_go=outer.let_go) if open_ else one
        calm[i : i + end + FAR_WEEKS] = np.nan
        spread = _spread(calm, first_day, locked_day)
        i += max(stop, 1) + (CONFIRM if back and stop == end else 0)


def _levels(days: Floats, first_day: int, locked_day: int | None) -> tuple[Floats, Floats]:
    """The level of the week that ends on each day, and the level that it is held against."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)
        level = levels(days)
        padded = np.concatenate([np.full(FAR_WEEKS, np.nan), level])
        before = np.lib.stride_tricks.sliding_window_view(padded, FAR_WEEKS - NEAR_WEEKS)[: len(level)]
        past = np.where((~np.isnan(before)).sum(axis=1) >= LEAST_PAST, np.nanmedian(before, axis=1), np.nan)
        if locked_day is not None and locked_day > first_day:
            at = min(locked_day - first_day, len(level))
            past[at:] = np.nanmedian(level[max(at - NEAR_WEEKS, 0) : at])
    return level, np.where(past > 0, past, np.nan)


def _spread(fall: Floats, first_day: int, locked_day: int | None) -> Floats:
    """How much levels of weeks wander, at each day, from the days before it.

    Days of slow falls, and those that are held against them, are no wandering: in `fall` they are NaN, or the next fall
    would be hidden for months.
    """
    spread = np.full(len(fall), UNSURE_SPREAD)
    for i in range(0, len(fall), WEEK):
        seen = np.abs(fall[max(i - SPREAD_DAYS, 0) : i])
        seen = seen[~np.isnan(seen)]
        if len(seen) >= FAR_WEEKS:
            spread[i : i + WEEK] = max(1.4826 * float(np.median(seen)), LEAST_SPREAD)
    if locked_day is not None and locked_day > first_day:
        spread[locked_day - first_day :] = spread[min(locked_day - first_day, len(spread) - 1)]
    return spread
