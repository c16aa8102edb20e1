"""Lines: a stream cut at its line ends, in bounded memory, whatever the stream holds."""

from __future__ import annotations

from collections.abc import Iterator

from lightkeeper.sources import ooni_limits as limits
from lightkeeper.sources.ooni_record import Broken, Unreadable
from lightkeeper.sources.ooni_stream import Stream

_BOM = b"\xef\xbb\xbf"


class Lines:
    """The lines of a stream, each with its number from 1 and without its end; None for one longer than `most` bytes.

    A byte order mark is left out. After the last line `problem` says what ended the stream before its time, if anything
    did; the line that was cut by it is not given.
    """

    def __init__(self, stream: Stream, file: str, most: int) -> None:
        self.file = file
        self.problem: Unreadable | None = None
        self._stream = stream
        self._most = most

    def __iter__(self) -> Iterator[tuple[int, bytes | None]]:
        rest: list[bytes] = []
        number, size, skipping = 0, 0, False
        try:
            if self._stream.peek(len(_BOM)) == _BOM:
                self._stream.exactly(len(_BOM))
            while chunk := self._stream.some(limits.CHUNK_BYTES):
                *whole, tail = chunk.split(b"\n")
                for line in whole:
                    number += 1
                    if rest or skipping:
                        rest.append(line)
                        line = b"".join(rest)
                        yield number, None if skipping or len(line) > self._most else line.rstrip(b"\r")
                        rest, size, skipping = [], 0, False
                    else:
                        yield number, None if len(line) > self._most else line.rstrip(b"\r")
                size += len(tail)
                skipping = skipping or size > self._most
                rest = [] if skipping else [*rest, tail] if tail else rest
        except Broken as problem:
            self.problem = problem.at(self.file, number + 1)
            return
        if rest or skipping:
            yield number + 1, None if skipping else b"".join(rest).rstrip(b"\r")
