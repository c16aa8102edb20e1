"""What was measured in the window, and what it shows: service × network × local day, above the evidence floor."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from datetime import date, timedelta

from lightkeeper.ledger.days import NetworkDay, heard, network_days
from lightkeeper.ledger.networks import Doubt, Networks
from lightkeeper.ledger.voices import in_time, voices_of
from lightkeeper.ledger.weight import LEAST_NETWORKS, carries, not_small
from lightkeeper.model import Measurement, Verdict
from lightkeeper.model.case import AskWording, Case, Operator
from lightkeeper.signals.floods import HISTORY_H

LEAST_DAYS_SHARE = 0.5
"""A service counts as open where it was seen open on at least this share of the window's days, with the weight that a
breach takes, and was not seen blocked with weight, nor on any day by a network with a history."""
Beside = Collection[tuple[str, date]]
"""Services and local days of which another kind of evidence tells: one network on such a day accuses."""


@dataclass(frozen=True)
class Coverage:
    """The measurements in the window that bear on one ask, and what they show."""

    measurements: list[Measurement]
    days: list[NetworkDay]
    deciding: list[str]
    """Ids of the measurements judged blocked or throttled on a day that is, of services with witnesses enough."""
    services: list[str]
    """Services that would have to be measured."""
    days_in_window: int
    networks: set[int]
    """Networks of the country with at least one measurement."""
    verified: int
    """Measurements whose sender OONI verified by an anonymous credential."""
    blocked: list[str]
    """Services that were seen blocked by witnesses enough,"""
    softened: list[str]
    """those of them that witnesses of weight saw open elsewhere,"""
    alone: list[str]
    """services that were seen blocked by too few,"""
    open: list[str]
    """and services seen open, on days and networks enough."""
    doubts: dict[tuple[int | None, Doubt], int] = field(default_factory=dict)
    """Networks that did not speak, each with why, to the number of their days."""

    def blocked_services(self) -> list[str]:
        """Services blocked by witnesses enough, and open for none of weight."""
        return [s for s in self.blocked if s not in self.softened]

    def partly_blocked_services(self) -> list[str]:
        """Services blocked on some networks and open on others."""
        return self.softened

    def open_services(self) -> list[str]:
        """Services seen open on enough days and networks, and blocked nowhere."""
        return self.open

    def all_open(self) -> bool:
        """Whether every service that would have to be measured is open."""
        return bool(self.services) and set(self.services) <= set(self.open)


class _Service:
    """The days of one service, by what they count for."""

    def __init__(self, days: Iterable[NetworkDay], networks: Networks, last: date) -> None:
        speaking = [d for d in days if d.doubt is None]
        self.blocked = [d for d in speaking if d.seen == "blocked"]
        self.open = [d for d in speaking if d.seen == "ok"]
        self._divided = [d for d in speaking if d.seen == "divided"]
        self._networks, self._last = networks, last

    def accuses(self, beside: Beside) -> bool:
        """Whether witnesses enough saw it blocked."""
        if any((d.service, d.day) in beside for d in self.blocked):
            return True
        return carries(self.blocked, () if carries(self.open) else self._divided)

    def softened(self) -> bool:
        """Whether witnesses of weight saw it open on networks on which it was never seen blocked."""
        accused = {d.asn for d in self.blocked}
        others = [d for d in self.open if d.asn not in accused]
        divided = [d for d in self._divided if d.asn not in accused]
        heavy = not_small([*others, *divided], self.blocked, self._days_measured)
        return carries([d for d in heavy if d.seen == "ok"], [d for d in heavy if d.seen == "divided"])

    def is_open(self, days_in_window: int, least_networks: int) -> bool:
        """Whether it was seen open on days and networks enough, and nothing that counts says otherwise."""
        networks = {d.asn for d in self.open}
        enough = len({d.day for d in self.open}) >= LEAST_DAYS_SHARE * days_in_window
        enough &= len(networks) >= least_networks and carries(self.open)
        known = any(self._networks.has_history(d.asn, d.day) for d in self.blocked)
        return enough and not known and not carries(self.blocked, self._divided)

    def _days_measured(self, asn: int | None) -> int:
        return self._networks.days_measured(asn, self._last)


def coverage(
    case: Case,
    ask: AskWording,
    operator: Operator | None,
    measurements: Iterable[Measurement],
    verdicts: Iterable[Verdict],
    *,
    networks: Networks | None = None,
    beside: Beside = (),
) -> Coverage:
    """Pool the measurements in the window by service, network and local day. A day below the floor decides nothing.

    For `quality` all measurements bear, and only interception, injection and throttling count against it. No
    measurement bears on `notice`. Those of the four weeks before the window say what volume is usual, and which
    networks have a history. `networks` are those of all measurements; they are found out where they are not given.
    """
    begin, end = case.window
    since = begin - timedelta(hours=HISTORY_H)
    rows, judged = list(measurements), list(verdicts)
    known = networks or Networks(case, rows, judged)
    chosen = in_time(case, operator, rows, since, end) if ask.topic != "notice" else {}
    wanted = case.watched_for(ask)
    voices = list(voices_of(case, ask.topic, wanted, chosen, judged))
    first, last = case.window_days
    inside = [v for v in voices if first <= v.day <= last]
    kept = [v for v in heard(voices) if first <= v.day <= last]
    spoken = set(map(id, kept))
    days = [
        d._replace(doubt=known.doubt(d.asn, d.day))
        for d in network_days(kept, [v for v in inside if id(v) not in spoken])
    ]
    found = {s: _Service([d for d in days if d.service == s], known, last) for s in {d.service for d in days}}
    blocked = sorted(s for s, each in found.items() if each.accuses(beside))
    length = (last - first).days + 1
    least = 1 if operator else LEAST_NETWORKS
    is_open = sorted(s for s, each in found.items() if s not in blocked and each.is_open(length, least))
    accusing = {(d.service, d.asn, d.day) for d in days if d.state == "blocked" and d.service in blocked}
    used = sorted({v.measurement_id for v in inside})
    return Coverage(
        measurements=[chosen[name] for name in used],
        days=days,
        deciding=sorted({v.measurement_id for v in kept if v.accuses and (v.service, v.asn, v.day) in accusing}),
        services=[w.id for w in wanted],
        days_in_window=length,
        networks={d.asn for d in days if d.asn is not None and d.doubt in (None, "new")},
        verified=sum(chosen[name].is_verified is True for name in used),
        blocked=blocked,
        softened=[s for s in blocked if found[s].softened()],
        alone=sorted(s for s, each in found.items() if each.blocked and s not in blocked),
        open=is_open,
        doubts=_doubts(days),
    )


def _doubts(days: Iterable[NetworkDay]) -> dict[tuple[int | None, Doubt], int]:
    """Networks that did not speak, with why, to the number of their days."""
    found: dict[tuple[int | None, Doubt], set[date]] = {}
    for day in days:
        if day.doubt is not None and day.seen != "insufficient":
            found.setdefault((day.asn, day.doubt), set()).add(day.day)
    return {key: len(each) for key, each in sorted(found.items(), key=lambda item: (item[0][1], item[0][0] or 0))}


def local_days(case: Case, found: Coverage) -> set[date]:
    """Local days with at least one measurement."""
    return {m.started_at.astimezone(case.zone).date() for m in found.measurements if m.started_at is not None}
