"""Orders of a case: the hours that its documents give for blocks, for `judge.spells` to compare in."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

from lightkeeper.incidents.claims import denies
from lightkeeper.judge.orders import Order, day_number
from lightkeeper.model.case import Case
from lightkeeper.model.document import Document
from lightkeeper.model.hours import hours_from


def orders_of(documents: Iterable[Document], case: Case) -> list[Order]:
    """Of documents that name services and a first day and give hours or days of the week. Without an end it goes on.

    What a document denies, and what it says of a place in the country, is left out.
    """
    found = []
    for one in documents:
        hours = hours_from(one.hours_local, one.weekdays)
        first = one.onset_earliest
        if hours is None or first is None or not one.services or denies(one) or one.place_type != "country":
            continue
        last = one.end_latest or case.window[1]
        days = _day(first, case), _day(last - timedelta(seconds=1), case)
        found.append(Order(one.country, frozenset(one.services), *days, hours))
    return found


def _day(moment: datetime, case: Case) -> int:
    return day_number(moment.astimezone(case.zone).date())
