"""Throttling: a target that is slow on one network, while it is not slow elsewhere and others are not slow there.

One session is one witness. A target is `throttled` only where all of these show it slower by the factor of `shift`:

- against the same target elsewhere: in other countries, in the same window;
- against other targets on the same network, as they are, and each against its own speed elsewhere. The first of the
  two fails on a line so slow that all comes alike, the second on a target that is slow everywhere;
- in bytes a round trip against elsewhere, so that a far server is not taken for a held one; where no round trips are
  known, against the same target on the same network before.

A control that is missing gives `insufficient`, and says which; one that speaks against it gives nothing.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache

import numpy as np

from lightkeeper.judge.shift import Values, shift_of
from lightkeeper.judge.slow import Comparison, Name, Slow, comparison, mechanism_of, state_of, summary_of
from lightkeeper.judge.speeds import GENERAL, Codes, Samples, Witnesses, at, split, witnesses_of

LEAST_SESSIONS = 3
"""Sessions on the network, and again for each control. Fewer show nothing."""
LEAST_NETWORKS, LEAST_COUNTRIES = 3, 2
"""Networks and countries that an elsewhere takes."""
LEAST_TARGETS = 3
"""Other targets that a line takes, if it has no test of its speed."""
SESSIONS_A_NETWORK = 5
"""Sessions of one network elsewhere that count, so that none speaks for all."""
_MIDDLES = 2 * np.arange(SESSIONS_A_NETWORK) + 1


def throttled(samples: Samples, *, window_hours: int = 24) -> list[Slow]:
    """Targets that are slow on a network, sorted. Windows are aligned to 1970, so that a rerun finds the same.

    Lines as a whole (`GENERAL`) serve as controls and are not judged here: `slow_lines` does.
    """
    rows = witnesses_of(samples, window_hours)
    found = []
    for number, chosen in split(rows.window, np.arange(len(rows.window))):
        window = Window(rows, number, chosen)
        for target, network, mine in window.candidates():
            comparisons = window.compare(target, network, mine)
            if (state := state_of(comparisons)) is not None:
                country, asn = rows.networks[network]
                there = window.elsewhere(target, int(rows.country[mine[0]]))
                limit = float(np.median(rows.speed[there])) - np.log(2) if len(there) else -np.inf
                slow = Slow(
                    target=rows.targets[target],
                    probe_cc=country,
                    probe_asn=asn,
                    start_at=at(number * window_hours),
                    end_at=at((number + 1) * window_hours),
                    metric=samples.metric,
                    state=state,
                    mechanism=mechanism_of(samples.metric, rows.speed[mine]) if state == "throttled" else None,
                    sessions=len(mine),
                    speed=float(np.exp(np.median(rows.speed[mine]))),
                    comparisons=tuple(comparisons),
                    measurements=tuple(rows.slow_samples(mine, samples, limit)),
                    reasons=(
                        summary_of(rows.targets[target], samples.metric, rows.speed[mine]),
                        *(c.reason for c in comparisons),
                    ),
                )
                found.append(slow)
    return sorted(found, key=lambda s: (s.start_at, s.target, s.probe_cc, s.probe_asn))


class Window:
    """The witnesses of one window, and what they say of each target elsewhere."""

    def __init__(self, rows: Witnesses, number: int, chosen: Codes) -> None:
        self.rows = rows
        self.number = number
        order = chosen[np.lexsort((rows.speed[chosen], rows.network[chosen]))]
        self.by_target = dict(split(rows.target[order], order))
        self.by_network = dict(split(rows.network[chosen], chosen))
        self.elsewhere = cache(self._elsewhere)

    def candidates(self) -> Iterator[tuple[int, int, Codes]]:
        """Each target on each network with enough sessions, and the rows of these."""
        for target, chosen in self.by_target.items():
            if self.rows.targets[target] not in GENERAL:
                for network, mine in split(self.rows.network[chosen], chosen):
                    if len(mine) >= LEAST_SESSIONS:
                        yield target, network, mine

    def compare(self, target: int, network: int, mine: Codes) -> list[Comparison]:
        """The comparisons, as far as they are needed: the first that speaks against it is the last."""
        rows, country = self.rows, int(self.rows.country[mine[0]])
        there = self.elsewhere(target, country)
        missing = f"the target was not measured on {LEAST_NETWORKS} networks of {LEAST_COUNTRIES} other countries"
        found = [self._compared("elsewhere", rows.speed[mine], rows.speed[there], missing, there)]
        for step in (self._others_here, self._others_against_elsewhere, self._distance):
            if (shift := found[-1].shift) is not None and not shift.looks_slow:
                break
            found.append(step(target, network, mine))
        return found

    def _elsewhere(self, target: int, country: int, *, per_trip: bool = False) -> Codes:
        """Rows of the target in other countries, a few of each network; none where those are too few."""
        rows, chosen = self.rows, self.by_target[target]
        chosen = chosen[rows.country[chosen] != country]
        if per_trip:
            chosen = chosen[np.isfinite(rows.per_trip[chosen])]
        networks = rows.network[chosen]
        enough = len(np.unique(networks)) >= LEAST_NETWORKS and len(np.unique(rows.country[chosen])) >= LEAST_COUNTRIES
        kept: Codes = chosen[_spread(networks)] if enough else chosen[:0]
        return kept

    def _others_here(self, target: int, network: int, mine: Codes) -> Comparison:
        rows, others = self.rows, self._others(target, network)
        line = self._line(others, rows.speed[others])
        missing = f"fewer than {LEAST_TARGETS} other targets, or {LEAST_SESSIONS} sessions of them, on the network"
        return self._compared("others_here", rows.speed[mine], line, missing, others)

    def _others_against_elsewhere(self, target: int, network: int, mine: Codes) -> Comparison:
        rows, others, country = self.rows, self._others(target, network), int(self.rows.country[mine[0]])
        usual = np.full(len(rows.targets), np.nan)
        for other in np.unique(np.append(rows.target[others], target)):
            there = self.elsewhere(int(other), country)
            usual[other] = np.median(rows.speed[there]) if len(there) else np.nan
        others = others[np.isfinite(usual[rows.target[others]])]
        line = self._line(others, rows.speed[others] - usual[rows.target[others]])
        own = rows.speed[mine] - usual[target]
        missing = "too few targets on the network were measured elsewhere too"
        return self._compared("others_against_elsewhere", own[np.isfinite(own)], line, missing, others)

    def _distance(self, target: int, network: int, mine: Codes) -> Comparison:
        rows = self.rows
        near = mine[np.isfinite(rows.per_trip[mine])]
        there = self.elsewhere(target, int(rows.country[mine[0]]), per_trip=True)
        if len(near) >= LEAST_SESSIONS and len(there):
            return self._compared("round_trip", rows.per_trip[near], rows.per_trip[there], "", there)
        earlier = np.flatnonzero((rows.target == target) & (rows.network == network) & (rows.window < self.number))
        missing = "neither round trips nor an earlier time show that the server is not merely far"
        found = self._compared("before", rows.speed[mine], rows.speed[earlier], missing, earlier)
        if found.shift is not None and not found.shift.looks_slow:  # slow for long is no sign of a far server
            return comparison("before", None, missing, found.networks, found.countries)
        return found

    def _others(self, target: int, network: int) -> Codes:
        here = self.by_network[network]
        others: Codes = here[self.rows.target[here] != target]
        return others

    def _line(self, others: Codes, values: Values) -> Values:
        """One value a session for other targets together; none where they do not stand for the line."""
        targets = np.unique(self.rows.target[others])
        if len(targets) < LEAST_TARGETS and not any(self.rows.targets[t] in GENERAL for t in targets):
            return values[:0]
        parts = split(self.rows.session[others], np.arange(len(others)))
        return np.array([np.median(values[part]) for _, part in parts])

    def _compared(self, control: Name, here: Values, there: Values, missing: str, chosen: Codes) -> Comparison:
        shift = shift_of(here, there) if len(there) >= LEAST_SESSIONS else None
        networks = len(np.unique(self.rows.network[chosen]))
        return comparison(control, shift, missing, networks, len(np.unique(self.rows.country[chosen])))


def _spread(networks: Codes) -> Codes:
    """Places to keep of sorted networks: all of a small one, of a large one the middle of each fifth of its speeds."""
    _, start, count = np.unique(networks, return_index=True, return_counts=True)
    kept = [
        first + np.arange(size) if size <= SESSIONS_A_NETWORK else first + _MIDDLES * size // (2 * SESSIONS_A_NETWORK)
        for first, size in zip(start, count, strict=True)
    ]
    return np.concatenate(kept) if kept else start
