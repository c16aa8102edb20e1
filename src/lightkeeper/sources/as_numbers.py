"""AS numbers: which autonomous systems are a country's, by allocation or by what they announce there.

A table is text: a line that names its form, a line of JSON that says what it was made from, then one line for each
country. A line has the country and its AS numbers as differences, each the distance to the number before: `7` or, where
more numbers follow one by one, `7+3`; a day after `@` is that of the allocation, for the sources that tell it. A table
is named by its hash. The program carries one; a person brings a newer one with `lightkeeper reference as-numbers`.
"""

from __future__ import annotations

import gzip
import hashlib
import io
import re
import zlib
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import date
from functools import cached_property, lru_cache
from importlib.resources import files
from typing import Literal, NamedTuple

import msgspec
import numpy as np
import numpy.typing as npt

from lightkeeper.errors import InputError

FORM = "Lightkeeper: AS numbers by country, 1"
CARRIED = "as_numbers.txt.gz"
UNPACKED_MAX = 64 << 20
"""Bytes of a table. One of all registries with its days has some three million."""
ASKED_MAX = 200_000
"""Answers that are kept: many measurements come from few networks."""
_TOKEN = re.compile(r"([0-9]{1,10})(?:\+([0-9]{1,10}))?(?:@([0-9]{8}))?")
_REMEDY = "Make it again with `lightkeeper reference as-numbers`"

Ints = npt.NDArray[np.int64]
Standing = Literal["home", "elsewhere", "unknown", "later", "special"]
"""What a network is to a country on a day.

home: the number is allocated to the country, or announces addresses that are registered there.
elsewhere: it is known, in other countries alone.
later: it was allocated after that day.
unknown: the table does not have it: it may be newer than the table, or gone before it.
special: a number that no network has on the public internet.
"""

SPECIAL: tuple[tuple[int, int, str], ...] = (
    (0, 0, "RFC 7607"),
    (112, 112, "RFC 7534"),
    (23456, 23456, "RFC 6793"),
    (64496, 64511, "RFC 5398"),
    (64512, 65534, "RFC 6996"),
    (65535, 65535, "RFC 7300"),
    (65536, 65551, "RFC 5398"),
    (65552, 131071, "IANA: reserved"),
    (4_200_000_000, 4_294_967_294, "RFC 6996"),
    (4_294_967_295, 4_294_967_295, "RFC 7300"),
)
"""Reserved, private and documentation numbers, as the special-purpose registry of IANA has them."""


class Source(msgspec.Struct, frozen=True):
    """A file that a table was made from."""

    file: str
    sha256: str
    of: str
    """What it says: `allocation`, `announced` (range to AS number) or `registered` (range to country)."""
    rows: int
    set_aside: int


class About(msgspec.Struct, frozen=True):
    """What a table was made from. It is part of the table, and so of its name."""

    day: date
    """Day for which the files state it."""
    origin: str
    licence: str
    sources: list[Source]


class Pair(NamedTuple):
    """An AS number that is a country's. `day` is that of its allocation, none where the source does not tell it."""

    asn: int
    country: str
    day: date | None = None


class _Rows(NamedTuple):
    """Columns of one length."""

    asn: Ints
    country: npt.NDArray[np.bytes_]
    day: Ints
    """As an ordinal; 0 where it is not known."""


class AsNumbers:
    """A table of AS numbers by country. Read when it is first asked."""

    def __init__(self, text: bytes) -> None:
        self._text = text
        self._asked: dict[tuple[int, str, date], Standing] = {}

    @cached_property
    def name(self) -> str:
        """`asn-` and the first 12 hexadecimal digits of the SHA-256 of its text."""
        return f"asn-{hashlib.sha256(self._text).hexdigest()[:12]}"

    @property
    def text(self) -> bytes:
        """The table as it is kept, not compressed."""
        return self._text

    @cached_property
    def about(self) -> About:
        """What it was made from. Raises InputError for a text that is no such table."""
        try:
            form, facts, _ = self._text.split(b"\n", 2)
            if form.decode() != FORM:
                raise ValueError("another form")
            return msgspec.json.decode(facts, type=About)
        except (ValueError, msgspec.MsgspecError) as error:
            raise InputError("this is no table of AS numbers", remedy=_REMEDY, where=self.name) from error

    def standing(self, asn: int | None, country: str, day: date) -> Standing:
        """What a network is to a country on a day. A network that is not known (AS0) is `special`."""
        if asn is None or is_special(asn):
            return "special"
        known = self._asked.get((asn, country, day))
        if known is None:
            if len(self._asked) >= ASKED_MAX:
                self._asked.clear()
            known = self._asked[asn, country, day] = self._standing(asn, country, day)
        return known

    def _standing(self, asn: int, country: str, day: date) -> Standing:
        rows = self._rows
        first, last = np.searchsorted(rows.asn, asn), np.searchsorted(rows.asn, asn, side="right")
        if first == last:
            return "unknown"
        allocated = [d for d in rows.day[first:last].tolist() if d]
        if allocated and min(allocated) > day.toordinal():
            return "later"
        return "home" if country.encode() in rows.country[first:last].tolist() else "elsewhere"

    def pairs(self) -> Iterator[Pair]:
        """All rows, by number and country."""
        for asn, country, day in zip(*(column.tolist() for column in self._rows), strict=True):
            yield Pair(asn, country.decode(), date.fromordinal(day) if day else None)

    @cached_property
    def _rows(self) -> _Rows:
        """All rows by number. Raises InputError for a text that is no such table."""
        self.about  # noqa: B018 - the head is checked first
        parts = []
        try:
            for line in self._text.decode("ascii").splitlines()[2:]:
                country, _, tokens = line.partition("\t")
                if not re.fullmatch("[A-Z][A-Z0-9]", country):
                    raise ValueError("no country")
                numbers, days = _numbers(tokens)
                parts.append(_Rows(numbers, np.full(len(numbers), country.encode(), "S2"), days))
        except (ValueError, OverflowError) as error:
            raise InputError("the table of AS numbers is damaged", remedy=_REMEDY, where=self.name) from error
        if not parts:
            raise InputError("the table of AS numbers is empty", remedy=_REMEDY, where=self.name)
        numbers = np.concatenate([part.asn for part in parts])
        order = np.argsort(numbers, kind="stable")
        countries, days = (np.concatenate([part[column] for part in parts]) for column in (1, 2))
        return _Rows(numbers[order], countries[order], days[order])


