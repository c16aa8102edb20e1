"""One query over the tables of a lake, in a DuckDB that can read nothing else and write nowhere."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa

from lightkeeper.errors import InputError
from lightkeeper.model import TABLES, Table, Told
from lightkeeper.store.columns import columns_of
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


def _make_views(connection: duckdb.DuckDBPyConnection, root: Path) -> None:
    for table in TABLES:
        files = root.resolve() / table.table_name
        if table is Told:
            connection.from_arrow(columns_of(Told, read_told(root)).sorted()).create(table.table_name)
        elif any(files.glob("*.parquet")):
            parts = _quoted(f"{files}/*.parquet")
            relation = connection.sql(f"FROM read_parquet({parts}, union_by_name = true)")
            relation.create_view(table.table_name)
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
