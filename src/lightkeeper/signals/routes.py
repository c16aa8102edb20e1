"""Routes: which peer of a collector has which prefix from which AS, for the AS that are watched."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import numpy.typing as npt

from lightkeeper.sources.mrt_kernel import (
    FAMILY,
    HIGH,
    KIND,
    LENGTH,
    LOW,
    ORIGIN,
    PEER,
    STATE,
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
NONE = -1

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
        self._room = {name: np.zeros(1024, np.int64) for name in ("family", "start", "blocks")}
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

    def table(self, rows: Ints, peers: Ints) -> None:
        """Take rows of a table. The first ones of a new table replace all that was known."""
        if not self._in_table:
            self._forget()
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
        """The routes of these peers: a prefix and the place of its origin among the watched AS, one a peer."""
        rows = np.flatnonzero(self._room["family"][: self.size] == family)
        found = self._route[np.ix_(rows, peers)] if len(peers) else np.zeros((len(rows), 0), np.int32)
        at, _ = np.nonzero(found != NONE)
        return rows[at], found[found != NONE].astype(np.int64)

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
        """Only rows that can matter are taken one by one: watched origins, prefixes known by them, and sessions."""
        origin = self._place_of(rows)
        kind = rows[:, KIND]
        prefix = kind != STATE
        prefix &= _counts(rows)
        hashes = (rows[:, [HIGH, LOW, LENGTH]] * _MIX).sum(axis=1)
        new = prefix & (origin != NONE)
        self._hashes = np.union1d(self._hashes, hashes[new])
        wanted = (kind == STATE) | (prefix & np.isin(hashes, self._hashes))
        chosen = rows[wanted]
        for row, number, place in zip(chosen.tolist(), peer[wanted].tolist(), origin[wanted].tolist(), strict=True):
            if row[KIND] == STATE:
                self._session(number, row[ORIGIN], row[TIME_US] // 1_000_000)
                continue
            key = (row[FAMILY], row[HIGH], row[LOW], row[LENGTH])
            at = self._rows.get(key)
            if at is None and place != NONE and self.size < PREFIXES_MAX:
                at = self._add(key)
            if at is not None:
                self._route[at, number] = NONE if row[KIND] == WITHDRAWN else place

    def _place_of(self, rows: Ints) -> Ints:
        """The place of each row's origin among the watched AS, or NONE."""
        if not len(self._origins):
            return np.full(len(rows), NONE, np.int64)
        at = np.minimum(np.searchsorted(self._origins, rows[:, ORIGIN]), len(self._origins) - 1)
        announced = (rows[:, KIND] != WITHDRAWN) & (rows[:, KIND] != STATE) & (self._origins[at] == rows[:, ORIGIN])
        return np.where(announced, at, NONE)

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


def _counts(rows: Ints) -> npt.NDArray[np.bool_]:
    """Whether each row is of a prefix that counts."""
    family, length = rows[:, FAMILY], rows[:, LENGTH]
    fits = np.zeros(len(rows), np.bool_)
    for number, (shortest, longest) in LENGTHS.items():
        fits |= (family == number) & (length >= shortest) & (length <= longest)
    return fits
