"""A series on a dense grid: one row for each step, also where the source has nothing."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import msgspec
import numpy as np
import numpy.typing as npt

from lightkeeper.errors import InputError
from lightkeeper.model import Signal

MAX_STEPS = 5_000_000
"""A grid longer than this is a mistake in the times, not a series: half-hourly, it would be 285 years."""

GAP = "gap_in_source"
NOT_A_NUMBER = "not_a_number"


@dataclass(frozen=True)
class Grid:
    """One series on its grid. All sequences have one entry a step, in order of time."""

    series: str
    step_s: int
    times: npt.NDArray[np.int64]
    """Begin of each step, in seconds since 1970-01-01 UTC."""
    values: npt.NDArray[np.float64]
    """NaN where there is no value: missing is not zero."""
    reasons: list[str | None]
    """Why there is no value."""
    rows: list[Signal]
    """The same as rows of the table; made up, without a value, where the source has no row."""


def grid(signals: Sequence[Signal]) -> Grid:
    """Put the rows of one series on a dense grid, in whatever order they come.

    Of two rows for one step, one with a value beats one without. Raises InputError for no rows, for rows of more than
    one series or step length, and for times that do not lie on one grid.
    """
    first = _one_series(signals)
    by_second: dict[int, Signal] = {}
    for row in sorted(signals, key=_preference):
        by_second[int(row.step_at.timestamp())] = row
    begin, end = min(by_second), max(by_second)
    steps = (end - begin) // first.step_s + 1
    odd = next((t for t in by_second if (t - begin) % first.step_s), None)
    if odd is not None or steps > MAX_STEPS:
        raise InputError(
            f"The times of series {first.series} do not lie on one grid of {first.step_s} s",
            remedy="Correct the times or the length of the step in the source file",
        )
    rows = [by_second.get(begin + i * first.step_s) or _gap(first, begin + i * first.step_s) for i in range(steps)]
    rows = [_finite(row) for row in rows]
    return Grid(
        series=first.series,
        step_s=first.step_s,
        times=begin + first.step_s * np.arange(steps, dtype=np.int64),
        values=np.array([math.nan if row.value is None else row.value for row in rows], dtype=np.float64),
        reasons=[None if row.value is not None else row.missing or GAP for row in rows],
        rows=rows,
    )


def at(second: int) -> datetime:
    """The time of a step, from its seconds since 1970."""
    return datetime(1970, 1, 1, tzinfo=UTC) + timedelta(seconds=int(second))


def _one_series(signals: Sequence[Signal]) -> Signal:
    if not signals:
        raise InputError("There is no series to look at", remedy="Give at least one row")
    first = min(signals, key=_preference)
    if {(s.series, s.step_s) for s in signals} != {(first.series, first.step_s)} or first.step_s <= 0:
        raise InputError(
            f"Rows of {first.series} are mixed with others, or their step is not one length",
            remedy="Give the rows of one series, with one step length above 0",
        )
    return first


def _preference(row: Signal) -> tuple[str, int, bool, str, float]:
    """An order that depends on the rows only, so that their order of arrival never shows."""
    value = -math.inf if row.value is None or math.isnan(row.value) else row.value
    return row.series, row.step_s, value != -math.inf, row.file_sha256 or "", value


def _gap(like: Signal, second: int) -> Signal:
    return msgspec.structs.replace(
        like,
        step_at=at(second),
        value=None,
        expected=None,
        expected_low=None,
        expected_high=None,
        missing=GAP,
        flag=None,
    )


def _finite(row: Signal) -> Signal:
    if row.value is None or math.isfinite(row.value):
        return row
    return msgspec.structs.replace(row, value=None, missing=NOT_A_NUMBER)
