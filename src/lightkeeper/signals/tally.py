"""A tally: verdicts counted session by session, for whoever pools them otherwise than by the hour."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass, field

from lightkeeper.model import Measurement, Verdict

LEAST_MEASUREMENTS = 3
"""Below this many measurements nothing is said."""
LEAST_SESSIONS = 2
"""One chatty probe is one witness: below this many distinct sessions nothing is said."""
MAJORITY = 0.5
"""A state must hold more than this share of the measurements from which anything follows."""
SESSION_CAP = 3
"""At most this many measurements of one session decide, so that a flood from one probe cannot outvote the others."""


@dataclass
class Tally:
    """What some measurements were judged, session by session."""

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
