"""An item: one file of a bundle's payload, and what its custody is."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import msgspec

CHUNK_BYTES = 1 << 20


class Item(msgspec.Struct, frozen=True, kw_only=True):
    """One file of the payload. `path` starts with `data/`. Its bytes lie in `origin`, or are held here."""

    path: str
    origin: Path | bytes
    what: str
    """What it is, in a few words: raw file, input, table, page, …"""
    came_from: str | None = None
    """Where it was fetched or read, for a file from outside."""
    source: str | None = None
    retrieved_at: datetime | None = None
    licence: str | None = None
    made_by: str | None = None
    """The version of Lightkeeper that made it."""
    judged_by: str | None = None
    """The ruleset that it comes from."""

    def chunks(self) -> Iterator[bytes]:
        """Its bytes, in pieces."""
        if isinstance(self.origin, bytes):
            yield self.origin
            return
        with self.origin.open("rb") as file:
            yield from iter(lambda: file.read(CHUNK_BYTES), b"")


class Written(msgspec.Struct, frozen=True):
    """An item as it lies in the bundle."""

    item: Item
    sha256: str
    bytes: int

    @property
    def path(self) -> str:
        """Where it lies in the bundle."""
        return self.item.path


def write_item(item: Item, folder: Path) -> Written:
    """Write the bytes of an item into the bundle and hash what was written."""
    path = folder / item.path
    path.parent.mkdir(parents=True, exist_ok=True)
    sha256, size = hashlib.sha256(), 0
    with path.open("xb") as out:
        for chunk in item.chunks():
            out.write(chunk)
            sha256.update(chunk)
            size += len(chunk)
    return Written(item, sha256.hexdigest(), size)
