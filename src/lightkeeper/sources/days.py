"""Days: what a cell says of a calendar day, as people and spreadsheets write it, with the doubts that are left.

Read are figures and names of months in many languages, any digits of Unicode, serial numbers of spreadsheets, years of
two figures, ranges, months, and times of day. `day_parts` says which years and calendars.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime, timedelta, timezone
from typing import Literal, NamedTuple
from zoneinfo import ZoneInfo

from lightkeeper.sources.day_parts import Order, Orders, Part, Told, day_of, part_of
from lightkeeper.sources.month_names import Month
from lightkeeper.sources.rows import clean

SERIALS = range(32_874, 73_416)
"""Days since 30 December 1899, as spreadsheets count them, from 1990 to 2100."""
REMEDY = "Write the day as 2021-03-04: year, month and day of the common calendar"
MANY, FEW = 5, 0.1
"""Cells that make sure what comes first in a sheet; and the share of cells against it that are slips."""
CELL_MAX = 200
"""Characters of a cell that says a day. A longer one tells a story."""

_TIME = re.compile(
    r"[T\s,]+(\d{1,2}):(\d{2})(?::(\d{2})(?:[.,]\d+)?)?:?\s*([AaPp]\.?[Mm]\.?)?\s*(Z|UTC|GMT|[+-]\d{2}:?\d{2})?$"
)
_TO = re.compile(
    r"\s+(?:to|until|till|through|thru|and|au|al|a|à|até|hasta|bis|до|по|إلى|الى|تا|-|–|—)\s+|\s*[–—~→]\s*|-",
    re.IGNORECASE,
)
_WITH_WORDS = re.compile(r"([^\W\d_]+[/ ]\d{4}|\d{1,4}[/.-]\d{1,2}[/.-]\d{1,4})(?:\s+(?=\D)|\s*(?=[^\w\s/.-]))")


class Days(NamedTuple):
    """The day that a cell says, or the first and the last one."""

    first: date
    last: date
    kind: Literal["day", "range", "month"] = "day"
    flags: tuple[str, ...] = ()


def days_in(text: str, orders: Orders | None = None, zones: Sequence[ZoneInfo] = ()) -> Days:
    """What a cell says; `zones` are those of the place. Raises ValueError, which says what is wrong, for no day.

    A time of day with an offset from UTC that is a midnight in one of the zones is of that zone's day. Where 3/4/2021
    may be two days, `orders` decides; where it does not know, what is usual, and a flag says so.
    """
    plain, orders = _plain(text), orders or {}
    if len(plain) > CELL_MAX:
        raise ValueError("it is too long for a day")
    if serial := re.fullmatch(r"(\d{5})(?:[.,]\d+)?", plain):
        return _of_serial(int(serial[1]))
    try:
        bare, moment = _without_time(plain)
        day = _whole(part_of(bare, orders))
    except ValueError:
        if found := _range(plain, orders) or _with_words(plain, orders):
            return found
        raise
    if moment is not None and day.kind == "day":
        local = _local(day.first, moment, zones)
        return day._replace(first=local, last=local)
    return day


def orders_of(rows: Iterable[tuple[str, str]]) -> dict[str, Told]:
    """How the rows of a sheet, begin and end in each, write days in figures, by the mark between these.

    It is told by cells with a figure over 12: by nearly all of them, or else it is both. Where there are none, by rows
    that end after they begin in one way alone.
    """
    seen: dict[str, Counter[Order]] = {}
    backward: dict[str, set[Order]] = {}
    for row in rows:
        begin, end = (_figures(text) for text in row)
        for mark, one, two, _ in filter(None, (begin, end)):
            if (one > 12) != (two > 12):
                seen.setdefault(mark, Counter())["day first" if one > 12 else "month first"] += 1
        if begin and end and begin[0] == end[0] and max(*begin[1:3], *end[1:3]) <= 12:
            way = backward.setdefault(begin[0], set())
            way |= {"day first"} if (end[3], end[2], end[1]) < (begin[3], begin[2], begin[1]) else set()
            way |= {"month first"} if (end[3], end[1], end[2]) < (begin[3], begin[1], begin[2]) else set()
    found = {mark: _told(votes) for mark, votes in seen.items()}
    for mark, ways in backward.items():
        if len(ways) == 1:
            found.setdefault(mark, Told("month first" if "day first" in ways else "day first", sure=False))
    return found


def _told(votes: Counter[Order]) -> Told:
    (order, most), *rest = votes.most_common()
    if rest and rest[0][1] > FEW * most:
        return Told("both")
    return Told(order, sure=not rest and most >= MANY)


def _plain(text: str) -> str:
    """On one line, in figures 0 to 9, with simple marks."""
    folded = unicodedata.normalize("NFKC", clean(text[: 4 * CELL_MAX]))
    for hyphen in "−‐‑":
        folded = folded.replace(hyphen, "-")
    figures = (str(unicodedata.decimal(c)) if c.isdecimal() else c for c in folded)
    return " ".join("".join(figures).split())


def _figures(text: str) -> tuple[str, int, int, int] | None:
    """The mark, and three figures of which the last is a year, as in 3/4/2021."""
    found = re.match(r"(\d{1,2})([/.-])(\d{1,2})\2(\d{4}|\d{2})\b", _plain(text))
    return (found[2], int(found[1]), int(found[3]), int(found[4])) if found else None


def _without_time(text: str) -> tuple[str, datetime | None]:
    """The text without its time of day, and that time with its offset from UTC on a day of no meaning."""
    found = _TIME.search(text)
    if not found:
        return text, None
    hour, minute, _, half, offset = found.groups()
    number = int(hour) % 12 + (12 if half[0] in "Pp" else 0) if half and int(hour) <= 12 else int(hour)
    if number > 24 or int(minute) > 59:
        raise ValueError("its time of day cannot be")
    bare = text[: found.start()]
    if offset is None or number == 24:
        return bare, None
    zone: timezone = UTC
    if signed := re.fullmatch(r"([+-])(\d{2}):?(\d{2})", offset):
        ahead = timedelta(hours=int(signed[2]), minutes=int(signed[3]))
        if ahead >= timedelta(hours=24):
            raise ValueError("its offset from UTC cannot be")
        zone = timezone(ahead if signed[1] == "+" else -ahead)
    return bare, datetime(2000, 1, 1, number, int(minute), tzinfo=zone)


def _local(day: date, moment: datetime, zones: Sequence[ZoneInfo]) -> date:
    """The day as it is written, or where that is another zone's midnight, the day that begins there."""
    if (moment.hour, moment.minute) == (0, 0):
        return day
    at = datetime.combine(day, moment.timetz())
    for there in (at.astimezone(zone) for zone in zones):
        if (there.hour, there.minute) == (0, 0):
            return there.date()
    return day


