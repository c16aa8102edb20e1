"""Private keys: what never comes into the archive, whoever names it, since the archive is sealed for others to read."""

from __future__ import annotations

import re
from pathlib import Path

from lightkeeper.errors import InputError

_BEGIN = re.compile(rb"-----BEGIN (?:[A-Z0-9]+ )*PRIVATE KEY(?: BLOCK)?-----")
"""The first line of a private key (RFC 7468, section 10; RFC 9580, section 6.2.1)."""
LOOKED_AT = 1 << 12


def refuse_private_key(path: Path) -> None:
    """Raises InputError where a file begins as a private key does, or cannot be read."""
    try:
        with path.open("rb") as file:
            begin = file.read(LOOKED_AT)
    except OSError as error:
        raise InputError(
            f"it cannot be read: {error.strerror or error}", remedy="Check that you may read it", where=str(path)
        ) from error
    if _BEGIN.search(begin):
        remedy = "Take it away from here: what is archived is sealed for others to read"
        raise InputError("this is a private key", remedy=remedy, where=str(path))
