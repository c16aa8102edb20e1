"""Columns: the rows of one table as Arrow, taken in block by block, so that no row outlives its block."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from typing import Any, Generic, NamedTuple, TypeVar

import msgspec
import pyarrow as pa
import pyarrow.compute as pc

from lightkeeper.errors import InputError
from lightkeeper.model import Table
from lightkeeper.store.schema import arrow_schema, key_columns

Row = TypeVar("Row", bound=Table)

BLOCK = 1024
"""Rows that become Arrow at a time: few enough that they are still in the processor's cache. Parquet is written in as
many at a time, so that it comes out the same whether blocks were put together before or not.
"""


class _Field(NamedTuple):
    """A column as its values are checked: its full name and type, whether it holds times, whether it may be empty."""

    where: str
    type: pa.DataType
    holds_times: bool
    nullable: bool


class Columns(Generic[Row]):
    """Rows of `table`, kept as columns. Rows beyond the last whole block wait as they are."""

    def __init__(self, table: type[Row]) -> None:
        self._table = table
        self._schema, self._fields = arrow_schema(table), _fields(table)
        self._waiting: list[Row] = []
        self._batches: list[pa.RecordBatch] = []

    def add(self, rows: Sequence[Row]) -> None:
        """Take rows in. Raises InputError for a value of a wrong type and for a time without a zone."""
        self._waiting += rows
        if len(self._waiting) >= BLOCK:
            self._take(len(self._waiting) // BLOCK * BLOCK)

    def sorted(self) -> pa.Table:
        """All rows taken in, in the order of the key. Rows of one key stay in the order in which they came."""
        self._take(len(self._waiting))
        return sorted_by_key(self._table, pa.Table.from_batches(self._batches, schema=self._schema))

    def _take(self, count: int) -> None:
        rows, self._waiting = self._waiting, self._waiting[count:]
        for start in range(0, count, BLOCK):
            # all rows at once: much faster than to ask each row for each of its fields
            columns = zip(*map(msgspec.structs.astuple, rows[start : min(start + BLOCK, count)]), strict=True)
            arrays = [_array(field, values) for field, values in zip(self._fields, columns, strict=True)]
            self._batches.append(pa.RecordBatch.from_arrays(arrays, schema=self._schema))


def columns_of(table: type[Row], rows: Iterable[Row]) -> Columns[Row]:
    """Rows as columns. Raises InputError as `Columns.add` does."""
    made = Columns(table)
    made.add(list(rows))
    return made


def table_of(table: type[Table], columns: Mapping[str, Sequence[Any]]) -> pa.Table:
    """Whole columns by name as Arrow, in the order of the key. Raises InputError for a wrong or a missing one."""
    schema = arrow_schema(table)
    for field in schema:
        if field.name not in columns:
            where = f"{table.table_name}.{field.name}"
            raise InputError(f"Column {where} is not given", remedy="Give every column of the table")
    arrays = [_array(of, columns[field.name]) for of, field in zip(_fields(table), schema, strict=True)]
    return sorted_by_key(table, pa.Table.from_arrays(arrays, schema=schema))


def sorted_by_key(table: type[Table], rows: pa.Table) -> pa.Table:
    """The rows in the order of the table's key."""
    keys = key_columns(table)
    return rows if _in_order(rows, keys) else rows.combine_chunks().sort_by([(key, "ascending") for key in keys])


def _in_order(rows: pa.Table, keys: Sequence[str]) -> bool:
    """Whether each row's key is that of the row before it or comes after it: then there is nothing to sort."""
    count = len(rows)
    if not keys or count < 2:
        return True
    tied = pa.array([True] * (count - 1))
    for key in keys:
        column = rows.column(key).combine_chunks()
        if column.null_count:
            return False
        before, after = column.slice(0, count - 1), column.slice(1)
        if pc.any(pc.and_(tied, pc.greater(before, after))).as_py():
            return False
        tied = pc.and_(tied, pc.equal(before, after))
    return True


@cache
def _fields(table: type[Table]) -> list[_Field]:
    return [
        _Field(f"{table.table_name}.{field.name}", field.type, pa.types.is_timestamp(field.type), field.nullable)
        for field in arrow_schema(table)
    ]


def _array(field: _Field, values: Sequence[Any]) -> pa.Array:
    where = field.where
    if field.holds_times and any(v is not None and v.tzinfo is None for v in values):
        raise InputError(f"{where} has a time without a zone", remedy="Give times in UTC, with `tzinfo` set")
    try:
        array = pa.array(values, type=field.type)
    except (pa.ArrowInvalid, pa.ArrowTypeError, OverflowError) as error:
        raise InputError(f"{where} has a value of a wrong type: {error}", remedy=f"Give {field.type}") from error
    if array.null_count and not field.nullable:
        raise InputError(f"{where} is empty in {array.null_count} rows", remedy="This column needs a value in each row")
    return array
