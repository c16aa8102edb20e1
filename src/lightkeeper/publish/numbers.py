"""The numbers behind a chart, as a table that can be read without it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import UTC, date
from typing import NamedTuple
from zoneinfo import ZoneInfo

from lightkeeper.model import Signal
from lightkeeper.publish.times import clock, day
from lightkeeper.publish.words import flag_words, missing_words

MOST_STEPS = 130
"""Up to so many steps each has a row; beyond, each local day has one."""
MOST_ROWS = 400


class Numbers(NamedTuple):
    """A table: the names of its columns, the first of which heads each row, its rows, and how many were left out."""

    head: tuple[str, ...]
    rows: Sequence[tuple[str, ...]]
    left_out: int


def by_time(rows: Sequence[Signal], zone: ZoneInfo) -> Numbers:
    """One series: by step, or by local day where there are many steps."""
    if len(rows) <= MOST_STEPS:
        head = ("UTC", f"Local ({zone.key})", "Value", "Expected", "Band")
        made = [(clock(r.step_at.astimezone(UTC)), clock(r.step_at.astimezone(zone)), *_step(r)) for r in rows]
        return Numbers(head, made, 0)
    head = (f"Local day ({zone.key})", "Lowest", "Highest", "Expected, on average", "Steps without a value")
    days: dict[date, list[Signal]] = {}
    for row in rows:
        days.setdefault(row.step_at.astimezone(zone).date(), []).append(row)
    made = [(day(at), *_of_many(of)) for at, of in sorted(days.items())]
    return Numbers(head, made[:MOST_ROWS], max(len(made) - MOST_ROWS, 0))


def by_place(series: Sequence[tuple[str, Sequence[Signal]]], zone: ZoneInfo) -> Numbers:
    """Many series: one row each."""
    head = ("Where", "Lowest", f"Lowest at ({zone.key})", "Highest", "Steps without a value")
    made = []
    for label, rows in sorted(series, key=lambda s: s[0]):
        low, high, _, missing = _of_many(rows)
        seen = [r for r in rows if r.value is not None]
        lowest = clock(min(seen, key=lambda r: r.value or 0.0).step_at.astimezone(zone)) if seen else ""
        made.append((label, low, lowest, high, missing))
    return Numbers(head, made[:MOST_ROWS], max(len(made) - MOST_ROWS, 0))


def _step(row: Signal) -> tuple[str, str, str]:
    value = f"no data: {missing_words(row.missing)}" if row.value is None else _number(row.value)
    if row.value is not None and row.n is not None:
        value += f" of {row.n:,.4g}"
    if row.value is not None and row.flag:
        value += f" ({flag_words(row.flag)})"
    expected = "" if row.expected is None else _number(row.expected)
    if row.expected_low is None or row.expected_high is None:
        return value, expected, ""
    return value, expected, f"{_number(row.expected_low)} to {_number(row.expected_high)}"


def _of_many(rows: Sequence[Signal]) -> tuple[str, str, str, str]:
    seen = [r.value for r in rows if r.value is not None]
    expected = [r.expected for r in rows if r.expected is not None]
    reasons = Counter(missing_words(r.missing) for r in rows if r.value is None)
    told = ", ".join(f"{n} ({name})" for name, n in sorted(reasons.items()))
    return (
        _number(min(seen)) if seen else "no data",
        _number(max(seen)) if seen else "no data",
        _number(sum(expected) / len(expected)) if expected else "",
        told,
    )


def _number(value: float) -> str:
    return f"{value:,.5g}" if abs(value) < 1e15 else f"{value:.5g}"
