"""Import files that the user brings: keep their bytes, read them, and put their rows where they are used."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date, datetime
from pathlib import Path

import msgspec

from lightkeeper.archive import Archive
from lightkeeper.errors import InputError
from lightkeeper.model import Signal
from lightkeeper.observe.fingerprints import Fingerprints
from lightkeeper.observe.reference import Reference, with_imported
from lightkeeper.run import references
from lightkeeper.run.judging import Aside, keep_readable, sha256_of
from lightkeeper.settings import Settings
from lightkeeper.sources import (
    checked,
    google_traffic,
    ioda,
    mlab,
    mlab_quantiles,
    mlab_tables,
    mlab_tests,
    ooni_fingerprints,
)
from lightkeeper.sources.fingerprint import Fingerprint
from lightkeeper.sources.rows import Unreadable
from lightkeeper.store.lake import Lake

ASIDE_MAX = 1000
"""What was set aside is listed up to here; all of it is counted."""
SIGNALS_MAX = 2_000_000
Read = Callable[[Path, str], Iterator[Signal | Unreadable]]
"""Gets a file and its SHA-256; gives its rows."""


class Imported(msgspec.Struct, frozen=True, kw_only=True):
    """What became of one file."""

    source: str
    file: str
    sha256: str
    licence: str
    series: list[str]
    signals: int
    without_value: int
    """Signals that have no value, for the reason that each tells."""
    set_aside: int
    aside: list[Aside]
    """The first of what was set aside."""


def import_ioda(path: Path, country: str, settings: Settings) -> tuple[list[Signal], list[Aside]]:
    """Import a CSV file exported from IODA's dashboard. Running it again replaces the rows.

    Returns the rows and what was set aside. Raises InputError where no row can be read.
    """
    aside: list[Aside] = []
    rows = keep_readable(ioda.read(path, country), aside)
    if not rows:
        raise InputError("no row could be read", remedy="Export the country's signals from IODA again", where=str(path))
    licence = "IODA (Georgia Institute of Technology): all rights reserved; for your own use, not to be passed on"
    kept = Archive(settings.data_dir / "archive").add_path(path, source="ioda", url=path.name, licence=licence)
    rows = [msgspec.structs.replace(row, file_sha256=kept.sha256) for row in rows]
    Lake(settings.data_dir / "tables").write(Signal, rows, part=f"import-ioda-{country}")
    return rows, aside


def import_fingerprints(
    paths: list[Path], settings: Settings, *, licence: str = ooni_fingerprints.LICENCE
) -> tuple[Reference, list[Fingerprint], list[Aside]]:
    """Import OONI's CSV files of fingerprints as one reference, under `data/reference/<its name>`.

    It holds Lightkeeper's own fingerprints, then those of the files in their order; the same files make the same
    reference. Returns it, the fingerprints of the files and what was set aside. Raises InputError where none is usable.
    """
    aside: list[Aside] = []
    known: list[Fingerprint] = []
    sources: list[references.Source] = []
    for path in paths:
        refused: list[Aside] = []
        found = keep_readable(ooni_fingerprints.read(path), refused)
        if not found:
            remedy = "Give fingerprints_http.csv or fingerprints_dns.csv"
            raise InputError("no fingerprint could be read", remedy=remedy, where=str(path))
        sources.append(references.Source(path.name, sha256_of(path), licence, len(found), len(refused)))
        known += found
        aside += refused
    reference = with_imported(known)
    Fingerprints(reference.known())
    for path in paths:
        Archive(settings.data_dir / "archive").add_path(path, source="fingerprints", url=path.name, licence=licence)
    references.save(reference, sources, settings.data_dir)
    return reference, known, aside


def import_google(
    path: Path, country: str, settings: Settings, *, product: str = "youtube", zone: str = "UTC"
) -> Imported:
    """Import a country's share of Google's traffic: a saved reply of its report, or a CSV file in the time of `zone`.

    Raises InputError for a file that is neither.
    """

    def read(path: Path, sha256: str) -> Iterator[Signal | Unreadable]:
        return google_traffic.read_any(path, country, product, zone, sha256)

    part = f"import-google-{product}-{checked.asked_country(country)}"
    return _import_series(path, read, google_traffic.SOURCE, google_traffic.LICENCE, part, settings)


def import_mlab(path: Path, country: str, settings: Settings) -> Imported:
    """Import a table of M-Lab's quantiles by day or hour, made by an own query. See `sources.mlab_tables.read`."""
    code = checked.asked_country(country)
    return _import_mlab(path, lambda path, sha: mlab_tables.read(path, code, sha), f"import-mlab-{code}", settings)


