"""Cells of a case's CSV files: days, times, yes and no, lists; and the brackets in UTC that days stand for."""

from __future__ import annotations

import difflib
import re
from calendar import monthrange
from collections.abc import Callable, Collection
from datetime import UTC, date, datetime, timedelta
from typing import NamedTuple

from lightkeeper.model.case import Case
from lightkeeper.model.hours import DAYS_REMEDY, HOURS_REMEDY, hours_from
from lightkeeper.sources.rows import Row, clean

ESTIMATE_SLACK = timedelta(days=3)
"""A day flagged `estimated_start` or `estimated_end` may be wrong by this much, either way. A convention of ours."""

HOUR_SLACK = timedelta(minutes=30)
"""A document that gives an hour means `around` it: this much either way. A convention of ours."""

LENGTHS = {"claim": 2000, "note": 2000, "url": 2000, "title": 500, "dataset": 500}
LENGTH = 200
"""Characters that a cell may have: LENGTH, or what LENGTHS says of its column."""

_WEB = re.compile(r"https?://[^\s<>\"'@/]+(/[^\s<>\"']*|[?#][^\s<>\"']*)?")
_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._:-]{0,99}")


class Wrong(ValueError):
    """A cell that is not what its column asks for: what is wrong, and what to do."""

    def __init__(self, what: str, remedy: str) -> None:
        self.what, self.remedy = what, remedy
        super().__init__(what)


class Bracket(NamedTuple):
    """A moment that is known to lie between two moments, in UTC."""

    earliest: datetime | None = None
    latest: datetime | None = None


class Span(NamedTuple):
    """A day, or the first and the last one of a month or a year."""

    first: date
    last: date


