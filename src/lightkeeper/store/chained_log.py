"""A chained log: one file a country, only ever added to, each line bound to the one before.

    {"previous":"<hash of the line before>","hash":"<…>","told":{…}}

`hash` is the SHA-256 of `previous`, a line end, and the bytes of the row (here `told`, the name of its table) as they
stand. So a line that is changed, taken out, put in or moved breaks the chain. Lines cut off at the end leave the chain
whole; they show in `<country>.head`, which names the newest line, and to anyone who wrote a hash down elsewhere.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import ClassVar, Generic, NamedTuple, Protocol, TypeVar

import msgspec

from lightkeeper.errors import ArchiveDamaged, LightkeeperError

LINE_MAX = 1 << 20
"""Bytes of a line. An event of a thousand series has less."""


class Entry(Protocol):
    """A row that a log can hold."""

    table_name: ClassVar[str]

    @property
    def country(self) -> str:
        """Whose log it stands in."""

    @property
    def seq(self) -> int:
        """Its place there, from 1."""


E = TypeVar("E", bound=Entry)


class Head(msgspec.Struct, frozen=True):
    """The newest line of a log: its number and its hash. Number 0 is that of an empty log."""

    seq: int
    hash: str


class Problem(NamedTuple):
    """What is wrong with a log, and where: `told/IR.jsonl:7`."""

    where: str
    what: str
    remedy: str


class Checked(NamedTuple, Generic[E]):
    """A log that was read to its end, or to the first line that is not sound."""

    entries: list[E]
    hashes: list[str]
    """What the first line is bound to, then the hash of each sound line."""
    head: Head
    """Of the last sound line."""
    sound_bytes: int
    torn: bytes
    """What follows the last sound line, if it may be the begin of a line that was being written."""
    problem: Problem | None


class ChainedLog(Generic[E]):
    """The log of one country under `tables`. Only one process may add to it: the caller holds the lock.

    A subclass names the type of its rows, what the log is called, and what follows where it was changed or torn.
    """

    row: type[E]
    called: str
    if_changed: str
    if_torn: str

    def __init__(self, tables: Path, country: str) -> None:
        self.country = country
        self.path = Path(tables) / self.row.table_name / f"{country}.jsonl"
        self._head_path = self.path.with_suffix(".head")

    def open(self) -> tuple[list[E], str | None]:
        """All entries, ready to add to; and a notice, where a line was mended that a kill had torn.

        A torn line is kept beside the log, for nothing came of it. Raises ArchiveDamaged where the log was changed.
        """
        found = self.check()
        if found.problem:
            raise ArchiveDamaged(found.problem.what, remedy=found.problem.remedy, where=found.problem.where)
        self._last = found.head
        if not found.torn:
            return found.entries, None
        kept = self.path.with_suffix(f".torn-{found.head.seq + 1}")
        kept.write_bytes(found.torn)
        with self.path.open("r+b") as log:
            log.truncate(found.sound_bytes)
            os.fsync(log.fileno())
        what = f"The last line of {self.path.name} was broken off ({len(found.torn)} bytes) and is set aside as"
        return found.entries, f"{what} {kept.name}; {self.if_torn}"

    def append(self, entry: E) -> Head:
        """Add one entry, and wait until it is on the disk. Raises LightkeeperError if it cannot be written whole."""
        if (entry.country, entry.seq) != (self.country, self._last.seq + 1):
            raise ValueError(f"entry {entry.seq} of {entry.country} does not follow {self._last.seq} of {self.country}")
        row = msgspec.json.encode(entry)
        found = _hash(self._last.hash, row)
        try:
            self._write(self._line(self._last.hash, found, row))
            self._last = Head(entry.seq, found)
            self._write_head(self._last)
        except OSError as error:
            raise LightkeeperError(
                f"{self.called[:1].upper()}{self.called[1:]} cannot be written: {error.strerror}",
                remedy="Free some space, or check your rights, and run it again; it goes on from here",
                where=str(self.path),
            ) from error
        return self._last

    def check(self) -> Checked[E]:
        """Read and check all lines. Nothing is changed. Raises LightkeeperError if the file cannot be read."""
        entries: list[E] = []
        hashes = [self.genesis()]
        sound, torn, problem = 0, b"", None
        for line in self._lines():
            if not line.endswith(b"\n"):
                torn = line
                break
            try:
                entry, found = self._entry(line, Head(len(entries), hashes[-1]))
            except ValueError as error:
                where = f"{self.row.table_name}/{self.path.name}:{len(entries) + 1}"
                problem = Problem(where, f"{self.called} was changed here: {error}", self.if_changed)
                break
            entries.append(entry)
            hashes.append(found)
            sound += len(line)
        problem = problem or self._against_head(hashes)
        return Checked(entries, hashes, Head(len(entries), hashes[-1]), sound, torn, problem)

    def genesis(self) -> str:
        """What the first line is bound to, so that no log passes for that of another country, or of other rows."""
        return hashlib.sha256(f"lightkeeper {self.row.table_name} {self.country}".encode()).hexdigest()

    def _line(self, previous: str, found: str, row: bytes) -> bytes:
        return b'{"previous":"%s","hash":"%s","%s":%s}\n' % (
            previous.encode(),
            found.encode(),
            self.row.table_name.encode(),
            row,
        )

    def _entry(self, line: bytes, before: Head) -> tuple[E, str]:
        """The entry of a sound line, and its hash. Raises ValueError that says what is wrong."""
        try:
            parts = msgspec.json.decode(line, type=dict[str, msgspec.Raw])
            row = bytes(parts[self.row.table_name])
            previous, found = (msgspec.json.decode(parts[name], type=str) for name in ("previous", "hash"))
            entry = msgspec.json.decode(row, type=self.row)
        except (msgspec.MsgspecError, KeyError, RecursionError, UnicodeDecodeError) as error:
            raise ValueError("the line is not an entry") from error
        if previous != before.hash:
            raise ValueError("the line does not follow the one before it: one was taken out, put in or moved")
        if found != _hash(previous, row) or self._line(previous, found, row) != line:
            raise ValueError("the line does not have its hash: it was changed")
        if (entry.country, entry.seq) != (self.country, before.seq + 1):
            raise ValueError(f"the entry is number {entry.seq} of {entry.country[:10]}")
        return entry, found

    def _lines(self) -> Iterator[bytes]:
        try:
            with self.path.open("rb") as log:
                while line := log.readline(LINE_MAX + 1):
                    yield line if len(line) <= LINE_MAX else line + b"\n"
        except FileNotFoundError:
            return
        except OSError as error:
            what = f"{self.called[:1].upper()}{self.called[1:]} cannot be read: {error.strerror}"
            raise LightkeeperError(what, remedy="Check the disk and your rights", where=str(self.path)) from error

    def _against_head(self, hashes: Sequence[str]) -> Problem | None:
        """The head may lag by a line that a kill came after. It may never be ahead, or name another line."""
        try:
            known = msgspec.json.decode(self._head_path.read_bytes(), type=Head)
        except (OSError, msgspec.MsgspecError, UnicodeDecodeError):
            return None
        where, last = f"{self.row.table_name}/{self.path.name}", len(hashes) - 1
        remedy = f"Look for a copy that has them. To go on without, move {self._head_path.name} to another folder too"
        if known.seq > last:
            what = f"{self.called} ends at entry {last}, and had {known.seq}: lines were taken away"
        elif known.hash != hashes[known.seq]:
            what = f"entry {known.seq} of {self.called} is not the one that was written: the log was replaced"
        else:
            return None
        return Problem(where, what, remedy)

    def _write(self, line: bytes) -> None:
        new = not self.path.exists()
        self.path.parent.mkdir(parents=True, exist_ok=True)
        number = os.open(self.path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o644)
        try:
            left = memoryview(line)
            while left:
                left = left[os.write(number, left) :]
            os.fsync(number)
        finally:
            os.close(number)
        if new:
            _sync_folder(self.path.parent)

    def _write_head(self, head: Head) -> None:
        temporary = self._head_path.with_suffix(".head.tmp")
        with temporary.open("wb") as out:
            out.write(msgspec.json.encode(head))
            out.flush()
            os.fsync(out.fileno())
        temporary.replace(self._head_path)
        _sync_folder(self.path.parent)


def logs_in(tables: Path, row: type[Entry]) -> list[str]:
    """Countries that have a log of such rows, sorted."""
    return sorted(path.stem for path in (Path(tables) / row.table_name).glob("*.jsonl"))


def _hash(previous: str, row: bytes) -> str:
    return hashlib.sha256(previous.encode() + b"\n" + row).hexdigest()


def _sync_folder(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        with contextlib.suppress(OSError):
            os.fsync(handle)
    finally:
        os.close(handle)
