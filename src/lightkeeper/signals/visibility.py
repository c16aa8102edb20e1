"""Watch: from a collector's table and updates to how much of a country its peers see, every five minutes.

A prefix is visible for a country when at least half of the collector's full-feed peers have a route to it that ends in
an AS of that country: the rule of IODA's BGP signal (after Dainotti et al., "Analysis of country-wide internet outages
caused by censorship", 2011). What a full feed is, we say ourselves (`routes`). Blocks are a union: what two prefixes
cover counts once. A peer whose session is down, or has just come back, is no witness:
its loss does not look like an outage.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from lightkeeper.model import Signal
from lightkeeper.signals.routes import Ints, Routes
from lightkeeper.sources.mrt import Batch
from lightkeeper.sources.mrt_kernel import KIND, TABLE, TIME_US

STEP_S = 300
SHARE = 0.5
"""Of the full-feed peers that are up, so many must see a prefix."""
PEERS_MIN = 3
"""With fewer full-feed peers there is no majority to speak of."""
STRAY_S = 3600
"""A row so far from the middle of its batch has a wrong clock. A file of updates covers 5 or 15 minutes."""

GAP, STALE, FEW = "gap_in_source", "stale_after_gap", "too_few_peers"
UNITS = {"prefixes_v4": "prefixes", "prefixes_v6": "prefixes", "slash24": "/24 blocks", "slash48": "/48 blocks"}
FAMILY_OF = {"prefixes_v4": 4, "prefixes_v6": 6, "slash24": 4, "slash48": 6}


class Places(NamedTuple):
    """Whom to watch: the country of each AS (ISO 3166-1 alpha-2), and AS that also get a series of their own."""

    country_of: Mapping[int, str]
    asns: frozenset[int] = frozenset()


def visibility(
    batches: Iterable[Batch], places: Places, *, collector: str, begin: datetime, end: datetime
) -> Iterator[Signal]:
    """Four series for each country and AS from `begin` to `end` (UTC), one row every 300 s: the state at its end.

    The batches come in order of time: a table first, then updates; a later table sets the state anew. Rows before
    `begin` count for the state. The series are `mrt/<collector>/visible_<what>/<entity>`, with `prefixes_v4`,
    `prefixes_v6`, `slash24` and `slash48` (the area of each IPv6 prefix is capped at that of a /32). Until there is a
    table, they are named `seen_<what>`: what at least one peer has announced since the beginning. It starts from
    nothing and is not to be compared with `visible`. A step in which the collector said nothing has no value
    (`gap_in_source`), nor have those after it, up to the next table (`stale_after_gap`).
    """
    watch = _Watch(places, collector, begin, end)
    for batch in batches:
        yield from watch.take(batch)
    yield from watch.rest()


class _Watch:
    """Where in time we are, and what the collector has said in the present step."""

    def __init__(self, places: Places, collector: str, begin: datetime, end: datetime) -> None:
        self._collector = collector
        self._step = _step(begin)
        self._end = _step(end)
        self._heard = self._stale = False
        self._routes = Routes(places.country_of.keys() | places.asns)
        self._entities = _entities(places)

    def take(self, batch: Batch) -> Iterator[Signal]:
        """Follow a batch; the rows of all steps that are over."""
        table = batch.column(KIND) == TABLE
        if table.any():
            found = batch.rows[table]
            yield from self._until(int(np.median(found[:, TIME_US])) // 1_000_000 // STEP_S)
            self._routes.table(found, batch.peers)
            self._heard, self._stale = True, False
        rows = batch.rows[~table]
        if not len(rows):
            return
        self._routes.end_of_table()
        seconds = rows[:, TIME_US] // 1_000_000
        middle = np.partition(seconds, len(seconds) // 2)[len(seconds) // 2]
        near = np.abs(seconds - middle) <= STRAY_S
        rows, seconds = rows[near], seconds[near]
        steps = np.maximum.accumulate(seconds // STEP_S)
        cuts = np.flatnonzero(np.diff(steps)) + 1
        for part, step in zip(np.split(rows, cuts), steps[np.concatenate([[0], cuts])].tolist(), strict=True):
            yield from self._until(step)
            self._routes.follow(part, batch.peers)
            self._heard = self._heard or step >= self._step

    def rest(self) -> Iterator[Signal]:
        """The rows of the steps that are left, up to the end."""
        self._routes.end_of_table()
        yield from self._until(self._end)

    def _until(self, step: int) -> Iterator[Signal]:
        while self._step < min(step, self._end):
            self._stale = self._stale or (not self._heard and self._routes.has_table)
            yield from self._rows()
            self._step += 1
            self._heard = False

    def _rows(self) -> Iterator[Signal]:
        mode = "visible" if self._routes.has_table else "seen"
        at = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(seconds=self._step * STEP_S)
        reasons = {4: self._missing(4), 6: self._missing(6)}
        visible = None if all(reasons.values()) else self._visible()
        for (kind, entity), origins in self._entities.items():
            counts = {} if visible is None else self._counts(visible, origins)
            for what, unit in UNITS.items():
                reason = reasons[FAMILY_OF[what]]
                yield Signal(
                    series=f"mrt/{self._collector}/{mode}_{what}/{entity}",
                    step_at=at,
                    step_s=STEP_S,
                    source="mrt",
                    lineage="control_plane",
                    entity_type=kind,
                    entity=entity,
                    metric=f"bgp_{mode}_{what}",
                    unit=unit,
                    value=None if reason else float(counts[what]),
                    missing=reason,
                )

    def _missing(self, family: int) -> str | None:
        if not self._heard:
            return GAP
        if self._stale:
            return STALE
        few = self._routes.has_table and len(self._witnesses(family)) < PEERS_MIN
        return FEW if few else None

    def _witnesses(self, family: int) -> Ints:
        return self._routes.witnesses(family, (self._step + 1) * STEP_S)

    def _visible(self) -> dict[int, tuple[Ints, Ints, int]]:
        """For each family: the routes of its witnesses (prefix, origin), and how many of them must agree."""
        found = {}
        for family in (4, 6):
            peers = self._witnesses(family)
            need = max(1, math.ceil(SHARE * len(peers))) if self._routes.has_table else 1
            found[family] = (*self._routes.of(family, peers), need)
        return found

    def _counts(self, visible: dict[int, tuple[Ints, Ints, int]], origins: npt.NDArray[np.bool_]) -> dict[str, int]:
        counts: dict[str, int] = {}
        for family, (prefix, origin, need) in visible.items():
            peers = np.bincount(prefix[origins[origin]], minlength=self._routes.size)
            rows = np.flatnonzero(peers >= need)
            blocks = union(self._routes.start[rows], self._routes.blocks[rows])
            counts |= {f"prefixes_v{family}": len(rows), "slash24" if family == 4 else "slash48": blocks}
        return counts


def union(start: Ints, size: Ints) -> int:
    """How many blocks the ranges cover together. Ranges may lie within or across each other."""
    if not len(start):
        return 0
    order = np.argsort(start, kind="stable")
    first, last = start[order], np.maximum.accumulate(start[order] + size[order])
    before = np.concatenate([[np.iinfo(np.int64).min], last[:-1]])
    return int(np.maximum(last - np.maximum(first, before), 0).sum())


def _step(at: datetime) -> int:
    return int(at.timestamp()) // STEP_S


def _entities(places: Places) -> dict[tuple[str, str], npt.NDArray[np.bool_]]:
    """Of each entity, which of the watched AS (in their order) are its own."""
    watched = sorted(places.country_of.keys() | places.asns)
    countries = np.array([places.country_of.get(asn, "") for asn in watched])
    found = {("country", name): countries == name for name in sorted(set(countries.tolist()) - {""})}
    numbers = np.array(watched, np.int64)
    return found | {("asn", str(asn)): numbers == asn for asn in sorted(places.asns)}
