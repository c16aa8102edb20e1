"""Files that tell which AS numbers are a country's: the registries' statistics, and ranges of addresses joined.

Two forms are read, told apart by what stands in them:

- `delegated-*-extended-latest` of the five registries (RIPE NCC, "RIR Statistics Exchange Format", and the extended
  form of NRO): `ripencc|IR|asn|12880|1|20000101|allocated|…`. They have the day of each allocation.
- CSV of address ranges, as ip-location-db publishes them: `first,last,AS number,name` says who announces a range,
  `first,last,country` where it is registered. Joined they say in which countries an AS announces addresses.
"""

from __future__ import annotations

import csv
import hashlib
import re
from collections.abc import Iterable, Iterator
from datetime import date
from ipaddress import ip_address
from pathlib import Path
from typing import NamedTuple

import numpy as np

from lightkeeper.errors import InputError
from lightkeeper.sources import checked
from lightkeeper.sources.as_numbers import About, AsNumbers, Pair, Source, table_of
from lightkeeper.sources.bounded import opened
from lightkeeper.sources.rows import Unreadable, clean

LEAST_ADDRESSES = {4: 1 << 8, 6: 1 << 80}
"""A country counts from this many announced addresses on: a /24 or a /48, the least that is routed (RFC 7454),"""
LEAST_SHARE = 0.01
"""and from this share of all that the AS announces on: clouds and hosts lease a few ranges of any country."""
LINE_MAX = 4096
ASIDE_MAX = 10_000
LINES_MAX = 3_000_000
"""Lines of one file. The longest real ones have some 700,000."""
_REGISTRY = re.compile(r"[0-9a-z.]+\|")
_ALLOCATED = frozenset({"allocated", "assigned"})
_RUN_MAX = 1 << 16


class Span(NamedTuple):
    """A range of addresses, first and last included, and what is said of it."""

    family: int
    first: int
    last: int
    said: str


class Found(NamedTuple):
    """What one file tells."""

    source: Source
    pairs: list[Pair]
    announced: list[Span]
    registered: list[Span]
    day: date | None
    aside: list[Unreadable]


def read_table(
    paths: Iterable[Path], *, origin: str, licence: str, day: date | None = None, base: AsNumbers | None = None
) -> tuple[AsNumbers, list[Unreadable]]:
    """One table of all files, and the rows that were set aside.

    `day` is the day that the files are of; the registries' own say it themselves. The rows of `base` are kept beside
    those of the files: one registry has one part of the world. Raises InputError where a file is of
    no known form, where ranges lack their other half, and where no day is known.
    """
    found = [read_file(path) for path in paths]
    days = [f.day for f in found if f.day]
    if day is None and not days:
        raise InputError("the files do not tell of which day they are", remedy="Say it with `--day YYYY-MM-DD`")
    announced, registered = ([s for f in found for s in getattr(f, kind)] for kind in ("announced", "registered"))
    if bool(announced) != bool(registered):
        remedy = "Give both: ranges with their AS number, and ranges with their country"
        raise InputError("one half of the ranges is missing", remedy=remedy)
    pairs = [p for f in found for p in f.pairs] + join(announced, registered)
    if not pairs:
        raise InputError("no AS number could be read", remedy="Download the files again")
    sources = sorted((f.source for f in found), key=lambda s: (s.file, s.sha256))
    of_day = day or max(days)
    if base is not None:
        pairs += base.pairs()
        of_day = max(of_day, base.about.day)
        origin, licence = f"{base.name} and {origin}", f"{base.about.licence}; {licence}"
    about = About(day=of_day, origin=origin, licence=licence, sources=sources)
    return table_of(pairs, about), [a for f in found for a in f.aside]


