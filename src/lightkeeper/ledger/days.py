"""Days: what the witnesses of one service on one network agree on, local day by local day.

A day withstands forged measurements as an hour does (`signals.witnesses`, `signals.floods`): sessions with the same
probe software are one kind, a kind counts for at most two, an outcome leads by two, and a kind that floods an hour is
silent in that hour. Numbers alone turn no day from one outcome into another.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable
from datetime import date
from itertools import groupby
from typing import NamedTuple

import numpy as np

from lightkeeper.signals.floods import silent
from lightkeeper.signals.witnesses import BAD, DOWN, OK, SESSION_CAP, decide

_OUTCOME = {"blocked": BAD, "throttled": BAD, "ok": OK, "down": DOWN}


class Voice(NamedTuple):
    """What one measurement says of one target of a service."""

    service: str
    asn: int | None
    target: str
    day: date
    hour: int
    """In hours since 1970, UTC."""
    software: str
    session: str
    state: str
    measurement_id: str

    @property
    def accuses(self) -> bool:
        """Whether it says blocked or throttled."""
        return _OUTCOME.get(self.state) == BAD


class NetworkDay(NamedTuple):
    """One service on one network on one local day."""

    service: str
    asn: int | None
    day: date
    state: str


def heard(voices: Iterable[Voice]) -> list[Voice]:
    """The voices that tell something and that no flood silences.

    Give those of the four weeks before, too: they say what volume is usual.
    """
    telling = sorted((v for v in voices if v.state in _OUTCOME), key=lambda v: (*_series(v), v.hour, v.software))
    hours = [(key, list(group)) for key, group in groupby(telling, key=lambda v: (*_series(v), v.hour))]
    kinds: dict[tuple[int, str], set[str]] = {}
    for number, (_, group) in enumerate(hours):
        for voice in group:
            kinds.setdefault((number, voice.software), set()).add(voice.session)
    series = {key: n for n, key in enumerate(dict.fromkeys(key[:-1] for key, _ in hours))}
    softwares = {name: n for n, name in enumerate(sorted({name for _, name in kinds}))}
    muted = silent(
        np.array([series[key[:-1]] for key, _ in hours], dtype=np.int64),
        np.array([key[-1] for key, _ in hours], dtype=np.int64),
        np.array([number for number, _ in kinds], dtype=np.int64),
        np.array([softwares[name] for _, name in kinds], dtype=np.int64),
        np.array([len(sessions) for sessions in kinds.values()], dtype=np.int64),
    )
    lost = {kind for kind, is_muted in zip(kinds, muted.tolist(), strict=True) if is_muted}
    return [v for number, (_, group) in enumerate(hours) for v in group if (number, v.software) not in lost]


def network_days(voices: Iterable[Voice], tested: Iterable[tuple[str, int | None, date]]) -> list[NetworkDay]:
    """One state for all targets of a service: blocked where one is, open where one is and none is blocked.

    `voices` are those that are heard; `tested` names service, network and day of all, for a day on which nobody was
    heard is insufficient, and not left out.
    """
    groups: defaultdict[tuple[str, int | None, date, str], list[Voice]] = defaultdict(list)
    for voice in voices:
        groups[voice.service, voice.asn, voice.day, voice.target].append(voice)
    states: defaultdict[tuple[str, int | None, date], set[int]] = defaultdict(set)
    for (service, asn, day, _), outcome in zip(groups, outcomes(groups.values()), strict=True):
        states[service, asn, day].add(outcome)
    found = []
    for key in {*tested, *states}:
        seen = states.get(key, set())
        found.append(NetworkDay(*key, "blocked" if BAD in seen else "ok" if OK in seen else "insufficient"))
    return sorted(found, key=lambda d: (d.service, d.asn or 0, d.day))


def outcomes(groups: Iterable[list[Voice]]) -> list[int]:
    """What each group of voices agrees on: BAD, OK or DOWN; -1 where nothing is decided."""
    at: list[int] = []
    voices: list[list[int]] = []
    telling: list[int] = []
    for number, group in enumerate(groups):
        sessions = Counter((v.software, v.session) for v in group)
        telling.append(sum(min(n, SESSION_CAP) for n in sessions.values()))
        kinds: defaultdict[str, list[int]] = defaultdict(lambda: [0, 0, 0])
        for software, _, outcome in {(v.software, v.session, _OUTCOME[v.state]) for v in group}:
            kinds[software][outcome] += 1
        at += [number] * len(kinds)
        voices += kinds.values()
    counts = np.array(voices, dtype=np.int64).reshape(-1, 3)
    decided: list[int] = decide(np.array(at, dtype=np.int64), counts, np.array(telling, dtype=float)).outcome.tolist()
    return decided


def _series(voice: Voice) -> tuple[str, int, str]:
    return voice.service, -1 if voice.asn is None else voice.asn, voice.target
