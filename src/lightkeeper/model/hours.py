"""Hours: the hours of the day and the days of the week that a document gives, by a local clock."""

from __future__ import annotations

import re

import msgspec

DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
DAY = 24 * 60
_RANGE = re.compile(r"([0-9]{1,2}):([0-9]{2})-([0-9]{1,2}):([0-9]{2})")
HOURS_REMEDY = "Write them as 07:00-10:00;13:00-16:00; 22:00-06:00 goes over midnight"
DAYS_REMEDY = f"Write them as Mon-Fri or Fri;Sat, of {', '.join(DAYS)}"


class Hours(msgspec.Struct, frozen=True):
    """Ranges of minutes of the day, the end not included; one that ends before it begins goes over midnight.

    `weekdays` (0 is Monday) are those on which a range begins.
    """

    ranges: tuple[tuple[int, int], ...]
    weekdays: frozenset[int]

    def has(self, weekday: int, hour: int) -> bool:
        """Whether a local hour of a day of the week lies in one of the ranges, or touches it."""
        return any(b < (hour + 1) * 60 and hour * 60 < e for b, e in self._on(weekday))

    def has_minute(self, weekday: int, minute: int) -> bool:
        """Whether a minute of a day of the week lies in one of the ranges."""
        return any(begin <= minute < end for begin, end in self._on(weekday))

    def _on(self, weekday: int) -> list[tuple[int, int]]:
        """The ranges of one day of the week, each within that day."""
        found = []
        for begin, end in self.ranges:
            if weekday in self.weekdays:
                found.append((begin, end if begin < end else DAY))
            if begin > end and (weekday - 1) % 7 in self.weekdays:
                found.append((0, end))
        return found


def hours_from(hours: str | None, weekdays: str | None) -> Hours | None:
    """Hours out of two cells, `07:00-10:00;13:00-16:00` and `Mon-Fri`; none where both are empty.

    An empty cell means all day, or all days. Raises ValueError for cells of another form, with what is wrong.
    """
    if not hours and not weekdays:
        return None
    ranges = tuple(_range(part) for part in _parts(hours)) or ((0, DAY),)
    return Hours(ranges, frozenset(day for part in _parts(weekdays) for day in _days(part)) or frozenset(range(7)))


def _parts(text: str | None) -> list[str]:
    return [part for part in (part.strip() for part in (text or "").split(";")) if part]


def _range(part: str) -> tuple[int, int]:
    found = _RANGE.fullmatch(part)
    numbers = [int(n) for n in found.groups()] if found else []
    if not numbers or numbers[1] > 59 or numbers[3] > 59:
        raise ValueError(f"`{part}` are no hours of the day")
    begin, end = numbers[0] * 60 + numbers[1], numbers[2] * 60 + numbers[3]
    if begin >= DAY or not 0 < end <= DAY or begin == end:
        raise ValueError(f"`{part}` are no hours of the day")
    return begin, end


def _days(part: str) -> list[int]:
    names = [name.strip().title() for name in part.split("-")]
    if len(names) > 2 or any(name not in DAYS for name in names):
        raise ValueError(f"`{part}` are no days of the week")
    first, last = DAYS.index(names[0]), DAYS.index(names[-1])
    return [(first + n) % 7 for n in range((last - first) % 7 + 1)]
