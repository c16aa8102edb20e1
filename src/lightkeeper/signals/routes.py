"""Routes: which peer of a collector has which prefix from which AS, for the AS that are watched."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import numpy.typing as npt

from lightkeeper.sources.mrt_kernel import (
    ANNOUNCED,
    FAMILY,
    HIGH,
    KIND,
    LENGTH,
    LOW,
    ORIGIN,
    PEER,
    STATE,
    TABLE,
    TIME_US,
    WITHDRAWN,
)

Ints = npt.NDArray[np.int64]

ESTABLISHED = 6
"""The state of a session that carries routes (RFC 4271, section 8.2.2)."""
SYNC_S = 900
"""For so long after its session came up, a peer is still sending its table: it is no witness yet."""
FULL_SHARE = 0.5
"""A peer with at least this share of the third largest table gives its full table. (Two that lie do not move it.)"""
LENGTHS = {4: (8, 24), 6: (16, 48)}
"""Prefixes that count. Longer ones are mostly filtered between networks, shorter ones are default routes or slips."""
CAP_BITS = 16
"""An IPv6 prefix counts for at most so many bits of /48 blocks, those of a /32: else one /20 hides a country."""
PREFIXES_MAX = 4_000_000
NONE, FOREIGN = -1, -2
"""No route; a route that ends in an AS that is not watched, or in none that can be told."""
HOME_S, AWAY_S = 86_400, 7 * 86_400
"""A prefix that comes new is at home with those that announce it after a day: a leak is over by then. It is no longer
when others have announced it for a week: it was sold or moved."""

_MIX = np.array([-7046029254386353131, -4658895280553007687, -7723592293110705685], np.int64)


class Routes:
    """The state of a collector. Peers are known by address and AS, whatever number a file gives them."""

    def __init__(self, origins: Iterable[int]) -> None:
        self._origins = np.array(sorted(origins), np.int64)
        self._known_peers: dict[tuple[int, ...], int] = {}
        self._up_at: list[int] = []
        self._in_table = False
        self.has_table = False
        self._forget()

    def _forget(self) -> None:
        self._rows: dict[tuple[int, ...], int] = {}
        self._hashes: Ints = np.zeros(0, np.int64)
        self._route = np.full((1024, 64), NONE, np.int32)
        self._room = {name: np.zeros(1024, np.int64) for name in ("family", "start", "blocks", "home", "since", "away")}
        self._ranges: dict[int, tuple[Ints, Ints]] = {}
        self._sizes = {4: np.zeros(0, np.int64), 6: np.zeros(0, np.int64)}

    @property
    def size(self) -> int:
        """How many prefixes are known."""
        return len(self._rows)

    @property
    def start(self) -> Ints:
        """First block of each prefix: /24 of IPv4, /48 of IPv6."""
        return self._room["start"][: self.size]

    @property
    def blocks(self) -> Ints:
        """Blocks that each prefix covers."""
        return self._room["blocks"][: self.size]

    @property
    def home(self) -> Ints:
        """Whose each prefix is: the place of an AS among the watched, or NONE."""
        return self._room["home"][: self.size] - 1

    def table(self, rows: Ints, peers: Ints) -> None:
        """Take rows of a table. The first ones of a new table replace all that was known but whose each prefix is."""
        if not self._in_table:
            self._renew()
            self._in_table = self.has_table = True
            self._up_at = [0] * len(self._up_at)
        peer = self._peers(peers)[rows[:, PEER]]
        for family, sizes in self._sizes.items():
            more = np.bincount(peer[rows[:, FAMILY] == family], minlength=len(self._up_at))
            more[: len(sizes)] += sizes
            self._sizes[family] = more
        self._apply(rows, peer)

    def end_of_table(self) -> None:
        """The rows that follow are updates: the next row of a table begins another one."""
        self._in_table = False

    def follow(self, rows: Ints, peers: Ints) -> None:
        """Take rows of updates, in their order."""
        self._apply(rows, self._peers(peers)[rows[:, PEER]])

    def witnesses(self, family: int, second: int) -> Ints:
        """The full-feed peers of a family that have been up for SYNC_S; without a table, all that were heard."""
        if not self.has_table:
            return np.arange(len(self._up_at))
        sizes = np.zeros(len(self._up_at), np.int64)
        known = self._sizes[family]
        sizes[: len(known)] = known
        third = np.sort(sizes)[::-1][:3].min(initial=np.iinfo(np.int64).max)
        up = (np.array(self._up_at, np.int64) <= second) & (sizes >= max(1, FULL_SHARE * third))
        return np.flatnonzero(up)

    def of(self, family: int, peers: Ints) -> tuple[Ints, Ints]:
        """The routes of these peers that end in watched AS: a prefix and the place of its origin, one a peer."""
        rows = np.flatnonzero(self._room["family"][: self.size] == family)
        found = self._route[np.ix_(rows, peers)] if len(peers) else np.zeros((len(rows), 0), np.int32)
        at, _ = np.nonzero(found >= 0)
        return rows[at], found[found >= 0].astype(np.int64)

    def routed(self, family: int, peers: Ints) -> Ints:
        """How many of these peers have a route to each prefix, wherever it ends; 0 for those of another family."""
        found = np.zeros(self.size, np.int64)
        rows = np.flatnonzero(self._room["family"][: self.size] == family)
        if len(peers):
            found[rows] = (self._route[np.ix_(rows, peers)] != NONE).sum(axis=1)
        return found

    def settle(self, family: int, peers: Ints, need: int, second: int, *, at_once: bool) -> None:
        """Note whose each prefix is at this second, by what at least `need` of these peers say.

        `at_once` is for the first table. What nobody announces stays where it was, however long that lasts.
        """
        rows = np.flatnonzero(self._room["family"][: self.size] == family)
        if not len(rows) or not len(peers):
            return
        found = self._route[np.ix_(rows, peers)]
        own, place = _most(found)
        home, since, away = (self._room[name][rows] for name in ("home", "since", "away"))
        announced = own >= need
        there = (found == home[:, None] - 1).sum(axis=1) >= need
        away = np.where(
            (home > 0) & ~there & ((found != NONE).sum(axis=1) >= need), np.where(away > 0, away, second), 0
        )
        left = (away > 0) & (second - away >= AWAY_S)
        home[left] = away[left] = 0
        since = np.where(announced & (home == 0), np.where(since > 0, since, second), 0)
        settled = (since > 0) & (at_once | (second - since >= HOME_S))
        home[settled] = place[settled] + 1
        if (home != self._room["home"][rows]).any():
            self._ranges.clear()
        for name, values in (("home", home), ("since", since), ("away", away)):
            self._room[name][rows] = values

    def _renew(self) -> None:
        """Forget all routes, but not whose each prefix is."""
        known = [(key, self._room["home"][at], self._room["away"][at]) for key, at in self._rows.items()]
        self._forget()
        for key, home, away in known:
            if home:
                at = self._add(key)
                self._room["home"][at], self._room["away"][at] = home, away
        keys = np.array([(key[1], key[2], key[3]) for key in self._rows], np.int64).reshape(-1, 3)
        self._hashes = np.unique((keys * _MIX).sum(axis=1))

    def _peers(self, peers: Ints) -> Ints:
        """Our numbers of the peers of a file."""
        found = np.zeros(len(peers), np.int64)
        for number, peer in enumerate(map(tuple, peers.tolist())):
            if peer not in self._known_peers:
                self._known_peers[peer] = len(self._up_at)
                self._up_at.append(0)
            found[number] = self._known_peers[peer]
        self._grow()
        return found

    def _apply(self, rows: Ints, peer: Ints) -> None:
        """Only rows that can matter are taken one by one: watched origins, what is known by them or lies within what
        is at home with them, and sessions."""
        origin = self._place_of(rows)
        kind = rows[:, KIND]
        prefix = kind != STATE
        prefix &= _counts(rows)
        hashes = (rows[:, [HIGH, LOW, LENGTH]] * _MIX).sum(axis=1)
        new = prefix & ((origin >= 0) | ((origin == FOREIGN) & self._within(rows)))
        self._hashes = np.union1d(self._hashes, hashes[new])
        wanted = (kind == STATE) | (prefix & np.isin(hashes, self._hashes))
        chosen = rows[wanted]
        for row, number, place in zip(chosen.tolist(), peer[wanted].tolist(), origin[wanted].tolist(), strict=True):
            if row[KIND] == STATE:
                self._session(number, row[ORIGIN], row[TIME_US] // 1_000_000)
                continue
            key = (row[FAMILY], row[HIGH], row[LOW], row[LENGTH])
            at = self._rows.get(key)
            if at is None and row[KIND] != WITHDRAWN and self.size < PREFIXES_MAX:
                at = self._add(key)
            if at is not None:
                self._route[at, number] = NONE if row[KIND] == WITHDRAWN else place

    def _place_of(self, rows: Ints) -> Ints:
        """The place of each row's origin among the watched AS, FOREIGN, or NONE where it is no route."""
        announced = (rows[:, KIND] == ANNOUNCED) | (rows[:, KIND] == TABLE)
        if not len(self._origins):
            return np.where(announced, FOREIGN, NONE)
        at = np.minimum(np.searchsorted(self._origins, rows[:, ORIGIN]), len(self._origins) - 1)
        return np.where(announced, np.where(self._origins[at] == rows[:, ORIGIN], at, FOREIGN), NONE)

    def _within(self, rows: Ints) -> npt.NDArray[np.bool_]:
        """Whether each row's prefix begins within a prefix that is at home with a watched AS."""
        found = np.zeros(len(rows), np.bool_)
        for family in LENGTHS:
            if family not in self._ranges:
                mine = (self._room["family"][: self.size] == family) & (self.home != NONE)
                self._ranges[family] = merged(self.start[mine], self.blocks[mine])
            chosen = rows[:, FAMILY] == family
            found[chosen] = within(_first_block(rows[chosen]), *self._ranges[family])
        return found

    def _session(self, number: int, state: int, second: int) -> None:
        """A session that goes down takes its routes with it."""
        if state == ESTABLISHED:
            self._up_at[number] = second + SYNC_S
        else:
            self._route[:, number] = NONE
            self._up_at[number] = np.iinfo(np.int64).max

    def _add(self, key: tuple[int, ...]) -> int:
        at = self._rows[key] = self.size
        self._grow()
        family, high, _, length = key
        self._room["family"][at] = family
        self._room["start"][at] = (high & ((1 << 64) - 1)) >> (40 if family == 4 else 16)
        self._room["blocks"][at] = 1 << (24 - length if family == 4 else min(48 - length, CAP_BITS))
        return at

    def _grow(self) -> None:
        height, width = self._route.shape
        if self.size > height or len(self._up_at) > width:
            larger = (height * 2 if self.size > height else height, max(width, 2 * len(self._up_at)))
            grown = np.full(larger, NONE, np.int32)
            grown[:height, :width] = self._route
            self._route = grown
            for name, old in self._room.items():
                self._room[name] = np.concatenate([old, np.zeros(larger[0] - height, np.int64)])


