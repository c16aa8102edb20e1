"""Clocks: the local hour of a network, by the one clock of its country; by UTC where a country has several."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from datetime import UTC, datetime
from functools import lru_cache

import numpy as np

from lightkeeper.judge.lines import Codes
from lightkeeper.sources.country_days import zones

NO_CLOCK = "UTC"
"""What stands for the clock of a country with several, or none: nobody knows which one a network goes by. The hours of
a pattern are the same by any clock; days of the week then change at midnight UTC."""
DAY_MINUTES = 24 * 60


def clocks_of(countries: Iterable[str], minute: Codes) -> dict[str, bool]:
    """Whether each country had one clock all the time, from the first minute (since 1970, UTC) to the last."""
    if not len(minute):
        return dict.fromkeys(countries, False)
    days = range(int(minute.min()) // DAY_MINUTES, int(minute.max()) // DAY_MINUTES + 1)
    return {country: all(len(_offsets(country, day)) == 1 for day in days) for country in countries}


def local_hours(clocks: Mapping[str, bool], networks: list[tuple[str, int]], network: Codes, minute: Codes) -> Codes:
    """Hours since 1970 by the clock of each row's network, out of minutes since 1970 in UTC."""
    countries = sorted(clocks)
    at = {country: n for n, country in enumerate(countries)}
    country = np.array([at[country] for country, _ in networks], np.int64)[network]
    size = int(minute.max(initial=0)) // DAY_MINUTES + 1
    pairs, which = np.unique(country * size + minute // DAY_MINUTES, return_inverse=True)
    shift = [_shift(countries[pair // size], pair % size, clocks) for pair in pairs.tolist()]
    local: Codes = (minute + np.array(shift, np.int64)[which]) // 60
    return local


def weekday_of(local: Codes) -> Codes:
    """0 for Monday; the first hour of 1970 was on a Thursday."""
    return (local // 24 + 3) % 7


def _shift(country: str, day: int, clocks: Mapping[str, bool]) -> int:
    return _offsets(country, day)[0] if clocks[country] else 0


@lru_cache(maxsize=100_000)
def _offsets(country: str, day: int) -> tuple[int, ...]:
    """How many minutes the clocks of a country are ahead of UTC at noon of a day: it changes with the day."""
    noon = datetime.fromtimestamp((day * DAY_MINUTES + DAY_MINUTES // 2) * 60, UTC)
    found = {z.utcoffset(noon) for z in zones(country)}
    return tuple(sorted(int(offset.total_seconds()) // 60 for offset in found if offset is not None))


_DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")


def said_of_hours(weekdays: Collection[int], hours: Collection[int]) -> str:
    """Days of the week and local hours in a few words: `Mon-Fri 07-10 13-16`."""
    days = (
        "daily"
        if len(weekdays) == 7
        else " ".join(_DAYS[a] if a == b else f"{_DAYS[a]}-{_DAYS[b]}" for a, b in _runs(weekdays))
    )
    return f"{days} " + ("00-24" if len(hours) == 24 else " ".join(f"{a:02}-{b + 1:02}" for a, b in _runs(hours)))


def _runs(numbers: Collection[int]) -> list[tuple[int, int]]:
    runs: list[tuple[int, int]] = []
    for n in sorted(numbers):
        if runs and n == runs[-1][1] + 1:
            runs[-1] = (runs[-1][0], n)
        else:
            runs.append((n, n))
    return runs