_RUN_MAX = 1 << 20


def is_special(asn: int) -> bool:
    """Whether no network on the public internet has this number."""
    return any(first <= asn <= last for first, last, _ in SPECIAL)


def table_of(pairs: Iterable[Pair], about: About) -> AsNumbers:
    """The table of these rows: the same rows and sources make the same bytes. Special numbers are left out.

    A number that stands twice for a country keeps its earliest day.
    """
    days: dict[str, dict[int, date | None]] = {}
    for asn, country, day in pairs:
        if not is_special(asn):
            known = days.setdefault(country, {})
            before = known.get(asn)
            known[asn] = min(filter(None, (before, day)), default=None)
    lines = [FORM.encode(), msgspec.json.encode(about)]
    lines += [f"{country}\t{_tokens(days[country])}".encode() for country in sorted(days)]
    return AsNumbers(b"\n".join(lines) + b"\n")


def _tokens(days: dict[int, date | None]) -> str:
    found, last = [], 0
    numbers = sorted(days)
    at = 0
    while at < len(numbers):
        begin, day, more = numbers[at], days[numbers[at]], 0
        while day and numbers[at + 1 : at + 2] == [begin + more + 1] and days[begin + more + 1] == day:
            more, at = more + 1, at + 1
        found.append(f"{begin - last}{f'+{more}' if more else ''}{f'@{day:%Y%m%d}' if day else ''}")
        last, at = begin + more, at + 1
    return " ".join(found)


def _numbers(tokens: str) -> tuple[Ints, Ints]:
    """The numbers of a line, and the days of their allocation as ordinals, 0 where it is not known."""
    if not any(mark in tokens for mark in "+@"):  # many times faster, and what is carried has no days
        plain = np.cumsum(np.array(tokens.split(), dtype=np.int64))
        return plain, np.zeros(len(plain), dtype=np.int64)
    numbers: list[int] = []
    days: list[int] = []
    last = 0
    for token in tokens.split():
        parts = _TOKEN.fullmatch(token)
        if parts is None or int(parts[2] or 0) > _RUN_MAX:
            raise ValueError("no token")
        first, last = last + int(parts[1]), last + int(parts[1]) + int(parts[2] or 0)
        numbers += range(first, last + 1)
        days += [date.fromisoformat(parts[3]).toordinal() if parts[3] else 0] * (last - first + 1)
    return np.array(numbers, dtype=np.int64), np.array(days, dtype=np.int64)


def packed(table: AsNumbers) -> bytes:
    """The table as a file: gzip without a time, so that the same table is the same bytes."""
    return gzip.compress(table.text, 9, mtime=0)


def unpacked(data: bytes, where: str) -> AsNumbers:
    """The table of such a file. Raises InputError where it cannot be unpacked, or is too large."""
    try:
        with gzip.open(io.BytesIO(data)) as stream:
            text = stream.read(UNPACKED_MAX + 1)
    except (OSError, EOFError, ValueError, zlib.error) as error:
        raise InputError("the table of AS numbers cannot be unpacked", remedy=_REMEDY, where=where) from error
    if len(text) > UNPACKED_MAX:
        raise InputError("the table of AS numbers is too large", remedy=_REMEDY, where=where)
    return AsNumbers(text)


@lru_cache(maxsize=1)
def carried() -> AsNumbers:
    """The table that comes with the program."""
    return unpacked(files("lightkeeper.sources").joinpath("reference", CARRIED).read_bytes(), CARRIED)


def current() -> AsNumbers:
    """The table in force in this process: the carried one, unless another was chosen."""
    return _in_force or carried()


@contextmanager
def in_force(table: AsNumbers | None) -> Iterator[None]:
    """Use a table within the block; none is the carried one."""
    global _in_force
    before = _in_force
    _in_force = table
    try:
        yield
    finally:
        _in_force = before


_in_force: AsNumbers | None = None