def import_mlab_tests(path: Path, country: str, settings: Settings, *, step_s: int = 86_400) -> Imported:
    """Import single NDT tests of 2009-2019 as quantiles by day or hour. See `sources.mlab_tests.read`."""
    code = checked.asked_country(country)
    part = f"import-mlab-tests-{code}-{step_s}"
    return _import_mlab(path, lambda path, sha: mlab_tests.read(path, code, step_s, sha), part, settings)


def import_mlab_month(
    path: Path, begin: date, end: date, settings: Settings, *, country: str | None = None
) -> Imported:
    """Import percentiles of m-lab/iqb by country as one step, `end` not included. See `mlab_tables.read_month`."""
    code = checked.asked_country(country) if country else None
    part = f"import-mlab-month-{begin}"
    return _import_mlab(path, lambda path, sha: mlab_tables.read_month(path, begin, end, code, sha), part, settings)


def _import_mlab(path: Path, read: Read, part: str, settings: Settings) -> Imported:
    return _import_series(path, read, mlab_quantiles.SOURCE, mlab.LICENCE, part, settings)


def _import_series(path: Path, read: Read, source: str, licence: str, part: str, settings: Settings) -> Imported:
    """Read, archive and write a file. Rows that came from the same file before, or have the same key, give way."""
    try:
        sha256 = sha256_of(path)
        rows, aside, set_aside = _taken(read(path, sha256), path)
    except OSError as error:
        what = f"cannot be read: {error.strerror}"
        raise InputError(what, remedy="Check its name and your rights", where=str(path)) from error
    if not rows:
        what = aside[0].error if aside else "there is no row that is wanted"
        remedy = aside[0].remedy if aside else "Check the country and the file"
        raise InputError(f"no row could be used: {what}", remedy=remedy, where=str(path))
    kept = Archive(settings.data_dir / "archive").add_path(path, source=source, url=path.name, licence=licence)
    if kept.sha256 != sha256:
        raise InputError("the file changed while it was read", remedy="Import it again", where=str(path))
    lake = Lake(settings.data_dir / "tables")
    old = {_key(row): row for row in lake.read(Signal, part) if row.file_sha256 != sha256}
    lake.write(Signal, (old | {_key(row): row for row in rows}).values(), part=part)
    return Imported(
        source=source,
        file=path.name,
        sha256=sha256,
        licence=licence,
        series=sorted({row.series for row in rows}),
        signals=len(rows),
        without_value=sum(row.value is None for row in rows),
        set_aside=set_aside,
        aside=aside,
    )


def _taken(found: Iterator[Signal | Unreadable], path: Path) -> tuple[list[Signal], list[Aside], int]:
    """The rows; the first of what was set aside; and how much was."""
    rows: list[Signal] = []
    aside: list[Aside] = []
    set_aside = 0
    for row in found:
        if not isinstance(row, Unreadable):
            rows.append(row)
        elif set_aside < ASIDE_MAX:
            keep_readable([row], aside)
        set_aside += isinstance(row, Unreadable)
        if len(rows) > SIGNALS_MAX:
            raise InputError(f"more than {SIGNALS_MAX:,} steps", remedy="Import fewer at a time", where=str(path))
    return rows, aside, set_aside


def _key(row: Signal) -> tuple[str, datetime]:
    return row.series, row.step_at
