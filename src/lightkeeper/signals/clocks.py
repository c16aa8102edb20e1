"""Clocks: what the clocks of a country show, and when they were changed, by the tz database.

People live by the clock on the wall: a rhythm of the day stays where it is when that clock is changed, and a curfew of
an order comes at the same local hours. Most countries have one clock. Where a country has several, the clock is that of
the zones that most often changed alike; of these, the one in the middle from west to east. So the United States go by a
clock that is changed twice a year although Arizona's is not.
"""

from __future__ import annotations

import statistics
from collections import defaultdict
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import NamedTuple
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import numpy as np
import numpy.typing as npt

from lightkeeper.signals.holidays import zones

DAY_S = 86_400
UNSETTLED_DAYS = 14
"""Days after a change of the clocks in which not all that has a rhythm need have followed: machines keep UTC."""
LONGEST_S = 3600
"""Steps that are longer hold no hour that could move."""
FARTHEST_YEARS = 200
"""Of longer times no clock is looked up."""
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class Clock(NamedTuple):
    """The clock of a country over some time, by pieces."""

    begins: tuple[int, ...]
    """First second of each piece, since 1970."""
    ahead: tuple[int, ...]
    """Seconds ahead of UTC in each."""
    changes: tuple[int, ...]
    """When any clock of the country was changed."""


NO_CLOCK = Clock((0,), (0,), ())


def local_steps(
    country: str, begin_s: int, step_s: int, steps: int
) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.bool_]]:
    """How many seconds the clock of a country is ahead of UTC at each step of a grid, and in which steps a change of it
    lies no more than `UNSETTLED_DAYS` back. Zero, and none, where no zone is known or a step is longer than an hour."""
    begins = begin_s + step_s * np.arange(steps, dtype=np.int64)
    clock = NO_CLOCK
    if steps and step_s <= LONGEST_S and steps * step_s < FARTHEST_YEARS * 365 * DAY_S:
        first = (begin_s // DAY_S - UNSETTLED_DAYS - 1) * DAY_S
        clock = clock_of(country.upper(), first, (int(begins[-1]) // DAY_S + 2) * DAY_S)
    piece = np.maximum(np.searchsorted(np.array(clock.begins), begins, side="right") - 1, 0)
    unsettled = np.zeros(steps, np.bool_)
    for change in clock.changes:
        unsettled |= (begins >= change) & (begins < change + UNSETTLED_DAYS * DAY_S)
    return np.array(clock.ahead, np.int64)[piece], unsettled


@lru_cache(maxsize=512)
def clock_of(country: str, first_s: int, last_s: int) -> Clock:
    """The clock of a country between two times."""
    there = [clock for name in zones().get(country, ()) if (clock := _clock_of_zone(name, first_s, last_s))]
    if not there:
        return NO_CLOCK
    alike: defaultdict[tuple[tuple[int, int], ...], list[Clock]] = defaultdict(list)
    for clock in there:
        alike[_changed(clock)].append(clock)
    pattern = max(sorted(alike), key=lambda p: (len(alike[p]), len(p)))
    middle = statistics.median_high([clock.ahead[0] for clock in alike[pattern]])
    home = next(clock for clock in alike[pattern] if clock.ahead[0] == middle)
    return home._replace(changes=tuple(sorted({c for clock in there for c in clock.changes})))


def _changed(clock: Clock) -> tuple[tuple[int, int], ...]:
    """The local nights in which a clock was changed, and by how much."""
    pieces = zip(clock.begins[1:], clock.ahead, clock.ahead[1:], strict=False)
    return tuple(((begin + before + DAY_S // 2) // DAY_S, after - before) for begin, before, after in pieces)


def _clock_of_zone(name: str, first_s: int, last_s: int) -> Clock | None:
    try:
        zone = ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return None
    begins, ahead = [first_s], [_ahead(zone, first_s)]
    for second in range(first_s + DAY_S, last_s + 1, DAY_S):
        now = _ahead(zone, second)
        if now != ahead[-1]:
            low, high = second - DAY_S, second
            while high - low > 1:
                middle = (low + high) // 2
                low, high = (middle, high) if _ahead(zone, middle) == ahead[-1] else (low, middle)
            begins.append(high)
            ahead.append(now)
    return Clock(tuple(begins), tuple(ahead), tuple(begins[1:]))


def _ahead(zone: ZoneInfo, second: int) -> int:
    offset = (EPOCH + timedelta(seconds=second)).astimezone(zone).utcoffset()
    return 0 if offset is None else int(offset.total_seconds())
