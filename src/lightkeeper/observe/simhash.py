"""The simhash of a page: 64 bits that change little where its words change little.

Charikar 2002, "Similarity Estimation Techniques from Rounding Algorithms"; Manku, Jain and Das Sarma 2007, "Detecting
Near-Duplicates for Web Crawling".
"""

from __future__ import annotations

from functools import lru_cache
from zlib import crc32

import numpy as np
import numpy.typing as npt

MAX_WORDS = 256
"""Words that are read: a notice has fewer, and a longer page is told by its beginning."""
MAX_TEXT = 8 * 1024
_WORDS_IN_SHINGLE = 3
_HALF = np.uint64(29)
_MULTIPLIER = np.uint64(0x9E3779B97F4A7C15)


@lru_cache(maxsize=256)
def simhash(text: str) -> str | None:
    """The simhash of the first words of a text, as 16 hexadecimal digits; none for fewer than three words.

    Features are runs of three words, each counted once. The same text gives the same digits on every machine.
    """
    words = text[:MAX_TEXT].encode("utf-8", "surrogatepass").split(None, MAX_WORDS)[:MAX_WORDS]
    if len(words) < _WORDS_IN_SHINGLE:
        return None
    hashed = np.array([*map(crc32, words)], dtype=np.uint64)
    features = _distinct(_mixed(_mixed(_mixed(hashed[:-2]) + hashed[1:-1]) + hashed[2:]))
    bits = np.unpackbits(features.astype(">u8").view(np.uint8)).reshape(-1, 64)
    # fewer features than 256, so that a byte is enough to count them
    return np.packbits(np.add.reduce(bits, axis=0, dtype=np.uint8) > len(features) // 2).tobytes().hex()


def distance(one: str, other: str) -> int:
    """Bits in which two simhashes differ, 0 to 64. Manku et al. call up to 3 near-duplicates."""
    return (int(one, 16) ^ int(other, 16)).bit_count()


def _distinct(values: npt.NDArray[np.uint64]) -> npt.NDArray[np.uint64]:
    # many times faster than np.unique for so few
    values = np.sort(values)
    kept: npt.NDArray[np.uint64] = values[np.append(True, values[1:] != values[:-1])]
    return kept


def _mixed(values: npt.NDArray[np.uint64]) -> npt.NDArray[np.uint64]:
    # products wrap around at 64 bits, which is what a multiplicative hash does (Knuth 1973, section 6.4)
    values = values * _MULTIPLIER
    return (values ^ (values >> _HALF)) * _MULTIPLIER
