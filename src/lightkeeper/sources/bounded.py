"""Bounded: the one way to open a file that somebody brought. It is unpacked where it is gzip, up to its caps, and
damage is an error with a remedy. A file of two megabytes must not take gigabytes, nor minutes."""

from __future__ import annotations

import gzip
import io
import stat
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import IO, TYPE_CHECKING, cast

from lightkeeper.errors import InputError

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer

GZIP = b"\x1f\x8b"
MOST_BYTES = 1 << 30
"""Bytes of one file, unpacked, where its reader knows no better."""
MOST_RATIO, FREE_BYTES = 100, 16 << 20
"""A file that unpacks to more than so many times its size is a bomb, once that is more than the free bytes. Tables of
numbers come to some ten or twenty times."""
LINE_MAX = 4 << 20
"""Characters of one line. The longest real ones have some thousands."""
DAMAGED = (EOFError, zlib.error, gzip.BadGzipFile)


def opened(path: Path, most: int = MOST_BYTES) -> IO[bytes]:
    """The bytes of a regular file, unpacked where they are gzip. Close it as any file.

    Raises InputError, on opening and while it is read: for what cannot be read or is no file, for gzip that is damaged
    or cut off, and for more than `most` bytes.
    """
    try:
        file = path.open("rb")
        try:
            status = path.stat()
            if not stat.S_ISREG(status.st_mode):
                raise _refused(path, "this is not a regular file", "Save it to a file first")
            packed = file.read(2) == GZIP
            file.seek(0)
        except BaseException:
            file.close()
            raise
    except OSError as error:
        raise _refused(path, f"cannot be read: {error.strerror or error}", "Check that the file is there") from error
    cap = min(most, max(FREE_BYTES, MOST_RATIO * status.st_size)) if packed else most
    source = cast(IO[bytes], gzip.GzipFile(fileobj=file)) if packed else file
    return io.BufferedReader(_Capped(source, file, path, cap, packed), 1 << 16)


def text_of(path: Path, most: int = MOST_BYTES) -> io.TextIOWrapper:
    """The same as text in UTF-8, with or without a byte order mark, line ends as they are."""
    return io.TextIOWrapper(cast(io.BufferedReader, opened(path, most)), encoding="utf-8-sig", newline="")


def lines_of(text: io.TextIOWrapper, path: Path) -> Iterator[str]:
    """Its lines, with their ends. Raises InputError for one that is too long to be of a table."""
    number = 0
    while line := text.readline(LINE_MAX + 1):
        number += 1
        if len(line) > LINE_MAX:
            what = f"the line is longer than {LINE_MAX:,} characters"
            raise InputError(what, remedy="Check that it is the right file", where=f"{path}:{number}")
        yield line


def whole(path: Path, most: int) -> bytes:
    """All bytes of a file of at most `most` bytes, unpacked. Raises InputError."""
    with opened(path, most) as file:
        return file.read()


class _Capped(io.RawIOBase):
    """A stream that ends in an InputError where it is damaged, or grows beyond its cap."""

    def __init__(self, source: IO[bytes], file: IO[bytes], path: Path, cap: int, packed: bool) -> None:
        self._source, self._file, self._path, self._packed = source, file, path, packed
        self._left = self._cap = cap

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: WriteableBuffer) -> int:
        room = memoryview(buffer)
        try:
            data = self._source.read(min(len(room), self._left + 1))
        except DAMAGED as error:
            raise _refused(self._path, f"the gzip is damaged: {error}", "Get the file again") from error
        except OSError as error:
            raise _refused(self._path, f"cannot be read: {error.strerror or error}", "Check the disk") from error
        self._left -= len(data)
        if self._left < 0:
            grown = "it unpacks to" if self._packed else "it has"
            raise _refused(self._path, f"{grown} more than {self._cap:,} bytes", "Give it in parts")
        room[: len(data)] = data
        return len(data)

    def close(self) -> None:
        if not self.closed:
            self._source.close()
            self._file.close()
        super().close()


def _refused(path: Path, what: str, remedy: str) -> InputError:
    return InputError(what, remedy=remedy, where=str(path))
