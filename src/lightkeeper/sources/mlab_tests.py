"""Single NDT tests of the web100 years (2009-2019), as exported from BigQuery: to quantiles by day or hour.

Speed in Mbit/s is 8 HCThruOctetsAcked / (SndLimTimeRwin + SndLimTimeCwnd + SndLimTimeSnd), octets and microseconds. A
test counts if it moved 8 kB in 9 to 60 s: measurementlab.net/data/docs/bq/ndtmetrics and schema/ndt. M-Lab's third
condition, that congestion was seen, is left out on purpose: a throttled test may see none. Addresses of clients are
not read.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import numpy as np

from lightkeeper.errors import InputError
from lightkeeper.model.signal import Signal
from lightkeeper.sources import checked
from lightkeeper.sources.mlab_quantiles import Place, signals
from lightkeeper.sources.rows import Row, Unreadable, read_csv

TIME, OCTETS = "web100_log_entry_log_time", "web100_log_entry_snap_HCThruOctetsAcked"
LIMITED = tuple(f"web100_log_entry_snap_SndLimTime{part}" for part in ("Rwin", "Cwnd", "Snd"))
COUNTRY = "connection_spec_client_geolocation_country_code"
LEAST_OCTETS = 8192
LEAST_US, MOST_US = 9_000_000, 60_000_000
BEGIN_S, END_S = 1_230_768_000, 1_609_459_200
"""2009 to 2020: NDT's web100 years. A time outside is a wrong unit."""
PERCENTS = (10, 25, 50, 75, 90)
REMEDY = "Mend the row, or export the tests again"


def read(
    path: Path, country: str, step_s: int = 86_400, file_sha256: str | None = None
) -> Iterator[Signal | Unreadable]:
    """The tests of `country` in steps of an hour or a day: what cannot be used, then tests and quantiles by step,
    dense.

    Series: `mlab/ndt_download_p10/VE`. A step without a test has 0 tests and no quantile. Tests that M-Lab does not
    count are left out and told in one Unreadable. Raises InputError for a file without the columns, or without such a
    test.
    """
    if step_s not in (3600, 86_400):
        raise InputError(f"a step of {step_s} s is not offered", remedy="Choose an hour (3600) or a day (86400)")
    wanted, short = country.upper(), 0
    steps: dict[int, array[float]] = {}
    for row in read_csv(path):
        if isinstance(row, list):
            _check(row, path)
        elif row.cells[COUNTRY].strip().upper() == wanted:
            try:
                second, mbps = _test(row)
            except ValueError as error:
                yield Unreadable(f"{path}:{row.line}", str(error), REMEDY)
                continue
            if mbps is None:
                short += 1
            else:
                steps.setdefault(second // step_s, array("d")).append(mbps)
    if short:
        what = f"{short:,} tests moved too little or lasted too short or too long to count"
        yield Unreadable(str(path), what, "Nothing to mend: M-Lab leaves such tests out too")
    if not steps:
        raise InputError(f"the file has no test of `{wanted[:20]}` that counts", remedy=REMEDY, where=str(path))
    place = Place(checked.asked_country(wanted))
    for step in range(min(steps), max(steps) + 1):
        speeds = np.asarray(steps.get(step, ()), dtype=float)
        values = np.percentile(speeds, PERCENTS).tolist() if len(speeds) else [None] * len(PERCENTS)
        at = datetime.fromtimestamp(step * step_s, UTC)
        quantiles = dict(zip(PERCENTS, values, strict=True))
        yield from signals(place, at, step_s, float(len(speeds)), quantiles, file_sha256=file_sha256)


def _check(header: list[str], path: Path) -> None:
    for name in (TIME, OCTETS, *LIMITED, COUNTRY):
        if name not in header:
            remedy = "Export it from BigQuery with the fields of the web100 view"
            raise InputError(f"the column `{name}` is missing", remedy=remedy, where=f"{path}:1")


def _test(row: Row) -> tuple[int, float | None]:
    """Second and speed; no speed for a test that does not count."""
    second = checked.amount(row.cells[TIME], END_S, "time in seconds since 1970")
    if second < BEGIN_S:
        raise ValueError(f"{second:.0f} s is before NDT began")
    octets = checked.amount(row.cells[OCTETS], 1e15, "number of octets")
    lasted = sum(checked.amount(row.cells[name], 1e12, "time in microseconds") for name in LIMITED)
    counts = octets >= LEAST_OCTETS and LEAST_US <= lasted < MOST_US
    return int(second), 8 * octets / lasted if counts else None
