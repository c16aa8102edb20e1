"""Rows of a CSV file, with the line on which each begins; and the form of a row that cannot be used."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator
from pathlib import Path

import msgspec

from lightkeeper.errors import InputError
from lightkeeper.sources.bounded import lines_of, text_of

CELL_LIMIT = 1 << 20
"""Characters that one cell may have. A longer one is not data but a broken or hostile file."""

ROWS_MAX, EMPTY_MAX, COLUMNS_MAX = 3_000_000, 100_000, 2_000
"""Rows of one file, lines with nothing in them, and columns. The hours of all countries in a year are 2.2 million."""

_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u200b\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff]")


class Unreadable(msgspec.Struct, frozen=True):
    """A row that was set aside. It is counted and reported, never dropped."""

    where: str
    what: str
    remedy: str


class Row(msgspec.Struct, frozen=True):
    """One record of a CSV file: the line on which it begins, and its cells by column. Missing cells are empty."""

    line: int
    cells: dict[str, str]


def clean(text: str) -> str:
    """The text without control characters and text-direction marks, without white space at its ends."""
    return _CONTROL.sub("", text).strip()


def read_csv(path: Path) -> Iterator[list[str] | Row]:
    """The header of a CSV file (a list), then its rows. UTF-8, with or without a byte order mark; gzip is unpacked.

    Empty lines are skipped. Raises InputError with `file:line` for a file that is not such a CSV file,
    for a cell longer than CELL_LIMIT, for a column that stands twice, for a row with too many cells, and for more of
    anything than a table has: see `bounded`.
    """
    csv.field_size_limit(CELL_LIMIT)
    line = 0
    try:
        with text_of(path) as stream:
            reader = csv.reader(lines_of(stream, path), strict=True)
            header: list[str] | None = None
            rows = empty = 0
            for cells in reader:
                begins, line = line + 1, reader.line_num
                if not any(cell.strip() for cell in cells):
                    empty += 1
                    if empty > EMPTY_MAX:
                        raise _too_many(f"more than {EMPTY_MAX:,} lines are empty", path)
                    continue
                rows += 1
                if rows > ROWS_MAX:
                    raise _too_many(f"the file has more than {ROWS_MAX:,} rows", path)
                if header is None:
                    header = [clean(cell) for cell in cells]
                    _check_header(header, f"{path}:{begins}")
                    yield header
                elif len(cells) > len(header) and any(c.strip() for c in cells[len(header) :]):
                    raise InputError(
                        f"the row has {len(cells)} cells, the header {len(header)}",
                        remedy="Put text that has a comma in double quotes",
                        where=f"{path}:{begins}",
                    )
                else:
                    padded = cells + [""] * (len(header) - len(cells))
                    yield Row(begins, dict(zip(header, padded, strict=False)))
            if header is None:
                raise InputError("the file is empty", remedy="It needs a header line", where=str(path))
    except UnicodeDecodeError as error:
        raise InputError("the text is not UTF-8", remedy="Save it as UTF-8", where=f"{path}:{line + 1}") from error
    except csv.Error as error:
        raise InputError(f"not CSV: {error}", remedy="Mend the quotes here", where=f"{path}:{line + 1}") from error


def _too_many(what: str, path: Path) -> InputError:
    return InputError(what, remedy="Check that it is the right file, or give it in parts", where=str(path))


def _check_header(header: list[str], where: str) -> None:
    if len(header) > COLUMNS_MAX:
        raise InputError(
            f"the header has more than {COLUMNS_MAX:,} columns", remedy="Check that it is the right file", where=where
        )
    twice = sorted({name for name in header if name and header.count(name) > 1})
    if twice:
        raise InputError(f"the column `{twice[0]}` stands twice", remedy="Keep one of them", where=where)
