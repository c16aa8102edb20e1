"""Country days: the time zones of a country, and when its days are, in UTC."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from functools import cache, lru_cache
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from babel.core import get_global

from lightkeeper.sources.country_names import is_a_country


@lru_cache(maxsize=4096)
def day_in_utc(code: str, day: date) -> tuple[datetime, datetime]:
    """The begin and the end of a local day, in UTC. In a country with several time zones: first begin, last end."""
    there = zones(code)
    begins = [datetime.combine(day, time(), tzinfo=zone).astimezone(UTC) for zone in there]
    ends = [datetime.combine(day + timedelta(days=1), time(), tzinfo=zone).astimezone(UTC) for zone in there]
    if not begins:
        midnight = datetime.combine(day, time(), tzinfo=UTC)
        return midnight - timedelta(hours=14), midnight + timedelta(hours=24 + 12)
    return min(begins), max(ends)


def zones(code: str) -> tuple[ZoneInfo, ...]:
    """The time zones of a country in the tz database; none for a code that it does not have."""
    return _zones().get(code, ())


@cache
def _zones() -> dict[str, tuple[ZoneInfo, ...]]:
    found: dict[str, list[ZoneInfo]] = {}
    for name, code in get_global("zone_territories").items():
        if not is_a_country(code):
            continue
        try:
            found.setdefault(code, []).append(ZoneInfo(name))
        except (ZoneInfoNotFoundError, ValueError, OSError):
            continue
    return {code: tuple(zones) for code, zones in found.items()}
