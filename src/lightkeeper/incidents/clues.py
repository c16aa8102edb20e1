"""Clues: what the times, reach and company of a disruption show. A clue that is not known is none.

Which clues tell shutdowns from other outages: Bischof and others, "Destination Unreachable" (SIGCOMM 2023).
"""

from __future__ import annotations

import math
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta

import msgspec

from lightkeeper.incidents.likeness import Series
from lightkeeper.incidents.localtime import is_between, is_round
from lightkeeper.incidents.pairing import series_of
from lightkeeper.model import Event

FINE = timedelta(minutes=30)
"""A begin that is known no better than this cannot be seen to be on the hour."""
DAYS_AGAIN = (1, 2, 3, 4)
SAME_TIME = timedelta(minutes=15)
"""It came again if another of the same place began at the same time of day, so near, one to four days away."""
SAME_MOMENT = timedelta(minutes=30)
"""Outages of other countries that begin so near may have one cause: a cable, a route, the instrument."""
TOGETHER = timedelta(minutes=10)
"""Networks that fall within so much fall at once."""
SHORTEST_H = 1 / 6


class Clues(msgspec.Struct, frozen=True, kw_only=True):
    """What is known of one disruption, apart from what anybody says of it."""

    round_start: bool | None = None
    """It began on an hour or half hour of local time."""
    recurs: bool | None = None
    """The same place was cut at the same time of day, one to four days before or after."""
    hours: float | None = None
    """How long it lasted."""
    elsewhere: int | None = None
    """Other countries in which an outage began at the same moment; none where no other country was looked at."""
    seen_by: int = 0
    """Lineages of measurement that saw it."""
    unseen_by: int = 0
    """Lineages that were looked at and did not."""
    networks_together: int | None = None
    """Networks that fell within ten minutes; none where no network was looked at by itself."""
    working_hours: bool | None = None
    """It began between 8 and 18 o'clock, local time."""
    small_hours: bool | None = None
    """It began between midnight and 6 o'clock, local time."""


class Company(msgspec.Struct, frozen=True):
    """All events that were looked at: of which a disruption is one among others."""

    series: Series
    onsets: Sequence[tuple[datetime, str]]
    """When an event began, and in which country; sorted."""
    countries: frozenset[str]

    @classmethod
    def of(cls, events: Iterable[Event]) -> Company:
        """The company of some events."""
        kept = [e for e in events if e.kind in ("outage", "traffic_anomaly")]
        onsets = sorted((middle(e.onset_earliest, e.onset_latest), e.country) for e in kept)
        return cls(_middles(kept), onsets, frozenset(e.country for e in kept))


def clues_of(events: Sequence[Event], company: Company) -> Clues:
    """The clues of a disruption that is made of these events of one country, at least one."""
    first = min(events, key=lambda e: (e.onset_latest, e.event_id))
    begin, country = middle(first.onset_earliest, first.onset_latest), first.country
    fine = first.onset_latest - first.onset_earliest <= FINE
    seen = {lineage for e in events for lineage in e.lineages if lineage != "document"}
    looked = {lineage for e in events for lineage in e.lineages_silent} - seen
    return Clues(
        round_start=is_round(country, begin) if fine else None,
        recurs=any(_again(e, company.series) for e in events) if fine else None,
        hours=_hours(begin, events),
        elsewhere=_elsewhere(begin, country, company) if company.countries - {country} else None,
        seen_by=len(seen),
        unseen_by=len(looked),
        networks_together=_together(events),
        working_hours=is_between(country, begin, 8, 18),
        small_hours=is_between(country, begin, 0, 6),
    )


def features(clues: Clues) -> Mapping[str, float | None]:
    """The clues that the weight is made of, as numbers. Their names are those in cause_weight.json."""
    return {
        "round_start": _number(clues.round_start),
        "recurs": _number(clues.recurs),
        "duration": None if clues.hours is None else math.log2(max(SHORTEST_H, clues.hours)),
        "elsewhere": None if clues.elsewhere is None else math.log2(1 + clues.elsewhere),
    }


def middle(earliest: datetime, latest: datetime) -> datetime:
    """The middle of a bracket: of an analyst's record the moment that stands in it."""
    return earliest + (latest - earliest) / 2


def _middles(events: Sequence[Event]) -> Series:
    moved = [msgspec.structs.replace(e, onset_latest=middle(e.onset_earliest, e.onset_latest)) for e in events]
    return series_of(moved)


def _again(event: Event, series: Series) -> bool:
    begin = middle(event.onset_earliest, event.onset_latest)
    onsets = series.get((event.country, event.entity_type, event.entity), ())
    for days in (*DAYS_AGAIN, *(-d for d in DAYS_AGAIN)):
        wanted = begin + timedelta(days=days)
        at = bisect_left(onsets, wanted - SAME_TIME)
        if at < len(onsets) and onsets[at] <= wanted + SAME_TIME:
            return True
    return False


def _hours(begin: datetime, events: Sequence[Event]) -> float | None:
    """From the begin to the first recovery that is known: there is no single end."""
    ends = [middle(e.end_earliest, e.end_latest) for e in events if e.end_earliest and e.end_latest]
    return max(0.0, (min(ends) - begin) / timedelta(hours=1)) if ends else None


def _elsewhere(begin: datetime, country: str, company: Company) -> int:
    first = bisect_left(company.onsets, (begin - SAME_MOMENT, ""))
    last = bisect_right(company.onsets, (begin + SAME_MOMENT, "\x7f"))
    return len({of for _, of in company.onsets[first:last]} - {country})


def _together(events: Sequence[Event]) -> int | None:
    onsets: dict[str, datetime] = {}
    for event in events:
        if event.entity_type == "asn":
            began = middle(event.onset_earliest, event.onset_latest)
            onsets[event.entity] = min(began, onsets.get(event.entity, began))
    if not onsets:
        return None
    times = sorted(onsets.values())
    return max(bisect_right(times, at + TOGETHER) - i for i, at in enumerate(times))


def _number(answer: bool | None) -> float | None:
    return None if answer is None else float(answer)
