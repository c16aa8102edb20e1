"""Access Now's columns."""

from __future__ import annotations

import csv
import dataclasses
import io
from pathlib import Path

import msgspec
import pyarrow.parquet as pq

from lightkeeper.publish.exports.accessnow import COLUMNS, accessnow_csv
from publish.exports.export_rows import hostile, record


def rows(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text)))


def test_the_columns_are_those_of_access_now_s_sheet(shared: Path) -> None:
    sheet = pq.read_schema(shared / "stop" / "combined-2016-2025-snapshot-2026-05-20.parquet")
    assert list(sheet.names) == list(COLUMNS)


def test_every_incident_but_a_retracted_one_is_a_row() -> None:
    kept = [i for i in record().incidents if i.rung != "retracted"]
    assert len(rows(accessnow_csv(record()))) == len(kept) < len(record().incidents)


def only(**more: object) -> list[dict[str, str]]:
    whole = record()
    one = msgspec.structs.replace(whole.incidents[3], services=[], **more)  # type: ignore[arg-type]
    return rows(accessnow_csv(dataclasses.replace(whole, incidents=[one])))


def test_what_measurements_alone_show_is_not_called_a_shutdown() -> None:
    said = [record().documents[0].document_id]
    for kind, named in (("outage", "Shutdown"), ("throttling", "Throttle"), ("service_block", "Shutdown")):
        assert [row["shutdown_type"] for row in only(kind=kind, documents=[])] == ["Unknown"]
        assert [row["shutdown_type"] for row in only(kind=kind, documents=said)] == [named]


def test_a_fall_of_tor_is_of_a_service_and_fewer_measurements_are_no_shutdown() -> None:
    assert [row["shutdown_extent"] for row in only(kind="circumvention_drop")] == ["Service-based"]
    assert [row["shutdown_extent"] for row in only(kind="outage")] == ["Full network"]
    for kind in ("silence", "decline"):
        assert only(kind=kind, documents=[]) == []
        assert len(only(kind=kind, documents=[record().documents[0].document_id])) == 1


def test_what_nobody_says_is_unknown_and_never_no() -> None:
    for row in rows(accessnow_csv(record())):
        assert "No" not in row.values()
        assert row["gov_ack"] == row["violence"] == row["telco_ack"] == "Unknown"


def test_the_codes_used_are_those_that_the_sheet_uses(shared: Path) -> None:
    sheet = pq.read_table(shared / "stop" / "combined-2016-2025-snapshot-2026-05-20.parquet")
    coded = ("start_date_type", "geo_scope", "shutdown_type", "affected_network", "shutdown_extent", "shutdown_status")
    for row in rows(accessnow_csv(record())):
        for column in coded:
            assert row[column] in set(sheet.column(column).to_pylist()), column


def test_a_spreadsheet_runs_nothing() -> None:
    for row in rows(accessnow_csv(hostile())):
        assert not any(cell.startswith(("=", "+", "-", "@", "\t")) for cell in row.values())


def test_an_operator_by_number_is_named_as_one() -> None:
    assert any("AS4100000001" in row["area_name"] for row in rows(accessnow_csv(record())))
