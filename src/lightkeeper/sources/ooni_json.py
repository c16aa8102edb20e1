"""JSON: measurements in a stream of JSON lines, of documents over many lines, or of both.

One line is one record, without decoding it: it begins with `{`, ends with `}` and is UTF-8. A line that begins with
`{` and does not end with `}` opens a document over many lines. It ends at a `}` after which the next line begins with
`{`, or nothing follows: within one JSON object there is no such place. A top-level array gives its elements.
"""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from lightkeeper.sources import ooni_limits as limits
from lightkeeper.sources.ooni_lines import Lines
from lightkeeper.sources.ooni_record import Record, Unreadable
from lightkeeper.sources.ooni_stream import Stream

_REPAIR = "Take the line out, or ask whoever made the file for a whole copy"
_KINDS = {b"[": "a list", b'"': "text", b"n": "null", b"t": "true", b"f": "false"}


def records(stream: Stream, file: str) -> Iterator[Record | Unreadable]:
    """Measurements in a stream, in order. Holds one record at a time. Never raises: damage is the last result."""
    document, lines = _Document(file), Lines(stream, file, limits.MAX_RECORD_BYTES)
    for number, whole in lines:
        line = whole.rstrip() if whole is not None else None
        if line is None:
            yield from document.close()
            yield _too_long(file, number)
        elif document.is_open:
            yield from document.add(number, line)
        elif line.startswith(b"{") and line.endswith(b"}"):
            yield _record(file, number, line)
        elif line:
            yield from document.open(number, line.lstrip())
    yield from document.close()
    if lines.problem:
        yield lines.problem


class _Document:
    """A JSON value over many lines that is being put together."""

    def __init__(self, file: str) -> None:
        self.file = file
        self._start = 0
        self._size = 0
        self._lines: list[bytes] = []

    @property
    def is_open(self) -> bool:
        return bool(self._start)

    def open(self, number: int, line: bytes) -> Iterator[Record | Unreadable]:
        if line.startswith(b"{") and line.endswith(b"}"):
            yield _record(self.file, number, line)
        elif line.startswith(b"{") or (line.startswith(b"[") and not line.endswith(b"]")):
            self._start, self._size, self._lines = number, len(line), [line]
        else:
            yield from _other(self.file, number, line)

    def add(self, number: int, line: bytes) -> Iterator[Record | Unreadable]:
        if line.startswith((b"{", b"[")) and self._ends_before_next():
            yield from self.close()
            yield from self.open(number, line)
            return
        self._size += len(line) + 1
        if self._size <= limits.MAX_RECORD_BYTES:
            if line:
                self._lines.append(line)
        elif self._lines:
            yield _too_long(self.file, self._start)
            self._lines = []

    def close(self) -> Iterator[Record | Unreadable]:
        """End the document, if one is open."""
        if self.is_open and self._lines:
            data = b"\n".join(self._lines)
            ends = b"}" if data.startswith(b"{") else b"]"
            if not data.endswith(ends):
                yield Unreadable(self.file, self._start, "the JSON is cut off before its end", _REPAIR)
            elif ends == b"]":
                yield from _other(self.file, self._start, data)
            else:
                yield _record(self.file, self._start, data)
        self._start, self._lines = 0, []

    def _ends_before_next(self) -> bool:
        """Whether a line that begins with a bracket at its very start cannot be a part of this document."""
        if not self._lines:
            return True
        first, last = self._lines[0], self._lines[-1]
        return not last.endswith((b",", b"[", b":")) or (len(self._lines) == 1 and first.startswith(b"{"))


def _record(file: str, number: int, data: bytes) -> Record | Unreadable:
    if not data.isascii():
        try:
            data.decode()
        except UnicodeDecodeError as problem:
            where = f"byte {problem.start + 1:,}"
            return Unreadable(file, number, f"the text is not UTF-8 at {where} of the record", _REPAIR)
    return Record(file, number, data)


def _other(file: str, number: int, data: bytes) -> Iterator[Record | Unreadable]:
    """What is not an object: a list gives its elements, if all are objects."""
    try:
        elements = msgspec.json.decode(data, type=list[msgspec.Raw])
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        elements = []
    objects = [bytes(element) for element in elements]
    if objects and all(element.startswith(b"{") for element in objects):
        yield from (_record(file, number, element) for element in objects)
    else:
        yield Unreadable(file, number, f"a JSON object was expected; this is {_kind(data)}", _REPAIR)


def _kind(data: bytes) -> str:
    if data[:1].isdigit() or data[:1] == b"-":
        return "a number"
    return _KINDS.get(data[:1], "not JSON")


def _too_long(file: str, number: int) -> Unreadable:
    most = limits.MAX_RECORD_BYTES
    return Unreadable(file, number, f"the record is longer than {most:,} bytes", "Split or remove it; it was skipped")
