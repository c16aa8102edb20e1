"""The lake: one folder a table, one Parquet file a part."""

from __future__ import annotations

import contextlib
import errno
import os
import re
import tempfile
import time
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NamedTuple, TypeVar

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from lightkeeper.errors import InputError
from lightkeeper.model import Table
from lightkeeper.store.columns import Columns, columns_of, table_of
from lightkeeper.store.schema import arrow_schema

Row = TypeVar("Row", bound=Table)

_PART = re.compile(r"[A-Za-z0-9_=-][A-Za-z0-9._=-]{0,199}")


_parts_read: ContextVar[set[tuple[str, str]] | None] = ContextVar("_parts_read", default=None)


@contextmanager
def recording() -> Iterator[set[tuple[str, str]]]:
    """Note each part that is read within the block, by table and part, so that a run can say what it rests on."""
    found: set[tuple[str, str]] = set()
    token = _parts_read.set(found)
    try:
        yield found
    finally:
        _parts_read.reset(token)


class Result(NamedTuple):
    """What a query gave: names of the columns, and the rows in order. Times are UTC."""

    columns: list[str]
    rows: list[tuple[Any, ...]]


class Lake:
    """Tables under `root`. A part is written whole or not at all; the same rows give the same bytes."""

    def __init__(self, root: Path) -> None:
        self.root = Path(root)

    def write(
        self, table: type[Row], rows: Iterable[Row] | Columns[Row] | Mapping[str, Sequence[Any]], *, part: str
    ) -> Path:
        """Write rows (or whole columns by name) as `root/<table>/<part>.parquet`, in place of what stood there.

        Rows are sorted by the key, so that their order of arrival does not show. Raises InputError for a part name
        that is not one, for a value of a wrong type and for a time without a zone.
        """
        path = self._path(table, part)
        if isinstance(rows, Mapping):
            arrow = table_of(table, rows)
        else:
            arrow = (rows if isinstance(rows, Columns) else columns_of(table, rows)).sorted()
        path.parent.mkdir(parents=True, exist_ok=True)
        number, temporary = tempfile.mkstemp(prefix=f".{part[:40]}.", suffix=".tmp", dir=path.parent)
        os.close(number)
        try:
            pq.write_table(arrow, temporary, compression="zstd")
            Path(temporary).chmod(0o644)
            _sync(temporary)
            Path(temporary).replace(path)
            _sync(path.parent)
        except BaseException:
            Path(temporary).unlink(missing_ok=True)
            raise
        return path

    def rows(self, table: type[Table], part: str) -> int | None:
        """Rows of a part, by its footer; none where it is not there, or is damaged."""
        try:
            return int(pq.read_metadata(self._path(table, part)).num_rows)
        except (OSError, pa.ArrowException):
            return None

    def read(
        self, table: type[Row], part: str | None = None, *, measurements: Collection[str] | None = None
    ) -> list[Row]:
        """All rows of a table, part after part by name; or those of one part. None where nothing was written.

        `measurements` names those whose rows are wanted: of others no row is made.
        """
        paths = [self._path(table, part)] if part else sorted((self.root / table.table_name).glob("*.parquet"))
        found: list[Row] = []
        for path in paths:
            if path.exists():
                _note_read(path)
                found.extend(_rows(table, path, measurements))
        return found

    def columns(self, table: type[Table], parts: Sequence[str], names: Sequence[str]) -> pa.Table:
        """Some columns of some parts as one Arrow table, without rows for a part that is not there.

        Raises InputError for a part that cannot be read.
        """
        schema = arrow_schema(table)
        wanted = pa.schema([schema.field(name) for name in names])
        found = []
        for path in (self._path(table, part) for part in parts):
            try:
                found.append(pq.read_table(path, columns=list(names), partitioning=None).cast(wanted))
            except FileNotFoundError:
                continue
            except (pa.ArrowException, OSError, ValueError) as error:
                what = f"This part cannot be read: {error}"
                raise InputError(what, remedy="Delete it and fetch it again", where=str(path)) from error
        return pa.concat_tables(found) if found else wanted.empty_table()

    def sweep(self, older_than_s: float = 86_400.0) -> None:
        """Remove what processes that died while they wrote have left behind."""
        oldest = time.time() - older_than_s
        for left in self.root.glob("*/.*.tmp"):
            with contextlib.suppress(OSError):
                if left.stat().st_mtime < oldest:
                    left.unlink()

    def parts(self, table: type[Table]) -> list[str]:
        """Names of the parts of a table, sorted."""
        return sorted(p.name.removesuffix(".parquet") for p in (self.root / table.table_name).glob("*.parquet"))

    def sql(self, query: str) -> Result:
        """Answer one SELECT over the tables. It can read this lake and nothing else, and change nothing.

        Raises InputError, with the names of the tables, where the query is not one that can be answered.
        """
        from lightkeeper.store.query import run_query  # DuckDB takes a while to load, and writing needs none of it

        for path in self.root.glob("*/*.parquet"):
            _note_read(path)
        return Result(*run_query(self.root, query))

    def _path(self, table: type[Table], part: str) -> Path:
        if not _PART.fullmatch(part):
            raise InputError(
                f"`{part}` cannot be the name of a part",
                remedy="Use letters, digits, `.`, `_`, `=` and `-`, at most 200, and no dot at the beginning",
            )
        return self.root / table.table_name / f"{part}.parquet"


def _sync(path: Path | str) -> None:
    """Wait until the bytes of a file, or the names in a folder, are on the disk. Some file systems cannot do so."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    except OSError as error:
        if error.errno not in (errno.EINVAL, errno.ENOTSUP, errno.EBADF):
            raise
    finally:
        os.close(handle)


def _note_read(path: Path) -> None:
    noted = _parts_read.get()
    if noted is not None:
        noted.add((path.parent.name, path.name.removesuffix(".parquet")))


def _rows(table: type[Row], path: Path, measurements: Collection[str] | None) -> list[Row]:
    try:
        arrow = pq.read_table(path, partitioning=None)
    except (pa.ArrowInvalid, OSError) as error:
        raise InputError(
            f"This part cannot be read: {error}", remedy="Delete it and build it again", where=str(path)
        ) from error
    if measurements is not None:
        arrow = arrow.filter(pc.is_in(arrow["measurement_id"], pa.array(sorted(measurements), pa.string())))
    names = [c.name for c in table.columns() if c.name in arrow.column_names]
    columns = [_values(arrow.column(name)) for name in names]
    return [table(**dict(zip(names, row, strict=True))) for row in zip(*columns, strict=True)]


def _values(column: pa.ChunkedArray) -> list[Any]:
    values: list[Any] = column.to_pylist()
    if pa.types.is_timestamp(column.type):
        return [v.replace(tzinfo=UTC) if isinstance(v, datetime) else None for v in values]
    return values
