"""The archive: raw bytes by SHA-256, with where and when they came from."""

from lightkeeper.archive.archive import Archive
from lightkeeper.archive.verify import Damage

__all__ = ["Archive", "Damage"]
