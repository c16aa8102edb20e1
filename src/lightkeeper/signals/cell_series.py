"""Cells as series: by the hour, the blocked share of each service on each network, and how much was measured at all.

An hour in which nobody measured is a row: its volume is zero, and its share has no value. A share is never zero for
want of measurements.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from datetime import datetime, timedelta
from typing import NamedTuple

from lightkeeper.model import Cell, Signal
from lightkeeper.sources.as_numbers import is_special

SOURCE, LINEAGE, STEP = "ooni_cells", "in_country", timedelta(hours=1)
SHARE, VOLUME = "blocked_share", "measurements"
LEAST_MEASURED = 12
"""A service on a network with fewer measurements than this that tell anything has no series: there is no past."""
LEAST_NETWORKS = 3
"""Below this many networks in an hour, nothing is told of the country's share."""


class Tally(NamedTuple):
    """What was measured in one hour: a share, and of how many witnesses."""

    share: float
    n: float


def cell_series(
    cells: Iterable[Cell], country: str, begin: datetime, end: datetime, service_of: Callable[[str], str | None]
) -> Iterator[Signal]:
    """The series of a country's cells from `begin` to `end`, dense by the hour, by name.

    `service_of` names the service that a target belongs to; targets of none count in the volume alone. A witness of a
    network is a session; of the country, a network.
    """
    shares: defaultdict[tuple[str, str], dict[datetime, list[Tally]]] = defaultdict(lambda: defaultdict(list))
    volumes: defaultdict[str, dict[datetime, float]] = defaultdict(lambda: defaultdict(float))
    for cell in cells:
        if cell.probe_cc != country or cell.layer != "all" or not begin <= cell.hour < end:
            continue
        place = _place(cell, country)
        if place is None:
            continue
        volumes[place][cell.hour] += cell.measurements
        service, tally = service_of(cell.target), _tally(cell)
        if service is not None and tally is not None:
            shares[service, place][cell.hour].append(tally)
    for place in sorted(volumes):
        yield from _dense(f"{SOURCE}/{VOLUME}/{place}", place, begin, end, volumes[place], {})
    for (service, place), hours in sorted(shares.items()):
        pooled = {hour: _pooled(tallies) for hour, tallies in hours.items()}
        if sum(t.n for t in pooled.values()) >= LEAST_MEASURED:
            counts = {hour: t.n for hour, t in pooled.items()}
            yield from _dense(f"{SOURCE}/{SHARE}/{service}/{place}", place, begin, end, counts, pooled)


def _place(cell: Cell, country: str) -> str | None:
    if cell.scope == "country":
        return country
    return None if cell.probe_asn is None or is_special(cell.probe_asn) else f"AS{cell.probe_asn}"


def _tally(cell: Cell) -> Tally | None:
    telling = cell.blocked + cell.throttled + cell.ok + cell.down
    if cell.blocked_share is None or not telling:
        return None
    if cell.scope == "country":
        return Tally(cell.blocked_share, cell.networks) if cell.networks >= LEAST_NETWORKS else None
    return Tally(cell.blocked_share, min(cell.sessions, telling))


def _pooled(tallies: list[Tally]) -> Tally:
    n = sum(t.n for t in tallies)
    return Tally(sum(t.share * t.n for t in tallies) / n, n)


def _dense(
    series: str, place: str, begin: datetime, end: datetime, counts: dict[datetime, float],
    shares: dict[datetime, Tally],
) -> Iterator[Signal]:  # fmt: skip
    of_share = SHARE in series.split("/")
    at = begin.replace(minute=0, second=0, microsecond=0)
    while at < end:
        value = (shares[at].share if at in shares else None) if of_share else counts.get(at, 0.0)
        yield Signal(
            series=series,
            step_at=at,
            step_s=int(STEP.total_seconds()),
            source=SOURCE,
            lineage=LINEAGE,
            entity_type="asn" if place.startswith("AS") and place[2:].isdigit() else "country",
            entity=place[2:] if place[2:].isdigit() else place,
            metric=f"ooni_{SHARE if of_share else VOLUME}",
            unit="share of measurements" if of_share else "measurements",
            value=value,
            n=counts.get(at, 0.0) if of_share else None,
            missing=None if value is not None else "no_measurements",
        )
        at += STEP