def merged(start: Ints, size: Ints) -> tuple[Ints, Ints]:
    """Ranges of blocks put together where they touch or overlap: begins and ends, in order."""
    order = np.argsort(start, kind="stable")
    first, last = start[order], np.maximum.accumulate(start[order] + size[order])
    fresh = np.ones(len(first), np.bool_)
    fresh[1:] = first[1:] > last[:-1]
    return first[fresh], last[np.append(fresh[1:], True)[: len(last)]]


def within(start: Ints, begins: Ints, ends: Ints) -> npt.NDArray[np.bool_]:
    """Whether each block lies in one of the ranges that `merged` gave."""
    if not len(begins):
        return np.zeros(len(start), np.bool_)
    at = np.searchsorted(begins, start, side="right") - 1
    inside: npt.NDArray[np.bool_] = (at >= 0) & (start < ends[np.maximum(at, 0)])
    return inside


def _first_block(rows: Ints) -> Ints:
    """The /24 (IPv4) or /48 (IPv6) in which each row's prefix begins, as `Routes.start` numbers them."""
    high = rows[:, HIGH].astype(np.uint64)
    return np.where(rows[:, FAMILY] == 4, high >> np.uint64(40), high >> np.uint64(16)).astype(np.int64)


def _most(found: npt.NDArray[np.int32]) -> tuple[Ints, Ints]:
    """Of each row, how many places are those of watched AS, and the one that stands there most often."""
    own = (found >= 0).sum(axis=1)
    high = found.max(axis=1).astype(np.int64)
    low = np.where(found >= 0, found, np.iinfo(np.int32).max).min(axis=1)
    for at in np.flatnonzero((own > 0) & (low != high)).tolist():
        high[at] = int(np.bincount(found[at][found[at] >= 0]).argmax())
    return own, high


def _counts(rows: Ints) -> npt.NDArray[np.bool_]:
    """Whether each row is of a prefix that counts."""
    family, length = rows[:, FAMILY], rows[:, LENGTH]
    fits = np.zeros(len(rows), np.bool_)
    for number, (shortest, longest) in LENGTHS.items():
        fits |= (family == number) & (length >= shortest) & (length <= longest)
    return fits
