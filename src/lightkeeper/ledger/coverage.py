"""What was measured in the window, and what it shows: service × network × local day, above the evidence floor."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from fnmatch import fnmatchcase
from typing import NamedTuple

import msgspec

from lightkeeper.model import Measurement, Verdict
from lightkeeper.model.case import Case, Operator, Watched
from lightkeeper.signals.cells import Tally, session_of

LEAST_DAYS_SHARE = 0.5
"""A service counts as open where it was seen open on at least this share of the window's days,"""
LEAST_NETWORKS = 3
"""on at least this many networks (on one, for an operator), and on none blocked."""
ANY_TARGET = "any target"
_BAD = frozenset({"blocked", "throttled"})
_QUALITY = ("tls.mitm", "tls.throttle", "dns.injection")


class NetworkDay(NamedTuple):
    """One service on one network on one local day."""

    service: str
    asn: int | None
    day: date
    state: str


@dataclass(frozen=True)
class Coverage:
    """The measurements in the window that bear on one ask, and what they show."""

    measurements: list[Measurement]
    days: list[NetworkDay]
    deciding: list[str]
    """Ids of the measurements judged blocked or throttled on a day that is."""
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
        return [s for s in self._seen("blocked") if not self._networks(s, "ok") - self._networks(s, "blocked")]

    def partly_blocked_services(self) -> list[str]:
        """Services blocked on some networks and open on others."""
        return [s for s in self._seen("blocked") if s not in self.blocked_services()]

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

    def _seen(self, state: str) -> list[str]:
        return sorted({d.service for d in self.days if d.state == state})

    def _networks(self, service: str, state: str) -> set[int | None]:
        return {d.asn for d in self.days if d.service == service and d.state == state}


def coverage(
    case: Case, topic: str, operator: Operator | None, measurements: Iterable[Measurement], verdicts: Iterable[Verdict]
) -> Coverage:
    """Pool the measurements in the window by service, network and local day. A day below the floor decides nothing.

    For `quality` all measurements bear, and only interception, injection and throttling count against it. No
    measurement bears on `notice`.
    """
    chosen = {m.measurement_id: m for m in measurements if topic != "notice" and _counts(case, operator, m)}
    wanted = watched_for(case, topic)
    tallies: defaultdict[tuple[str, int | None, date, str], Tally] = defaultdict(Tally)
    accusing: defaultdict[tuple[str, int | None, date], list[str]] = defaultdict(list)
    bearing: dict[str, Measurement] = {}
    for verdict in sorted(_whole(verdicts), key=lambda v: (v.measurement_id, v.target)):
        measurement = chosen.get(verdict.measurement_id)
        service = ANY_TARGET if topic == "quality" else service_of(wanted, verdict.target)
        if measurement is None or measurement.started_at is None or service is None:
            continue
        bearing[measurement.measurement_id] = measurement
        day = measurement.started_at.astimezone(case.zone).date()
        judged = _for_quality(verdict) if topic == "quality" else verdict
        tallies[service, measurement.probe_asn, day, verdict.target].add(session_of(measurement), judged)
        if judged.state in _BAD:
            accusing[service, measurement.probe_asn, day].append(measurement.measurement_id)
    days = _network_days(tallies)
    first, last = case.window_days
    return Coverage(
        measurements=[bearing[name] for name in sorted(bearing)],
        days=days,
        deciding=sorted({i for d in days if d.state == "blocked" for i in accusing[d.service, d.asn, d.day]}),
        services=[w.id for w in wanted],
        days_in_window=(last - first).days + 1,
        least_networks=1 if operator else LEAST_NETWORKS,
    )


def watched_for(case: Case, topic: str) -> list[Watched]:
    """What is watched for an ask: tools for `vpn`, the rest for `platforms`."""
    kinds = {"vpn": ("vpn",), "platforms": ("social", "messaging", "web")}.get(topic, ())
    return [w for w in case.watched if w.kind in kinds]


def service_of(wanted: Iterable[Watched], target: str) -> str | None:
    """The watched service that a target belongs to, by its patterns (`signal/*`)."""
    plain = target.casefold()
    return next((w.id for w in wanted if any(fnmatchcase(plain, p.casefold()) for p in w.targets)), None)


def local_days(case: Case, found: Coverage) -> set[date]:
    """Local days with at least one measurement."""
    return {m.started_at.astimezone(case.zone).date() for m in found.measurements if m.started_at is not None}


def _counts(case: Case, operator: Operator | None, measurement: Measurement) -> bool:
    begin, end = case.window
    if measurement.started_at is None or not begin <= measurement.started_at < end:
        return False
    return measurement.probe_cc == case.country and (operator is None or measurement.probe_asn in operator.asns)


def _whole(verdicts: Iterable[Verdict]) -> list[Verdict]:
    """Valid verdicts on whole measurements, each once."""
    once = {(v.measurement_id, v.target): v for v in verdicts if v.layer == "all" and v.validity == "valid"}
    return list(once.values())


def _for_quality(verdict: Verdict) -> Verdict:
    """The verdict as it bears on quality: a block without interception, injection or throttling says nothing."""
    against = verdict.state == "throttled" or (verdict.mechanism or "").startswith(_QUALITY)
    if verdict.state == "blocked" and not against:
        return msgspec.structs.replace(verdict, state="insufficient")
    return verdict


def _network_days(tallies: dict[tuple[str, int | None, date, str], Tally]) -> list[NetworkDay]:
    """One state for all targets of a service: blocked where one is, open where one is and none is blocked."""
    states: defaultdict[tuple[str, int | None, date], set[str]] = defaultdict(set)
    for (service, asn, day, _), tally in tallies.items():
        states[service, asn, day].add(tally.state)
    found = []
    for (service, asn, day), seen in states.items():
        state = "blocked" if seen & _BAD else "ok" if "ok" in seen else "insufficient"
        found.append(NetworkDay(service, asn, day, state))
    return sorted(found, key=lambda d: (d.service, d.asn or 0, d.day))
