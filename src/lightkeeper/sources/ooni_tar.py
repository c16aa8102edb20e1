"""Tar: the members of a tar file, one after the other, as streams. Nothing is ever written to the disk.

Only headers are decoded by the standard library; it would take a hostile extended header of any size into memory.
Format: POSIX.1-1988 ustar, POSIX.1-2001 pax (`path` and `size`), GNU long names.
"""

from __future__ import annotations

import tarfile
from collections.abc import Iterator

from lightkeeper.sources import ooni_limits as limits
from lightkeeper.sources.ooni_record import Broken
from lightkeeper.sources.ooni_stream import FETCH_AGAIN, Stream

BLOCK = tarfile.BLOCKSIZE
_LONG_NAME, _PAX = b"L", b"x"
_NOTES = (_LONG_NAME, _PAX)


def is_tar(head: bytes) -> bool:
    """Whether the first 512 bytes are a tar header with a right checksum."""
    try:
        return bool(_header(head[:BLOCK]))
    except Broken:
        return False


def members(tar: Stream) -> Iterator[tuple[str, Stream]]:
    """Name and stream of each plain file. Take all you want of a stream before the next.

    Raises Broken at damage or at too many members: there is no way to find the next header then.
    """
    notes: dict[str, str] = {}
    count = 0
    while block := tar.exactly(BLOCK):
        header = _header(block)
        if header is None:
            return
        count += 1
        if count > limits.MAX_MEMBERS:
            raise Broken(f"there are more than {limits.MAX_MEMBERS:,} members", "Unpack it and pass the folder")
        size = _size(header, notes)
        data = tar.part(size)
        if header.type in _NOTES:
            notes |= _note(header, data.exactly(min(size, limits.MAX_TAR_NOTE_BYTES + 1)))
        else:
            if header.isreg():
                yield notes.get("path", header.name), data
            notes = {}
        data.drain()
        tar.exactly(-size % BLOCK)


def _header(block: bytes) -> tarfile.TarInfo | None:
    try:
        return tarfile.TarInfo.frombuf(block, "utf-8", "surrogateescape")
    except tarfile.EOFHeaderError:  # type: ignore[attr-defined]
        return None
    except tarfile.HeaderError as problem:
        raise Broken(f"the tar file is damaged: {problem}", FETCH_AGAIN) from problem


def _size(header: tarfile.TarInfo, notes: dict[str, str]) -> int:
    size = header.size
    if header.type not in _NOTES and notes.get("size", "").isdecimal():
        size = int(notes["size"][:20])
    if not header.isreg() and header.type not in (*_NOTES, b"g", b"K"):
        return 0 if header.issym() or header.islnk() or header.isdir() else max(size, 0)
    if size < 0:
        raise Broken("the tar file is damaged: a member has a size below zero", FETCH_AGAIN)
    return size


def _note(header: tarfile.TarInfo, data: bytes) -> dict[str, str]:
    if len(data) > limits.MAX_TAR_NOTE_BYTES:
        raise Broken("a tar member has a name of more than a MiB", "This is not how measurements look; do not trust it")
    if header.type == _LONG_NAME:
        return {"path": data.rstrip(b"\0").decode("utf-8", "surrogateescape")}
    found = {}
    while data:
        length, space, _ = data.partition(b" ")
        if not space or not length.isdigit() or len(length) > 7 or not len(length) < int(length) <= len(data):
            raise Broken("the tar file is damaged: an extended header cannot be read", FETCH_AGAIN)
        key, _, value = data[len(length) + 1 : int(length) - 1].partition(b"=")
        if key in (b"path", b"size"):
            found[key.decode()] = value.decode("utf-8", "surrogateescape")
        data = data[int(length) :]
    return found
