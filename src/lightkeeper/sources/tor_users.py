"""Direct Tor users a day in one country: from Tor Metrics, as the project's anomaly detector wrote them out.

Columns: date, country, event_censor, event_spike, max_user_range, min_user_range, actual_users. Only the number of
users is taken. The range and the flags are the opinion of a peer (Danezis 2011) and are left where they are.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path

from lightkeeper.errors import InputError
from lightkeeper.model.signal import Signal
from lightkeeper.sources.rows import Row, Unreadable, read_csv

STEP_S = 86_400
NEEDED = ("date", "country", "actual_users")
DAYS_MAX = 20_000
"""More days than this between first and last row (54 years) means a wrong date."""


def read(path: Path, country: str) -> Iterator[Signal | Unreadable]:
    """The series of `country` (ISO 3166-1 alpha-2, any case), by day: one Signal a day, dense, oldest first.

    A day that the file does not have, or whose number cannot be read, is a row without a value (`missing`).
    Rows that cannot be used come first, as Unreadable. Raises InputError for a file without the needed columns or
    without the country.
    """
    wanted = country.lower()
    users: dict[date, float] = {}
    unread: list[Unreadable] = []
    for row in read_csv(path):
        if isinstance(row, list):
            _check_columns(row, path)
        elif row.cells["country"].strip().lower() == wanted:
            try:
                day, count = _day_and_count(row)
                if day in users:
                    raise ValueError(f"{day} stands twice; the first is kept")
                users[day] = count
            except ValueError as error:
                remedy = "Mend the row, or take the file from Tor Metrics again"
                unread.append(Unreadable(f"{path}:{row.line}", str(error), remedy))
    if not users:
        raise InputError(f"the file has no row of `{country}`", remedy="Check the country code", where=str(path))
    yield from unread
    yield from _dense(users, country.upper(), path)


def _check_columns(header: list[str], path: Path) -> None:
    lacking = [name for name in NEEDED if name not in header]
    if lacking:
        raise InputError(
            f"the column `{lacking[0]}` is missing",
            remedy=f"A Tor users file has at least: {', '.join(NEEDED)}",
            where=f"{path}:1",
        )


def _day_and_count(row: Row) -> tuple[date, float]:
    try:
        day = date.fromisoformat(row.cells["date"].strip())
    except ValueError as error:
        raise ValueError(f"`{row.cells['date'][:40]}` is not a day such as 2012-02-09") from error
    try:
        count = float(row.cells["actual_users"])
    except ValueError as error:
        raise ValueError(f"`{row.cells['actual_users'][:40]}` is not a number of users") from error
    if not math.isfinite(count) or count < 0:
        raise ValueError(f"`{row.cells['actual_users'][:40]}` cannot be a number of users")
    return day, count


def _dense(users: dict[date, float], country: str, path: Path) -> Iterator[Signal]:
    first, last = min(users), max(users)
    days = (last - first).days + 1
    if days > DAYS_MAX:
        raise InputError(f"the days run from {first} to {last}", remedy="Mend the wrong date", where=str(path))
    for day in (first + timedelta(days=n) for n in range(days)):
        value = users.get(day)
        yield Signal(
            series=f"tor_users/direct_users/{country}",
            step_at=datetime.combine(day, time(), tzinfo=UTC),
            step_s=STEP_S,
            source="tor_users",
            lineage="circumvention",
            entity_type="country",
            entity=country,
            metric="tor_direct_users",
            unit="users",
            value=value,
            missing=None if value is not None else "gap_in_source",
        )
