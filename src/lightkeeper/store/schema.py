"""The Arrow schema of a table, made from its columns in the model."""

from __future__ import annotations

from datetime import date, datetime
from functools import cache
from typing import Any, get_args, get_origin

import pyarrow as pa

from lightkeeper.model import Column, Table

_SCALARS: dict[Any, pa.DataType] = {
    str: pa.string(),
    int: pa.int64(),
    float: pa.float64(),
    bool: pa.bool_(),
    datetime: pa.timestamp("us", tz="UTC"),
    date: pa.date32(),
}


@cache
def arrow_schema(table: type[Table]) -> pa.Schema:
    """The Arrow schema of `table`: types, nullability, and meaning, unit and key as metadata of each field.

    Raises TypeError for a column whose type a table cannot have.
    """
    return pa.schema([_field(column) for column in table.columns()], metadata={"table": table.table_name})


@cache
def key_columns(table: type[Table]) -> tuple[str, ...]:
    """Names of the columns that identify a row."""
    return tuple(c.name for c in table.columns() if c.key)


def _field(column: Column) -> pa.Field:
    metadata = {"meaning": column.meaning}
    if column.unit:
        metadata["unit"] = column.unit
    if column.key:
        metadata["key"] = "yes"
    return pa.field(column.name, arrow_type(column.type), nullable=column.optional, metadata=metadata)


def arrow_type(of: Any) -> pa.DataType:
    """The Arrow type of a column's Python type."""
    if get_origin(of) is list:
        return pa.list_(arrow_type(get_args(of)[0]))
    try:
        return _SCALARS[of]
    except (KeyError, TypeError):
        raise TypeError(f"{of} is not a type that a column can have") from None
