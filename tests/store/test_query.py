"""SQL over the lake: it reads the tables and nothing else."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from lightkeeper.errors import InputError
from lightkeeper.model import TABLES, Signal
from lightkeeper.store import Lake

AT = datetime(2021, 6, 18, 12, tzinfo=UTC)


@pytest.fixture
def lake(tmp_path: Path) -> Lake:
    made = Lake(tmp_path / "it's a lake")
    row = Signal(
        series="s", step_at=AT, step_s=3600, source="ioda", lineage="traffic", entity_type="country", entity="IR",
        metric="m", unit="count", value=2.5,
    )  # fmt: skip
    made.write(Signal, [row], part="p")
    return made


def test_a_query_gives_columns_and_rows_with_times_in_utc(lake: Lake) -> None:
    result = lake.sql("SELECT series, step_at, value FROM signal")
    assert result.columns == ["series", "step_at", "value"]
    assert result.rows == [("s", AT, 2.5)]


def test_every_table_is_there_even_with_no_row(lake: Lake) -> None:
    for table in TABLES:
        found = lake.sql(f"SELECT * FROM {table.table_name} LIMIT 0")
        assert found.columns == [c.name for c in table.columns()]
    assert {name for (name,) in lake.sql("SHOW TABLES").rows} == {t.table_name for t in TABLES}


@pytest.mark.parametrize(
    "query",
    [
        "SELECT * FROM read_csv('/etc/passwd')",
        "SELECT * FROM '/etc/passwd'",
        "SELECT * FROM read_text('/etc/hostname')",
        "SELECT * FROM glob('/etc/*')",
        "SELECT * FROM read_csv('https://example.org/x.csv')",
        "SELECT * FROM signal s, read_text('{root}/signal/../../../../../etc/passwd')",
        "ATTACH '/tmp/x.db'",
        "COPY signal TO '/tmp/x.csv'",
        "COPY signal TO '{root}/x.csv'",
        "INSTALL httpfs",
        "SET enable_external_access = true",
        "PRAGMA database_list",
        "DROP VIEW signal",
        "SELECT 1; SELECT 2",
        "",
    ],
)
def test_a_query_reaches_no_other_file_and_changes_nothing(lake: Lake, query: str) -> None:
    with pytest.raises(InputError, match="The tables are file, measurement"):
        lake.sql(query.replace("{root}", str(lake.root.resolve()).replace("'", "''")))
    assert sorted(p.name for p in lake.root.rglob("*")) == ["p.parquet", "signal"]


def test_a_local_variable_of_the_program_is_no_table(lake: Lake) -> None:
    with pytest.raises(InputError, match="not answered"):
        lake.sql("SELECT * FROM answer")


def test_a_wrong_column_is_named_with_the_tables(lake: Lake) -> None:
    with pytest.raises(InputError, match="nope"):
        lake.sql("SELECT nope FROM signal")


def step(hour: int, value: float | None, expected: float | None = None, series: str = "ioda/bgp/IR") -> Signal:
    return Signal(
        series=series, step_at=AT.replace(hour=hour), step_s=3600, source="ioda", lineage="traffic",
        entity_type="country", entity="IR", metric="m", unit="count", value=value, expected=expected,
    )  # fmt: skip


def test_rows_that_were_imported_and_charted_by_a_case_count_once_and_keep_the_expected_band(tmp_path: Path) -> None:
    lake = Lake(tmp_path)
    lake.write(Signal, [step(0, 5.0), step(1, None), step(2, 7.0)], part="import-ioda-IR")
    lake.write(Signal, [step(0, 5.0, 4.5), step(1, None, 4.0)], part="iran-2026-blackout")
    lake.write(Signal, [step(0, 5.0, 4.4)], part="another-case")
    rows = lake.sql("SELECT value, expected FROM signal ORDER BY step_at").rows
    assert rows == [(5.0, 4.4), (None, 4.0), (7.0, None)]
    assert lake.sql("DESCRIBE signal").rows == Lake(tmp_path / "empty").sql("DESCRIBE signal").rows


def test_a_case_built_before_the_data_were_mended_does_not_speak_for_them(tmp_path: Path) -> None:
    lake = Lake(tmp_path)
    lake.write(Signal, [step(0, 5.0, 4.5)], part="iran-2026-blackout")
    lake.write(Signal, [step(0, 6.0)], part="fetch-ioda-IR-country-IR-2021-06")
    assert lake.sql("SELECT value, expected FROM signal").rows == [(6.0, None)]
    lake.write(Signal, [step(0, 6.5)], part="import-ioda-IR")
    assert lake.sql("SELECT value, expected FROM signal").rows == [(6.5, None)]


def test_what_only_a_case_has_is_there_and_two_cases_with_the_same_series_count_it_once(tmp_path: Path) -> None:
    lake = Lake(tmp_path)
    for case in ("iran-2012", "iran-2013"):
        lake.write(Signal, [step(0, 5.0, 4.5), step(1, 5.0, 4.5, series=case)], part=case)
    assert lake.sql("SELECT count(*) FROM signal").rows == [(3,)]


def test_parts_that_were_fetched_are_read_as_they_are(tmp_path: Path) -> None:
    lake = Lake(tmp_path)
    lake.write(Signal, [step(0, 5.0)], part="fetch-ioda-IR-country-IR-2021-06")
    lake.write(Signal, [step(1, 5.0)], part="fetch-ioda-IR-country-IR-2021-07")
    assert lake.sql("SELECT count(*) FROM signal").rows == [(2,)]
