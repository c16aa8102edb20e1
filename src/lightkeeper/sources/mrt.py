"""Read: MRT files of route collectors (RIPE RIS, RouteViews), tables and updates, as columns of numbers.

Formats: RFC 6396 (TABLE_DUMP, TABLE_DUMP_V2, BGP4MP, BGP4MP_ET), RFC 8050 (path identifiers) and two that collectors
wrote before: BGP (appendix B.2.3) and the packed tables of RIS in 1999 and 2000. Unicast prefixes only. The bytes are
hostile: a damaged record is counted and passed over, a malformed attribute voids its own route alone (RFC 7606), lost
framing ends the file, and all are reported. The addresses are those of routers that feed a collector, never those of
people.
"""

from __future__ import annotations

import bz2
import ipaddress
from collections.abc import Generator, Iterator
from pathlib import Path
from typing import IO, NamedTuple

import msgspec
import numpy as np
import numpy.typing as npt
from isal import igzip, isal_zlib

from lightkeeper.errors import InputError
from lightkeeper.sources import mrt_kernel as kernel
from lightkeeper.sources.rows import Unreadable

Ints = npt.NDArray[np.int64]

CHUNK_BYTES = 8 << 20
MAX_TOTAL_BYTES = 16 << 30
"""A table of all the world's routes from a large collector unpacks to about 2 GB."""

FETCH_AGAIN = "Fetch the file again; what was read before this place is kept"
BROKEN = (OSError, EOFError, ValueError, isal_zlib.error)
KINDS = ("A", "W", "STATE", "ALIVE", "B")


MALFORMED_MOST = 0.1
"""Share of the routes of a file that may be malformed. Half of the peers decide, so a tenth moves little."""
DAMAGED_MOST = 0.001
"""Share of the records of a file that may be damaged: a record of a table is one prefix."""


class Flaw(Unreadable, frozen=True):
    """Something that could not be read and leaves the rest of its file sound."""


class Peer(NamedTuple):
    """A router that feeds the collector."""

    ip: str
    asn: int


class Batch(msgspec.Struct, frozen=True):
    """Elements in the order of the file: one row each, with the columns that `mrt_kernel` names."""

    rows: Ints
    peers: Ints
    """One row a peer, by its number: family (4 or 6), upper and lower half of the address, AS."""
    raw: npt.NDArray[np.uint8]
    """The bytes that the AS paths of the rows lie in."""

    def column(self, number: int) -> Ints:
        """One column of all rows, such as `mrt_kernel.ORIGIN`."""
        return self.rows[:, number]


class Element(NamedTuple):
    """One row for people: a route announced (A), withdrawn (W) or standing in a table (B), or a session (STATE)."""

    time_us: int
    kind: str
    peer: Peer
    prefix: str
    as_path: str
    """As `bgpdump -m` writes it: sets in braces. For a session its old and new state."""
    origin: int
    """The last AS; below zero where the path is empty or ends in a set."""


def read(path: Path) -> Iterator[Batch | Unreadable]:
    """The elements of an MRT file (plain, `.gz` or `.bz2`), in batches of bounded size; then what could not be read.

    Raises InputError for a file that cannot be opened or holds no MRT record.
    """
    reader = _Reader(path)
    yield from reader.batches()
    yield from reader.unreadable()


def elements(batch: Batch) -> Iterator[Element]:
    """The rows of a batch as they are shown to people, one by one: thirty times slower than the columns."""
    peers = [Peer(_address(int(f), int(high), int(low)), int(asn)) for f, high, low, asn in batch.peers]
    for row in batch.rows.tolist():
        kind = row[kernel.KIND]
        if kind == kernel.ALIVE:
            continue
        prefix, path, origin = "", "", kernel.NO_ORIGIN
        if kind == kernel.STATE:
            path = f"{row[kernel.LENGTH]}|{row[kernel.ORIGIN]}"
        else:
            address = _address(row[kernel.FAMILY], row[kernel.HIGH], row[kernel.LOW])
            prefix = f"{address}/{row[kernel.LENGTH]}"
        if kind in (kernel.ANNOUNCED, kernel.TABLE):
            path, origin = as_path(batch.raw, row), row[kernel.ORIGIN]
        yield Element(row[kernel.TIME_US], KINDS[kind], peers[row[kernel.PEER]], prefix, path, origin)