class Cells:
    """The cells of one row, read by column. Each method raises Wrong."""

    def __init__(self, row: Row, later: Collection[str] = ()) -> None:
        """Columns in `later` may be missing, and are empty then."""
        self._cells = dict.fromkeys(later, "") | row.cells

    def text(self, name: str) -> str | None:
        """The text without control characters, or none where the cell is empty."""
        text = clean(self._cells[name])
        limit = LENGTHS.get(name, LENGTH)
        if len(text) > limit:
            raise Wrong(f"`{name}` has {len(text)} characters", f"Shorten it to {limit}")
        return text or None

    def needed(self, name: str) -> str:
        """The text of a cell that must not be empty."""
        text = self.text(name)
        if text is None:
            raise Wrong(f"`{name}` is empty", "Fill it in")
        return text

    def id(self, name: str) -> str:
        """A stable id."""
        text = self.needed(name)
        if not _ID.fullmatch(text):
            raise Wrong(f"`{text}` is not an id", "Use letters, digits, `.`, `_`, `:` and `-`, at most 100")
        return text

    def choice(self, name: str, allowed: Collection[str]) -> str | None:
        """One of the allowed words, or none."""
        text = self.text(name)
        if text is not None and text not in allowed:
            raise Wrong(f"`{name}` is `{text}`", suggest(text, allowed))
        return text

    def yes_no(self, name: str) -> bool | None:
        """`yes`, `no` or none."""
        text = (self.text(name) or "").lower()
        if text not in ("", "yes", "no"):
            raise Wrong(f"`{name}` is `{text}`", "Write `yes` or `no`, or leave it empty")
        return {"yes": True, "no": False}.get(text)

    def day(self, name: str) -> date | None:
        """A day, YYYY-MM-DD."""
        text = self.text(name)
        if text is None:
            return None
        try:
            return _of_our_times(datetime.strptime(text, "%Y-%m-%d").replace(tzinfo=UTC)).date()
        except ValueError as error:
            raise Wrong(f"`{name}` is `{text}`, not a day", "Write it as 2021-06-20") from error

    def days(self, name: str) -> Span | None:
        """The first and the last day of a day, a month or a year: YYYY-MM-DD, YYYY-MM or YYYY."""
        text = self.text(name)
        if text is None:
            return None
        try:
            begin = datetime.strptime(text + "-01-01"[(len(text) - 4) :], "%Y-%m-%d").replace(tzinfo=UTC)
            first = _of_our_times(begin).date()
        except ValueError as error:
            raise Wrong(f"`{name}` is `{text}`, not a day", "Write it as 2021-06-20, or 2021-06 or 2021") from error
        if len(text) == len("2021"):
            return Span(first, first.replace(month=12, day=31))
        if len(text) == len("2021-06"):
            return Span(first, first.replace(day=monthrange(first.year, first.month)[1]))
        return Span(first, first)

    def moment(self, name: str) -> datetime | None:
        """A moment in UTC, YYYY-MM-DDTHH:MMZ."""
        text = self.text(name)
        if text is None:
            return None
        try:
            return _of_our_times(datetime.strptime(text, "%Y-%m-%dT%H:%MZ").replace(tzinfo=UTC))
        except ValueError as error:
            raise Wrong(f"`{name}` is `{text}`, not a time in UTC", "Write it as 2021-06-20T18:30Z") from error

    def hours(self, name: str) -> str | None:
        """Hours of the day by the clock of the case: 07:00-10:00;13:00-16:00."""
        return self._checked(name, lambda text: hours_from(text, None), HOURS_REMEDY)

    def weekdays(self, name: str) -> str | None:
        """Days of the week: Mon-Fri."""
        return self._checked(name, lambda text: hours_from(None, text), DAYS_REMEDY)

    def _checked(self, name: str, check: Callable[[str], object], remedy: str) -> str | None:
        text = self.text(name)
        try:
            if text is not None:
                check(text)
        except ValueError as error:
            raise Wrong(f"`{name}`: {error}", remedy) from error
        return text

    def count(self, name: str) -> int | None:
        """A whole number that is not negative."""
        text = self.text(name)
        if text is None:
            return None
        if not re.fullmatch(r"[0-9]{1,6}", text):
            raise Wrong(f"`{name}` is `{text}`, not a count", "Write a whole number")
        return int(text)

    def url(self, name: str) -> str | None:
        """A web address: http or https, nothing else."""
        text = self.text(name)
        if text is not None and not _WEB.fullmatch(text):
            raise Wrong(f"`{text[:80]}` is not a web address", "It begins with https:// or http:// and has no spaces")
        return text

    def many(self, name: str, allowed: Collection[str] | None = None) -> list[str]:
        """Words with semicolons between them, each once."""
        words = [w for w in (w.strip() for w in (self.text(name) or "").split(";")) if w]
        for word in words if allowed is not None else ():
            if word not in (allowed or ()):
                raise Wrong(f"`{name}` has `{word}`", suggest(word, allowed or ()))
        return list(dict.fromkeys(words))

    def asn(self, name: str) -> str:
        """An AS number, without `AS`."""
        text = self.needed(name)
        number = re.fullmatch(r"(?:AS)?([0-9]{1,10})", text, re.IGNORECASE)
        if not number or not 0 < int(number[1]) < 1 << 32:
            raise Wrong(f"`{text}` is not an AS number", "Write it as 58224")
        return str(int(number[1]))


def _of_our_times(moment: datetime) -> datetime:
    """Raises ValueError for a year in which there was no network: its neighbours may be no dates at all."""
    if not 1900 <= moment.year < 2200:
        raise ValueError("not of our times")
    return moment


def suggest(word: str, allowed: Collection[str]) -> str:
    """`Did you mean …?`, or the list of what is allowed."""
    near = difflib.get_close_matches(word, list(allowed), n=1)
    return f"Did you mean `{near[0]}`?" if near else f"Write one of: {', '.join(allowed)}"


def bracket(case: Case, days: Span | None, moment: datetime | None, *, estimated: bool = False) -> Bracket:
    """When a claimed moment was, in UTC: around the hour where there is one, else in the local day, month or year."""
    slack = ESTIMATE_SLACK if estimated else timedelta(0)
    if moment is not None:
        return Bracket(moment - HOUR_SLACK - slack, moment + HOUR_SLACK + slack)
    if days is not None:
        return Bracket(case.midnight(days.first) - slack, case.midnight(days.last + timedelta(days=1)) + slack)
    return Bracket()
