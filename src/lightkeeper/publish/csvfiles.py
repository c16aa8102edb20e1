"""Series as CSV files for download."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable

from lightkeeper.model import Signal
from lightkeeper.publish.text import csv_field
from lightkeeper.publish.times import iso

HEADER = (
    "series", "step_at", "step_s", "lineage", "entity", "metric", "unit",
    "value", "n", "expected", "expected_low", "expected_high", "missing",
)  # fmt: skip


def series_csv(rows: Iterable[Signal]) -> str:
    """Steps of series as CSV, in order of series and time. A missing value is empty, and `missing` says why."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(HEADER)
    for row in sorted(rows, key=lambda r: (r.series, r.step_at)):
        cells = {name: csv_field(getattr(row, name)) for name in HEADER if name != "step_at"}
        numbers = {n: _number(getattr(row, n)) for n in ("value", "n", "expected", "expected_low", "expected_high")}
        writer.writerow([{**cells, **numbers, "step_at": iso(row.step_at)}[name] for name in HEADER])
    return out.getvalue()


def _number(value: float | None) -> str:
    return "" if value is None else f"{value:.10g}"
