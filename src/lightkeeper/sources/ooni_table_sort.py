"""Sort: the rows of a table by their measurement, on the disk where they are many."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import NamedTuple

import duckdb
import pyarrow as pa

from lightkeeper.sources import ooni_limits as limits
from lightkeeper.sources.ooni_record import Broken

_BATCH = 50_000
_SCHEMA = pa.schema(
    [
        ("uid", pa.string()),
        ("line", pa.int64()),
        ("key", pa.int64()),
        ("identity", pa.binary()),
        ("circumstances", pa.binary()),
        ("facts", pa.binary()),
    ]
)


class Packed(NamedTuple):
    """One row: its measurement, its line, a hash by which it is known again, and what it says, as JSON."""

    uid: str
    line: int
    key: int
    identity: bytes
    circumstances: bytes
    facts: bytes


class Sorter:
    """Takes rows in any order and gives them by measurement. What does not fit in memory lies in a temporary folder.

    Raises Broken where there are too many rows, or no room for them.
    """

    def __enter__(self) -> Sorter:
        self._folder = tempfile.TemporaryDirectory(prefix="lightkeeper-")
        root = Path(self._folder.name)
        options: dict[str, str | bool | int | float | list[str]] = {
            "memory_limit": limits.SORT_MEMORY,
            "temp_directory": str(root / "spill"),
            "threads": 1,
        }
        self._db = duckdb.connect(str(root / "rows.duckdb"), config=options)
        self._waiting: list[Packed] = []
        self._count = 0
        self._stored = False
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._db.close()
        self._folder.cleanup()

    def add(self, row: Packed) -> None:
        """Take in a row."""
        self._count += 1
        if self._count > limits.MAX_TABLE_ROWS:
            raise Broken(f"the table has more than {limits.MAX_TABLE_ROWS:,} rows", "Split it")
        self._waiting.append(row)
        if len(self._waiting) == _BATCH:
            self._store()

    def groups(self) -> Iterator[list[Packed]]:
        """The rows of each measurement by line, in order of the measurements' ids."""
        group: list[Packed] = []
        for row in self._sorted():
            if group and row.uid != group[0].uid:
                yield group
                group = []
            if len(group) <= limits.MAX_ROWS_OF_ONE * 10:
                group.append(row)
        if group:
            yield group

    def _sorted(self) -> Iterator[Packed]:
        if not self._stored:
            yield from sorted(self._waiting, key=lambda row: (row.uid, row.line))
            return
        self._store()
        with _room():
            batches = iter(self._db.sql("SELECT * FROM rows ORDER BY uid, line").to_arrow_reader(_BATCH))
        while True:
            with _room():
                batch = next(batches, None)
            if batch is None:
                return
            yield from map(Packed, *(column.to_pylist() for column in batch.columns))

    def _store(self) -> None:
        columns = list(zip(*self._waiting, strict=True)) or [()] * len(_SCHEMA)
        batch = pa.table([pa.array(c, f.type) for c, f in zip(columns, _SCHEMA, strict=True)], schema=_SCHEMA)
        begin = "INSERT INTO rows" if self._stored else "CREATE TABLE rows AS"
        with _room():
            self._db.register("batch", batch)
            self._db.execute(f"{begin} SELECT * FROM batch")  # noqa: S608
            self._db.unregister("batch")
        self._waiting, self._stored = [], True


@contextmanager
def _room() -> Iterator[None]:
    try:
        yield
    except (duckdb.Error, pa.ArrowException, OSError) as problem:
        said = str(problem).splitlines()[0][:200] if str(problem) else type(problem).__name__
        remedy = "Make room on the disk of temporary files, or split the table"
        raise Broken(f"the table cannot be sorted: {said}", remedy) from problem
