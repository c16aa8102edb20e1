"""Tables that a person brings from M-Lab: quantiles by an own query, IQB percentiles of a month, and single NDT tests.

BigQuery asks for an account, so that a person runs the query. The columns that are read, as CSV or Parquet:
`date` or `hour` (begin, UTC), `country`, perhaps `region` and `asn`, `samples`, and `p10`, `p25`, `p50`, `p75`, `p90`
of the download speed in Mbit/s (or `download_p10`…, `upload_p10`… with `upload_samples`). Percentiles of m-lab/iqb
(`downloads_by_country.parquet`) say nothing of their month: the caller does. In them latency and loss run backwards
(p90 is the better end), and are not read.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path

from lightkeeper.errors import InputError
from lightkeeper.model.signal import Signal
from lightkeeper.sources import checked
from lightkeeper.sources.mlab_quantiles import MBPS_MAX, TESTS_MAX, Place, signals
from lightkeeper.sources.rows import Unreadable, clean, read_csv

EARLIEST, LATEST = datetime(2009, 1, 1, tzinfo=UTC), datetime(2100, 1, 1, tzinfo=UTC)
ROWS_MAX = 5_000_000
REMEDY = "Mend the row, or run the query again"
_QUANTILE = re.compile(r"(?:(download|upload)_)?p([1-9][0-9]?)")

Cells = dict[str, object]


def read(path: Path, country: str | None = None, file_sha256: str | None = None) -> Iterator[Signal | Unreadable]:
    """A table of quantiles by day or hour: tests and quantiles as Signals, in the order of the file.

    `country` picks one. The step is a day where the column is `date`, an hour where it is `hour`. Steps that the file
    leaves out are not filled: an own query may leave out what it likes. Raises InputError for a file without the
    columns.
    """
    for where, row, header in _records(path):
        if header:
            _check(header, path, ("country",), ("date", "hour"))
        try:
            if country and checked.country(str(row.get("country"))) != country.upper():
                continue
            name = "hour" if "hour" in row else "date"
            begin = _begin(row[name])
            yield from _row(row, _place(row), begin, 3600 if name == "hour" else 86_400, file_sha256)
        except ValueError as error:
            yield Unreadable(where, str(error), REMEDY)


def read_month(
    path: Path, begin: date, end: date, country: str | None = None, file_sha256: str | None = None
) -> Iterator[Signal | Unreadable]:
    """Percentiles of m-lab/iqb by country: one step from `begin` to `end` (not included). Otherwise as `read`."""
    if not timedelta(0) < end - begin <= timedelta(days=400):
        raise InputError(f"{begin} to {end} is no month", remedy="Give the first day, and the day after the last")
    at, step = datetime.combine(begin, time(), tzinfo=UTC), (end - begin).days * 86_400
    for where, row, header in _records(path):
        if header:
            _check(header, path, ("country_code", "sample_count"))
        try:
            place = Place(checked.country(str(row.get("country_code"))))
            if country and place.country != country.upper():
                continue
            named = row | {"samples": row["sample_count"], "upload_samples": row["sample_count"]}
            yield from _row(named, place, at, step, file_sha256)
        except ValueError as error:
            yield Unreadable(where, str(error), REMEDY)


def _row(row: Cells, place: Place, at: datetime, step_s: int, file_sha256: str | None) -> Iterator[Signal]:
    found: dict[str, dict[int, float | None]] = {}
    for name, value in row.items():
        if fits := _QUANTILE.fullmatch(name):
            found.setdefault(fits[1] or "download", {})[int(fits[2])] = _speed(value)
    if not found:
        raise ValueError("the row has no quantile")
    for way, quantiles in found.items():
        rising = {percent: quantiles[percent] for percent in sorted(quantiles)}
        known = [value for value in rising.values() if value is not None]
        if known != sorted(known):
            raise ValueError(f"the quantiles of {way} do not rise")
        samples = row.get("upload_samples" if way == "upload" and "upload_samples" in row else "samples")
        tests = None if samples in (None, "") else checked.amount(samples, TESTS_MAX, "number of tests")
        yield from signals(place, at, step_s, tests, rising, way, file_sha256)


def _speed(value: object) -> float | None:
    return None if value in (None, "") else checked.amount(value, MBPS_MAX, "speed in Mbit/s")


def _place(row: Cells) -> Place:
    region, asn = row.get("region"), row.get("asn")
    if region not in (None, "") and not checked.REGION.fullmatch(str(region)):
        raise ValueError(f"`{clean(str(region)[:40])}` is not a region in ISO 3166-2")
    return Place(
        checked.country(str(row.get("country"))),
        str(region) if region not in (None, "") else None,
        checked.asn(asn) if asn not in (None, "") else None,
    )


def _begin(value: object) -> datetime:
    try:
        if isinstance(value, datetime):
            at = value
        elif isinstance(value, date):
            at = datetime.combine(value, time())
        else:
            at = datetime.fromisoformat(clean(str(value)[:60]).removesuffix(" UTC"))
        at = at.replace(tzinfo=UTC) if at.tzinfo is None else at.astimezone(UTC)
    except (ValueError, OverflowError) as error:
        raise ValueError(f"`{clean(str(value)[:60])[:40]}` is not a time") from error
    if not EARLIEST <= at < LATEST:
        raise ValueError(f"{at:%Y-%m-%d} is not a time of NDT")
    return at


def _check(header: list[str], path: Path, *needed: tuple[str, ...]) -> None:
    """At least one column of each group, or all of a single group."""
    groups = [(name,) for name in needed[0]] + list(needed[1:])
    for group in groups:
        if not any(name in header for name in group):
            remedy = "Its columns are described in the guide, under M-Lab"
            raise InputError(f"the column `{' or '.join(group)}` is missing", remedy=remedy, where=str(path))


def _records(path: Path) -> Iterator[tuple[str, Cells, list[str]]]:
    """Each row with its place, and with the first the header."""
    if path.suffix == ".parquet":
        yield from _parquet(path)
        return
    header: list[str] = []
    for row in read_csv(path):
        if isinstance(row, list):
            header = [name.lower() for name in row]
        else:
            yield f"{path}:{row.line}", {name.lower(): cell.strip() for name, cell in row.cells.items()}, header
            header = []


def _parquet(path: Path) -> Iterator[tuple[str, Cells, list[str]]]:
    import pyarrow as pa
    import pyarrow.parquet as pq

    number = 0
    try:
        file = pq.ParquetFile(path)
        if file.metadata.num_rows > ROWS_MAX:
            raise InputError(f"more than {ROWS_MAX:,} rows", remedy="Export fewer at a time", where=str(path))
        header = [name.lower() for name in file.schema_arrow.names]
        for batch in file.iter_batches(batch_size=10_000):
            for row in batch.to_pylist():
                number += 1
                yield f"{path}, row {number}", {name.lower(): value for name, value in row.items()}, header
                header = []
    except (pa.ArrowException, OSError, UnicodeDecodeError) as error:
        what = f"cannot be read as Parquet: {clean(str(error))[:120]}"
        raise InputError(what, remedy="Export it again", where=str(path)) from error
