"""CSV: an observation table as lines of text, row by row, with a comma, a semicolon or a tabulator between cells."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from operator import itemgetter

from lightkeeper.sources import ooni_limits as limits
from lightkeeper.sources import ooni_table
from lightkeeper.sources.ooni_lines import Lines
from lightkeeper.sources.ooni_record import Record, Unreadable
from lightkeeper.sources.ooni_stream import Stream

_HEAD_BYTES = 1 << 16
_DELIMITERS = ",;\t"
_NAMES = (".csv", ".tsv", ".csv.gz", ".tsv.gz")
_FORM = "Give OONI's observation tables with their header, or measurements as OONI publishes them"
_REPAIR = "Take the row out, or export the table again"


def is_csv(stream: Stream, file: str) -> bool:
    """Whether the stream is an observation table by its header, or calls itself CSV."""
    return has_form(stream) or file.lower().endswith(_NAMES)


def has_form(stream: Stream) -> bool:
    """Whether the stream begins with the header of an observation table."""
    head = stream.peek(_HEAD_BYTES).removeprefix(b"\xef\xbb\xbf").lstrip()
    if head.startswith((b"{", b"[")) or b"measurement_uid" not in head:
        return False
    return isinstance(
        ooni_table.form_of(_cells(head.split(b"\n", 1)[0].decode("utf-8", "replace"))[1]), ooni_table.Form
    )


def records(stream: Stream, file: str) -> Iterator[Record | Unreadable]:
    """Measurements of a table, each from all its rows. Never raises: what cannot be read is told in its place.

    Where the file ends before its time, the measurement of its last row is set aside: some of its rows are not there.
    """
    lines = Lines(stream, file, limits.MAX_ROW_BYTES)
    each = iter(lines)
    number, header = next(((n, line) for n, line in each if line != b""), (0, None))
    if header is None:
        yield lines.problem or Unreadable(file, number, "the header cannot be read", _FORM)
        return
    delimiter, names = _cells(header.decode("utf-8", "replace"))
    form = ooni_table.form_of(names)
    if isinstance(form, str):
        yield Unreadable(file, number, f"this is no observation table: {form}", _FORM)
        return
    yield from ooni_table.records(_rows(_texts(each, file), form, delimiter, len(names), lines), form, file)


def _cells(line: str) -> tuple[str, list[str]]:
    """The delimiter of a header, and its names."""
    found = {d: next(csv.reader([line.strip("\r\n\0")], delimiter=d), []) for d in _DELIMITERS}
    delimiter = max(_DELIMITERS, key=lambda d: len(found[d]))
    return delimiter, found[delimiter][: limits.MAX_COLUMNS]


def _texts(lines: Iterator[tuple[int, bytes | None]], file: str) -> Iterator[tuple[int, str] | Unreadable]:
    """The text of each row: of one line, or of several where quotes are open at a line's end."""
    held: list[tuple[int, bytes]] = []
    open_ = False
    for number, line in lines:
        if line is None:
            what = f"the row is longer than {limits.MAX_ROW_BYTES:,} bytes"
            yield Unreadable(file, number, what, "Take it out; it was skipped")
            continue
        if not line and not held:
            continue
        held.append((number, line))
        open_ ^= line.count(b'"') % 2 == 1
        if open_ and (len(held) > limits.MAX_ROW_LINES or sum(len(part) for _, part in held) > limits.MAX_ROW_BYTES):
            yield Unreadable(file, held[0][0], "a quote is opened and not closed", _REPAIR)
            again, held, open_ = held[1:], [], False
            for one in again:  # the lines that it swallowed, each for itself
                yield _text(file, [one])
        elif not open_:
            yield _text(file, held)
            held = []
    if held:
        yield Unreadable(file, held[0][0], "a quote is opened and not closed", _REPAIR)


def _text(file: str, held: list[tuple[int, bytes]]) -> tuple[int, str] | Unreadable:
    try:
        return held[0][0], b"\n".join(line for _, line in held).decode()
    except UnicodeDecodeError:
        return Unreadable(file, held[0][0], "the text is not UTF-8", "Save the table as UTF-8")


def _rows(
    texts: Iterator[tuple[int, str] | Unreadable], form: ooni_table.Form, delimiter: str, width: int, lines: Lines
) -> Iterator[ooni_table.Row | Unreadable | ooni_table.Torn]:
    csv.field_size_limit(limits.MAX_ROW_BYTES)
    wanted, file, at, last = itemgetter(*form.places), lines.file, form.places[0], ""
    for found in texts:
        if isinstance(found, Unreadable):
            yield found
            continue
        number, text = found
        try:
            cells = next(csv.reader((text,), delimiter=delimiter))
        except (csv.Error, StopIteration) as error:
            yield Unreadable(file, number, f"this is not CSV: {error}", _REPAIR)
            continue
        if len(cells) == width:
            last = cells[at]
            yield number, wanted(cells)
            continue
        problem = Unreadable(file, number, f"the row has {len(cells)} cells, the header {width}", _REPAIR)
        uid = cells[at] if len(cells) > at and ooni_table.is_uid(cells[at]) else last
        yield ooni_table.Torn(problem, uid)
    if lines.problem:
        yield ooni_table.Torn(lines.problem, last)
