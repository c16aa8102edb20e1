"""Holidays: when a country rests, so that a quiet day is not taken for a cut.

Public holidays come from the library `holidays` (each of its countries names its laws), others from the user. Days of
the Islamic calendar there are foreseen and may be a day off; what the user gives stands beside them.
A holiday is a local day. A country with several time zones rests from its first midnight to its last.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from typing import NamedTuple
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import numpy as np
import numpy.typing as npt

Rest = tuple[int, int]
"""From the first second to the one after the last, since 1970, UTC."""
Calendar = Callable[[str, int, int], tuple[Rest, ...]]
"""From a country (ISO 3166-1) and two times to when it rests between them."""
NO_ZONE_H = (0, 0)
LONGEST_YEARS = 200
"""Of longer times no holidays are looked up."""


class Holiday(NamedTuple):
    """A day off that the user knows of."""

    country: str
    day: date
    name: str = ""


def calendar_of(more: Iterable[Holiday] = ()) -> Calendar:
    """Public holidays, and those given."""
    own = tuple(more)

    def calendar(country: str, begin_s: int, end_s: int) -> tuple[Rest, ...]:
        mine = frozenset(h.day for h in own if h.country == country.upper())
        first, last = _year(begin_s - 86_400), _year(end_s + 86_400)
        days = (public(country.upper(), first, last) if last - first < LONGEST_YEARS else frozenset()) | mine
        spans = (_local_day(country.upper(), day) for day in sorted(days))
        return tuple((b, e) for b, e in spans if b < end_s and e > begin_s)

    return calendar


def no_calendar(*_: object) -> tuple[Rest, ...]:
    """A calendar without any holiday."""
    return ()


@lru_cache(maxsize=1024)
def public(country: str, first_year: int, last_year: int) -> frozenset[date]:
    """The public holidays of a country; none where the library has none."""
    import holidays

    try:
        found = holidays.country_holidays(country, years=range(first_year, last_year + 1))
    except NotImplementedError:
        return frozenset()
    return frozenset(found)


def resting(spans: Iterable[Rest], begin_s: int, step_s: int, steps: int) -> npt.NDArray[np.bool_]:
    """Which steps of a grid lie at least half within a time of rest."""
    marks = np.zeros(steps, np.bool_)
    for begin, end in spans:
        first = -(-(begin - begin_s - step_s // 2) // step_s)
        marks[max(first, 0) : max((end - begin_s - step_s // 2) // step_s + 1, 0)] = True
    return marks


def _year(second: int) -> int:
    return (datetime(1970, 1, 1, tzinfo=UTC) + timedelta(seconds=second)).year


def _local_day(country: str, day: date) -> Rest:
    """From the first midnight in the country to the last one."""
    midnight = int(datetime(day.year, day.month, day.day, tzinfo=UTC).timestamp())
    offsets = _offsets(country, day)
    return midnight - max(offsets), midnight + 86_400 - min(offsets)


@lru_cache(maxsize=65_536)
def _offsets(country: str, day: date) -> tuple[int, ...]:
    noon = datetime(day.year, day.month, day.day, 12)  # noqa: DTZ001 -- local time: the zone is put on below
    found = []
    for name in zones().get(country, ()):
        try:
            ahead = noon.replace(tzinfo=ZoneInfo(name)).utcoffset()
        except (ZoneInfoNotFoundError, ValueError):
            continue
        if ahead is not None:
            found.append(int(ahead.total_seconds()))
    return tuple(found) or NO_ZONE_H


@lru_cache(maxsize=1)
def zones() -> dict[str, tuple[str, ...]]:
    """The time zones of each country, after the Unicode CLDR."""
    from babel.core import get_global

    found: dict[str, list[str]] = {}
    for zone, country in get_global("zone_territories").items():
        found.setdefault(country, []).append(zone)
    return {country: tuple(sorted(names)) for country, names in found.items()}
