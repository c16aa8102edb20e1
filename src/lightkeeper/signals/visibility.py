"""Watch: from a collector's table and updates to how much of a country its peers see, every five minutes.

A prefix is visible for a country when at least half of the collector's full-feed peers have a route to it that ends in
an AS of that country: the rule of IODA's BGP signal (after Dainotti et al., "Analysis of country-wide internet outages
caused by censorship", 2011). What a full feed is, we say ourselves (`routes`). Blocks are a union: what two prefixes
cover counts once. A peer whose session is down, or has just come back, is no witness: its loss does not look like an
outage. Nor does a change of origin: a prefix of the country that half of the peers reach by way of another network, as
when one that fends off floods announces it, is routed. The flag `origin_changed` says so.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from lightkeeper.model import Signal
from lightkeeper.signals.as_sets import Sets
from lightkeeper.signals.routes import Ints, Routes, merged, within
from lightkeeper.sources.mrt import Batch
from lightkeeper.sources.mrt_kernel import KIND, TABLE, TIME_US

Bools = npt.NDArray[np.bool_]

STEP_S = 300
SHARE = 0.5
"""Of the full-feed peers that are up, so many must see a prefix."""
PEERS_MIN = 3
"""With fewer full-feed peers there is no majority to speak of."""
STRAY_S = 3600
"""A row so far from the middle of its batch has a wrong clock. A file of updates covers 5 or 15 minutes."""

ORIGIN_CHANGED = "origin_changed"
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
    (`gap_in_source`), nor have those after it, up to the next table (`stale_after_gap`). Whose a prefix is, the first
    table says, or a day; a path that ends in an AS_SET of AS of the country is the country's.
    """
    watch = _Watch(places, collector, begin, end)
    for batch in batches:
        yield from watch.take(batch)
    yield from watch.rest()


class Seen(NamedTuple):
    """Routes of a family that end in watched AS (prefix, origin; one a peer), how many peers must agree, and how many
    have any route to each prefix."""

    prefix: Ints
    origin: Ints
    need: int
    routed: Ints


class _Watch:
    """Where in time we are, and what the collector has said in the present step."""

    def __init__(self, places: Places, collector: str, begin: datetime, end: datetime) -> None:
        self._collector = collector
        self._step = _step(begin)
        self._end = _step(end)
        self._heard = self._stale = False
        self._sets = Sets(places.country_of)
        watched = sorted(places.country_of.keys() | places.asns | self._sets.countries.keys())
        self._routes = Routes(watched)
        self._entities = _entities(places, watched, self._sets.countries)
        self._settled: set[int] = set()

    def take(self, batch: Batch) -> Iterator[Signal]:
        """Follow a batch; the rows of all steps that are over."""
        table = batch.column(KIND) == TABLE
        told = self._sets.named(batch)
        if table.any():
            found = told[table]
            yield from self._until(int(np.median(found[:, TIME_US])) // 1_000_000 // STEP_S)
            self._routes.table(found, batch.peers)
            self._heard, self._stale = True, False
        rows = told[~table]
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
        seen = None if all(reasons.values()) else {family: self._seen(family) for family in (4, 6)}
        for (kind, entity), origins in self._entities.items():
            counts, flags = ({}, {}) if seen is None else self._counts(seen, origins)
            for what, unit in UNITS.items():
                family = FAMILY_OF[what]
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
                    value=None if reasons[family] else float(counts[what]),
                    missing=reasons[family],
                    flag=None if reasons[family] else flags[family],
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

    def _seen(self, family: int) -> Seen:
        """What the witnesses of a family see. Whose each prefix is, is noted by the way."""
        peers, routes = self._witnesses(family), self._routes
        if not routes.has_table:
            return Seen(*routes.of(family, peers), 1, np.zeros(routes.size, np.int64))
        need = max(1, math.ceil(SHARE * len(peers)))
        if len(peers) >= PEERS_MIN:
            routes.settle(family, peers, need, (self._step + 1) * STEP_S, at_once=family not in self._settled)
            self._settled.add(family)
        return Seen(*routes.of(family, peers), need, routes.routed(family, peers))

    def _counts(
        self, seen: dict[int, Seen], origins: npt.NDArray[np.bool_]
    ) -> tuple[dict[str, int], dict[int, str | None]]:
        """Prefixes and blocks of an entity by series, and the flag of each family."""
        counts: dict[str, int] = {}
        flags: dict[int, str | None] = {}
        start, blocks = self._routes.start, self._routes.blocks
        for family, one in seen.items():
            peers = np.bincount(one.prefix[origins[one.origin]], minlength=self._routes.size)
            own, routed, home = peers >= one.need, one.routed >= one.need, self._routes.home
            mine = (home >= 0) & origins[home]
            moved = mine & ~own & routed
            lost = mine & ~own & ~routed
            parts = parts_of(lost, routed & ~mine & ~own, start, blocks)
            seen_here = own | moved | parts
            whole = covered(lost, parts, seen_here, start, blocks)
            counts[f"prefixes_v{family}"] = int((own | moved).sum()) + whole
            counts["slash24" if family == 4 else "slash48"] = union(start[seen_here], blocks[seen_here])
            flags[family] = ORIGIN_CHANGED if moved.any() or parts.any() else None
        return counts, flags


def parts_of(lost: Bools, others: Bools, start: Ints, blocks: Ints) -> Bools:
    """Which of the other prefixes begin within a lost one."""
    parts = np.zeros(len(lost), np.bool_)
    if lost.any() and others.any():
        parts[others] = within(start[others], *merged(start[lost], blocks[lost]))
    return parts


def covered(lost: Bools, parts: Bools, routed: Bools, start: Ints, blocks: Ints) -> int:
    """How many of the lost prefixes are routed whole, by parts of others and whatever else is routed."""
    if not parts.any():
        return 0
    begins, ends = merged(start[routed], blocks[routed])
    some = np.sort(start[parts])
    found = 0
    for first, size in zip(start[lost].tolist(), blocks[lost].tolist(), strict=True):
        at = int(np.searchsorted(begins, first, side="right")) - 1
        held = int(np.searchsorted(some, first + size) - np.searchsorted(some, first))
        found += held > 0 and at >= 0 and first + size <= int(ends[at])
    return found


def union(start: Ints, size: Ints) -> int:
    """How many blocks the ranges cover together. Ranges may lie within or across each other."""
    begins, ends = merged(start, size)
    return int((ends - begins).sum())


def _step(at: datetime) -> int:
    return int(at.timestamp()) // STEP_S


def _entities(places: Places, watched: list[int], sets: Mapping[int, str]) -> dict[tuple[str, str], Bools]:
    """Of each entity, which of the watched AS (in their order) are its own."""
    countries = np.array([sets.get(asn) or places.country_of.get(asn, "") for asn in watched])
    found = {("country", name): countries == name for name in sorted(set(countries.tolist()) - {""})}
    numbers = np.array(watched, np.int64)
    return found | {("asn", str(asn)): numbers == asn for asn in sorted(places.asns)}
