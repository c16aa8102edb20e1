"""Take the series of a case: from files that it carries, from rows that the user brought, from its measurements."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from fnmatch import fnmatchcase
from pathlib import Path

import msgspec

from lightkeeper.errors import CaseError, InputError
from lightkeeper.ledger.voices import service_of
from lightkeeper.model import Cell, Event, Measurement, Member, Signal, Verdict
from lightkeeper.model.case import Case, CaseSeries
from lightkeeper.run.judging import Aside, keep_readable, sha256_of
from lightkeeper.run.routing import read_routing
from lightkeeper.run.series import watch_rows
from lightkeeper.signals import cells, country_cells
from lightkeeper.signals.cell_series import cell_series
from lightkeeper.signals.series import rows_of_points
from lightkeeper.sources import google_traffic, ioda, mlab_tables, mlab_tests, tor_metrics, tor_users
from lightkeeper.sources.as_numbers import AsNumbers
from lightkeeper.sources.case_series import paths_of
from lightkeeper.sources.rows import Unreadable
from lightkeeper.sources.series_files import read_points
from lightkeeper.store.lake import Lake

WARM_UP = timedelta(days=60)
"""Days before the charted ones from which the expected values are learnt, where the series has them."""
STEPS_S = {"hour": 3600, "day": 86_400}
Row = Signal | Unreadable
PARTS: dict[str, tuple[str, ...]] = {
    "tor": ("fetch-tor-{cc}-*",),
    "ioda": ("import-ioda-{cc}", "fetch-ioda-{cc}-*"),
    "radar": ("fetch-radar-{cc}-*",),
    "ripestat": ("fetch-ripestat-{cc}-*",),
    "routing": ("import-routing-*-{cc}-*", "fetch-routing-*-{cc}-*"),
    "google": ("import-google-*-{cc}",),
    "mlab": ("import-mlab-{cc}", "import-mlab-tests-{cc}-*", "import-mlab-month-*"),
    "ooni_counts": ("fetch-ooni-counts-{cc}-*",),
}
"""Reader to the parts of the table `signal` where imports and fetches put its rows, `{cc}` for the country."""


class Taken(msgspec.Struct, frozen=True, kw_only=True):
    """The series of a case, with what was found in them."""

    signals: dict[str, list[Signal]]
    """Name of a series to its charted rows, with the expected band."""
    names: list[list[str]]
    """For each `[[series]]` of the case, in order, the names of the series that it takes."""
    events: list[Event]
    members: list[Member]
    fresh: list[Signal]
    """Rows that do not stand in the lake yet."""


def take_series(
    folder: Path, case: Case, lake: Lake, measurements: Sequence[Measurement], verdicts: Sequence[Verdict],
    aside: list[Aside], table: AsNumbers | None = None,
) -> Taken:  # fmt: skip
    """All series of the case, and the events in them. What cannot be read is added to `aside`.

    `table` says which networks are the country's, the carried one where none is given.

    All are looked at together, so that what moved at once is one event. Raises CaseError for a file that cannot be
    read at all.
    """
    rows: dict[tuple[str, datetime], Signal] = {}
    names: list[list[str]] = []
    spans: dict[str, tuple[datetime, datetime]] = {}
    fresh: set[str] = set()
    for wanted in case.series:
        begin, end = span_of(case, wanted)
        found = _found(folder, case, wanted, lake, measurements, verdicts, aside, table)
        mine = [s for s in found if begin - WARM_UP <= s.step_at < end and is_wanted(wanted, s)]
        rows |= {(s.series, s.step_at): s for s in mine}
        taken = sorted({s.series for s in mine if s.step_at >= begin})
        names.append(taken)
        fresh |= set(taken) if wanted.how_to_import is None else set()
        for name in taken:
            first, last = spans.get(name, (begin, end))
            spans[name] = (min(first, begin), max(last, end))
    try:
        seen = watch_rows((row for row in rows.values() if row.series in spans), case.country)
    except InputError as error:
        raise CaseError(error.what, remedy=error.remedy, where=str(folder / "case.toml")) from error
    charted = {n: [r for r in of if spans[n][0] <= r.step_at < spans[n][1]] for n, of in seen.signals.items()}
    events = [e for e in seen.events if any(_touches(e, *spans[m]) for m in e.members)]
    kept = {e.event_id for e in events}
    return Taken(
        signals=charted,
        names=names,
        events=events,
        members=[m for m in seen.members if m.event_id in kept],
        fresh=[row for name in sorted(fresh & charted.keys()) for row in charted[name]],
    )


def span_of(case: Case, wanted: CaseSeries) -> tuple[datetime, datetime]:
    """From when to when a series is charted, in UTC."""
    return case.midnight(wanted.from_day), case.midnight(wanted.to_day + timedelta(days=1))


def is_wanted(wanted: CaseSeries, row: Signal) -> bool:
    """Whether a series takes a row: by its name, and by the country."""
    named = not wanted.only or any(fnmatchcase(row.series, pattern) for pattern in wanted.only)
    return named and (row.entity_type != "country" or row.entity == wanted.entity)


def read_carried(folder: Path, case: Case, wanted: CaseSeries, aside: list[Aside]) -> list[Signal]:
    """The rows of the files that the case carries for a series. Raises CaseError for one that cannot be read."""
    found: list[Signal] = []
    try:
        if wanted.reader == "routing":
            own = [n for o in case.operators for n in o.asns]
            listed = folder / wanted.asns if wanted.asns else None
            paths = paths_of(wanted, folder)
            read = read_routing(paths, wanted.collector or "", wanted.entity, listed=listed, asns=own)
            return keep_readable([*read.aside, *read.rows], aside)
        for path in paths_of(wanted, folder):
            sha256 = sha256_of(path)
            for row in keep_readable(_READ[wanted.reader](path, wanted, sha256), aside):
                found.append(row if row.file_sha256 else msgspec.structs.replace(row, file_sha256=sha256))
    except InputError as error:
        raise CaseError(error.what, remedy=error.remedy, where=error.where) from error
    return found


def read_lake(lake: Lake, wanted: CaseSeries, begin: datetime, end: datetime) -> list[Signal]:
    """The rows that the user imported or fetched for a series. Later parts go before earlier ones of the same key."""
    found: dict[tuple[str, datetime], Signal] = {}
    patterns = [p.format(cc=wanted.entity) for p in PARTS.get(wanted.reader, ())]
    for part in lake.parts(Signal):
        if any(fnmatchcase(part, pattern) for pattern in patterns):
            found |= {(row.series, row.step_at): row for row in lake.read(Signal, part) if begin <= row.step_at < end}
    return list(found.values())


def read_cells(
    case: Case, wanted: CaseSeries, measurements: Iterable[Measurement], verdicts: Iterable[Verdict],
    table: AsNumbers | None = None,
) -> list[Signal]:  # fmt: skip
    """The series of the case's own measurements, by service that it watches, from the first of them on."""
    mine = [m for m in measurements if m.probe_cc == wanted.entity and m.started_at is not None]
    if not mine:
        return []
    whole = {m.measurement_id: m.target for m in mine}
    counted: list[Cell] = cells(mine, (v for v in verdicts if whole.get(v.measurement_id) == v.target))
    first = min(m.started_at for m in mine if m.started_at is not None)
    begin, end = span_of(case, wanted)
    return list(
        cell_series(
            [*counted, *country_cells(counted, table)], wanted.entity, max(first, begin - WARM_UP), end,
            lambda target: service_of(case.watched, target),
        )
    )  # fmt: skip


