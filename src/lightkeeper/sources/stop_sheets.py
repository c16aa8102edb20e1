"""The forms in which Access Now's STOP dataset is passed around, all brought to rows with one set of column names.

Known forms: the workbook of 2016-2022 (five sheets, each with other columns), the sheet of 2019 as CSV, the combined
dataset since 2016 as CSV or Parquet. CSV may come in any of the dialects that `csv_dialects` tells.
"""

from __future__ import annotations

import warnings
import zipfile
import zlib
from collections.abc import Iterator
from datetime import date, datetime
from itertools import chain, islice
from pathlib import Path
from typing import Any, NamedTuple

import openpyxl
import pyarrow as pa
import pyarrow.parquet as pq
from openpyxl.utils.exceptions import InvalidFileException

from lightkeeper.errors import InputError
from lightkeeper.sources.csv_dialects import table_rows
from lightkeeper.sources.rows import CELL_LIMIT, Unreadable, clean
from lightkeeper.sources.stop_headers import ROWS_MAX as HEADER_ROWS
from lightkeeper.sources.stop_headers import header_of

REMEDY = "Take the STOP dataset as .xlsx, .csv or .parquet from Access Now"

TEXT = (".csv", ".gz", ".tsv", ".txt")
"""Endings of text tables, whatever separates their cells."""
NO_DATA = ("need more details",)
ROWS_MAX = 1_000_000
BROKEN = (
    *(zlib.error, RuntimeError, OSError, EOFError, zipfile.BadZipFile, InvalidFileException),
    *(SyntaxError, ValueError, TypeError, LookupError, AttributeError, OverflowError),
)
"""What reading a damaged workbook may raise; SyntaxError is that of XML."""
UNPACKED_MAX = 256 << 20
"""Bytes that the parts of a workbook may unpack to. The dataset of 2016-2022 has 1 MB of them."""


class SheetRow(NamedTuple):
    """One row: its sheet (empty in CSV and Parquet), its number (the header is 1), its cells as text or day."""

    sheet: str
    number: int
    cells: dict[str, str | date]

    def text(self, name: str) -> str:
        """The cell as text without white space at its ends; empty where there is none."""
        value = self.cells.get(name, "")
        return value.isoformat() if isinstance(value, date) else value


def sheet_rows(path: Path) -> Iterator[SheetRow | Unreadable]:
    """All rows of all sheets. Formulas are not computed. Raises InputError for a file of another form."""
    kind = path.suffix.lower()
    rows: Iterator[SheetRow | Unreadable]
    if kind == ".xlsx":
        rows = _workbook(path)
    elif kind == ".parquet":
        rows = _parquet(path)
    elif kind in TEXT:
        rows = _csv(path)
    else:
        raise InputError(f"`{path.suffix}` is not a form that we read", remedy=REMEDY, where=str(path))
    yield from rows


def _workbook(path: Path) -> Iterator[SheetRow]:
    found = False
    try:
        with zipfile.ZipFile(path) as packed:
            if sum(part.file_size for part in packed.infolist()) > UNPACKED_MAX:
                what = f"the workbook unpacks to more than {UNPACKED_MAX >> 20} MB"
                raise InputError(what, remedy=REMEDY, where=str(path))
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            book = openpyxl.load_workbook(path, read_only=True)
        try:
            for sheet in book.worksheets:
                if sheet.title.strip().lower() in NO_DATA:
                    continue
                title, rows = sheet.title.strip(), sheet.iter_rows(values_only=True, max_row=ROWS_MAX)
                first = list(islice(rows, HEADER_ROWS + 1))
                if header := header_of(first, f"{path}:{title}"):
                    found = True
                    for number, cells in enumerate(chain(first, rows), start=1):
                        if number > header.row:
                            yield from _row(title, number, header.names, cells)
        finally:
            book.close()
    except BROKEN as error:
        raise InputError(f"cannot be read as a workbook: {error}", remedy=REMEDY, where=str(path)) from error
    if not found:
        raise InputError("no sheet has the columns `country` and `start_date`", remedy=REMEDY, where=str(path))


def _parquet(path: Path) -> Iterator[SheetRow]:
    try:
        with pq.ParquetFile(path) as file:
            header = header_of([file.schema_arrow.names], str(path))
            if header is None:
                raise InputError("there are no columns `country` and `start_date`", remedy=REMEDY, where=str(path))
            number = 1
            for batch in file.iter_batches(batch_size=1000):
                for record in batch.to_pylist():
                    number += 1
                    yield from _row("", number, header.names, tuple(record.values()))
    except (OSError, pa.ArrowException) as error:
        raise InputError(f"cannot be read as Parquet: {error}", remedy=REMEDY, where=str(path)) from error


def _csv(path: Path) -> Iterator[SheetRow | Unreadable]:
    rows = table_rows(path)
    first = list(islice(rows, HEADER_ROWS + 1))
    header = header_of([cells for _, cells in first], str(path))
    if header is None:
        line = first[0][0] if first else 1
        what = "there are no columns `country` and `start_date`"
        raise InputError(what, remedy=REMEDY, where=f"{path}:{line}")
    for number, (line, cells) in enumerate(chain(first, rows), start=1):
        if number > header.row:
            if any(cells[len(header.names) :]):
                what = f"the row has {len(cells)} cells, the header {len(header.names)}"
                yield Unreadable(f"{path}:{line}", what, "Put text that has a comma in double quotes")
            else:
                yield from _row("", number, header.names, tuple(cells))


def _row(sheet: str, number: int, names: list[str], values: tuple[Any, ...]) -> Iterator[SheetRow]:
    cells: dict[str, str | date] = {}
    for name, value in zip(names, values, strict=False):
        plain = _plain(value)
        if name and plain != "" and not cells.get(name):
            cells[name] = plain
    if cells:
        yield SheetRow(sheet, number, cells)


def _plain(value: Any) -> str | date:
    if value is None:
        return ""
    if isinstance(value, datetime):
        return value.date()
    if isinstance(value, date):
        return value
    if isinstance(value, bool):
        return "Yes" if value else "No"
    text = clean(str(value)[:CELL_LIMIT])
    return "" if text.startswith("=") else text
