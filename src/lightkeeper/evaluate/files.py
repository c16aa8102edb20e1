"""Files: read the real series of an evaluation from a folder of the user, as columns of series, time, value and n."""

from __future__ import annotations

import gzip
import json
import statistics
from collections import defaultdict
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import numpy as np

from lightkeeper.model.signal import Signal
from lightkeeper.signals.matrix import Matrix, matrices
from lightkeeper.sources import ioda
from lightkeeper.sources.rows import Row, read_csv
from lightkeeper.sources.series_files import Points

Cell = tuple[str, int, float, float]
"""Series, second, value, n."""
NAN = float("nan")
TEHRAN_S = 12_600
"""Monash's epochs of Iran are local time, UTC+3:30 in November."""
DAY_S = 86_400
LEAST_SECONDS, LEAST_BYTES = 9e6, 8192
"""An NDT test counts if it ran for nine seconds and moved this much (M-Lab's own rule)."""


def ioda_iran(folder: Path) -> Iterator[Cell]:
    """IODA's export of Iran, every half hour."""
    path = folder / "series" / "ioda-iran-2026" / "half-hourly-2025-12-01-to-2026-01-29.csv"
    for row in ioda.read(path, "IR"):
        if isinstance(row, Signal):
            yield row.series, int(row.step_at.timestamp()), NAN if row.value is None else row.value, NAN


def monash_iran(folder: Path) -> Iterator[Cell]:
    """Connectivity of Iran's counties, hourly."""
    for cells in _rows(folder / "series" / "monash" / "irn-2019-11-11_gif.csv"):
        name = f"monash/connectivity/IR/{cells['name_1']}/{cells['name_2']}"
        yield name, int(cells["time_e"]) - TEHRAN_S, _number(cells["connectivity"]), NAN


def monash_laura(folder: Path) -> Iterator[Cell]:
    """Connectivity of counties of four states, hourly."""
    for cells in _rows(folder / "series" / "monash" / "usa-2020-08-31_HurrLaura.csv"):
        name = f"monash/connectivity/US/{cells['name_1']}/{cells['name_2']}"
        yield name, int(cells["time_e_utc"]), _number(cells["connectivity"]), NAN


def youtube(folder: Path) -> Iterator[Cell]:
    """YouTube's traffic in Russia and the Netherlands, every two hours; the zone of the times is not known."""
    for country in ("RU", "NL"):
        for cells in _rows(folder / "series" / "google-youtube" / f"{country}.csv.gz"):
            at = int(datetime.fromisoformat(cells["date and time"]).replace(tzinfo=UTC).timestamp())
            yield f"google/youtube_traffic/{country}", at - at % 7200, _number(cells["value"]), NAN


def mlab_venezuela(folder: Path) -> Iterator[Cell]:
    """Median download throughput of NDT tests in Venezuela by day, Mbit/s."""
    days: defaultdict[int, list[float]] = defaultdict(list)
    for cells in _rows(folder / "series" / "mlab" / "ndt-VE-2014-01-01-to-05-30.csv.gz"):
        limits = [_number(cells[f"web100_log_entry_snap_SndLimTime{k}"]) for k in ("Rwin", "Cwnd", "Snd")]
        microseconds, moved = sum(limits), _number(cells["web100_log_entry_snap_HCThruOctetsAcked"])
        inside = cells["connection_spec_client_geolocation_country_code"] == "VE"
        if inside and microseconds >= LEAST_SECONDS and moved >= LEAST_BYTES:
            days[int(cells["web100_log_entry_log_time"]) // DAY_S].append(8 * moved / microseconds)
    for day in sorted(days):
        yield "mlab/throughput/VE", day * DAY_S, statistics.median(days[day]), NAN


def ooni_brazil(folder: Path) -> Iterator[Cell]:
    """Share of anomalous measurements of one site in Brazil, by day."""
    days: defaultdict[int, list[bool]] = defaultdict(list)
    for row in json.loads((folder / "ooni" / "series_womenonwaves_BR_2018.json").read_bytes()):
        at = datetime.fromisoformat(row["measurement_start_time"]).replace(tzinfo=UTC)
        days[int(at.timestamp()) // DAY_S].append(row["anomaly"] in (True, "t", "True"))
    for day in sorted(days):
        seen = days[day]
        yield "ooni/blocked/www.womenonwaves.org/BR", day * DAY_S, sum(seen) / len(seen), float(len(seen))


def tor_users(folder: Path) -> Iterator[Cell]:
    """Direct Tor users of each country, by day."""
    for country, day, cells in _tor(folder):
        yield f"tor_users/direct_users/{country}", day, _number(cells[2]), NAN


def tor_flags(folder: Path) -> Iterator[tuple[str, int, bool, bool]]:
    """Flags of Tor's own detector: series, day, whether it says censorship, whether it says a spike."""
    for country, day, cells in _tor(folder):
        yield f"tor_users/direct_users/{country}", day, _number(cells[0]) > 0, _number(cells[1]) > 0


def _tor(folder: Path) -> Iterator[tuple[str, int, tuple[str, str, str]]]:
    with gzip.open(folder / "series" / "tor-users-2011-2016.csv.gz", "rt", encoding="utf-8") as lines:
        header = next(lines, "").rstrip("\n").split(",")
        day, country, *wanted = (
            header.index(name) for name in ("date", "country", "event_censor", "event_spike", "actual_users")
        )
        seconds: dict[str, int] = {}
        for line in lines:
            cells = line.rstrip("\n").split(",")
            if len(cells) == len(header) and len(cells[country]) == 2:
                at = seconds.get(cells[day])
                if at is None:
                    at = seconds[cells[day]] = int(datetime.fromisoformat(cells[day]).replace(tzinfo=UTC).timestamp())
                yield cells[country].upper(), at, (cells[wanted[0]], cells[wanted[1]], cells[wanted[2]])


def gathered(cells: Iterator[Cell]) -> list[Matrix]:
    """The cells on dense grids."""
    codes: dict[str, int] = {}
    rows = [(codes.setdefault(name, len(codes)), at, value, n) for name, at, value, n in cells]
    code, second, value, n = zip(*rows, strict=True)
    points = Points(
        list(codes), np.array(code, np.int32), np.array(second, np.int64), np.array(value, float), np.array(n, float)
    )
    return matrices(points)


def _rows(path: Path) -> Iterator[dict[str, str]]:
    for row in read_csv(path):
        if isinstance(row, Row):
            yield row.cells


def _number(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        return NAN
