"""CSV dialects: rows of a text table whatever program saved it: its encoding and what separates its cells."""

from __future__ import annotations

import codecs
import csv
import io
import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from lightkeeper.errors import InputError
from lightkeeper.sources.bounded import whole
from lightkeeper.sources.rows import CELL_LIMIT, clean

BYTES_MAX = 256 << 20
"""Bytes that a file may have, unpacked."""
SEPARATORS = ",;\t|"
AS_UTF8 = "Save it as UTF-8, in a spreadsheet as `CSV UTF-8`"
_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_NOT_WESTERN = re.compile(rb"[\x80-\xff]{3}")
"""In French or Spanish hardly three letters in a row have accents. In Arabic, Persian or Russian all bytes are so."""


def table_rows(path: Path) -> Iterator[tuple[int, list[str]]]:
    """The rows that are not empty, each with the line on which it begins; cells have no control characters.

    UTF-8, UTF-16 and UTF-32 are read, and text of Western Europe in Windows-1252; `.gz` is unpacked. A first line
    `sep=;` is obeyed. Raises InputError with `file:line` for what cannot be told or is no CSV.
    """
    text = _text(path)
    separator, skipped = _separator(text)
    csv.field_size_limit(CELL_LIMIT)
    reader = csv.reader(io.StringIO(text, newline=""), strict=True, delimiter=separator)
    line = 0
    try:
        for cells in reader:
            begins, line = line + 1, reader.line_num
            if begins > skipped and any(cell.strip() for cell in cells):
                yield begins, [clean(cell) for cell in cells]
    except csv.Error as error:
        raise InputError(f"not CSV: {error}", remedy="Mend the quotes here", where=f"{path}:{line + 1}") from error


def _text(path: Path) -> str:
    data = whole(path, BYTES_MAX)
    encoding = next((name for mark, name in _MARKS if data.startswith(mark)), None) or _without_mark(data)
    try:
        return data.decode(encoding)
    except UnicodeDecodeError as error:
        place = data[: error.start]
    if encoding == "utf-8" and not _NOT_WESTERN.search(data):
        try:
            return data.decode("cp1252")
        except UnicodeDecodeError as error:
            place = data[: error.start]
    line = place.count(b"\n") + 1
    where = f"{path}:{line}" if encoding.startswith("utf-8") else str(path)
    raise InputError("the encoding of the text cannot be told", remedy=AS_UTF8, where=where)


def _without_mark(data: bytes) -> str:
    """UTF-16 without a mark has zeros, and in one of its two orders gives cells without control characters."""
    if b"\0" in data[: 64 << 10]:
        for name in ("utf-16-le", "utf-16-be"):
            text = data[: 64 << 10].decode(name, "ignore")
            if re.search(r"[,;\t|].*\n", text) and not re.search(r"[\x00-\x08\x0e-\x1f\ufffe]", text):
                return name
    return "utf-8"


def _separator(text: str) -> tuple[str, int]:
    """What separates the cells, and how many lines to skip: what cuts most of the first rows alike."""
    if declared := re.match(r"sep=(.)\r?\n", text, re.IGNORECASE):
        return declared[1], 1
    head = text[: 64 << 10]
    best, most = ",", (0, 0)
    for separator in SEPARATORS:
        try:
            widths = Counter(len(row) for row in csv.reader(io.StringIO(head, newline=""), delimiter=separator) if row)
        except csv.Error:
            continue
        width, rows = max(widths.items(), key=lambda item: (item[0] > 1, item[1], item[0]), default=(1, 0))
        if width > 1 and (rows, width) > most:
            best, most = separator, (rows, width)
    return best, 0
