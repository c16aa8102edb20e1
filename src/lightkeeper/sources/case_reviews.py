"""The acts of review of a case: `reviews.jsonl`, read and checked link by link.

Each line holds the SHA-256 of the line before it. A last line that a crash cut off is told and left aside: it was
never acknowledged. Anything else that does not fit is an error, because history that was changed is no history.
"""

from __future__ import annotations

import hashlib
from datetime import UTC
from pathlib import Path
from typing import NamedTuple

import msgspec

from lightkeeper.errors import CaseError
from lightkeeper.model.act import FIRST, Act
from lightkeeper.sources.rows import clean

NAME = "reviews.jsonl"
BYTES_MAX = 64 << 20
REMEDY = "Take the file from a copy or from version control; acts are undone by later acts, never by editing"


class History(NamedTuple):
    """The acts of a case, the hash of the last line, and the bytes of a line that was cut off, if there is one."""

    acts: list[Act]
    last: str
    torn: bytes


def load_reviews(folder: Path) -> History:
    """The acts of the case in `folder`, oldest first; none without a file. Raises CaseError with `file:line`."""
    path = folder / NAME
    if not path.exists():
        return History([], FIRST, b"")
    if path.stat().st_size > BYTES_MAX:
        raise CaseError("the file is too large", remedy=REMEDY, where=str(path))
    return parse_reviews(path.read_bytes(), str(path))


def parse_reviews(data: bytes, where: str = NAME) -> History:
    """The same from bytes."""
    lines = data.split(b"\n")
    tail = lines.pop()
    acts: list[Act] = []
    last = FIRST
    for number, line in enumerate(lines, 1):
        act = _act(line, number, last, f"{where}:{number}")
        acts.append(act)
        last = digest(line)
    if tail:
        try:
            acts.append(_act(tail, len(acts) + 1, last, f"{where}:{len(acts) + 1}"))
            return History(acts, digest(tail), b"")
        except CaseError:
            return History(acts, last, tail)
    return History(acts, last, b"")


def line_of(act: Act) -> bytes:
    """An act as its line, without the end of the line."""
    return msgspec.json.encode(act, order="sorted")


def digest(line: bytes) -> str:
    """The hash by which the next line holds on to this one."""
    return hashlib.sha256(line).hexdigest()


def _act(line: bytes, number: int, before: str, where: str) -> Act:
    try:
        act = msgspec.json.decode(line, type=Act)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        raise CaseError(f"this is no act of review: {clean(str(error))[:200]}", remedy=REMEDY, where=where) from error
    if act.number != number or act.before != before:
        what = "this act does not follow the one before it: a line was changed, added, removed or moved"
        raise CaseError(what, remedy=REMEDY, where=where)
    if act.at.tzinfo is None or act.at.utcoffset() != UTC.utcoffset(None):
        raise CaseError("the time of this act is not in UTC", remedy=REMEDY, where=where)
    return act
