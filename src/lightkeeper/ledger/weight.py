"""Weight: how many networks and days it takes to accuse, to soften, and to say that all was open.

One network can be one forger, and one day one evening's work. So an outcome carries where three networks of the country
show it, or where it lasts three days. A vote lasts one day: then it takes the networks.

A divided day, on which some say blocked and others open, carries nothing alone. It counts beside one that is undivided,
where nothing of weight says open: else one forger could take a day away from an honest count by adding to it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from statistics import median

from lightkeeper.ledger.days import NetworkDay

LEAST_NETWORKS = 3
"""Networks of the country that must show the same,"""
LEAST_DAYS = 3
"""or local days, on each of which some network shows it, and on as many of which the records came in."""
SMALL_SHARE = 0.5
"""A network that was measured on less than this share of the days of those that it contradicts is small."""


def carries(days: Sequence[NetworkDay], divided: Sequence[NetworkDay] = ()) -> bool:
    """Whether these days are on networks enough, or are days enough. `divided` count beside at least one of `days`."""
    every = [*days, *divided] if days else []
    return len({d.asn for d in every}) >= LEAST_NETWORKS or lasts(every)


def lasts(days: Iterable[NetworkDay]) -> bool:
    """Whether they are days enough. What came in on one day is of one day, however many it speaks of."""
    kept = list(days)
    return min(len({d.day for d in kept}), len({d.handed_in for d in kept})) >= LEAST_DAYS


def not_small(
    days: Iterable[NetworkDay], against: Iterable[NetworkDay], measured: Callable[[int | None], int]
) -> list[NetworkDay]:
    """Those days whose networks are not small beside the networks of `against`. `measured` gives days of a network."""
    usual = median([measured(asn) for asn in {d.asn for d in against}] or [0])
    return [d for d in days if measured(d.asn) >= SMALL_SHARE * usual]
