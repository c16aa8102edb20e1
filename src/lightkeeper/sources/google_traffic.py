"""A country's share of Google's worldwide traffic, by product: a reply of the Transparency Report, or a CSV made of it.

Google divides a country's requests by those of the world, for each product and bin of time, and multiplies by one
constant (transparencyreport.google.com/traffic/overview): levels of two countries or products cannot be compared.
The data are Google's, under its Terms of Service, and no API is documented. So nothing is fetched here: a person saves
the reply of `/transparencyreport/api/v3/traffic/fraction?region=RU&product=21&start=…&end=…` (milliseconds since 1970)
and imports it. Its form is that of recorded replies: `)]}'` and a line end, then JSON in nested lists.

A stamp is the end of its bin: requests from midnight have their first stamp one bin later, and one that ends at
23:59:59 has its last at midnight. Bins are as long as the request makes them (1.5, 2, 3 hours were seen), so the step
is found for each stretch; the level did not change with it. Where a downloader left days out there are rows without a
value.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import msgspec

from lightkeeper.errors import InputError
from lightkeeper.model.signal import Signal
from lightkeeper.sources import checked
from lightkeeper.sources.bounded import opened, whole
from lightkeeper.sources.rows import Unreadable, clean, read_csv

SOURCE, LICENCE = "google_traffic", "Google Terms of Service: not to be passed on"
UNIT = "normalised share of worldwide traffic"
PREFIX = b")]}'"
SERIES_NAME = "tr.atsr"
COLUMNS = ("date and time", "value")
PRODUCTS = {1: "all", 6: "gmail", 8: "images", 9: "maps", 14: "sites", 16: "translate", 19: "web_search", 21: "youtube"}
"""Numbers of products in the API, as Jigsaw's net-analysis has them."""
FIRST, LAST = datetime(2009, 1, 1, tzinfo=UTC), datetime(2100, 1, 1, tzinfo=UTC)
VALUE_MAX = 1e6
ROWS_MAX = 500_000
BYTES_MAX = 64 << 20
RUN = 3
"""So many equal distances in a row make a step. The gaps between downloads are equal too, but stand alone."""
REMEDY = "Save the reply of Google's report again"

Points = dict[datetime, float | None]


def parse(
    body: bytes, country: str, product: str = "youtube", where: str = "reply", file_sha256: str | None = None
) -> Iterator[Signal | Unreadable]:
    """A saved reply as a series of `country`: what cannot be used, then one Signal a bin, dense, oldest first.

    Series: `google_traffic/youtube/RU`. The reply names neither country nor product: the caller must.
    Raises InputError for what is no such reply.
    """
    points: Points = {}
    for number, item in enumerate(_items(body, where), 1):
        try:
            at, value = _point(item)
            if at in points:
                raise ValueError(f"{at:%Y-%m-%d %H:%M} stands twice; the first is kept")
            points[at] = value
        except ValueError as error:
            yield Unreadable(f"{where}, point {number}", str(error), REMEDY)
    yield from _signals(points, country, product, where, file_sha256)


def read_any(
    path: Path, country: str, product: str = "youtube", zone: str = "UTC", file_sha256: str | None = None
) -> Iterator[Signal | Unreadable]:
    """The same from a saved reply, or a CSV as `read` takes it. Raises InputError for a file that is neither."""
    with opened(path) as stream:
        is_reply = stream.read(64).lstrip()[:1] in (b")", b"[", b"{")
    if not is_reply:
        return read(path, country, product, zone, file_sha256)
    return parse(whole(path, BYTES_MAX), country, product, path.name, file_sha256)


def read(
    path: Path, country: str, product: str = "youtube", zone: str = "UTC", file_sha256: str | None = None
) -> Iterator[Signal | Unreadable]:
    """The same from a CSV with `date and time` and `value`, in the local time of the machine that made it (`zone`).

    Such a file does not say its zone. Raises InputError for a file that is none such, or an unknown zone.
    """
    try:
        local = ZoneInfo(zone)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        remedy = "Name one of the tz database: Asia/Tehran"
        raise InputError(f"`{clean(zone[:60])}` is not a time zone", remedy=remedy) from error
    points: Points = {}
    for row in read_csv(path):
        if isinstance(row, list):
            if lacking := [name for name in COLUMNS if name not in row]:
                needs = f"It has at least: {', '.join(COLUMNS)}"
                raise InputError(f"the column `{lacking[0]}` is missing", remedy=needs, where=f"{path}:1")
            continue
        try:
            at = _time(row.cells[COLUMNS[0]].strip(), local)
            text = row.cells[COLUMNS[1]].strip()
            value = checked.amount(text, VALUE_MAX, "share of traffic") if text else None
            if at in points:
                raise ValueError(f"{at:%Y-%m-%d %H:%M} UTC stands twice; the first is kept")
            points[at] = value
        except ValueError as error:
            yield Unreadable(f"{path}:{row.line}", str(error), REMEDY)
    yield from _signals(points, country, product, str(path), file_sha256)


