"""Legacy YAML: reports of 2012 to 2018 as modern measurements.

The first document is the header of the report, each further one an entry.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import msgspec

from lightkeeper.sources import ooni_limits as limits
from lightkeeper.sources.ooni_legacy import measurement
from lightkeeper.sources.ooni_record import Broken, Record, Unreadable
from lightkeeper.sources.ooni_stream import Stream

_REMEDY = "Take the entry out, or ask for the measurement as JSON: OONI's archive has most of these"


def is_yaml(head: bytes, name: str) -> bool:
    """Whether a file that begins so, and has this name, is a legacy report."""
    start = head.removeprefix(b"\xef\xbb\xbf").lstrip()
    if start.startswith((b"---", b"%YAML", b"#")):
        return True
    named = name.lower().removesuffix(".gz").endswith((".yaml", ".yml"))
    return named and bool(start) and not start.startswith((b"{", b"["))


def records(stream: Stream, file: str) -> Iterator[Record | Unreadable]:
    """Measurements in a report, in order; `line` is the number of the entry. Holds one at a time. Never raises."""
    header: dict[str, Any] | None = None
    entry = 0
    try:
        for text in _documents(stream):
            if header is None:
                header = _header(text)
                continue
            entry += 1
            try:
                yield Record(file, entry, msgspec.json.encode(measurement(header, _mapping(text))))
            except Broken as problem:
                yield problem.at(file, entry)
    except Broken as problem:
        yield problem.at(file, entry + 1 if header else 0)
        return
    if not entry:
        yield Unreadable(file, 0, "the report has no entries", "Nothing to do if the probe was stopped at once")


def _documents(stream: Stream) -> Iterator[bytes | None]:
    """The text of each document; None for one too long to keep. Within one no line begins with `---` or `...`."""
    lines: list[bytes] = []
    size = 0
    for line in _lines(stream):
        mark = line.rstrip()
        if mark == b"..." or line.startswith((b"---\n", b"---\r", b"--- ")) or mark == b"---":
            if size > limits.MAX_YAML_BYTES:
                yield None
            elif _has_content(lines):
                yield b"".join(lines)
            lines, size = [], 0
            line = b"" if mark in (b"...", b"---") else line
        size += len(line)
        if size > limits.MAX_YAML_BYTES:
            lines = []
        else:
            lines.append(line)
    if size > limits.MAX_YAML_BYTES:
        yield None
    elif _has_content(lines):
        yield b"".join(lines)


def _has_content(lines: list[bytes]) -> bool:
    return any(text and not text.startswith(b"#") for text in map(bytes.strip, lines))


def _lines(stream: Stream) -> Iterator[bytes]:
    """Lines with their ends. One longer than a document may be comes in parts, all of which are then skipped."""
    rest: list[bytes] = []
    size = 0
    while chunk := stream.some(limits.CHUNK_BYTES):
        *whole, tail = chunk.split(b"\n")
        for line in whole:
            yield b"".join([*rest, line, b"\n"])
            rest, size = [], 0
        rest.append(tail)
        size += len(tail)
        if size > limits.MAX_YAML_BYTES:
            yield b"".join(rest)
            rest, size = [], 0
    if size:
        yield b"".join(rest)


def _header(text: bytes | None) -> dict[str, Any]:
    header = _mapping(text)
    if not header.keys() & {"test_name", "software_name", "start_time", "probe_cc"}:
        raise Broken("the report does not begin with a header", "Fetch the whole report again")
    return header


def _mapping(text: bytes | None) -> dict[str, Any]:
    if text is None:
        raise Broken(f"the YAML document is longer than {limits.MAX_YAML_BYTES:,} bytes", _REMEDY)
    from lightkeeper.sources.ooni_yaml_value import load  # few files are YAML, and its reader takes a while to load

    try:
        value = load(text)
    except ValueError as problem:
        raise Broken(f"the YAML cannot be read: {problem}", _REMEDY) from problem
    if not isinstance(value, dict):
        raise Broken("a YAML mapping was expected", _REMEDY)
    return value
