"""Watch routing: files of a route collector, fetched or brought, to how much of a country its peers see.

What a damaged file leaves out may be the loss of a route, or a route that never was lost. So from the begin of a file
that could not be read to its end, up to the next whole table, the rows have no value (`unreadable_in_source`): a file
cut short must not look like an outage.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime, time
from pathlib import Path
from typing import NamedTuple

import msgspec

from lightkeeper.archive import Archive
from lightkeeper.errors import InputError
from lightkeeper.model import Signal
from lightkeeper.run.fetching import ASIDE_MAX, Wanted, some
from lightkeeper.run.judging import Aside
from lightkeeper.run.routing_files import RawFile, Reader, in_order, read_asns, time_of
from lightkeeper.settings import Settings
from lightkeeper.signals.visibility import STEP_S, Places, visibility
from lightkeeper.sources import mrt_files, ripestat, series_fetch
from lightkeeper.sources.rows import Unreadable, clean
from lightkeeper.sources.series_fetch import Failure, FetchSummary, OnProgress
from lightkeeper.store.lake import Lake

UNREADABLE = "unreadable_in_source"
_COLLECTOR = re.compile(r"[a-z0-9](?:[a-z0-9.-]{0,60}[a-z0-9])?")


class Routing(msgspec.Struct, frozen=True, kw_only=True):
    """What became of one run."""

    collector: str
    country: str
    networks: int
    """AS that are watched."""
    files: int
    fetched: int = 0
    skipped: int = 0
    """Files that the archive had before."""
    failed: list[Failure] = []
    signals: int
    without_value: int
    """Signals that have no value, for the reason that each tells."""
    set_aside: int
    aside: list[Aside]
    """The first of what was set aside."""


def fetch_routing(
    wanted: Wanted,
    collector: str,
    settings: Settings,
    *,
    every_table: bool = False,
    on_progress: OnProgress | None = None,
) -> Routing:
    """Fetch the files of a collector (rrc00, route-views.linx, …) and write what its peers see of the country.

    The country's AS are those that registries list for it on the first day (RIPEstat); each of `wanted.asns` gets
    series of its own too. Rows: see `signals.visibility`. Raises InputError for what cannot be asked,
    SourceUnavailable without the list of AS, or without any file.
    """
    begin, end = _midnight(wanted.since), _midnight(wanted.until)
    requests = mrt_files.plan(collector, begin, end, settings, every_table=every_table)
    archive = Archive(settings.data_dir / "archive")
    listed = _resources(wanted, archive, settings)
    summary = series_fetch.fetch(mrt_files.TERMS, requests, archive, settings, on_progress)
    some(summary, collector)
    pairs = zip(summary.requests, summary.files, strict=True)
    reader = Reader([RawFile(archive.path_of(file.sha256), request.url) for request, file in pairs])
    places = Places(dict.fromkeys(listed.asns, wanted.country), frozenset(wanted.asns))
    rows = _rows(reader, places, collector, begin, end)
    _write(rows, f"fetch-routing-{collector}-{wanted.country}", settings)
    aside = [*listed.unreadable, *reader.aside]
    return _outcome(collector, wanted.country, places, rows, aside, len(summary.files), summary)


def import_routing(
    paths: Sequence[Path],
    collector: str,
    country: str,
    settings: Settings,
    *,
    listed: Path | None = None,
    asns: Sequence[int] = (),
) -> Routing:
    """Read MRT files that a person brings, in any order, and write what the collector's peers see of the country.

    `listed` is a text file with the country's AS, one a line; without it there is no series of the country, and only
    those of each of `asns`. The time is that of the updates. Raises InputError where no file or no AS can be used.
    """
    found = read_routing(paths, collector, country, listed=listed, asns=asns)
    archive = Archive(settings.data_dir / "archive")
    for file in found.files:
        archive.add_path(file.path, source=mrt_files.SOURCE, url=file.name, licence=mrt_files.LICENCE)
    _write(found.rows, f"import-routing-{collector}-{country}", settings)
    return _outcome(collector, country, found.places, found.rows, found.aside, len(found.files))


class RoutingRows(NamedTuple):
    """What was read in files of a collector."""

    rows: list[Signal]
    places: Places
    files: list[RawFile]
    aside: list[Unreadable]


def read_routing(
    paths: Sequence[Path], collector: str, country: str, *, listed: Path | None = None, asns: Sequence[int] = ()
) -> RoutingRows:
    """Read MRT files as `import_routing` does, and write nothing."""
    if not _COLLECTOR.fullmatch(collector) or ".." in collector:
        raise InputError(f"`{clean(collector)[:60]}` is not a collector", remedy="Give one such as rrc00")
    aside: list[Unreadable] = []
    places = Places(dict.fromkeys(read_asns(listed, aside) if listed else (), country), frozenset(asns))
    if not places.country_of and not places.asns:
        raise InputError("there is no network to watch", remedy="Give a list with --asns, or a network with --asn")
    files = in_order(paths, aside)
    begin, end = time_of(files)
    reader = Reader(files)
    rows = _rows(reader, places, collector, begin, end)
    return RoutingRows(rows, places, files, [*aside, *reader.aside])


def _resources(wanted: Wanted, archive: Archive, settings: Settings) -> ripestat.Resources:
    requests = ripestat.plan_resources(wanted.country, wanted.since, settings)
    summary = series_fetch.fetch(ripestat.TERMS, requests, archive, settings)
    some(summary, "ripestat")
    found = ripestat.parse_resources(archive.read(summary.files[0].sha256))
    if not found.asns:
        what = f"RIPEstat lists no network for {wanted.country} on {wanted.since}"
        raise InputError(what, remedy="Check the country, or choose another first day")
    return found


def _rows(reader: Reader, places: Places, collector: str, begin: datetime, end: datetime) -> list[Signal]:
    rows = list(visibility(reader.batches(), places, collector=collector, begin=begin, end=end))
    doubts = reader.doubts
    return [_masked(row, doubts) for row in rows] if doubts else rows


def _masked(row: Signal, doubts: list[tuple[int, float]]) -> Signal:
    step = int(row.step_at.timestamp()) // STEP_S
    if row.value is None or not any(first <= step < after for first, after in doubts):
        return row
    return msgspec.structs.replace(row, value=None, missing=UNREADABLE, flag=None)


def _write(rows: Iterable[Signal], name: str, settings: Settings) -> None:
    """One part a day. A row takes the place of the one with the same key."""
    lake = Lake(settings.data_dir / "tables")
    days: dict[date, dict[tuple[str, datetime], Signal]] = {}
    for row in rows:
        days.setdefault(row.step_at.date(), {})[row.series, row.step_at] = row
    for day, new in days.items():
        part = f"{name}-{day}"
        old = {(row.series, row.step_at): row for row in lake.read(Signal, part)}
        lake.write(Signal, (old | new).values(), part=part)


def _outcome(
    collector: str,
    country: str,
    places: Places,
    rows: Sequence[Signal],
    aside: Sequence[Unreadable],
    files: int,
    summary: FetchSummary | None = None,
) -> Routing:
    return Routing(
        collector=collector,
        country=country,
        networks=len(places.country_of.keys() | places.asns),
        files=files,
        fetched=summary.fetched if summary else 0,
        skipped=summary.skipped if summary else 0,
        failed=summary.failed if summary else [],
        signals=len(rows),
        without_value=sum(row.value is None for row in rows),
        set_aside=len(aside),
        aside=[Aside(one.where, 0, one.what, one.remedy) for one in aside[:ASIDE_MAX]],
    )


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), tzinfo=UTC)
