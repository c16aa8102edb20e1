"""Days: what the sessions of one service on one network say, local day by local day.

An outcome is seen where two sessions say it, in three measurements. How many more say it does not matter, nor by which
software: whoever forges one session forges a thousand, each with a name of its own. Where two sessions say otherwise
the day is divided. So nobody turns a day of another from one outcome into the other: he can only divide it.

Blocks keep office hours. A day that is divided between hours counts as blocked where the same three hours of the day
were seen blocked, and not divided, on three days or more, and open on less than half as many of the days between.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable
from datetime import date
from itertools import groupby
from typing import Literal, NamedTuple

import numpy as np

from lightkeeper.ledger.networks import Doubt
from lightkeeper.signals.floods import silent
from lightkeeper.signals.witnesses import BAD, DISSENT, DOWN, LEAST_MEASUREMENTS, OK, SESSION_CAP

LEAST_SESSIONS = 2
"""Sessions that must say the same of one target, on one network and day."""
SLOT_H = 3
"""Hours of a local day that are looked at together: 0 to 3, 3 to 6, and so on."""
CLOCK_DAYS = 3
"""Days on which the same hours must have been seen blocked,"""
CLOCK_LEAD = 2
"""and more than so many times the days between on which they were seen open."""
Seen = Literal["blocked", "ok", "divided", "insufficient"]
_OUTCOME = {"blocked": BAD, "throttled": BAD, "ok": OK, "down": DOWN}


class Voice(NamedTuple):
    """What one measurement says of one target of a service."""

    service: str
    asn: int | None
    target: str
    day: date
    hour: int
    """In hours since 1970, UTC."""
    slot: int
    """Local hours of the day, by threes: 0 is from midnight on."""
    software: str
    session: str
    state: str
    measurement_id: str
    handed_in: date
    """Local day on which the record was there; see `networks.handed_in`."""
    verified: bool = False
    """OONI verified the sender by an anonymous credential."""

    @property
    def accuses(self) -> bool:
        """Whether it says blocked or throttled."""
        return _OUTCOME.get(self.state) == BAD


class NetworkDay(NamedTuple):
    """One service on one network on one local day."""

    service: str
    asn: int | None
    day: date
    seen: Seen
    """What its sessions say, whoever they are."""
    doubt: Doubt | None = None
    """Why the network does not speak on that day; none where it does."""
    handed_in: date | None = None
    """Local day on which the first record was there that says so."""

    @property
    def state(self) -> str:
        """What the day counts for: blocked, ok or insufficient. A network that does not speak decides nothing."""
        return self.seen if self.doubt is None and self.seen in ("blocked", "ok") else "insufficient"


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


def network_days(voices: Iterable[Voice], quiet: Collection[Voice] = ()) -> list[NetworkDay]:
    """One row for each service, network and day of all voices: blocked where one target is, open where one is and none
    is blocked or divided.

    `voices` are those that are heard; `quiet` the others. They say nothing, but where no other is heard, a day on which
    they accuse is divided: a flood in the name of true probes silences them too, and must not take their day away.
    """
    said_by = list(voices)
    clock = by_the_clock(said_by)
    groups: defaultdict[tuple[str, int | None, date], defaultdict[str, list[Voice]]]
    groups = defaultdict(lambda: defaultdict(list))
    for voice in said_by:
        groups[voice.service, voice.asn, voice.day][voice.target].append(voice)
    silenced: defaultdict[tuple[str, int | None, date], defaultdict[str, list[Voice]]]
    silenced = defaultdict(lambda: defaultdict(list))
    for voice in quiet:
        silenced[voice.service, voice.asn, voice.day][voice.target].append(voice)
    found = []
    for key in {*groups, *silenced}:
        seen = {said(group) for group in groups[key].values()}
        if seen <= {"insufficient"} and any(map(_accuses, silenced[key].values())):
            seen = {"divided"}
        whole: Seen = next((s for s in _STRONGEST if s in seen), "insufficient")
        if whole == "divided" and key in clock:
            whole = "blocked"
        telling = [v.handed_in for g in groups[key].values() for v in g if _OUTCOME.get(v.state) == _SAYS.get(whole)]
        found.append(NetworkDay(*key, whole, None, min(telling, default=key[2])))
    return sorted(found, key=lambda d: (d.service, d.asn or 0, d.day))


def by_the_clock(voices: Iterable[Voice]) -> set[tuple[str, int | None, date]]:
    """Service, network and day of what was seen blocked in the same hours of several days, whatever other hours say."""
    groups: defaultdict[tuple[str, int | None, str, int, date], list[Voice]] = defaultdict(list)
    for voice in voices:
        groups[voice.service, voice.asn, voice.target, voice.slot, voice.day].append(voice)
    slots: defaultdict[tuple[str, int | None, str, int], dict[date, Seen]] = defaultdict(dict)
    for (*place, day), group in groups.items():
        slots[tuple(place)][day] = said(group)  # type: ignore[index]
    found = set()
    for (service, asn, _, _), days in slots.items():
        blocked = sorted(day for day, seen in days.items() if seen == "blocked")
        if len(blocked) >= CLOCK_DAYS:
            between = [d for d, seen in days.items() if seen == "ok" and blocked[0] < d < blocked[-1]]
            if len(blocked) > CLOCK_LEAD * len(between):
                found |= {(service, asn, day) for day in blocked}
    return found


_STRONGEST: tuple[Seen, ...] = ("blocked", "divided", "ok")
_SAYS = {"blocked": BAD, "ok": OK, "divided": BAD}


def said(group: Iterable[Voice]) -> Seen:
    """What the voices on one target, network and day say."""
    rows = list(group)
    sessions = {o: _sessions(rows, o) for o in (BAD, OK, DOWN)}
    strong = {o for o in sessions if _is_seen(rows, o)}
    for outcome, name in ((BAD, "blocked"), (OK, "ok")):
        others = sum(len(n) for o, n in sessions.items() if o != outcome)
        if outcome in strong and others <= DISSENT:
            return name  # type: ignore[return-value]
    return "divided" if BAD in strong else "insufficient"


def _accuses(group: Iterable[Voice]) -> bool:
    return _is_seen(list(group), BAD)


def _is_seen(rows: list[Voice], outcome: int) -> bool:
    """Whether sessions enough say so, in measurements enough; of one session three count."""
    sessions = _sessions(rows, outcome)
    return len(sessions) >= LEAST_SESSIONS and sum(min(n, SESSION_CAP) for n in sessions.values()) >= LEAST_MEASUREMENTS


def _sessions(rows: Iterable[Voice], outcome: int) -> dict[str, int]:
    """Sessions that say so, each with its number of measurements."""
    found: defaultdict[str, int] = defaultdict(int)
    for voice in rows:
        if _OUTCOME.get(voice.state) == outcome:
            found[voice.session] += 1
    return found


def _series(voice: Voice) -> tuple[str, int, str]:
    return voice.service, -1 if voice.asn is None else voice.asn, voice.target
