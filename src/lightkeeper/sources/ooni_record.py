"""Record: one measurement as bytes, or the reason why there is none."""

from __future__ import annotations

import msgspec

from lightkeeper.errors import printable
from lightkeeper.sources import ooni_limits as limits


class Record(msgspec.Struct, frozen=True):
    """One measurement, not yet decoded: `data` is the text of one JSON object."""

    file: str
    """Name to show: the path as given, and after a colon the member within an archive."""
    line: int
    """Line from 1; number of the entry in a YAML report; 1 for a member that holds one JSON document."""
    data: bytes


class Unreadable(msgspec.Struct, frozen=True):
    """Something that could not be read. It is set aside; reading goes on after it."""

    file: str
    line: int
    """As in Record; 0 where it is about the file as a whole."""
    error: str
    remedy: str


class Broken(Exception):
    """A stream that cannot be read further. Never leaves this room: the reader turns it into an Unreadable."""

    def __init__(self, error: str, remedy: str) -> None:
        super().__init__(error)
        self.error = error
        self.remedy = remedy

    def at(self, file: str, line: int) -> Unreadable:
        """The same, as a result."""
        return Unreadable(file, line, self.error, self.remedy)


def shown(name: str) -> str:
    """A file name that is safe to print: control and direction characters escaped, and not too long."""
    text = printable(name)
    if len(text) <= limits.MAX_NAME_CHARS:
        return text
    half = limits.MAX_NAME_CHARS // 2
    return f"{text[:half]}…{text[-half:]}"
