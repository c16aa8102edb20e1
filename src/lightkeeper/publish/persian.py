"""Persian: pages from right to left, days in the Solar Hijri and the Gregorian calendar."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from lightkeeper.publish.languages import PERSIAN
from lightkeeper.publish.pieces import Piece
from lightkeeper.publish.translated import Translated


class Persian(Translated):
    """The tongue of the Persian pages."""

    code = PERSIAN.code

    def __init__(self, known: Mapping[str, Sequence[Piece]] | None = None) -> None:
        super().__init__(PERSIAN, known)
