"""AS sets: a path that ends in a set of AS of one country ends in that country (AS_SET, RFC 4271; RFC 6472)."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from lightkeeper.signals.routes import Ints
from lightkeeper.sources.mrt import Batch, last_set
from lightkeeper.sources.mrt_kernel import ORIGIN, SET_ORIGIN

_FIRST = -100
"""Numbers from here downwards stand for a set of AS of one country. No AS has them, nor has the scan of MRT."""


class Sets:
    """Gives paths that end in a set of AS of one country an origin of their own: a number below zero."""

    def __init__(self, country_of: Mapping[int, str]) -> None:
        self._country_of = country_of
        self.countries = {_FIRST - n: country for n, country in enumerate(sorted(set(country_of.values())))}
        self._number = {country: number for number, country in self.countries.items()}

    def named(self, batch: Batch) -> Ints:
        """The rows of a batch, with that number as their origin. A set with one AS of elsewhere keeps none."""
        at = np.flatnonzero(batch.column(ORIGIN) == SET_ORIGIN)
        if not len(at) or not self._number:
            return batch.rows
        rows = batch.rows.copy()
        for place in at.tolist():
            countries = {self._country_of.get(asn, "") for asn in last_set(batch.raw, rows[place].tolist())}
            if len(countries) == 1:
                rows[place, ORIGIN] = self._number.get(countries.pop(), SET_ORIGIN)
        return rows
