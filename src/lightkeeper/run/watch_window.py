"""The trailing window: what detection looks at now, from the rows of the watched sources in the lake.

Each source has a window of its own length. It reaches further back where an event that was told is still open, so that
a long shutdown never becomes what is normal. The values can be put into the archive as one file that `detect` reads.
"""

from __future__ import annotations

import hashlib
import io
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, time, timedelta
from pathlib import Path
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.parquet as pq

from lightkeeper import __version__
from lightkeeper.detect.digest import digest_of_detection
from lightkeeper.model import Signal, Told
from lightkeeper.run.telling import GONE, Window, is_own
from lightkeeper.run.watch_ooni import voices
from lightkeeper.run.watch_sources import PACES, heard_name
from lightkeeper.sources.series_files import Points
from lightkeeper.store.lake import Lake

PAST = timedelta(days=28)
"""Before an event that is open, so much is looked at too."""
LONGEST = timedelta(days=400)
_COLUMNS = ("series", "step_at", "step_s", "lineage", "entity_type", "entity", "metric", "unit", "value")
_SHARE, _VOLUME = "confirmed_share", "measurements"


class Series(NamedTuple):
    """One series as detection hears it, by time."""

    source: str
    lineage: str
    second: npt.NDArray[np.int64]
    value: npt.NDArray[np.float64]
    n: npt.NDArray[np.float64]
    step_s: int


class Look(NamedTuple):
    """What is in the window, and how far each source has come."""

    series: dict[str, Series]
    begin: datetime
    end: datetime
    newest: dict[str, datetime]
    """End of the newest step with a value, by source; also of steps that are not settled yet."""
    newest_of: dict[str, datetime]
    """The same by series."""

    def points(self) -> Points:
        """All values, as detection takes them."""
        names = sorted(self.series)
        parts = [self.series[name] for name in names]
        code = np.repeat(np.arange(len(names), dtype=np.int32), [len(p.second) for p in parts])
        return Points(
            names,
            code,
            np.concatenate([p.second for p in parts]) if parts else np.zeros(0, np.int64),
            np.concatenate([p.value for p in parts]) if parts else np.zeros(0),
            np.concatenate([p.n for p in parts]) if parts else np.zeros(0),
        )

    def lineages(self) -> dict[str, str]:
        """The lineage of each series, as its source says."""
        return {name: of.lineage for name, of in self.series.items()}

    def file(self) -> bytes:
        """The values as a Parquet file with the columns that `detect` reads. The same values give the same bytes."""
        points = self.points()
        names = pa.DictionaryArray.from_arrays(pa.array(points.code), pa.array(points.names, pa.string()))
        kinds = [self.series[name].lineage for name in points.names]
        table = pa.table(
            {
                "series": names,
                "hour": points.second,
                "value": pa.array(points.value, from_pandas=True),
                "n": pa.array(points.n, from_pandas=True),
                "lineage": pa.DictionaryArray.from_arrays(pa.array(points.code), pa.array(kinds, pa.string())),
            }
        )
        written = io.BytesIO()
        pq.write_table(table, written, compression="zstd")
        return written.getvalue()

    def window(self, data: bytes) -> Window:
        """The window as `telling` takes it; `data` is that of `file`."""
        with_value = {name: s.second[~np.isnan(s.value)] for name, s in self.series.items()}

        def seen(name: str, begin: datetime, end: datetime) -> bool:
            first, after = np.searchsorted(with_value[name], [int(begin.timestamp()), int(end.timestamp())])
            return bool(after > first)

        return Window(
            self.begin,
            self.end,
            f"dt-{digest_of_detection()[:12]}+{__version__}",
            hashlib.sha256(data).hexdigest(),
            {name: datetime.fromtimestamp(int(at[0]), UTC) for name, at in with_value.items() if len(at)},
            seen,
        )


def look(tables: Path, country: str, log: Sequence[Told], now: datetime) -> Look:
    """Read the window of a country that ends now. Rows of sources that are not asked any more count too."""
    found: dict[str, Series] = {}
    begins: list[datetime] = []
    for name, pace in PACES.items():
        begin = _begin(now, timedelta(days=pace.window_days), log)
        begins.append(begin)
        of = _ooni(tables, country, begin, now) if name == "ooni" else _fetched(Lake(tables), name, country, begin, now)
        found |= dict(of)
    newest_of = {name: end for name, series in found.items() if (end := _newest(series))}
    newest: dict[str, datetime] = {}
    for name, end in newest_of.items():
        source = found[name].source
        newest[source] = max(newest.get(source, end), end)
    settled = {name: _settled(series, now) for name, series in found.items()}
    return Look({n: s for n, s in settled.items() if len(s.second)}, min(begins), now, newest, newest_of)


