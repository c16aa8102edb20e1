"""The schema and the page of tables come from the model."""

from __future__ import annotations

import pyarrow as pa
import pytest

from lightkeeper.model import TABLES, Table
from lightkeeper.store import arrow_schema, tables_page
from places import ROOT


def test_the_page_of_tables_is_fresh() -> None:
    kept = (ROOT / "docs" / "reference" / "tables.md").read_text(encoding="utf-8")
    assert kept == tables_page(), "docs/reference/tables.md is stale: run `lightkeeper docs`"


@pytest.mark.parametrize("table", TABLES, ids=lambda t: t.table_name)
def test_each_field_carries_its_meaning_and_may_be_empty_only_where_the_model_says(table: type[Table]) -> None:
    schema = arrow_schema(table)
    assert schema.names == [c.name for c in table.columns()]
    for field, column in zip(schema, table.columns(), strict=True):
        assert field.nullable == column.optional
        assert field.metadata[b"meaning"].decode() == column.meaning
        assert (b"key" in field.metadata) == column.key


def test_times_are_utc_and_days_are_days() -> None:
    kinds = {f.type for table in TABLES for f in arrow_schema(table)}
    assert pa.timestamp("us", tz="UTC") in kinds
    assert pa.date32() in kinds
    assert not [k for k in kinds if pa.types.is_timestamp(k) and k.tz != "UTC"]
