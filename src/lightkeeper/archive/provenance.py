"""Provenance: one small JSON file beside the bytes for each place they came from."""

from __future__ import annotations

import hashlib
import mimetypes
import re
from datetime import UTC, datetime
from pathlib import Path, PurePosixPath
from urllib.parse import urlsplit

import msgspec

from lightkeeper.errors import ArchiveDamaged, InputError
from lightkeeper.model.file import File

BYTES = "bytes"
"""Name of the file that holds the bytes, within the object's folder."""

_SHA256 = re.compile(r"[0-9a-f]{64}")

_TYPES = {
    ".jsonl": "application/x-ndjson",
    ".json": "application/json",
    ".yaml": "application/yaml",
    ".yml": "application/yaml",
    ".csv": "text/csv",
    ".tsv": "text/tab-separated-values",
    ".parquet": "application/vnd.apache.parquet",
    ".gz": "application/gzip",
    ".tgz": "application/gzip",
    ".lz4": "application/x-lz4",
    ".xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}
"""What the machine's own table may not know, or may know by another name."""


def checked_sha256(sha256: str) -> str:
    """The same digest, if it is one. Raises InputError for anything else, so that it can never name another path."""
    if not isinstance(sha256, str) or not _SHA256.fullmatch(sha256):
        raise InputError(
            f"{str(sha256)[:80]!r} is not a SHA-256", remedy="Give the 64 lower-case hexadecimal digits of the file"
        )
    return sha256


def media_type_of(url: str) -> str:
    """Media type by the last part of a URL or path; `application/octet-stream` if its ending says nothing."""
    name = PurePosixPath(urlsplit(url).path or url).name.lower()
    known = _TYPES.get(PurePosixPath(name).suffix)
    return known or mimetypes.guess_type(name)[0] or "application/octet-stream"


def utc(moment: datetime | None) -> datetime:
    """The moment in UTC, or now. Raises ValueError for a time without a zone."""
    if moment is None:
        return datetime.now(UTC)
    if moment.tzinfo is None:
        raise ValueError("retrieved_at has no time zone; give a time in UTC")
    return moment.astimezone(UTC)


def record_name(file: File) -> str:
    """Name of the record: the same for the same source and URL, so that a second add finds the first."""
    key = f"{file.source}\0{file.url}".encode("utf-8", "surrogateescape")
    return f"provenance-{hashlib.sha256(key).hexdigest()[:32]}.json"


def encode(file: File) -> bytes:
    """A record as indented JSON, for people to read."""
    return msgspec.json.format(msgspec.json.encode(file), indent=2) + b"\n"


def decode(path: Path) -> File:
    """Read one record back. Raises ArchiveDamaged if it is not one, or is not of the object it lies beside."""
    try:
        file = msgspec.json.decode(path.read_bytes(), type=File)
    except (OSError, msgspec.MsgspecError, ValueError) as problem:
        raise _damaged(path, f"The provenance record cannot be read: {problem}") from problem
    if file.sha256 != path.parent.name:
        raise _damaged(path, f"The provenance record is of other bytes: {file.sha256}")
    return file


def _damaged(path: Path, what: str) -> ArchiveDamaged:
    return ArchiveDamaged(
        what, remedy="Restore the record from a backup, or delete it and add the file again", where=str(path)
    )
