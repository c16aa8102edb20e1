"""Series of anyone: CSV or Parquet files with the columns `series, hour, value` and, for a share, `n`.

`hour` is the begin of a step, in UTC: ISO 8601, or seconds since 1970. An empty value is a gap, a zero is a zero. `n`
is the number that a share is a share of. Steps may have any length; it is found later, for each series.
"""

from __future__ import annotations

import csv
import math
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from lightkeeper.errors import InputError
from lightkeeper.sources.bounded import lines_of, text_of
from lightkeeper.sources.rows import CELL_LIMIT, EMPTY_MAX, Unreadable, clean

NEEDED = ("series", "hour", "value")
NAME_MAX = 300
"""Characters that the name of a series may have."""
EARLIEST_S, LATEST_S = 315_532_800, 4_102_444_800
"""1980 and 2100: a time outside is a wrong unit or a wrong date."""
ROWS_MAX = 300_000_000
BYTES_MAX = 32 << 30
UNREADABLE_MAX = 10_000
"""Rows set aside that are told one by one; a file with more of them is another kind of file."""
REMEDY = "Mend the row: series, hour (2026-01-08T16:30:00Z or seconds since 1970), value, n"


class Points(NamedTuple):
    """Values of many series as columns, in the order in which they were read."""

    names: list[str]
    code: npt.NDArray[np.int32]
    """Place of the series in `names`."""
    second: npt.NDArray[np.int64]
    """Begin of the step, seconds since 1970, UTC."""
    value: npt.NDArray[np.float64]
    """NaN where the source has none."""
    n: npt.NDArray[np.float64]
    """NaN where there is none."""


def read_points(paths: Iterable[Path]) -> tuple[Points, list[Unreadable]]:
    """All rows of the files, and those that were set aside.

    Raises InputError for a file that cannot be read at all, lacks a column or holds hardly anything readable.
    """
    codes: dict[str, int] = {}
    parts: list[tuple[Any, Any, Any, Any]] = []
    aside: list[Unreadable] = []
    for path in paths:
        read = _parquet if _is_parquet(path) else _csv
        parts += read(path, codes, aside)
        if len(aside) > UNREADABLE_MAX:
            raise InputError(f"more than {UNREADABLE_MAX:,} rows cannot be read", remedy=REMEDY, where=str(path))
        if sum(len(part[0]) for part in parts) > ROWS_MAX:
            raise InputError(f"more than {ROWS_MAX:,} rows", remedy="Give fewer series at a time", where=str(path))
    columns = [np.concatenate([part[i] for part in parts]) if parts else np.zeros(0) for i in range(4)]
    code, second, value, n = columns
    return Points(list(codes), code.astype(np.int32), second.astype(np.int64), value, n), aside


def _is_parquet(path: Path) -> bool:
    try:
        with path.open("rb") as file:
            return file.read(4) == b"PAR1"
    except OSError as error:
        raise InputError(
            f"cannot be read: {error.strerror}", remedy="Check that it is there", where=str(path)
        ) from error


def _csv(path: Path, codes: dict[str, int], aside: list[Unreadable]) -> list[tuple[Any, ...]]:
    csv.field_size_limit(CELL_LIMIT)
    code: list[int] = []
    second: list[int] = []
    value: list[float] = []
    n: list[float] = []
    seconds: dict[str, int] = {}
    names: dict[str, str] = {}
    line = 1
    try:
        with text_of(path, BYTES_MAX) as stream:
            reader = csv.reader(lines_of(stream, path), strict=True)
            places = _places([clean(cell).lower() for cell in next(reader, [])], path)
            line = reader.line_num + 1
            empty = 0
            for cells in reader:
                begins, line = line, reader.line_num + 1
                if not cells:
                    empty += 1
                    if empty > EMPTY_MAX:
                        raise InputError(f"more than {EMPTY_MAX:,} lines are empty", remedy=REMEDY, where=str(path))
                    continue
                try:
                    row = _row(cells, places, seconds, names)
                except ValueError as error:
                    aside.append(Unreadable(f"{path}:{begins}", str(error), REMEDY))
                    if len(aside) > UNREADABLE_MAX:
                        break
                    continue
                name, at, what, of = row
                code.append(codes.setdefault(name, len(codes)))
                second.append(at)
                value.append(what)
                n.append(of)
    except UnicodeDecodeError as error:
        raise InputError("the text is not UTF-8", remedy="Save it as UTF-8", where=f"{path}:{line}") from error
    except csv.Error as error:
        raise InputError(f"not CSV: {error}", remedy="Mend the quotes here", where=f"{path}:{line}") from error
    return [(np.array(code, np.int32), np.array(second, np.int64), np.array(value, float), np.array(n, float))]


def _places(header: list[str], path: Path) -> tuple[int, int, int, int | None]:
    lacking = [name for name in NEEDED if header.count(name) != 1]
    if lacking or header.count("n") > 1:
        raise InputError(
            f"the column `{lacking[0] if lacking else 'n'}` is missing, or stands twice",
            remedy="The first line must name the columns: series,hour,value and, for shares, n",
            where=f"{path}:1",
        )
    series, hour, value = (header.index(name) for name in NEEDED)
    return series, hour, value, header.index("n") if "n" in header else None


