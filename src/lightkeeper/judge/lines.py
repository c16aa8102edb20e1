"""Lines: whether a line carried other traffic at the hour of a failure, so that a dead line accuses nobody."""

from __future__ import annotations

from functools import lru_cache

import msgspec
import numpy as np
import numpy.typing as npt

Codes = npt.NDArray[np.int64]

LEVELS = {"dns": 0, "tcp": 1, "tls": 2, "quic": 2, "http": 2, "app": 2}
"""A layer is compared with its own level and those above: behind a captive portal connections are made and no more."""
NEAR_HOURS = 1
"""Hours before and after in which the line counts. A line that died in between must not seem open."""
KEPT = 2_000
"""Answers of one kind that are kept for whoever asks next."""


class Traffic(msgspec.Struct, frozen=True):
    """What became of each part: a row for each network, hour, session, part and level. `ok` if it got through."""

    network: Codes
    hour: Codes
    session: Codes
    part: Codes
    level: Codes
    ok: npt.NDArray[np.bool_]
    parts: dict[str, int]


class Voices(msgspec.Struct, frozen=True):
    """Parts that got through and that did not, by session, in order."""

    session: Codes
    passed: Codes
    failed: Codes


class Lines:
    """Answers whether a line was open. One session has one voice for each part."""

    def __init__(self, traffic: Traffic) -> None:
        order = np.lexsort((traffic.hour, traffic.network))
        columns = {n: getattr(traffic, n)[order] for n in ("network", "hour", "session", "part", "level", "ok")}
        self._traffic = msgspec.structs.replace(traffic, **columns)
        most = int(traffic.network.max(initial=-1)) + 1
        self._starts = np.searchsorted(self._traffic.network, np.arange(most + 1))
        self._near = lru_cache(KEPT)(self._count)
        self._without = lru_cache(KEPT)(self._by_session)

    def is_open(self, layer: str, target: str, network: int, session: int, hour: int) -> bool:
        """Other parts got through, and not fewer than did not."""
        passed, failed = self.voices(layer, target, network, session, hour)
        return passed >= max(1, failed)

    def voices(self, layer: str, target: str, network: int, session: int, hour: int) -> tuple[int, int]:
        """Other parts that got through and that did not: of the session if it tried others, else of the network."""
        near = self._without(network, hour, LEVELS[layer], self._traffic.parts.get(target, -1))
        at = int(np.searchsorted(near.session, session))
        if at < len(near.session) and near.session[at] == session:
            return int(near.passed[at]), int(near.failed[at])
        return int(near.passed.sum()), int(near.failed.sum())

    def _by_session(self, network: int, hour: int, level: int, part: int) -> Voices:
        sessions, parts, ok = self._near(network, hour, level)
        others = parts != part
        names, at = np.unique(sessions[others], return_inverse=True)
        every = np.bincount(at, minlength=len(names))
        passed = np.bincount(at, weights=ok[others], minlength=len(names)).astype(np.int64)
        return Voices(names, passed, every - passed)

    def _count(self, network: int, hour: int, level: int) -> tuple[Codes, Codes, npt.NDArray[np.bool_]]:
        if network + 1 >= len(self._starts):
            return np.empty(0, np.int64), np.empty(0, np.int64), np.empty(0, np.bool_)
        start, stop = int(self._starts[network]), int(self._starts[network + 1])
        hours = self._traffic.hour[start:stop]
        low = start + int(np.searchsorted(hours, hour - NEAR_HOURS))
        high = start + int(np.searchsorted(hours, hour + NEAR_HOURS, side="right"))
        high_enough = self._traffic.level[low:high] >= level
        columns = (self._traffic.session, self._traffic.part, self._traffic.ok)
        session, part, ok = (c[low:high][high_enough] for c in columns)
        size = len(self._traffic.parts) + 1
        voices, which = np.unique(session * size + part, return_inverse=True)
        through = np.bincount(which, weights=ok, minlength=len(voices)) > 0
        return voices // size, voices % size, through
