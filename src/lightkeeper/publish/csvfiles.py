"""Series as CSV files for download."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable
from typing import Any

from lightkeeper.model import Signal
from lightkeeper.publish.text import csv_field
from lightkeeper.publish.times import iso

HEADER = (
    "series", "step_at", "step_s", "lineage", "entity", "metric", "unit",
    "value", "n", "expected", "expected_low", "expected_high", "missing",
)  # fmt: skip
NUMBERS = frozenset({"value", "n", "expected", "expected_low", "expected_high"})


def series_csv(rows: Iterable[Signal]) -> str:
    """Steps of series as CSV, in order of series and time. A missing value is empty, and `missing` says why."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(HEADER)
    for row in sorted(rows, key=lambda r: (r.series, r.step_at)):
        writer.writerow([_cell(name, getattr(row, name)) for name in HEADER])
    return out.getvalue()


def _cell(name: str, value: Any) -> str:
    if name in NUMBERS:
        return _number(value)
    return iso(value) if name == "step_at" else csv_field(value)


def _number(value: float | None) -> str:
    return "" if value is None else f"{value:.10g}"
