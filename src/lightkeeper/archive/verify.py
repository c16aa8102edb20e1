"""Verify: read every stored byte again and name each object that is not what it should be."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from pathlib import Path

import msgspec

from lightkeeper.archive import provenance
from lightkeeper.errors import ArchiveDamaged
from lightkeeper.model.file import File

CHUNK_BYTES = 1 << 20

_AGAIN = "Add the file again from where it came ({url}): that puts whole bytes in place"
_BACKUP = "Restore the folder from a backup, or delete it and add the file again"


class Damage(msgspec.Struct, frozen=True, kw_only=True):
    """One thing that is wrong in the archive: where it is, what is wrong and what to do."""

    sha256: str
    path: str
    reason: str
    remedy: str


def damages(folders: list[Path], progress: Callable[[int, int], None] | None = None) -> list[Damage]:
    """Check object folders, each named by its SHA-256. `progress` gets objects done and objects in all."""
    found: list[Damage] = []
    for done, folder in enumerate(folders, start=1):
        found.extend(_check_object(folder))
        if progress:
            progress(done, len(folders))
    return found


def _check_object(folder: Path) -> Iterator[Damage]:
    sha256, stored = folder.name, folder / provenance.BYTES
    if not folder.is_dir():
        yield Damage(sha256=sha256, path=str(folder), reason="not an object of the archive", remedy="Move it elsewhere")
        return
    rows: list[File] = []
    try:
        for record in sorted(folder.glob("provenance-*.json")):
            try:
                rows.append(provenance.decode(record))
            except ArchiveDamaged as problem:
                yield Damage(sha256=sha256, path=str(record), reason=problem.what, remedy=problem.remedy)
    except OSError as problem:
        yield Damage(sha256=sha256, path=str(folder), reason=f"unreadable: {problem.strerror}", remedy=_BACKUP)
        return
    remedy = _AGAIN.format(url=rows[0].url) if rows else _BACKUP
    reason = _what_is_wrong(stored, sha256, rows)
    if reason:
        yield Damage(sha256=sha256, path=str(stored), reason=reason, remedy=remedy)
    elif not rows:
        yield Damage(sha256=sha256, path=str(folder), reason="bytes without a provenance record", remedy=_BACKUP)


def _what_is_wrong(stored: Path, sha256: str, rows: list[File]) -> str | None:
    try:
        provenance.checked_sha256(sha256)
        if stored.is_symlink() or (stored.exists() and not stored.is_file()):
            return "not a plain file"
        found, size = digest(stored)
    except FileNotFoundError:
        return "missing: a provenance record without bytes" if rows else "missing: a folder without bytes"
    except OSError as problem:
        return f"unreadable: {problem.strerror}"
    if found != sha256:
        return f"bytes differ: found sha256 {found}"
    wrong = next((row.bytes for row in rows if row.bytes != size), None)
    return None if wrong is None else f"the provenance record says {wrong} bytes; there are {size}"


def digest(path: Path) -> tuple[str, int]:
    """SHA-256 and size of a file, read in chunks. Raises OSError."""
    sha256, size = hashlib.sha256(), 0
    with path.open("rb", buffering=0) as stored:
        while chunk := stored.read(CHUNK_BYTES):
            sha256.update(chunk)
            size += len(chunk)
    return sha256.hexdigest(), size
