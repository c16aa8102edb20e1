"""Gathered: how the measurements of a case were chosen, and out of which files."""

from __future__ import annotations

from datetime import datetime

import msgspec


class GatheredFile(msgspec.Struct, frozen=True):
    """A file that measurements were taken out of: its name or address, its SHA-256 and its size in bytes."""

    name: str
    sha256: str
    bytes: int


class Gathered(msgspec.Struct, frozen=True, kw_only=True):
    """What was asked for, and what came of it. Times are UTC; `until` is not included."""

    case: str
    lightkeeper: str
    gathered_at: datetime
    country: str
    elsewhere: list[str]
    since: datetime
    until: datetime
    watched: list[str]
    most: int
    seen: int
    """Records that were read."""
    kept: int
    not_of_the_case: int
    """Records of other countries, times, or what nobody asked for."""
    beyond_most: int
    """Records that were too many of one kind, network and day, or stood twice."""
    set_aside: int
    """Records and files that could not be read; the judge says more of each."""
    files: dict[str, int]
    """Files of the case that were written, with the measurements in each."""
    sources: list[GatheredFile]
