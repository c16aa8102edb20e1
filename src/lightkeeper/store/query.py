"""One query over the tables of a lake, in a DuckDB that can read nothing else and write nowhere."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa

from lightkeeper.errors import InputError
from lightkeeper.model import TABLES, Delivery, Signal, Table, Told
from lightkeeper.store.columns import columns_of
from lightkeeper.store.delivery_log import read_deliveries
from lightkeeper.store.schema import arrow_schema
from lightkeeper.store.told_log import read_told

_REMEDY = "The tables are " + ", ".join(t.table_name for t in TABLES) + "; `describe measurement` names the columns"


def run_query(root: Path, query: str) -> tuple[list[str], list[tuple[Any, ...]]]:
    """Column names and rows of one SELECT over the Parquet files under `root`. Raises InputError."""
    with duckdb.connect(":memory:") as connection:
        _make_views(connection, root)
        _lock(connection, root)
        try:
            statements = connection.extract_statements(query)
        except duckdb.Error as error:
            raise _not_answered(error) from error
        if len(statements) != 1 or statements[0].type not in _READING:
            raise InputError("This is not one SELECT", remedy=f"Write one SELECT. {_REMEDY}")
        try:
            answer = connection.sql(query).to_arrow_table()
        except (duckdb.Error, pa.ArrowException) as error:
            raise _not_answered(error) from error
    columns = [answer.column(i).to_pylist() for i in range(answer.num_columns)]
    return list(answer.column_names), list(zip(*columns, strict=True))


_READING = frozenset({duckdb.StatementType.SELECT})
"""`describe`, `show tables` and `summarize` count as SELECT here; COPY, ATTACH, PRAGMA and all writing do not."""


FETCHED = "fetch-"
"""Begin of the names of parts that were fetched. They have no key in common: their names say source, place and month.
A part that a person imported may have the steps of one that was fetched, and a built case copies what it charts."""

_ALL = "SELECT * EXCLUDE (_part) FROM {rows}"
_ONCE = """
SELECT * EXCLUDE (_part, _rank, _value) FROM (
    SELECT *, first_value(value) OVER (PARTITION BY series, step_at ORDER BY _rank, _part) AS _value
    FROM (
        SELECT *, CASE
            WHEN starts_with(parse_filename(_part), 'import-') THEN 0
            WHEN starts_with(parse_filename(_part), 'fetch-') THEN 1 ELSE 2 END AS _rank
        FROM {rows}
    )
)
QUALIFY row_number() OVER (
    PARTITION BY series, step_at
    ORDER BY value IS NOT DISTINCT FROM _value DESC, expected IS NOT NULL DESC, _rank, _part
) = 1
"""
"""Each step of a series once. What was imported decides, then what was fetched; a case's copy stands for it where it
says the same, since it has the expected band too. A copy that differs is of older data."""


def _make_views(connection: duckdb.DuckDBPyConnection, root: Path) -> None:
    for table in TABLES:
        files = root.resolve() / table.table_name
        if table is Told:
            connection.from_arrow(columns_of(Told, read_told(root)).sorted()).create(table.table_name)
        elif table is Delivery:
            connection.from_arrow(columns_of(Delivery, read_deliveries(root)).sorted()).create(table.table_name)
        elif names := [path.name for path in files.glob("*.parquet")]:
            rows = f"read_parquet({_quoted(f'{files}/*.parquet')}, union_by_name = true, filename = '_part')"
            apart = table is not Signal or len(names) == 1 or all(name.startswith(FETCHED) for name in names)
            connection.sql((_ALL if apart else _ONCE).format(rows=rows)).create_view(table.table_name)
        else:
            connection.from_arrow(_empty(table)).create(table.table_name)


def _empty(table: type[Table]) -> pa.Table:
    return arrow_schema(table).empty_table()


def _lock(connection: duckdb.DuckDBPyConnection, root: Path) -> None:
    """Leave the lake's own folder as the only files in reach, and let no query change that."""
    connection.execute("SET TimeZone = 'UTC'")
    connection.execute(f"SET allowed_directories = [{_quoted(f'{root.resolve()}/')}]")
    connection.execute("SET enable_external_access = false")
    connection.execute("SET autoload_known_extensions = false")
    connection.execute("SET autoinstall_known_extensions = false")
    connection.execute("SET python_enable_replacements = false")
    connection.execute("SET lock_configuration = true")


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


def _not_answered(error: Exception) -> InputError:
    first = str(error).strip().splitlines()[0]
    return InputError(f"The query was not answered: {first}", remedy=_REMEDY)
