"""Signals of one country as IODA's dashboard exports them: a CSV file with one time step a row.

The header is `"Time (UTC)","Google (Search)","Telescope (# Unique Source IPs)",…`. Values are scaled to 0-100 for each
download, by its own lowest and highest value: compare shares within a file, never levels between files.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from typing import NamedTuple

from lightkeeper.errors import InputError
from lightkeeper.model.signal import Signal
from lightkeeper.sources.rows import Row, Unreadable, read_csv

UNIT = "normalised 0-100"
STEPS_MAX = 200_000
"""More steps than this between first and last row (11 years of half hours) means a wrong time."""

LEAST_FILLED = 24
"""A column with fewer values does not tell its own step."""

ASK_UTC = "Set the dashboard to UTC and export again"
ASK_AGAIN = "Mend the row, or export the signals from IODA again"


class Column(NamedTuple):
    """A column that we know: how its header begins, its metric and the lineage that it belongs to."""

    begins: str
    metric: str
    lineage: str


COLUMNS = (
    Column("google", "google_search", "traffic"),
    Column("mozilla", "mozilla_city_count", "traffic"),
    Column("telescope", "telescope", "telescope"),
    Column("bgp", "bgp", "control_plane"),
    Column("active probing", "active_probing", "active_probing"),
)


def read(path: Path, country: str) -> Iterator[Signal | Unreadable]:
    """The series in the file, each dense and oldest first, as Signals of `country` (ISO 3166-1 alpha-2).

    An empty cell, a time step that the file leaves out and a number that cannot be read are rows without a value. A
    column that is filled in every nth row only is a series of steps n times as long: in between nothing is missing.
    A column whose lineage we do not know, and a row that cannot be used, come first, as Unreadable.
    Raises InputError for a file that is not such an export, or whose times are not UTC.
    """
    known: dict[str, Column] = {}
    unread: list[Unreadable] = []
    rows: dict[datetime, Row] = {}
    time_column = ""
    for row in read_csv(path):
        if isinstance(row, list):
            time_column = _time_column(row, path)
            known, strangers = _columns(row, time_column, path)
            unread += strangers
            continue
        try:
            at = _time(row.cells[time_column])
            if at in rows:
                raise ValueError(f"{at:%Y-%m-%d %H:%M} stands twice; the first is kept")
            rows[at] = row
        except ValueError as error:
            unread.append(Unreadable(f"{path}:{row.line}", str(error), ASK_AGAIN))
    grid, step, off_grid = _grid(rows, path)
    unread += off_grid
    found: list[Signal] = []
    for name, column in known.items():
        filled = [n for n, at in enumerate(grid) if at in rows and rows[at].cells[name].strip()]
        first, every = _own_steps(filled)
        for at in grid[first::every]:
            value, trouble = _value(rows[at].cells[name]) if at in rows else (None, None)
            if trouble:
                unread.append(Unreadable(f"{path}:{rows[at].line}", f"{name}: {trouble}", ASK_AGAIN))
            found.append(_signal(column, country.upper(), at, every * step, value, trouble))
    yield from unread
    yield from found


def _time_column(header: list[str], path: Path) -> str:
    times = [name for name in header if name.lower().startswith("time")]
    if not times:
        remedy = "Export the signals of a country from IODA's dashboard as CSV"
        raise InputError("there is no column `Time (UTC)`", remedy=remedy, where=f"{path}:1")
    if not re.fullmatch(r"time\s*\((utc|gmt)\)", times[0], re.IGNORECASE):
        raise InputError(f"the times are `{times[0]}`, not UTC", remedy=ASK_UTC, where=f"{path}:1")
    return times[0]


def _columns(header: list[str], time_column: str, path: Path) -> tuple[dict[str, Column], list[Unreadable]]:
    known: dict[str, Column] = {}
    strangers = []
    for name in (n for n in header if n and n != time_column):
        column = next((c for c in COLUMNS if name.lower().startswith(c.begins)), None)
        if column is None or column in known.values():
            what = f"the column `{name[:80]}` is not one that we know the lineage of"
            strangers.append(Unreadable(f"{path}:1", what, "Leave it out, or tell us what it measures"))
        else:
            known[name] = column
    if not known:
        remedy = "Export the signals of a country from IODA's dashboard as CSV"
        raise InputError("there is no column of a signal that we know", remedy=remedy, where=f"{path}:1")
    return known, strangers


def _time(text: str) -> datetime:
    try:
        at = datetime.fromisoformat(text.strip())
    except ValueError as error:
        raise ValueError(f"`{text[:40]}` is not a time such as 2026-01-08 18:30:00") from error
    if at.tzinfo is None:
        return at.replace(tzinfo=UTC)
    if at.utcoffset():
        raise ValueError(f"`{text[:40]}` is not in UTC")
    return at.astimezone(UTC)


def _grid(rows: dict[datetime, Row], path: Path) -> tuple[list[datetime], timedelta, list[Unreadable]]:
    """All steps from first to last; the step is the commonest distance between two rows."""
    times = sorted(rows)
    if len(times) < 2:
        raise InputError("there are fewer than two time steps", remedy="Export a longer time", where=str(path))
    step, _ = Counter(b - a for a, b in pairwise(times)).most_common(1)[0]
    count = (times[-1] - times[0]) // step + 1
    if count > STEPS_MAX:
        raise InputError(
            f"the times run from {times[0]:%Y-%m-%d} to {times[-1]:%Y-%m-%d}, every {step}",
            remedy="Mend the wrong time",
            where=str(path),
        )
    grid = [times[0] + n * step for n in range(count)]
    on_grid = set(grid)
    strays = [
        Unreadable(f"{path}:{rows[at].line}", f"{at:%Y-%m-%d %H:%M:%S} is not a step of {step}", ASK_AGAIN)
        for at in times
        if at not in on_grid
    ]
    return grid, step, strays


def _own_steps(filled: list[int]) -> tuple[int, int]:
    """The first row of a column's own grid, and how many rows make one of its steps, by the rows that are filled."""
    every = math.gcd(*(later - earlier for earlier, later in pairwise(filled))) if len(filled) >= LEAST_FILLED else 1
    return (filled[0] % every, every) if every > 1 else (0, 1)


def _value(cell: str) -> tuple[float | None, str | None]:
    if not cell.strip():
        return None, None
    try:
        value = float(cell)
    except ValueError:
        return None, f"`{cell[:40]}` is not a number"
    return (value, None) if math.isfinite(value) else (None, f"`{cell[:40]}` is not a finite number")


def _signal(
    column: Column, country: str, at: datetime, step: timedelta, value: float | None, trouble: str | None
) -> Signal:
    missing = "unreadable_in_source" if trouble else "gap_in_source"
    return Signal(
        series=f"ioda/{column.metric}/{country}",
        step_at=at,
        step_s=int(step.total_seconds()),
        source="ioda",
        lineage=column.lineage,
        entity_type="country",
        entity=country,
        metric=column.metric,
        unit=UNIT,
        value=value,
        missing=None if value is not None else missing,
    )
