"""Parquet: an observation table as columns, which lie on the disk while they are read."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from typing import Any, BinaryIO

import pyarrow as pa
import pyarrow.parquet as pq

from lightkeeper.sources import ooni_limits as limits
from lightkeeper.sources import ooni_table
from lightkeeper.sources.ooni_record import Broken, Record, Unreadable
from lightkeeper.sources.ooni_stream import Stream

MAGIC = b"PAR1"
_BATCH = 10_000
_BATCH_BYTES = 64 << 20
_AGAIN = "Fetch or export it again"


def records(stream: Stream, file: str) -> Iterator[Record | Unreadable]:
    """Measurements of a table, each from all its rows. Never raises: damage is told in its place.

    The line of a row is its number from 1.
    """
    with tempfile.TemporaryFile(prefix="lightkeeper-") as spool:
        try:
            _lay_down(stream, spool)
            table = pq.ParquetFile(spool, memory_map=False)
            names = list(table.schema_arrow.names)
            plain = [n for n in names if not pa.types.is_nested(table.schema_arrow.field(n).type)]
            form = ooni_table.form_of(plain)
        except Broken as problem:
            yield problem.at(file, 0)
            return
        except (pa.ArrowException, OSError, ValueError) as problem:
            yield _damaged(file, problem)
            return
        if isinstance(form, str):
            what = f"this is no observation table: {form}"
            yield Unreadable(file, 0, what, "Give OONI's observation tables, or measurements as OONI publishes them")
        elif too_much := _too_much(table, form):
            yield Unreadable(file, 0, too_much, "This is not how measurements look; split it, if you trust it")
        else:
            yield from ooni_table.records(_rows(spool, form, file), form, file)


def _lay_down(stream: Stream, spool: BinaryIO) -> None:
    size = 0
    while chunk := stream.some(limits.CHUNK_BYTES):
        size += len(chunk)
        if size > limits.MAX_PARQUET_BYTES:
            raise Broken(f"the file is larger than {limits.MAX_PARQUET_BYTES:,} bytes", "Split it")
        spool.write(chunk)
    spool.seek(0)


def _rows(spool: BinaryIO, form: ooni_table.Form, file: str) -> Iterator[ooni_table.Row | Unreadable]:
    """Rows as text. Texts stay in their dictionaries while they are read, so that a repeated one is held once."""
    number = 0
    try:
        spool.seek(0)
        table = pq.ParquetFile(spool, memory_map=False, read_dictionary=form.columns)
        for batch in table.iter_batches(_rows_at_once(table, form), columns=form.columns):
            columns = [_texts(batch.column(name)) for name in form.columns]
            for cells in zip(*columns, strict=True):
                number += 1
                yield number, cells
    except (pa.ArrowException, OSError, ValueError) as problem:
        yield _damaged(file, problem)


def _too_much(table: pq.ParquetFile, form: ooni_table.Form) -> str | None:
    """What is beyond the limits, by the file's own account; none where nothing is."""
    if table.metadata.num_rows > limits.MAX_TABLE_ROWS:
        return f"the table has more than {limits.MAX_TABLE_ROWS:,} rows"
    if sum(size for size, _ in _chunks(table, form)) > limits.MAX_STREAM_BYTES:
        return f"it unpacks to more than {limits.MAX_STREAM_BYTES:,} bytes"
    return None


def _rows_at_once(table: pq.ParquetFile, form: ooni_table.Form) -> int:
    """Rows to read at a time: as many as are of `_BATCH_BYTES` in the column that takes most."""
    most = max((size // max(rows, 1) for size, rows in _chunks(table, form)), default=0)
    return max(1, min(_BATCH, _BATCH_BYTES // (most + 1)))


def _chunks(table: pq.ParquetFile, form: ooni_table.Form) -> Iterator[tuple[int, int]]:
    """Unpacked bytes and rows of each piece of a column that is read."""
    for number in range(table.metadata.num_row_groups):
        group = table.metadata.row_group(number)
        for at in range(group.num_columns):
            if (column := group.column(at)).path_in_schema in form.columns:
                yield column.total_uncompressed_size, group.num_rows


def _texts(column: pa.Array) -> list[str]:
    if isinstance(column, pa.DictionaryArray):
        words = [_text(value) for value in column.dictionary.to_pylist()]
        return ["" if at is None else words[at] for at in column.indices.to_pylist()]
    return [_text(value) for value in column.to_pylist()]


def _text(value: Any) -> str:
    """A value as its cell of a CSV file has it; none and no number are blank."""
    if value is None:
        return ""
    if isinstance(value, bytes):
        return value[: limits.MAX_CELL_CHARS].decode("utf-8", "replace")
    return str(value)[: limits.MAX_CELL_CHARS]


def _damaged(file: str, problem: Exception) -> Unreadable:
    return Unreadable(file, 0, f"the Parquet file is damaged: {str(problem).splitlines()[0][:200]}", _AGAIN)
