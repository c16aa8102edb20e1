"""Watch OONI's raw measurements: fetch the new files of a country, judge them into the tables, and count.

Each known network has one voice a target and hour, however many measurements it sends: `ooni_cells/blocked/<target>`.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import date, datetime
from pathlib import Path
from typing import NamedTuple

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from lightkeeper.archive import Archive
from lightkeeper.errors import SourceUnavailable
from lightkeeper.model import Measurement, Table, Verdict
from lightkeeper.run.tables import judge_into
from lightkeeper.settings import Settings
from lightkeeper.signals.cells import cells_of
from lightkeeper.signals.counting import OF_MEASUREMENT, OF_VERDICT
from lightkeeper.sources import ooni_bucket
from lightkeeper.store.schema import arrow_schema


class Watched(NamedTuple):
    """What one round gave."""

    judged: int
    set_aside: int
    failed: list[ooni_bucket.Failure]


class Voices(NamedTuple):
    """How many networks told anything of a target in an hour, and how many of them that it was blocked or throttled."""

    target: str
    hour: datetime
    networks: int
    blocked: int


def judge_source(country: str, since: date, until: date, settings: Settings) -> Watched:
    """Fetch the files of these days (the last not included) and judge those that are new.

    Raises SourceUnavailable where the bucket cannot be listed, or no file came.
    """
    remotes = ooni_bucket.plan(country, since, until, None, settings)
    archive = Archive(settings.data_dir / "archive")
    summary = ooni_bucket.fetch(remotes, archive, settings)
    if summary.failed and not summary.files:
        first = summary.failed[0]
        raise SourceUnavailable(f"ooni: {first.error}", remedy=first.remedy, where=first.key)
    done = judge_into([archive.path_of(file.sha256) for file in summary.files], settings.data_dir / "tables")
    return Watched(sum(d.judged for d in done), sum(len(d.set_aside) for d in done), summary.failed)


def voices(tables: Path, country: str, begin: datetime, end: datetime) -> list[Voices]:
    """The voices of each target and hour in a country, by target and hour, from all judged files."""
    measurement = _between(tables, country, begin, end)
    wanted = pc.unique(measurement["measurement_id"])
    verdict = _read(tables, Verdict, OF_VERDICT, pc.field("measurement_id").isin(wanted))
    if not len(measurement) or not len(verdict):
        return []
    cells = cells_of(measurement, verdict).select(["target", "layer", "probe_asn", "hour", "state"])
    heard: defaultdict[tuple[str, datetime], list[bool]] = defaultdict(list)
    for target, layer, asn, hour, state in zip(*(column.to_pylist() for column in cells.columns), strict=True):
        if layer == "all" and asn is not None and state != "insufficient":
            heard[target, hour].append(state in ("blocked", "throttled"))
    return [Voices(target, hour, len(said), sum(said)) for (target, hour), said in sorted(heard.items())]


def _between(tables: Path, country: str, begin: datetime, end: datetime) -> pa.Table:
    at = pc.field("started_at")
    return _read(tables, Measurement, OF_MEASUREMENT, (pc.field("probe_cc") == country) & (at >= begin) & (at < end))


def _read(tables: Path, table: type[Table], columns: Sequence[str], rows: pc.Expression) -> pa.Table:
    paths = sorted((tables / table.table_name).glob("*.parquet"))
    if not paths:
        return arrow_schema(table).empty_table().select(list(columns))
    return pq.read_table(paths, columns=list(columns), filters=rows, partitioning=None)