def _found(
    folder: Path, case: Case, wanted: CaseSeries, lake: Lake, measurements: Sequence[Measurement],
    verdicts: Sequence[Verdict], aside: list[Aside], table: AsNumbers | None,
) -> list[Signal]:  # fmt: skip
    if wanted.path is not None:
        return read_carried(folder, case, wanted, aside)
    if wanted.how_to_import is not None:
        begin, end = span_of(case, wanted)
        return read_lake(lake, wanted, begin - WARM_UP, end)
    return read_cells(case, wanted, measurements, verdicts, table)


def _touches(event: Event, begin: datetime, end: datetime) -> bool:
    return event.onset_earliest < end and (event.end_latest is None or event.end_latest >= begin)


def _csv(path: Path, wanted: CaseSeries, _: str) -> Iterator[Row]:
    points, unread = read_points([path])
    yield from unread
    yield from rows_of_points(points, country=wanted.entity, lineage=wanted.lineage or "", unit=wanted.unit or "")


def _google(path: Path, wanted: CaseSeries, sha256: str) -> Iterator[Row]:
    return google_traffic.read_any(path, wanted.entity, wanted.product or "", wanted.timezone or "UTC", sha256)


_READ: Mapping[str, Callable[[Path, CaseSeries, str], Iterator[Row]]] = {
    "tor_users": lambda path, w, _: tor_users.read(path, w.entity),
    "tor": lambda path, _, sha: tor_metrics.read(path, sha),
    "ioda": lambda path, w, _: ioda.read(path, w.entity),
    "google": _google,
    "mlab": lambda path, w, sha: mlab_tables.read(path, w.entity, sha),
    "mlab_tests": lambda path, w, sha: mlab_tests.read(path, w.entity, STEPS_S[w.step or "day"], sha),
    "csv": _csv,
}
"""Reader to how it reads one file. `routing` reads all of its files together."""
