"""Days, hours and moments as an English page or a machine reads them."""

from __future__ import annotations

from calendar import month_name
from datetime import UTC, date, datetime, time

MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]


def day(value: date | datetime | None) -> str:
    """`18 Jun 2021`, or `not known`."""
    return f"{value.day} {MONTHS[value.month - 1]} {value.year}" if value else "not known"


def long_day(value: date | datetime) -> str:
    """`18 June 2021`."""
    return f"{value.day} {month_name[value.month]} {value.year}"


def clock(value: datetime) -> str:
    """`18 Jun 2021 07:30`."""
    return f"{day(value)} {value:%H:%M}"


def hour(value: datetime | None) -> str:
    """The hour of a measurement in UTC. Minutes are left out, since they could help to find a person."""
    return f"{day(value.astimezone(UTC))}, {value.astimezone(UTC):%H}:00 UTC" if value else "not known"


def iso(value: datetime) -> str:
    """`2021-06-18T07:30:00Z`."""
    return value.astimezone(UTC).isoformat(timespec="seconds")[:-6] + "Z"


def iso_hour(value: datetime) -> str:
    """The same, cut to the hour."""
    return iso(value.replace(minute=0, second=0, microsecond=0))


def midnight(value: date | None) -> datetime:
    """The begin of a day in UTC; that of 1 January 1970 where no day is known."""
    return datetime.combine(value or date(1970, 1, 1), time(), tzinfo=UTC)
