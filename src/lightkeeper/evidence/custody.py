"""Custody: the log of who did what with each file, one JSON object a line, each naming the hash of the line before."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from typing import Any

import msgspec

FORMAT = "lightkeeper.custody/1"
START = "0" * 64


def chain(entries: Iterable[Mapping[str, Any]]) -> bytes:
    """The lines of a log: each entry with its `number` from 1 and `previous`, the SHA-256 of the line before.

    `previous` of the first is 64 zeros. Keys are sorted, so that the same entries give the same bytes. A line that is
    changed, moved, added or removed breaks the chain; the last is held by the manifest that names the log.
    """
    made, previous = [], START
    for number, entry in enumerate(entries, start=1):
        plain = {key: value for key, value in entry.items() if value is not None}
        line = msgspec.json.encode({**plain, "number": number, "previous": previous}, order="sorted") + b"\n"
        previous = hashlib.sha256(line).hexdigest()
        made.append(line)
    return b"".join(made)
