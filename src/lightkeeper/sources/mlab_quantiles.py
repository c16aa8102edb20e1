"""Quantiles of speed tests by M-Lab's users, as series; a quantile of too few tests is a row without a value.

Common to M-Lab's daily statistics, to tables of an own query, and to single tests.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from functools import cache
from typing import NamedTuple

from lightkeeper.model.signal import Signal

SOURCE = "mlab"
LINEAGE = "in_country"
"""People run the tests from inside the country, towards servers that are mostly outside."""
CONFIDENCE = 0.95
LEAST_TESTS = 10
MBPS_MAX = 1e6
TESTS_MAX = 1e10


class Place(NamedTuple):
    """Whose tests: a country, one of its regions, or a network in it."""

    country: str
    region: str | None = None
    asn: int | None = None

    @property
    def entity(self) -> tuple[str, str]:
        """Type and code, as a Signal has them."""
        if self.asn is not None:
            return "asn", str(self.asn)
        return ("region", self.region) if self.region else ("country", self.country)

    @property
    def path(self) -> str:
        """The end of the name of a series: `IR`, `IR-23`, `AS58224/IR`."""
        where = self.region or self.country
        return f"AS{self.asn}/{where}" if self.asn is not None else where


@cache
def least_tests(percent: int) -> int:
    """The least number of tests of which a quantile says anything: below it, not even the range from the slowest to the
    fastest test holds the quantile of all users with CONFIDENCE.

    The range of n tests misses it with probability p^n + (1-p)^n (David and Nagaraja, Order Statistics, 2003, 7.1).
    """
    p = percent / 100
    if not 0 < p < 1:
        raise ValueError("a quantile lies between 0 and 100 percent")
    n = LEAST_TESTS
    while p**n + (1 - p) ** n > 1 - CONFIDENCE:
        n += 1
    return n


def signals(
    place: Place,
    at: datetime,
    step_s: int,
    tests: float | None,
    quantiles: Mapping[int, float | None],
    way: str = "download",
    file_sha256: str | None = None,
    absent: str = "null_at_source",
) -> Iterator[Signal]:
    """One step: the number of tests, and each quantile (percent → Mbit/s) that so many tests can tell.

    `way` is download or upload. Where the number of tests is not known there is no value at all, for the reason
    `absent`.
    """

    def row(metric: str, unit: str, value: float | None, missing: str) -> Signal:
        kind, entity = place.entity
        return Signal(
            series=f"{SOURCE}/{metric}/{place.path}",
            step_at=at,
            step_s=step_s,
            source=SOURCE,
            lineage=LINEAGE,
            entity_type=kind,
            entity=entity,
            metric=metric,
            unit=unit,
            value=value,
            missing=None if value is not None else missing,
            file_sha256=file_sha256,
        )

    yield row(f"ndt_{way}_tests", "tests", tests, absent)
    for percent, value in quantiles.items():
        few = tests is None or tests < least_tests(percent)
        why = absent if tests is None else "too_few_tests" if few else "null_at_source"
        yield row(f"ndt_{way}_p{percent:02}", "Mbit/s", None if few else value, why)
