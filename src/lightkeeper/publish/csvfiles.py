"""CSV files for download: series, and what stands behind the page of an ask."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from lightkeeper.ledger.disclosure import Disclosure
from lightkeeper.model import Ask, Incident, Signal
from lightkeeper.publish.ask_views import Tested
from lightkeeper.publish.text import csv_field
from lightkeeper.publish.times import iso

HEADER = (
    "series", "step_at", "step_s", "lineage", "entity", "metric", "unit",
    "value", "n", "expected", "expected_low", "expected_high", "missing",
    "flag",
)  # fmt: skip
ASKS = (
    "case_id", "ask_id", "topic", "operator", "answer", "rule", "parts", "measurements", "networks", "days_measured",
    "days_in_window", "reasons", "missing", "evidence", "verified", "as_numbers",
)  # fmt: skip
TESTED = ("service", "network", "operators", "blocked", "open", "undecided", "doubts")
INCIDENTS = (
    "incident_id", "kind", "title", "rung", "rung_reason", "operators", "services", "onset_earliest", "onset_latest",
    "end_earliest", "end_latest", "ongoing", "lineages", "lineages_silent", "documents", "causes_claimed", "contrary",
    "not_looked_for",
)  # fmt: skip
DISCLOSED = (
    "incident_id", "title", "rung", "lead_days", "users_told", "notices", "acknowledged_in", "not_acknowledged_in",
    "authority_named_in", "authorities", "causes_claimed", "hours_to_restore_least", "hours_to_restore_most",
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


def asks_csv(asks: Iterable[Ask]) -> str:
    """Rows of the ledger; lists are joined by `; `."""
    return _rows_csv(ASKS, asks)


def networks_csv(rows: Iterable[Tested]) -> str:
    """On how many local days each service was blocked, open or too little measured on each network.

    Single days are left out: with the network, a day on which one probe measured could lead to a person.
    """
    return _rows_csv(TESTED, rows)


def incidents_csv(incidents: Iterable[Incident]) -> str:
    """Incidents with what speaks for and against them."""
    return _rows_csv(INCIDENTS, incidents)


def disclosures_csv(rows: Iterable[Disclosure]) -> str:
    """What is on record of each disruption; what is empty is not on record."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(DISCLOSED)
    for row in rows:
        ids = ([n.document for n in row.notices], row.acknowledged, row.denied, row.naming)
        lasted = [f"{length.total_seconds() / 3600:.10g}" for length in row.restored_after or ()]
        cells = [row.incident.incident_id, row.incident.title, row.incident.rung, row.lead_days]
        told = sorted("yes" if said else "no" for said in row.told)
        named = [d.ordered_by or "" for d in row.naming]
        listed = [told, *([d.document_id for d in documents] for documents in ids), named, row.incident.causes_claimed]
        writer.writerow([*map(csv_field, cells), *map(_plain, listed), *(lasted or ["", ""])])
    return out.getvalue()


def _rows_csv(header: Sequence[str], rows: Iterable[object]) -> str:
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(header)
    writer.writerows([_plain(getattr(row, name)) for name in header] for row in rows)
    return out.getvalue()


def _plain(value: Any) -> str:
    if isinstance(value, datetime):
        return iso(value)
    return csv_field("; ".join(map(str, value)) if isinstance(value, list) else value)


def _cell(name: str, value: Any) -> str:
    if name in NUMBERS:
        return _number(value)
    return iso(value) if name == "step_at" else csv_field(value)


def _number(value: float | None) -> str:
    return "" if value is None else f"{value:.10g}"