def _whole(part: Part) -> Days:
    """The day of the common calendar, or the month where there is no day."""
    if part.day is not None or part.year is None or part.month is None:
        day, flags = day_of(part)
        return Days(day, day, "day", part.flags + flags)
    first, flags = day_of(part._replace(day=1))
    last = first
    for number in range(28, 32):
        try:
            last = day_of(part._replace(day=number))[0]
        except ValueError:
            break
    return Days(first, last, "month", (*part.flags, *flags, "month_only"))


def _of_serial(number: int) -> Days:
    if number not in SERIALS:
        raise ValueError("as a serial number of a spreadsheet it is of no year that can be")
    day = date(1899, 12, 30) + timedelta(days=number)
    return Days(day, day, "day", ("day_from_serial_number",))


def _range(text: str, orders: Orders) -> Days | None:
    """Two days with something between them; each may leave its month and year to the other: 4-6 March 2021."""
    for between in _TO.finditer(text):
        try:
            left = part_of(_without_time(text[: between.start()])[0], orders)
            right = part_of(_without_time(text[between.end() :])[0], orders)
            if left.day and left.month and right.day is None and right.month:  # March 4-6, 2021
                right = Part(right.year, left.month, right.month.number)
            month: Month | None = right.month or left.month
            right = right._replace(month=month)
            left = left._replace(year=left.year or right.year, month=left.month or month)
            (first, one), (last, two) = day_of(left), day_of(right)
        except ValueError:
            continue
        if first <= last:
            flags = dict.fromkeys([*left.flags, *one, *right.flags, *two, "day_range"])
            return Days(first, last, "range", tuple(flags))
    return None


def _with_words(text: str, orders: Orders) -> Days | None:
    """A day in figures, or a month and a year, with words behind it."""
    found = _WITH_WORDS.match(text)
    if not found or re.search(r"\d", text[found.end() :]):
        return None
    try:
        day = _whole(part_of(found[1], orders))
    except ValueError:
        return None
    return day._replace(flags=(*day.flags, "words_behind_the_day"))
