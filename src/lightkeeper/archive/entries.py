"""Entries: what lies in a folder, with no link followed: it would carry what it leads to into what is sealed."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from pathlib import Path

from lightkeeper.errors import InputError


def files_in(folder: Path) -> list[Path]:
    """All files under a folder, sorted. Raises InputError for a link, and for what is neither file nor folder."""
    found = []
    for path in entries(folder):
        kind = path.lstat().st_mode
        if stat.S_ISLNK(kind):
            raise InputError("this is a link", remedy="Put the file itself there, or take it out", where=str(path))
        if stat.S_ISREG(kind):
            found.append(path)
        elif not stat.S_ISDIR(kind):
            raise InputError("this is neither a file nor a folder", remedy="Take it out", where=str(path))
    return sorted(found)


def entries(folder: Path) -> Iterator[Path]:
    """All that lies under a folder, folders too, with no link followed."""
    for at, folders, names in os.walk(folder):
        yield from (Path(at) / name for name in (*folders, *names))
