"""The archive: raw bytes under their SHA-256, each with a record of where and when they came from.

    objects/ab/abcd…/bytes                 the bytes, read-only
    objects/ab/abcd…/provenance-….json     one record for each source and URL
    tmp/                                   what is being written now

Bytes and their first record appear by one rename of one folder. So a kill at any moment leaves both or neither.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Iterator
from datetime import datetime
from pathlib import Path

from lightkeeper.archive import atomic, provenance
from lightkeeper.archive.private_keys import refuse_private_key
from lightkeeper.archive.verify import CHUNK_BYTES, Damage, damages
from lightkeeper.errors import ArchiveDamaged, InputError
from lightkeeper.model.file import File


class Archive:
    """Raw files under `root`. Safe for several processes at once. The folder is made when first written to."""

    def __init__(self, root: Path) -> None:
        self.root = Path(root)
        self._objects = self.root / "objects"
        self._tmp = self.root / "tmp"

    def add_bytes(
        self,
        data: bytes,
        *,
        source: str,
        url: str,
        licence: str | None = None,
        media_type: str | None = None,
        retrieved_at: datetime | None = None,
    ) -> File:
        """Store bytes. See `add_stream`."""
        return self.add_stream(
            [data], source=source, url=url, licence=licence, media_type=media_type, retrieved_at=retrieved_at
        )

    def add_path(
        self,
        path: Path,
        *,
        source: str,
        url: str | None = None,
        licence: str | None = None,
        media_type: str | None = None,
        retrieved_at: datetime | None = None,
    ) -> File:
        """Store a file, in chunks. Without `url` the record keeps its path where that is relative, else its name.

        A full path would carry a person's user name into what is published. Raises InputError if it cannot be read, and
        for a private key, which nobody wants sealed.
        """
        refuse_private_key(Path(path))
        return self.add_stream(
            _chunks(Path(path)),
            source=source,
            url=url or _relative(Path(path)),
            licence=licence,
            media_type=media_type or provenance.media_type_of(str(path)),
            retrieved_at=retrieved_at,
        )

    def add_stream(
        self,
        chunks: Iterable[bytes],
        *,
        source: str,
        url: str,
        licence: str | None = None,
        media_type: str | None = None,
        retrieved_at: datetime | None = None,
    ) -> File:
        """Store chunks as one file and return its provenance row: the first one, if it was recorded before.

        If the iterable raises, nothing is stored and the exception goes on. Adding bytes that were damaged on the
        disk repairs them. `retrieved_at` must have a time zone. Raises LightkeeperError if the disk is full.
        """
        moment = provenance.utc(retrieved_at)
        with atomic.workspace(self._tmp) as made:
            sha256, size = self._write(made / provenance.BYTES, chunks)
            row = File(
                sha256=sha256,
                source=source,
                url=url,
                retrieved_at=moment,
                bytes=size,
                media_type=media_type or provenance.media_type_of(url),
                licence=licence,
            )
            with atomic.writing(self.root):
                return self._publish(made, row)

    def path_of(self, sha256: str) -> Path:
        """Where the bytes lie, or would lie. Raises InputError for what is not a SHA-256."""
        return self._folder(sha256) / provenance.BYTES

    def read(self, sha256: str) -> bytes:
        """All bytes of a file, checked. Raises InputError if it is not stored, ArchiveDamaged if it differs."""
        path = self.path_of(sha256)
        try:
            data = path.read_bytes()
        except FileNotFoundError as problem:
            raise InputError(
                f"The archive has no file {sha256}", remedy="Fetch or add it first", where=str(self.root)
            ) from problem
        except OSError as problem:
            raise ArchiveDamaged(
                f"Stored bytes cannot be read: {problem.strerror}",
                remedy="Check the disk and your rights",
                where=str(path),
            ) from problem
        found = hashlib.sha256(data).hexdigest()
        if found != sha256:
            remedy = "Verify the archive: it says where to get the bytes again"
            raise ArchiveDamaged(f"Stored bytes differ: found sha256 {found}", remedy=remedy, where=str(path))
        return data

    def holds(self, sha256: str) -> bool:
        """Whether the bytes are there and are right. They are read in pieces, so the file may be of any length."""
        try:
            with self.path_of(sha256).open("rb") as stored:
                return hashlib.file_digest(stored, "sha256").hexdigest() == sha256
        except OSError:
            return False

    def files(self) -> Iterator[File]:
        """All provenance rows, by SHA-256, source and URL. Raises ArchiveDamaged at a record that cannot be read."""
        for folder in self._folders():
            rows = [provenance.decode(record) for record in folder.glob("provenance-*.json")]
            yield from sorted(rows, key=lambda row: (row.source, row.url))

    def verify(self, progress: Callable[[int, int], None] | None = None) -> list[Damage]:
        """Read every byte again; an empty list is a sound archive. What dead processes left in `tmp` is removed.

        `progress` gets the number of objects done and of all objects.
        """
        atomic.sweep(self._tmp)
        return damages(list(self._folders()), progress)

    def _folder(self, sha256: str) -> Path:
        return self._objects / provenance.checked_sha256(sha256)[:2] / sha256

    def _folders(self) -> Iterator[Path]:
        if self._objects.is_dir():
            for shelf in sorted(_visible(self._objects)):
                yield from sorted(_visible(shelf)) if shelf.is_dir() else [shelf]

    def _write(self, path: Path, chunks: Iterable[bytes]) -> tuple[str, int]:
        sha256, size = hashlib.sha256(), 0
        with atomic.writing(self.root):
            opened = path.open("xb", buffering=0)
        with opened as out:
            for chunk in chunks:
                sha256.update(chunk)
                size += len(chunk)
                with atomic.writing(self.root):
                    _write_all(out.write, chunk)
            with atomic.writing(self.root):
                atomic.flush(out.fileno())
        return sha256.hexdigest(), size

    def _publish(self, made: Path, row: File) -> File:
        folder = self._folder(row.sha256)
        record = made / provenance.record_name(row)
        atomic.write_file(record, provenance.encode(row))
        if not folder.is_dir() and atomic.publish_folder(made, folder):
            return row
        atomic.replace_file(made / provenance.BYTES, folder / provenance.BYTES)
        if atomic.publish_once(record, folder / record.name):
            return row
        return self._first(folder / record.name, record, row)

    def _first(self, kept: Path, record: Path, row: File) -> File:
        """The row recorded before; a record that cannot be read is replaced by the new one."""
        try:
            return provenance.decode(kept)
        except ArchiveDamaged:
            atomic.write_file(record.with_suffix(".again"), provenance.encode(row))
            atomic.replace_file(record.with_suffix(".again"), kept)
            return row


def _write_all(write: Callable[[memoryview], int | None], chunk: bytes) -> None:
    left = memoryview(chunk)
    while left:
        left = left[write(left) or 0 :]


def _visible(folder: Path) -> Iterator[Path]:
    return (entry for entry in folder.iterdir() if not entry.name.startswith("."))


def _chunks(path: Path) -> Iterator[bytes]:
    try:
        with path.open("rb", buffering=0) as stored:
            while chunk := stored.read(CHUNK_BYTES):
                yield chunk
    except OSError as problem:
        raise InputError(
            f"The file cannot be read: {problem.strerror}", remedy="Check its name and your rights", where=str(path)
        ) from problem


def _relative(path: Path) -> str:
    try:
        return path.resolve().relative_to(Path.cwd().resolve()).as_posix()
    except ValueError:
        return path.name
