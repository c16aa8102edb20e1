"""Digest: the code that detects and its holidays, as one hash, so that what was told names what found it."""

from __future__ import annotations

import hashlib
from functools import lru_cache
from importlib.metadata import version
from importlib.resources import files

ROOMS = ("signals", "detect")


@lru_cache(maxsize=1)
def digest_of_detection() -> str:
    """SHA-256 of all that is in the rooms `signals` and `detect`, and of the release of the public holidays."""
    digest = hashlib.sha256()
    for room in ROOMS:
        for entry in sorted(files("lightkeeper").joinpath(room).iterdir(), key=lambda e: e.name):
            if entry.name.endswith((".py", ".toml")):
                digest.update(f"{room}/{entry.name}\n".encode() + entry.read_bytes())
    digest.update(f"holidays {version('holidays')}\n".encode())
    return digest.hexdigest()
