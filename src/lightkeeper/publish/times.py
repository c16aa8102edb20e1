"""Times and brackets as a reader sees them: UTC, and beside it the local time of the case."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from typing import NamedTuple
from zoneinfo import ZoneInfo

MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]


class Bracket(NamedTuple):
    """Two times between which something happened. None where nobody says."""

    earliest: datetime | None
    latest: datetime | None


def day(value: date | datetime | None) -> str:
    """`18 Jun 2021`, or `not known`."""
    return f"{value.day} {MONTHS[value.month - 1]} {value.year}" if value else "not known"


def clock(value: datetime) -> str:
    """`18 Jun 2021 07:30`."""
    return f"{day(value)} {value:%H:%M}"


def hour(value: datetime | None) -> str:
    """The hour of a measurement in UTC. Minutes are left out, since they could help to find a person."""
    return f"{day(value.astimezone(UTC))}, {value.astimezone(UTC):%H}:00 UTC" if value else "not known"


def iso(value: datetime) -> str:
    """`2021-06-18T07:30:00Z`."""
    return value.astimezone(UTC).replace(microsecond=0).strftime("%Y-%m-%dT%H:%M:%SZ")


def iso_hour(value: datetime) -> str:
    """The same, cut to the hour."""
    return iso(value.replace(minute=0, second=0, microsecond=0))


def bracket_words(bracket: Bracket, zone: ZoneInfo | None = None) -> str:
    """A bracket in words, in `zone` (UTC where there is none). A bracket of one local day is that day."""
    first, last = (t.astimezone(zone or UTC) if t else None for t in bracket)
    if first is None and last is None:
        return "not known"
    if first is None:
        return f"by {clock(last)}" if last else "not known"
    if last is None:
        return f"not before {clock(first)}"
    if first == last:
        return f"at {clock(first)}"
    if first.date() == last.date():
        return f"{day(first)}, between {first:%H:%M} and {last:%H:%M}"
    if zone and _is_midnight(first) and _is_midnight(last):
        final = last.date() - timedelta(days=1)
        return f"on {day(first)}" if final == first.date() else f"between {day(first)} and {day(final)}"
    return f"between {clock(first)} and {clock(last)}"


def span_words(start: Bracket, end: Bracket, ongoing: bool, zone: ZoneInfo) -> str:
    """Begin and end in a few words, in local days: `18 Jun 2021 to 20 Jun 2021`."""
    first = _local_day(start.earliest or start.latest, zone)
    latest = _last_local_day(start.latest or start.earliest, zone)
    final = _last_local_day(end.latest or end.earliest, zone)
    sure = first is None or latest is None or latest <= first
    begun = day(first) if sure else f"begun between {day(first)} and {day(latest)}"
    if ongoing or final is None:
        return f"{begun}, {'going on when recorded' if ongoing else 'end not known'}"
    if not sure:
        return f"{begun}, ended by {day(final)}"
    return begun if first is None or final <= first else f"{begun} to {day(final)}"


def _local_day(value: datetime | None, zone: ZoneInfo) -> date | None:
    return value.astimezone(zone).date() if value else None


def _last_local_day(value: datetime | None, zone: ZoneInfo) -> date | None:
    """The last local day that is not wholly after a time: midnight belongs to the day before it."""
    if value is None:
        return None
    local = value.astimezone(zone)
    return local.date() - timedelta(days=1) if _is_midnight(local) else local.date()


def _is_midnight(value: datetime) -> bool:
    return value.timetz().replace(tzinfo=None) == time()
