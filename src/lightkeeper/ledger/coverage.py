"""What was measured in the window, and what it shows: service × network × local day, above the evidence floor."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta

from lightkeeper.ledger.days import NetworkDay, Voice, heard, network_days
from lightkeeper.ledger.voices import in_time, voices_of
from lightkeeper.model import Measurement, Verdict
from lightkeeper.model.case import AskWording, Case, Operator
from lightkeeper.signals.floods import HISTORY_H

LEAST_DAYS_SHARE = 0.5
"""A service counts as open where it was seen open on at least this share of the window's days,"""
LEAST_NETWORKS = 3
"""on at least this many networks (on one, for an operator), and on none blocked."""
LEAST_WITNESSES = 2
"""Kinds of probe software, or networks, that must have seen a service blocked. Days are no witnesses: one probe that
measures every day is one witness, and a fault of its software lasts."""


@dataclass(frozen=True)
class Coverage:
    """The measurements in the window that bear on one ask, and what they show."""

    measurements: list[Measurement]
    days: list[NetworkDay]
    deciding: list[str]
    """Ids of the measurements judged blocked or throttled on a day that is, of services with witnesses enough."""
    alone: list[str]
    """Services that only one witness saw blocked: one kind of probe software on one network."""
    services: list[str]
    """Services that would have to be measured."""
    days_in_window: int
    least_networks: int

    @property
    def networks(self) -> set[int]:
        """Networks with at least one measurement."""
        return {m.probe_asn for m in self.measurements if m.probe_asn is not None}

    def blocked_services(self) -> list[str]:
        """Services blocked on each network on which they were seen, at the floor."""
        return [s for s in self._witnessed() if not self._networks(s, "ok") - self._networks(s, "blocked")]

    def partly_blocked_services(self) -> list[str]:
        """Services blocked on some networks and open on others."""
        return [s for s in self._witnessed() if s not in self.blocked_services()]

    def open_services(self) -> list[str]:
        """Services seen open on enough days and networks, and blocked nowhere."""
        return [s for s in self._seen("ok") if self._is_open(s)]

    def all_open(self) -> bool:
        """Whether every service that would have to be measured is open."""
        return bool(self.services) and set(self.services) <= set(self.open_services())

    def _is_open(self, service: str) -> bool:
        days = {d.day for d in self.days if d.service == service and d.state == "ok"}
        enough = len(days) >= LEAST_DAYS_SHARE * self.days_in_window
        return (
            enough
            and len(self._networks(service, "ok")) >= self.least_networks
            and not self._networks(service, "blocked")
        )

    def _witnessed(self) -> list[str]:
        return [s for s in self._seen("blocked") if s not in self.alone]

    def _seen(self, state: str) -> list[str]:
        return sorted({d.service for d in self.days if d.state == state})

    def _networks(self, service: str, state: str) -> set[int | None]:
        return {d.asn for d in self.days if d.service == service and d.state == state}


def coverage(
    case: Case,
    ask: AskWording,
    operator: Operator | None,
    measurements: Iterable[Measurement],
    verdicts: Iterable[Verdict],
) -> Coverage:
    """Pool the measurements in the window by service, network and local day. A day below the floor decides nothing.

    For `quality` all measurements bear, and only interception, injection and throttling count against it. No
    measurement bears on `notice`. Those of the four weeks before the window say only what volume is usual.
    """
    begin, end = case.window
    since = begin - timedelta(hours=HISTORY_H)
    chosen = in_time(case, operator, measurements, since, end) if ask.topic != "notice" else {}
    wanted = case.watched_for(ask)
    voices = list(voices_of(case, ask.topic, wanted, chosen, verdicts))
    first, last = case.window_days
    inside = [v for v in voices if first <= v.day <= last]
    kept = [v for v in heard(voices) if first <= v.day <= last]
    days = network_days(kept, ((v.service, v.asn, v.day) for v in inside))
    blocked = {(d.service, d.asn, d.day) for d in days if d.state == "blocked"}
    accusing = [v for v in kept if v.accuses and (v.service, v.asn, v.day) in blocked]
    alone = {service for service, _, _ in blocked} - witnessed(accusing)
    return Coverage(
        measurements=[chosen[name] for name in sorted({v.measurement_id for v in inside})],
        days=days,
        deciding=sorted({v.measurement_id for v in accusing if v.service not in alone}),
        alone=sorted(alone),
        services=[w.id for w in wanted],
        days_in_window=(last - first).days + 1,
        least_networks=1 if operator else LEAST_NETWORKS,
    )


def witnessed(accusing: Iterable[Voice]) -> set[str]:
    """Services that two kinds of probe software, or two known networks, say are blocked."""
    seen: dict[str, tuple[set[str], set[int]]] = {}
    for voice in accusing:
        kinds, networks = seen.setdefault(voice.service, (set(), set()))
        kinds.add(voice.software)
        if voice.asn is not None:
            networks.add(voice.asn)
    return {s for s, (kinds, networks) in seen.items() if max(len(kinds), len(networks)) >= LEAST_WITNESSES}


def local_days(case: Case, found: Coverage) -> set[date]:
    """Local days with at least one measurement."""
    return {m.started_at.astimezone(case.zone).date() for m in found.measurements if m.started_at is not None}