def _row(
    cells: list[str], places: tuple[int, int, int, int | None], seconds: dict[str, int], names: dict[str, str]
) -> tuple[str, int, float, float]:
    if len(cells) <= max(places[:3]):
        raise ValueError(f"the row has only {len(cells)} cells")
    hour = cells[places[1]]
    name = names.get(cells[places[0]])
    if name is None:
        name = names[cells[places[0]]] = name_of(cells[places[0]])
    at = seconds.get(hour)
    if at is None:
        at = seconds[hour] = second_of(hour)
    has_n = places[3] is not None and len(cells) > places[3]
    n = _number(cells[places[3]], "n") if has_n and places[3] is not None else math.nan
    if n < 0:
        raise ValueError("n is below 0")
    return name, at, _number(cells[places[2]], "value"), n


def name_of(text: str) -> str:
    """The name of a series on one line, without control characters. Raises ValueError for none and for a long one."""
    name = " ".join(clean(text).split())
    if not name or len(name) > NAME_MAX:
        raise ValueError(f"the name of the series has {len(name)} characters")
    return name


def second_of(text: str) -> int:
    """Seconds since 1970 of a time in ISO 8601 (UTC, unless it says otherwise) or in seconds. Raises ValueError."""
    written = clean(text)
    try:
        second = int(float(written))
    except (ValueError, OverflowError):
        try:
            at = datetime.fromisoformat(written)
        except ValueError:
            raise ValueError(f"`{written[:40]}` is not a time") from None
        second = int((at if at.tzinfo else at.replace(tzinfo=UTC)).timestamp())
    if not EARLIEST_S <= second < LATEST_S:
        raise ValueError(f"`{written[:40]}` is not a time between 1980 and 2100")
    return second


def _number(text: str, name: str) -> float:
    if text in ("", "nan", "NaN", "null", "None"):
        return math.nan
    try:
        number = float(text)
    except ValueError:
        if not text.strip():
            return math.nan
        raise ValueError(f"`{clean(text)[:40]}` is not a number for {name}") from None
    if math.isinf(number):
        raise ValueError(f"{name} is not finite")
    return number


def _parquet(path: Path, codes: dict[str, int], aside: list[Unreadable]) -> Iterator[tuple[Any, ...]]:
    import pyarrow as pa
    import pyarrow.compute as pc
    import pyarrow.parquet as pq

    try:
        file = pq.ParquetFile(path)
        header = [name.lower() for name in file.schema_arrow.names]
        places = _places(header, path)
        wanted = [file.schema_arrow.names[i] for i in places if i is not None]
        done = 0
        for batch in file.iter_batches(batch_size=1 << 20, columns=wanted):
            by_name = {name.lower(): batch.column(name) for name in batch.schema.names}
            length = batch.num_rows
            words = by_name["series"]
            if not pa.types.is_dictionary(words.type):
                words = pc.dictionary_encode(words.cast(pa.string()))
            own = [" ".join(clean(str(name)).split()) for name in words.dictionary.to_pylist()]
            fits = [0 < len(name) <= NAME_MAX for name in own]
            local = np.array(
                [codes.setdefault(name, len(codes)) if fit else -1 for name, fit in zip(own, fits, strict=True)] + [-1]
            )
            code = local[pc.fill_null(words.indices, len(own)).to_numpy(zero_copy_only=False).astype(np.int64)]
            second = _seconds(by_name["hour"])
            value = _floats(by_name["value"])
            n = _floats(by_name["n"]) if "n" in by_name else np.full(length, np.nan)
            good = (code >= 0) & (second >= EARLIEST_S) & (second < LATEST_S) & ~np.isinf(value) & ~(n < 0)
            for place in np.flatnonzero(~good)[: UNREADABLE_MAX + 1]:
                aside.append(
                    Unreadable(f"{path}:{done + place + 1}", "the row has no series, no time or no number", REMEDY)
                )
            yield code[good].astype(np.int32), second[good], value[good], n[good]
            done += length
    except (pa.ArrowException, OSError) as error:
        raise InputError(
            f"not a Parquet file that can be read: {error}"[:300], remedy=REMEDY, where=str(path)
        ) from error


def _seconds(column: Any) -> npt.NDArray[np.int64]:
    import pyarrow as pa
    import pyarrow.compute as pc

    if pa.types.is_string(column.type) or pa.types.is_large_string(column.type):
        known: dict[str | None, int] = {None: -1}
        for text in pc.unique(column).to_pylist():
            try:
                known[text] = second_of(text or "")
            except ValueError:
                known[text] = -1
        return np.array([known[text] for text in column.to_pylist()], np.int64)
    if pa.types.is_timestamp(column.type) or pa.types.is_date(column.type):
        column = column.cast(pa.timestamp("s", tz=getattr(column.type, "tz", None)), safe=False).cast(pa.int64())
    whole = pc.fill_null(column.cast(pa.int64(), safe=False), -1)
    return np.asarray(whole.to_numpy(zero_copy_only=False), np.int64)


def _floats(column: Any) -> npt.NDArray[np.float64]:
    import pyarrow as pa

    return np.asarray(column.cast(pa.float64(), safe=False).to_numpy(zero_copy_only=False), np.float64)
