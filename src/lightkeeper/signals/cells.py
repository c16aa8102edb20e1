"""Verdicts counted into cells: target × network × layer × hour."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime

from lightkeeper.model import Cell, Measurement, Verdict

LEAST_MEASUREMENTS = 3
"""Below this many measurements a cell says nothing."""
LEAST_SESSIONS = 2
"""One chatty probe is one witness: below this many distinct sessions a cell says nothing."""
MAJORITY = 0.5
"""A state must hold more than this share of the measurements from which anything follows."""
SESSION_CAP = 3
"""At most this many measurements of one session decide, so that a flood from one probe cannot outvote the others."""

Key = tuple[str, str | None, int | None, str, datetime]


@dataclass
class Tally:
    """What the measurements of one cell were judged, session by session."""

    states: Counter[str] = field(default_factory=Counter)
    """All measurements by state."""
    deciding: Counter[str] = field(default_factory=Counter)
    """The same, each session only up to the cap."""
    mechanisms: Counter[tuple[str, str]] = field(default_factory=Counter)
    sessions: Counter[str] = field(default_factory=Counter)
    witnesses: defaultdict[str, set[str]] = field(default_factory=lambda: defaultdict(set))
    """Sessions that saw each state."""

    def add(self, session: str, verdict: Verdict) -> None:
        """Count one verdict of one session."""
        self.sessions[session] += 1
        self.states[verdict.state] += 1
        if self.sessions[session] > SESSION_CAP:
            return
        self.deciding[verdict.state] += 1
        self.witnesses[verdict.state].add(session)
        if verdict.mechanism:
            self.mechanisms[verdict.state, verdict.mechanism] += 1

    @property
    def state(self) -> str:
        """The state that most measurements and at least two sessions agree on; else `insufficient`."""
        telling = {state: n for state, n in self.deciding.items() if state != "insufficient"}
        total = sum(telling.values())
        if total < LEAST_MEASUREMENTS:
            return "insufficient"
        state = max(sorted(telling), key=lambda s: telling[s])
        agreed = telling[state] > MAJORITY * total and len(self.witnesses[state]) >= LEAST_SESSIONS
        return state if agreed else "insufficient"

    @property
    def mechanism(self) -> str | None:
        """The most frequent mechanism among the measurements that decided."""
        state = self.state
        found = {mechanism: n for (of, mechanism), n in self.mechanisms.items() if of == state}
        return max(sorted(found), key=lambda mechanism: found[mechanism]) if found else None


def session_of(measurement: Measurement) -> str:
    """The report, OONI's session of one probe; without one, the measurement stands for itself."""
    return measurement.report_id or measurement.measurement_id


def cells(measurements: Iterable[Measurement], verdicts: Iterable[Verdict]) -> list[Cell]:
    """Count verdicts into cells, sorted by key. Only verdicts of a valid instrument count, and only with a time.

    A verdict whose measurement is not given is left out. Rows that stand twice count once.
    """
    by_id = {m.measurement_id: m for m in measurements}
    once = {(v.measurement_id, v.target, v.layer): v for v in verdicts}
    tallies: defaultdict[Key, Tally] = defaultdict(Tally)
    for name in sorted(once):
        verdict = once[name]
        measurement = by_id.get(verdict.measurement_id)
        if measurement is None or measurement.started_at is None or verdict.validity != "valid":
            continue
        hour = measurement.started_at.replace(minute=0, second=0, microsecond=0)
        key = (verdict.target, measurement.probe_cc, measurement.probe_asn, verdict.layer, hour)
        tallies[key].add(session_of(measurement), verdict)
    return [_cell(key, tallies[key]) for key in sorted(tallies, key=_in_order)]


def _in_order(key: Key) -> tuple[str, str, int, str, datetime]:
    target, probe_cc, probe_asn, layer, hour = key
    return target, probe_cc or "", probe_asn or 0, layer, hour


def _cell(key: Key, tally: Tally) -> Cell:
    target, probe_cc, probe_asn, layer, hour = key
    return Cell(
        target=target,
        probe_cc=probe_cc,
        probe_asn=probe_asn,
        layer=layer,
        hour=hour,
        measurements=sum(tally.states.values()),
        sessions=len(tally.sessions),
        blocked=tally.states["blocked"],
        throttled=tally.states["throttled"],
        down=tally.states["down"],
        ok=tally.states["ok"],
        insufficient=tally.states["insufficient"],
        state=tally.state,
        mechanism=tally.mechanism,
    )
