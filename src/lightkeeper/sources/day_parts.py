"""Day parts: year, month and day out of figures and names of months, and the day of the common calendar that they are.

Years of the Solar Hijri and the Buddhist calendar are converted. Other years than 1990 to 2100 are refused: nobody shut
down the internet before there was one.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date
from typing import Literal, NamedTuple

from persiantools.jdatetime import JalaliDate

from lightkeeper.sources.month_names import Month, is_weekday, key_of, month_of

YEARS = range(1990, 2101)
SOLAR_YEARS = range(1369, 1411)
"""Years of the Solar Hijri calendar up to 2031. Later ones are those of the lunar Hijri calendar from 1990 on."""
LUNAR_YEARS = range(1411, 1526)
BUDDHIST_YEARS = range(1990 + 543, 2101 + 543)

Order = Literal["day first", "month first", "both"]


class Told(NamedTuple):
    """What comes first in the days of a sheet, and whether many cells say so and none denies it."""

    order: Order
    sure: bool = True


Orders = Mapping[str, Told]
"""How a sheet writes 3/4/2021, 3.4.2021 and 3-4-2021, by the mark between the figures, as far as it can be told."""

_FIGURES_OR_NOT = re.compile(r"[0-9]+|[^0-9\s/,،()\-]+|[/,،()\-]")
_WORDS_MAX = 5
"""Words that the name of a month may have: `sánzá ya zómi na mɔ̌kɔ́` has five."""
_MONTH_FOLLOWS = frozenset({"thang", "thg"})
"""Vietnamese numbers its months: `tháng 3`."""
_BETWEEN = frozenset(
    (
        "of de du le el del da do den am the st nd rd th er re em um on from since "
        "في من روز از ماه г года г. 年 月 日 년 월 일"
    ).split()
)
"""Words between the parts of a day that say nothing."""
_MARKS = frozenset({*"/.-,'’،()", "..."})
_TWO = ("two_figure_year",)


class Part(NamedTuple):
    """A day as far as it is written."""

    year: int | None
    month: Month | None
    day: int | None
    flags: tuple[str, ...] = ()


def part_of(text: str, orders: Orders) -> Part:
    """The parts of one day. Raises ValueError where a word or a figure has no place in it."""
    numbers: list[str] = []
    at: int | None = None
    month: Month | None = None
    tokens = [t for token in _FIGURES_OR_NOT.findall(text) for t in ([token] if month_of(token) else _split(token))]
    place = 0
    while place < len(tokens):
        token = tokens[place]
        named, taken = _month_at(tokens, place)
        place += taken
        if named is not None:
            if month is not None:
                raise ValueError("it names two months")
            month, at = named, len(numbers)
        elif token.isdigit():
            numbers.append(token)
        elif token not in _MARKS and key_of(token) not in _BETWEEN and not is_weekday(token):
            raise ValueError(f"`{token[:20]}` is neither a month nor a figure")
    if month is not None:
        return _named(numbers, month, at or 0)
    lengths = [len(n) for n in numbers]
    if lengths == [8]:
        return _in_figures([numbers[0][:4], numbers[0][4:6], numbers[0][6:]], orders, "")
    if len(numbers) == 3:
        mark = next((m for m in "/.-" if m in text), "")
        return _in_figures(numbers, orders, mark)
    if sorted(lengths) in ([1, 4], [2, 4]):
        year, number = sorted(numbers, key=len, reverse=True)
        return Part(int(year), Month(int(number)), None)
    if lengths in ([1], [2]):
        return Part(None, None, int(numbers[0]))
    raise ValueError("it names a year only" if lengths == [4] else "it is no day")


def _split(token: str) -> list[str]:
    """A word and the points and marks around it, each by itself."""
    return [part for part in re.split(r"([.'’]+)", token) if part] if not is_weekday(token) else [token]


def _month_at(tokens: list[str], place: int) -> tuple[Month | None, int]:
    """The month that the words from here on name, as many as it takes, and how many tokens these are."""
    if key_of(tokens[place]) in _MONTH_FOLLOWS and tokens[place + 1 : place + 2] and tokens[place + 1].isdigit():
        return Month(int(tokens[place + 1])), 2
    for taken in range(min(_WORDS_MAX, len(tokens) - place), 0, -1):
        words = tokens[place : place + taken]
        if not any(word.isdigit() for word in words) and (found := month_of(" ".join(words))):
            return found, taken
    return None, 1


def day_of(part: Part) -> tuple[date, tuple[str, ...]]:
    """The day of the common calendar, and the flags of its calendar. Raises ValueError for a day that cannot be."""
    year, month, day = part.year, part.month, part.day
    if year is None or month is None or day is None:
        raise ValueError(f"it lacks a {'year' if year is None else 'month' if month is None else 'day'}")
    if year in SOLAR_YEARS:
        return _from_solar(year, month.number, day), ("solar_hijri_day",)
    if month.solar:
        raise ValueError(f"{year} is not a year of the Solar Hijri calendar, as its month is")
    if year in BUDDHIST_YEARS:
        return date(year - 543, month.number, day), ("buddhist_year",)
    if year in LUNAR_YEARS:
        raise ValueError(f"{year} is a year of the lunar Hijri calendar, or none of the common one")
    if year not in YEARS:
        raise ValueError(f"the year {year} is not between {YEARS.start} and {YEARS.stop - 1}")
    return date(year, month.number, day), ()


def _named(numbers: list[str], month: Month, before: int) -> Part:
    """A day whose month has a name; `before` figures stand before it."""
    if not numbers:
        return Part(None, month, None)
    if len(numbers) == 1:
        alone = int(numbers[0])
        return Part(alone, month, None) if len(numbers[0]) == 4 else Part(None, month, alone)
    lengths = [len(n) for n in numbers]
    if len(numbers) > 2 or max(lengths) > 4:
        raise ValueError("it has too many figures")
    first, second = map(int, numbers)
    if lengths[0] == 4 > lengths[1]:
        return Part(first, month, second)
    if lengths[1] == 4 > lengths[0]:
        return Part(second, month, first)
    if before == 2 or first > 31 or lengths[1] != 2:
        raise ValueError("which figure is the year cannot be told")
    return Part(_century(second), month, first, _TWO)


def _in_figures(numbers: list[str], orders: Orders, mark: str) -> Part:
    """A day in three figures, with this mark between them."""
    one, two, three = map(int, numbers)
    if len(numbers[0]) == 4:
        return Part(one, Month(two), three)
    if len(numbers[2]) not in (2, 4) or max(len(n) for n in numbers[:2]) > 2:
        raise ValueError("which figure is the year cannot be told")
    short = len(numbers[2]) == 2
    if short and (mark not in ("/", ".") or max(one, two) > 31):
        raise ValueError("which figure is the year cannot be told")
    year, flags = (_century(three), _TWO) if short else (three, ())
    if one > 12 or two > 12 or one == two:
        day, month = (one, two) if one > 12 else (two, one)
        return Part(year, Month(month), day, flags)
    order, doubt = _order(orders, mark)
    day, month = (one, two) if order == "day first" else (two, one)
    return Part(year, Month(month), day, (*flags, *doubt))


def _order(orders: Orders, mark: str) -> tuple[Order, tuple[str, ...]]:
    """What comes first where both may be, and the flag that says so where that is a doubt.

    Access Now's sheets write the month first, with strokes; with points it is the day everywhere.
    """
    told = orders.get(mark) or (orders.get("/") if mark != "." else None)
    if told is not None and told.order == "both":
        raise ValueError("it may be two days, for the sheet has days with the day first and with the month first")
    if told is not None:
        return told.order, () if told.sure else ("day_month_order_by_column",)
    if mark not in ("/", "."):
        raise ValueError("it may be two days: whether the day or the month comes first cannot be told")
    return ("month first" if mark == "/" else "day first"), ("day_month_order_assumed",)


def _from_solar(year: int, month: int, day: int) -> date:
    try:
        found: date = JalaliDate(year, month, day).to_gregorian()  # type: ignore[no-untyped-call]
    except ValueError as error:
        raise ValueError("it is no day of the Solar Hijri calendar") from error
    return found


def _century(year: int) -> int:
    return year + (1900 if year >= 90 else 2000)
