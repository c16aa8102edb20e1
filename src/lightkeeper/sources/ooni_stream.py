"""Stream: bytes read once and in order, with a look ahead, unpacked and counted on the way."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from isal import igzip_lib, isal_zlib

from lightkeeper.sources import ooni_limits as limits
from lightkeeper.sources.ooni_record import Broken

GZIP = b"\x1f\x8b"

FETCH_AGAIN = "Fetch the file again; what was read before this place is kept"

Read = Callable[[int], bytes]
"""Takes a size; returns some bytes, about that many; none at the end. Raises Broken."""


class Budget:
    """What one file on the disk may still unpack to, shared by all that lies within it."""

    def __init__(self) -> None:
        self._left = limits.MAX_TOTAL_BYTES

    def take(self, size: int) -> None:
        """Count unpacked bytes. Raises Broken when there are too many."""
        self._left -= size
        if self._left < 0:
            raise Broken(
                f"the file unpacks to more than {limits.MAX_TOTAL_BYTES:,} bytes",
                "This is not how measurements look; unpack it yourself and pass its parts, if you trust it",
            )


class Stream:
    """Bytes from `read`, in order, with a look ahead."""

    def __init__(self, read: Read) -> None:
        self._read = read
        self._head = b""
        self._at = 0

    def peek(self, size: int) -> bytes:
        """The next `size` bytes, which stay; fewer at the end. Raises Broken only if there is nothing at all."""
        while len(self._head) - self._at < size:
            try:
                more = self._read(limits.CHUNK_BYTES)
            except Broken as problem:
                if self._at == len(self._head):
                    raise
                self._read = _raiser(problem)
                break
            if not more:
                break
            self._head, self._at = self._head[self._at :] + more, 0
        return self._head[self._at : self._at + size]

    def some(self, size: int) -> bytes:
        """At least one byte and at most `size`; none at the end. Raises Broken."""
        if self._at == len(self._head):
            self._head, self._at = self._read(limits.CHUNK_BYTES), 0
        data = self._head[self._at : self._at + size]
        self._at += len(data)
        return data

    def exactly(self, size: int) -> bytes:
        """`size` bytes, fewer only at the end. For small sizes. Raises Broken."""
        parts = []
        while size and (data := self.some(size)):
            parts.append(data)
            size -= len(data)
        return b"".join(parts)

    def part(self, size: int) -> Stream:
        """The next `size` bytes as a stream of their own. Broken is raised there if they are cut short."""
        left = size

        def read(most: int) -> bytes:
            nonlocal left
            if not left:
                return b""
            data = self.some(min(most, left))
            if not data:
                raise Broken("the archive ends within this member", FETCH_AGAIN)
            left -= len(data)
            return data

        return Stream(read)

    def drain(self) -> None:
        """Read to the end and forget. Raises Broken."""
        while self.some(limits.CHUNK_BYTES):
            pass


def gunzip(packed: Stream, budget: Budget) -> Stream:
    """The unpacked bytes of a gzip stream, all its members. Broken is raised at damage, after what came before it."""
    members = _unpack(packed)
    total = 0

    def read(_: int) -> bytes:
        nonlocal total
        try:
            data = next(members, b"")
        except isal_zlib.error as problem:  # type: ignore[misc]
            raise Broken(f"the gzip data is damaged: {problem}", FETCH_AGAIN) from problem
        total += len(data)
        budget.take(len(data))
        if total > limits.MAX_STREAM_BYTES:
            raise Broken(
                f"it unpacks to more than {limits.MAX_STREAM_BYTES:,} bytes",
                "This is not how measurements look; unpack it yourself and pass its parts, if you trust it",
            )
        return data

    return Stream(read)


def _unpack(packed: Stream) -> Iterator[bytes]:
    """Pieces of at most CHUNK_BYTES. Damage costs no more than one piece; the file object of isal would lose more."""
    left = packed.some(limits.CHUNK_BYTES)
    while left:
        member = igzip_lib.IgzipDecompressor(flag=igzip_lib.DECOMP_GZIP)
        while not member.eof:
            if data := member.decompress(left, limits.CHUNK_BYTES):
                yield data
            left = b""
            if member.needs_input and not member.eof:
                left = packed.some(limits.CHUNK_BYTES)
                if not left:
                    raise Broken("the gzip data is cut off before its end", FETCH_AGAIN)
        left = member.unused_data.lstrip(b"\0")  # zeros after the end are padding
        while not left and (more := packed.some(limits.CHUNK_BYTES)):
            left = more.lstrip(b"\0")
        if left and not left.startswith(GZIP[: len(left)]):
            raise Broken("the gzip data is damaged: something else follows it", FETCH_AGAIN)


def _raiser(problem: Broken) -> Read:
    def read(_: int) -> bytes:
        raise problem

    return read