def _items(body: bytes, where: str) -> list[Any]:
    try:
        if len(body) > BYTES_MAX:
            raise ValueError("the reply is too long")
        found = msgspec.json.decode(body.removeprefix(PREFIX))
        inner = next(part for part in found if isinstance(part, list) and part[:1] == [SERIES_NAME])
        if not isinstance(inner[1], list) or len(inner[1]) > ROWS_MAX:
            raise ValueError("there is no list of points")
    except (msgspec.MsgspecError, ValueError, StopIteration, TypeError, IndexError, RecursionError) as error:
        raise InputError("this is no reply of Google's traffic report", remedy=REMEDY, where=where) from error
    points: list[Any] = inner[1]
    return points


def _point(item: Any) -> tuple[datetime, float | None]:
    match item:
        case [int() as stamp, [[_, value]]] if not isinstance(stamp, bool) and 0 < stamp < 4_102_444_800_000:
            at = datetime.fromtimestamp(stamp / 1000, UTC)
        case _:
            raise ValueError(f"`{clean(str(item)[:80])[:60]}` is not a point: time, then one value")
    if at < FIRST:
        raise ValueError(f"{at:%Y-%m-%d} is before Google's report began")
    return at, None if value is None else checked.amount(value, VALUE_MAX, "share of traffic")


def _time(text: str, local: ZoneInfo) -> datetime:
    try:
        at = datetime.fromisoformat(text)
        at = (at if at.tzinfo else at.replace(tzinfo=local)).astimezone(UTC)
    except (ValueError, OverflowError) as error:
        raise ValueError(f"`{clean(text[:40])}` is not a time such as 2024-08-01 02:00:00") from error
    if not FIRST <= at < LAST:
        raise ValueError(f"{at:%Y-%m-%d} is not a time of Google's report")
    return at


def _signals(
    points: Points, country: str, product: str, where: str, file_sha256: str | None
) -> Iterator[Signal | Unreadable]:
    try:
        code = checked.country(country)
        if product not in PRODUCTS.values():
            raise ValueError(f"`{clean(product[:40])}` is not a product: {', '.join(PRODUCTS.values())}")
    except ValueError as error:
        raise InputError(str(error), remedy="Name it as Google's report does") from error
    ends = sorted(points)
    if len(ends) < RUN + 1:
        raise InputError("there are too few points to tell the step", remedy="Save a longer time", where=where)
    for begin, step, end in _bins(ends, where):
        if isinstance(end, Unreadable):
            yield end
            continue
        value = points[end] if end else None
        yield Signal(
            series=f"{SOURCE}/{product}/{code}",
            step_at=begin,
            step_s=int(step.total_seconds()),
            source=SOURCE,
            lineage="traffic",
            entity_type="country",
            entity=code,
            metric=f"google_{product}_traffic",
            unit=UNIT,
            value=value,
            missing=None if value is not None else "null_at_source" if end else "gap_in_source",
            file_sha256=file_sha256,
        )


def _bins(ends: list[datetime], where: str) -> Iterator[tuple[datetime, timedelta, datetime | Unreadable | None]]:
    """Begin, length and stamp of each bin; a bin without stamp is one that was left out."""
    apart = [b - a for a, b in pairwise(ends)]
    steps, usual = _steps(apart, ends, where)
    before: tuple[datetime, timedelta] | None = None
    for n, end in enumerate(ends):
        near = [apart[k] for k in (n - 1, n) if 0 <= k < len(apart) and apart[k] in steps]
        step = near[0] if near else usual
        if before:
            at, length = before
            if end - step < at:
                what = f"the bin that ends {end:%Y-%m-%d %H:%M} runs into the one before"
                yield end, step, Unreadable(where, what, REMEDY)
                continue
            while at + length <= end - step:
                yield at, length, None
                at += length
        yield end - step, step, end
        before = end, step


def _steps(apart: list[timedelta], ends: list[datetime], where: str) -> tuple[set[timedelta], timedelta]:
    runs = [a for a, *others in zip(*(apart[k:] for k in range(RUN)), strict=False) if set(others) == {a}]
    if not runs:
        raise InputError("the points keep no step", remedy=REMEDY, where=where)
    if (ends[-1] - ends[0]) / min(runs) > ROWS_MAX:
        raise InputError(f"the points run from {ends[0]:%Y-%m-%d} to {ends[-1]:%Y-%m-%d}", remedy=REMEDY, where=where)
    return set(runs), Counter(runs).most_common(1)[0][0]