def as_path(raw: npt.NDArray[np.uint8], row: list[int]) -> str:
    """The AS path of one row. AS4_PATH stands in for the end of a path of 16-bit numbers (RFC 6793, section 4.2.3)."""
    segments = _segments(raw[row[kernel.PATH_AT] : row[kernel.PATH_END]].tobytes(), 4 if row[kernel.PATH_WIDE] else 2)
    if row[kernel.PATH4_END] and not row[kernel.PATH_WIDE]:
        try:
            wide = _segments(raw[row[kernel.PATH4_AT] : row[kernel.PATH4_END]].tobytes(), 4)
        except IndexError:
            wide = []
        segments = _merged(segments, wide)
    return " ".join(_shown(kind, hops) for kind, hops in segments)


def last_set(raw: npt.NDArray[np.uint8], row: list[int]) -> frozenset[int]:
    """The members of the AS_SET in which the path of a row ends; none where it ends otherwise."""
    segments = _segments(raw[row[kernel.PATH_AT] : row[kernel.PATH_END]].tobytes(), 4 if row[kernel.PATH_WIDE] else 2)
    kind, hops = next(((k, h) for k, h in reversed(segments) if h and k <= 2), (0, []))
    return frozenset(hops if kind == 1 else ())


class _Reader:
    """One pass over one file."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._peers = np.zeros((kernel.PEERS_MAX, 4), np.int64)
        self._table = np.zeros(1 << 16, np.int64)
        self._note = np.zeros(kernel.NOTES, np.int64)
        self._offset = self._left = self._first_bad = self._elements = 0
        self._trouble = ""

    def batches(self) -> Iterator[Batch]:
        rest = b""
        try:
            stream = _open(self._path)
        except OSError as error:
            what = f"cannot be read: {error.strerror}"
            raise InputError(what, remedy="Check its name and your rights", where=str(self._path)) from error
        with stream:
            whole = False
            while not whole:
                more = self._more(stream)
                whole = not more
                raw = np.frombuffer(rest + more, np.uint8)
                at = yield from self._records(raw, whole)
                rest = raw[at:].tobytes()
                self._offset += at
                self._left = len(rest)
                whole = whole or bool(self._note[kernel.LOST])
        if not self._note[kernel.RECORDS]:
            raise InputError(
                "there is no MRT record in the file" + (f" ({self._trouble})" if self._trouble else ""),
                remedy="Give a file of RIPE RIS or RouteViews, such as updates.20260108.1630.gz",
                where=str(self._path),
            )

    def _records(self, raw: npt.NDArray[np.uint8], whole: bool) -> Generator[Batch, None, int]:
        """The batches of these bytes; returns the place of the first record that is not whole."""
        at, note = 0, self._note
        while True:
            out = np.empty((kernel.ROWS, kernel.COLUMNS), np.int64)
            sound = not note[kernel.DAMAGED]
            at, count = kernel.scan(raw, at, whole, out, self._peers, self._table, note)
            if sound and note[kernel.DAMAGED]:
                self._first_bad = self._offset + int(note[kernel.FIRST_BAD])
            self._elements += count
            if count:
                yield Batch(out[:count], self._peers[: note[kernel.PEERS]].copy(), raw)
            if not count or note[kernel.LOST]:
                return int(at)

    def _more(self, stream: IO[bytes]) -> bytes:
        """Some bytes; none at the end. What a broken file gives before it breaks is kept."""
        parts: list[bytes] = []
        size = 0
        while size < CHUNK_BYTES and not self._trouble:
            try:
                part = stream.read1(1 << 18)  # type: ignore[attr-defined]
            except BROKEN as error:  # type: ignore[misc]  # isal has no types
                self._trouble = f"the file breaks off or is damaged: {str(error)[:100]}"
                break
            if not part:
                break
            parts.append(part)
            size += len(part)
            if self._offset + size > MAX_TOTAL_BYTES:
                self._trouble = f"the file unpacks to more than {MAX_TOTAL_BYTES:,} bytes"
        return b"".join(parts)

    def unreadable(self) -> Iterator[Unreadable]:
        where = f"{self._path}: byte {self._offset}"
        if number := int(self._note[kernel.DAMAGED]):
            records = int(self._note[kernel.RECORDS])
            kind = Flaw if number <= DAMAGED_MOST * records else Unreadable
            what = f"{number} of {records} records are damaged and were passed over"
            yield kind(f"{self._path}: byte {self._first_bad}", what, FETCH_AGAIN)
        if number := int(self._note[kernel.MALFORMED]):
            kind = Flaw if number <= MALFORMED_MOST * self._elements else Unreadable
            what = (
                f"{number} of {self._elements} routes have malformed attributes: they count as withdrawn, or in a table"
            )
            yield kind(str(self._path), f"{what} as without an origin", FETCH_AGAIN)
        if self._note[kernel.LOST]:
            yield Unreadable(where, "what follows is not MRT: the rest of the file was not read", FETCH_AGAIN)
        elif self._left:
            yield Unreadable(where, f"the last record breaks off after {self._left} bytes", FETCH_AGAIN)
        if self._trouble:
            yield Unreadable(where, self._trouble, FETCH_AGAIN)


def _open(path: Path) -> IO[bytes]:
    with path.open("rb") as stream:
        head = stream.read(3)
    if head[:2] == b"\x1f\x8b":
        return igzip.open(path, "rb")  # type: ignore[no-any-return, no-untyped-call]
    if head == b"BZh":
        return bz2.open(path, "rb")
    return path.open("rb")


def _address(family: int, high: int, low: int) -> str:
    if family == 4:
        return str(ipaddress.IPv4Address((high >> 32) & 0xFFFFFFFF))
    mask = (1 << 64) - 1
    return str(ipaddress.IPv6Address((high & mask) << 64 | (low & mask)))


Segment = tuple[int, list[int]]


def _segments(octets: bytes, size: int) -> list[Segment]:
    """The segments of a path: kind (RFC 4271, 4.3; RFC 5065) and AS numbers. Raises IndexError if it breaks off."""
    found: list[Segment] = []
    at = 0
    while at < len(octets):
        kind, hops = octets[at], octets[at + 1]
        at += 2
        if at + hops * size > len(octets):
            raise IndexError
        found.append((kind, [int.from_bytes(octets[at + i * size : at + (i + 1) * size]) for i in range(hops)]))
        at += hops * size
    return found


def _merged(narrow: list[Segment], wide: list[Segment]) -> list[Segment]:
    """The path as it was before a router that knows 16 bits only; a longer AS4_PATH is not believed."""
    lead = _length(narrow) - _length(wide)
    if lead < 0 or not wide:
        return narrow
    found: list[Segment] = []
    for kind, hops in narrow:
        if lead <= 0:
            break
        taken = hops if kind != 2 else hops[:lead]
        found.append((kind, taken))
        lead -= len(taken) if kind == 2 else int(kind == 1)
    if found and wide[0][0] == 2 and found[-1][0] == 2:
        found[-1] = (2, found[-1][1] + wide[0][1])
        wide = wide[1:]
    return found + wide


def _length(segments: list[Segment]) -> int:
    """Hops as RFC 4271, section 9.1.2.2 counts them: a set is one, confederations (RFC 5065) are none."""
    return sum(len(hops) if kind == 2 else int(kind == 1) for kind, hops in segments)


def _shown(kind: int, hops: list[int]) -> str:
    if kind == 2:
        return " ".join(map(str, hops))
    left, middle, right = {1: ("{", ",", "}"), 3: ("(", " ", ")"), 4: ("[", ",", "]")}[kind]
    return left + middle.join(map(str, hops)) + right
