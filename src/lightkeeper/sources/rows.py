"""Rows of a CSV file, with the line on which each begins; and the form of a row that cannot be used."""

from __future__ import annotations

import csv
import gzip
import re
from collections.abc import Iterator
from pathlib import Path
from typing import IO

import msgspec

from lightkeeper.errors import InputError

CELL_LIMIT = 1 << 20
"""Characters that one cell may have. A longer one is not data but a broken or hostile file."""

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
    """The header of a CSV file (a list), then its rows. UTF-8, with or without a byte order mark; `.gz` is unpacked.

    Empty lines are skipped. Raises InputError with `file:line` for a file that is not such a CSV file,
    for a cell longer than CELL_LIMIT, for a column that stands twice and for a row with too many cells.
    """
    csv.field_size_limit(CELL_LIMIT)
    line = 0
    try:
        with _open(path) as stream:
            reader = csv.reader(stream, strict=True)
            header: list[str] | None = None
            for cells in reader:
                begins, line = line + 1, reader.line_num
                if not any(cell.strip() for cell in cells):
                    continue
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
    except (OSError, EOFError) as error:
        raise InputError(f"cannot be read: {error}", remedy="Check that the file is there", where=str(path)) from error


def _open(path: Path) -> IO[str]:
    if path.suffix == ".gz":
        return gzip.open(path, "rt", encoding="utf-8-sig", newline="")
    return path.open(encoding="utf-8-sig", newline="")


def _check_header(header: list[str], where: str) -> None:
    twice = sorted({name for name in header if name and header.count(name) > 1})
    if twice:
        raise InputError(f"the column `{twice[0]}` stands twice", remedy="Keep one of them", where=where)