def _begin(now: datetime, length: timedelta, log: Sequence[Told]) -> datetime:
    last = {entry.event_id: entry for entry in log if is_own(entry)}
    since = [e.onset_earliest - PAST for e in last.values() if e.end_latest is None and e.change not in GONE]
    begin = max(min([now - length, *since]), now - LONGEST)
    return datetime.combine(begin.date(), time(), tzinfo=UTC)


def _newest(series: Series) -> datetime | None:
    known = np.flatnonzero(~np.isnan(series.value))
    return datetime.fromtimestamp(int(series.second[known[-1]]) + series.step_s, UTC) if len(known) else None


def _settled(series: Series, now: datetime) -> Series:
    until = int(now.timestamp()) - PACES[series.source].settle_s - series.step_s
    kept = series.second <= until
    return series._replace(second=series.second[kept], value=series.value[kept], n=series.n[kept])


def _fetched(lake: Lake, name: str, country: str, begin: datetime, now: datetime) -> Iterator[tuple[str, Series]]:
    """The series of one source, from the parts that `fetch` wrote."""
    prefix = f"fetch-{name}-{country}-"
    parts = [p for p in lake.parts(Signal) if p.startswith(prefix) and p[-7:] >= f"{begin:%Y-%m}"]
    rows = lake.columns(Signal, parts, _COLUMNS)
    if not rows.num_rows:
        return
    by_series: dict[str, tuple[str, list[int]]] = {}
    spans: dict[str, str] = {}
    columns = {c: rows.column(c).to_pylist() for c in ("series", "metric", "unit", "entity_type", "entity", "lineage")}
    second = np.asarray(rows.column("step_at").cast(pa.int64()).to_numpy() // 1_000_000, np.int64)
    value = np.asarray(rows.column("value").to_numpy(), np.float64)
    steps = rows.column("step_s").to_numpy()
    kept = (second >= int(begin.timestamp())) & (second <= int(now.timestamp()))
    heard: dict[str, str | None] = {}
    for row in np.flatnonzero(kept).tolist():
        series = columns["series"][row]
        if series not in heard:
            place = (columns["entity_type"][row], columns["entity"][row])
            heard[series] = heard_name(name, series, columns["metric"][row], columns["unit"][row], place, country)
        known = heard[series]
        if known is None or series < spans.get(known, series):
            continue  # of replies that each have a scale of their own, only the newest is heard
        if series > spans.get(known, ""):
            spans[known] = series
            by_series[known] = (columns["lineage"][row], [])
        by_series[known][1].append(row)
    made: dict[str, Series] = {}
    for known, (lineage, members) in by_series.items():
        order = np.array(members)[np.argsort(second[members], kind="stable")]
        blank = np.full(len(order), np.nan)
        made[known] = Series(name, lineage, second[order], value[order], blank, int(steps[order[-1]]))
    yield from ((known, _with_trials(known, series, made)) for known, series in made.items())


def _with_trials(name: str, series: Series, others: dict[str, Series]) -> Series:
    """A share of measurements gets the number that it is a share of, from the series of volume beside it."""
    volume = others.get(name.replace(f"/{_SHARE}/", f"/{_VOLUME}/")) if f"/{_SHARE}/" in name else None
    if volume is None or not np.array_equal(volume.second, series.second):
        return series
    return series._replace(n=np.nan_to_num(volume.value))


def _ooni(tables: Path, country: str, begin: datetime, now: datetime) -> Iterator[tuple[str, Series]]:
    """The share of networks that found a target blocked, by hour, with the number of networks that told anything."""
    found: dict[str, list[tuple[int, float, float]]] = {}
    for voice in voices(tables, country, begin, now):
        row = (int(voice.hour.timestamp()), voice.blocked / voice.networks, float(voice.networks))
        found.setdefault(f"ooni_cells/blocked/{voice.target}/{country}", []).append(row)
    for name, rows in found.items():
        second, value, n = (np.array(column) for column in zip(*rows, strict=True))
        yield name, Series("ooni", "in_country", second.astype(np.int64), value, n, 3600)