def read_file(path: Path) -> Found:
    """What one file tells, by its form. Raises InputError where it is of none."""
    size = 0
    aside: list[Unreadable] = []
    pairs: list[Pair] = []
    spans: dict[str, list[Span]] = {"announced": [], "registered": []}
    stated: date | None = None
    form = ""
    remedy = "Check the line; the other lines are used"
    for number, line in enumerate(_lines(path), 1):
        size = number
        if not line or line.startswith("#"):
            continue
        try:
            if _REGISTRY.match(line):
                form = form or "allocation"
                parts = line.split("|")
                stated = stated or _stated(parts)
                pairs += _allocation(parts)
            else:
                cells = next(csv.reader([line]))
                kind, span = _span(cells)
                form = form or kind
                spans[kind].append(span)
        except (ValueError, csv.Error, StopIteration) as error:
            aside.append(Unreadable(f"{path}:{number}", clean(str(error))[:120], remedy))
            if len(aside) > ASIDE_MAX:
                what = f"more than {ASIDE_MAX:,} lines cannot be read"
                raise InputError(what, remedy="Check that it is the right file", where=str(path)) from error
    if not pairs and not any(spans.values()):
        raise InputError(
            "this file does not tell which AS numbers are a country's",
            remedy="Give a registry's `delegated-…-extended` file, or CSV of address ranges",
            where=str(path),
        )
    source = Source(path.name, _sha256(path), form, size - len(aside), len(aside))
    return Found(source, pairs, spans["announced"], spans["registered"], stated, aside)


def join(announced: Iterable[Span], registered: Iterable[Span]) -> list[Pair]:
    """The countries in which each AS announces addresses enough, by where the ranges are registered."""
    sums: dict[tuple[int, int, str], int] = {}
    wholes: dict[tuple[int, int], int] = {}
    for family in LEAST_ADDRESSES:
        places = sorted((s for s in registered if s.family == family), key=lambda s: s.first)
        begins = np.array([s.first for s in places], dtype=object)
        for span in announced:
            if span.family != family or not places:
                continue
            at = max(int(np.searchsorted(begins, span.first, side="right")) - 1, 0)
            while at < len(places) and places[at].first <= span.last:
                both = min(span.last, places[at].last) - max(span.first, places[at].first) + 1
                if both > 0:
                    key = (family, int(span.said), places[at].said)
                    sums[key] = sums.get(key, 0) + both
                    wholes[key[:2]] = wholes.get(key[:2], 0) + both
                at += 1
    enough = {
        (asn, country)
        for (family, asn, country), n in sums.items()
        if n >= LEAST_ADDRESSES[family] and n >= LEAST_SHARE * wholes[family, asn]
    }
    return [Pair(asn, country) for asn, country in sorted(enough)]


def _stated(parts: list[str]) -> date | None:
    """The last day of a registry's file, from its first line: `2|ripencc|1700000000|…|19830705|20260617|+0200`."""
    if len(parts) < 7 or not parts[0].replace(".", "").isdigit():
        return None
    return _day(parts[5])


def _allocation(parts: list[str]) -> Iterator[Pair]:
    if len(parts) < 7 or parts[2] != "asn" or parts[6] not in _ALLOCATED:
        return
    first, count = checked.asn(parts[3]), int(parts[4])
    if not 0 < count <= _RUN_MAX:
        raise ValueError(f"`{parts[4]}` cannot be a number of AS numbers")
    country, day = checked.country(parts[1]), _day(parts[5])
    for asn in range(first, first + count):
        yield Pair(asn, country, day)


def _span(cells: list[str]) -> tuple[str, Span]:
    if len(cells) < 3:
        raise ValueError("the line has fewer than three cells")
    family, first = _address(cells[0])
    other, last = _address(cells[1])
    if family != other or last < first:
        raise ValueError("the range ends before it begins")
    if len(cells) == 3 and not cells[2].strip().isdigit():
        return "registered", Span(family, first, last, checked.country(cells[2]))
    return "announced", Span(family, first, last, str(checked.asn(cells[2])))


def _address(text: str) -> tuple[int, int]:
    """Family and number of an address, also of one that is written as a number: from 2**32 on that is IPv6."""
    if text.isascii() and text.isdigit() and len(text) < 40:
        number = int(text)
        return (4 if number < 1 << 32 else 6), number
    address = ip_address(text[:64])
    return address.version, int(address)


def _day(text: str) -> date | None:
    """`20000101`. Registries write nothing, or zeros, where they do not know."""
    if text in ("", "00000000"):
        return None
    if len(text) != 8 or not text.isascii() or not text.isdigit():
        raise ValueError(f"`{clean(text[:20])}` is not a day")
    return date.fromisoformat(text)


def _lines(path: Path) -> Iterator[str]:
    """The lines of a file, `.gz` unpacked. Raises InputError."""
    with opened(path) as stream:
        for _ in range(LINES_MAX):
            line = stream.readline(LINE_MAX)
            if not line:
                return
            yield line.decode("utf-8", errors="replace").strip()
    raise InputError("the file has too many lines", remedy="Check that it is the right file", where=str(path))


def _sha256(path: Path) -> str:
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()
