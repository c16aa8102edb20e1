"""Orders: hours that a document gives for a block, in which a network's failures are compared.

A document says where to look, and accuses nobody: the failures must be proven in these hours all the same. It stands in
for the third day that a pattern without one has to show.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

import msgspec

from lightkeeper.model.hours import Hours

EPOCH = date(1970, 1, 1).toordinal()


class Order(msgspec.Struct, frozen=True):
    """Hours on the local days from one to another (since 1970), in which services of a country were to be blocked."""

    country: str
    services: frozenset[str]
    first_day: int
    last_day: int
    hours: Hours

    def is_about(self, country: str, target: str) -> bool:
        """Whether it names a service of the country that a target is part of."""
        return country == self.country and target.partition("/")[0] in self.services

    def covers(self, local_hour: int) -> bool:
        """Whether a local hour since 1970 lies on its days and in its hours. The first day of 1970 was a Thursday."""
        day = local_hour // 24
        return self.first_day <= day <= self.last_day and self.hours.has((day + 3) % 7, local_hour % 24)


def day_number(day: date) -> int:
    """Days since 1970."""
    return day.toordinal() - EPOCH


def order_at(orders: Sequence[Order], country: str, target: str, local_hour: int) -> Order | None:
    """The first order that is about a target and covers a local hour; none where none does."""
    return next((o for o in orders if o.is_about(country, target) and o.covers(local_hour)), None)
