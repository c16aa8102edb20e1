"""Throttling: a target that is slow on one network, while it is not slow elsewhere and others are not slow there.

One session is one witness. What is found here became slower, by the factor of `shift`, against all the controls that
are at hand; `slowness` says which of them a proof takes. A control that speaks against it ends the search.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from functools import cache

import numpy as np

from lightkeeper.judge.likewise import by_the_hour, comparable
from lightkeeper.judge.shift import LEAST_FACTOR, Block, Values, shift_in
from lightkeeper.judge.slow import Comparison, Slow, corrected, shows_slow, spread_of
from lightkeeper.judge.slowness import BESIDE, Name
from lightkeeper.judge.speeds import GENERAL, Codes, Samples, Witnesses, at, medians, split, witnesses_of

LEAST_SESSIONS = 3
"""Sessions on the network, and again for each control. Fewer show nothing."""
LEAST_NETWORKS, LEAST_COUNTRIES = 3, 2
"""Networks and countries that an elsewhere takes."""
LEAST_TARGETS = 3
"""Other targets that a line takes, if it has no test of its speed."""
SESSIONS_A_NETWORK = 5
"""Sessions of one network elsewhere that count, so that none speaks for all."""
SESSIONS_A_KIND = 2
"""Sessions that a kind of probe software takes to speak."""
_ALONE = "no measurement of another name at the same servers is at hand"
_SLOWER = math.log(LEAST_FACTOR)
_APART = 4096.0
_MIDDLES = 2 * np.arange(SESSIONS_A_NETWORK) + 1


def throttled(samples: Samples, *, window_hours: int = 24) -> list[Slow]:
    """Targets that are slow on a network, sorted. Windows are aligned to 1970, so that a rerun finds the same.

    Lines as a whole (`GENERAL`) serve as controls and are not judged here: `slow_lines` does.
    """
    rows = witnesses_of(samples, window_hours)
    found = []
    history = History(rows)
    for number, chosen in split(rows.window, np.arange(len(rows.window))):
        window = Window(rows, number, chosen, history)
        slow = [
            made
            for target, network, mine in window.candidates()
            if (made := window.slow(target, network, mine, samples, window_hours)) is not None
        ]
        found += corrected(slow, window.pairs)
    return sorted(found, key=lambda s: (s.start_at, s.target, s.probe_cc, s.probe_asn))


class History:
    """The rows of each target on each network, found at once."""

    def __init__(self, rows: Witnesses) -> None:
        self._networks = len(rows.networks)
        pair = rows.target * self._networks + rows.network
        self._order = np.argsort(pair, kind="stable")  # rows come in the order of their windows
        self._pair, self._window = pair[self._order], rows.window

    def before(self, target: int, network: int, window: int) -> Codes:
        """Rows of one target on one network in earlier windows."""
        wanted = target * self._networks + network
        low, high = np.searchsorted(self._pair, [wanted, wanted + 1])
        found = self._order[low:high]
        earlier: Codes = found[self._window[found] < window]
        return earlier


class Window:
    """The witnesses of one window, and what they say of each target elsewhere."""

    def __init__(self, rows: Witnesses, number: int, chosen: Codes, history: History) -> None:
        self.rows = rows
        self.history = history
        self.number = number
        order = chosen[np.lexsort((rows.speed[chosen], rows.network[chosen]))]
        self.by_target = dict(split(rows.target[order], order))
        self.by_network = dict(split(rows.network[chosen], chosen))
        self.pairs = 0
        """Targets on networks that were compared with elsewhere, slow or not."""
        self._spread = cache(self._spread_of)
        self.elsewhere = cache(self._elsewhere)
        self._usual = cache(self._usual_of)
        self._ordered = cache(self._ordered_of)
        self._usual_line = cache(self._usual_line_of)

    def candidates(self) -> Iterator[tuple[int, int, Codes]]:
        """Each target on each network that has enough sessions and looks slow, and the rows of these.

        It looks slow if most of its pairs with sessions elsewhere say so; without elsewhere, by its network's usual
        session. All networks of a target are looked at together.
        """
        rows = self.rows
        for target, chosen in self.by_target.items():
            if rows.targets[target] in GENERAL:
                continue
            starts, sizes = _runs(rows.network[chosen])
            slower, there = self._slower_than_elsewhere(target, chosen)
            compared = there[starts] >= LEAST_SESSIONS
            enough = sizes >= LEAST_SESSIONS
            self.pairs += int((enough & compared).sum())
            looks_slow = 2 * np.add.reduceat(slower, starts) >= sizes * there[starts]
            for place in np.flatnonzero(enough & (looks_slow | ~compared)).tolist():
                mine = chosen[starts[place] : starts[place] + sizes[place]]
                network = int(rows.network[mine[0]])
                if compared[place] or self._below_its_line(network, mine):
                    yield target, network, mine

    def _slower_than_elsewhere(self, target: int, chosen: Codes) -> tuple[Codes, Codes]:
        """For each row, how many sessions elsewhere are faster by more than the factor, and how many there are."""
        rows, kept = self.rows, self._spread(target)
        names, country = np.unique(rows.country[chosen], return_inverse=True)
        of_kept = np.searchsorted(names, rows.country[kept])
        networks = np.bincount(of_kept[_runs(rows.network[kept])[0]], minlength=len(names))
        sessions = np.bincount(of_kept, minlength=len(names))
        enough = (networks.sum() - networks >= LEAST_NETWORKS) & (len(names) - 1 >= LEAST_COUNTRIES)
        there = np.where(enough, sessions.sum() - sessions, 0)[country]
        limit = rows.speed[chosen] + _SLOWER
        faster = len(kept) - np.searchsorted(np.sort(rows.speed[kept]), limit, side="right")
        # of the own country the same: a country's speeds lie between its multiples of a number no logarithm reaches
        own = np.sort(of_kept * _APART + rows.speed[kept])
        ends = np.cumsum(sessions)[country]
        faster -= np.maximum(ends - np.searchsorted(own, country * _APART + limit, side="right"), 0)
        return np.where(there > 0, faster, 0), there

    def slow(self, target: int, network: int, mine: Codes, samples: Samples, hours: int) -> Slow | None:
        """What is found of one target on one network; none where a control speaks against it, or none shows it."""
        rows, comparisons = self.rows, self.compare(target, network, mine)
        if not shows_slow(comparisons):
            return None
        country, asn = rows.networks[network]
        usual = self._usual(target, int(rows.country[mine[0]]))
        line = self._usual_line(network) if math.isnan(usual) else usual
        return Slow(
            target=rows.targets[target],
            probe_cc=country,
            probe_asn=asn,
            start_at=at(self.number * hours),
            end_at=at((self.number + 1) * hours),
            metric=samples.metric,
            sessions=len(mine),
            speed=float(np.exp(np.median(rows.speed[mine]))),
            comparisons=tuple(comparisons),
            measurements=tuple(rows.slow_samples(mine, samples, line - math.log(2))),
            kinds=self._kinds(mine, line),
            spread=spread_of(samples.metric, rows.speed[mine]),
            chance=max(c.shift.chance if c.shift else 1.0 for c in comparisons if c.control not in BESIDE),
        )

    def compare(self, target: int, network: int, mine: Codes) -> list[Comparison]:
        """The comparisons, as far as they are needed: the first that speaks against it is the last."""
        rows, country = self.rows, int(self.rows.country[mine[0]])
        there = self.elsewhere(target, country)
        missing = f"the target was not measured on {LEAST_NETWORKS} networks of {LEAST_COUNTRIES} other countries"
        found = [self._compared("elsewhere", rows.speed[mine], rows.speed[there], missing, there)]
        steps = self._others_here, self._others_against_elsewhere, self._distance
        for step in (*steps, self._same_servers_here, self._same_servers):
            if (shift := found[-1].shift) is not None and not shift.looks_slow:
                break
            found.append(step(target, network, mine))
        return found

    def _spread_of(self, target: int) -> Codes:
        """Rows of the target, a few of each network, that stand for it elsewhere."""
        chosen = self.by_target[target]
        kept: Codes = chosen[_spread(self.rows.network[chosen])]
        return kept

    def _elsewhere(self, target: int, country: int, *, per_trip: bool = False) -> Codes:
        """Rows of the target in other countries, a few of each network; none where those are too few."""
        rows = self.rows
        if per_trip:
            chosen = self.by_target[target]
            chosen = chosen[np.isfinite(rows.per_trip[chosen])]
            chosen = chosen[_spread(rows.network[chosen])]
        else:
            chosen = self._spread(target)
        chosen = chosen[rows.country[chosen] != country]
        networks, countries = _runs(rows.network[chosen])[0], np.unique(rows.country[chosen])
        enough = len(networks) >= LEAST_NETWORKS and len(countries) >= LEAST_COUNTRIES
        found: Codes = chosen if enough else chosen[:0]
        return found

    def _ordered_of(self, target: int) -> tuple[Values, Codes, dict[int, int]]:
        """Speeds of the rows that stand for a target, sorted, with their countries; and networks by country."""
        rows, kept = self.rows, self._spread(target)
        order = kept[np.argsort(rows.speed[kept])]
        countries, networks = np.unique(rows.country[kept[_runs(rows.network[kept])[0]]], return_counts=True)
        return rows.speed[order], rows.country[order], dict(zip(countries.tolist(), networks.tolist(), strict=True))

    def _usual_of(self, target: int, country: int) -> float:
        """The median of a target elsewhere; NaN where nobody knows it."""
        speeds, countries, networks = self._ordered(target)
        others = {c: n for c, n in networks.items() if c != country}
        if len(others) < LEAST_COUNTRIES or sum(others.values()) < LEAST_NETWORKS:
            return math.nan
        there = speeds[countries != country]
        return float(there[(len(there) - 1) // 2] + there[len(there) // 2]) / 2

    def _others_here(self, target: int, network: int, mine: Codes) -> Comparison:
        missing = f"fewer than {LEAST_TARGETS} other targets, or {LEAST_SESSIONS} sessions of them, on the network"
        return self._against_here("others_here", mine, self._others(target, network, mine), LEAST_TARGETS, missing)

    def _others_against_elsewhere(self, target: int, network: int, mine: Codes) -> Comparison:
        others, missing = (
            self._others(target, network, mine),
            "too few targets on the network were measured elsewhere too",
        )
        return self._against_elsewhere("others_against_elsewhere", target, mine, others, LEAST_TARGETS, missing)

    def _same_servers_here(self, target: int, network: int, mine: Codes) -> Comparison:
        """Against other names on the same network whose servers stand at the same places: they share the way."""
        return self._against_here("same_servers_here", mine, self._beside(target, network, mine), 1, _ALONE)

    def _same_servers(self, target: int, network: int, mine: Codes) -> Comparison:
        """The same, each against its own speed elsewhere: a server may give one name more than another."""
        return self._against_elsewhere("same_servers", target, mine, self._beside(target, network, mine), 1, _ALONE)

    def _beside(self, target: int, network: int, mine: Codes) -> Codes:
        rows, others = self.rows, self._others(target, network, mine)
        places = {place for place in rows.server[mine].tolist() if rows.servers[place]}
        beside: Codes = others[np.isin(rows.server[others], list(places))]
        return beside

    def _against_here(self, control: Name, mine: Codes, others: Codes, least: int, missing: str) -> Comparison:
        speed = self.rows.speed
        return self._in_the_same_hours(control, mine, speed[mine], others, speed[others], least, missing)

    def _against_elsewhere(
        self, control: Name, target: int, mine: Codes, others: Codes, least: int, missing: str
    ) -> Comparison:
        rows, country = self.rows, int(self.rows.country[mine[0]])
        names, place = np.unique(rows.target[others], return_inverse=True)
        usual = np.array([self._usual(name, country) for name in names.tolist()])[place] if len(names) else names
        known = np.isfinite(usual)
        own, values = rows.speed[mine] - self._usual(target, country), rows.speed[others[known]] - usual[known]
        if not np.isfinite(own).all():
            others, known, values = others[:0], known[:0], values[:0]
        return self._in_the_same_hours(control, mine, own, others[known], values, least, missing)

    def _in_the_same_hours(
        self, control: Name, mine: Codes, own: Values, others: Codes, values: Values, least: int, missing: str
    ) -> Comparison:
        """Against what other targets together were worth in the same hours, one value a session.

        Other hours may acquit and never accuse.
        """
        there, hours = self._line(others, values, least)
        blocks = by_the_hour(own, self.rows.hour[mine], there, hours)
        shared = min(sum(len(block[side]) for block in blocks) for side in (0, 1))
        if len(there) >= LEAST_SESSIONS > shared:
            whole = self._in_blocks(control, [(own, there)], missing, others)
            if whole.shift is not None and not whole.shift.is_slow:
                return whole
            blocks, missing = [], f"fewer than {LEAST_SESSIONS} sessions of it, or of others, fall into the same hours"
        return self._in_blocks(control, blocks, missing, others)

    def _distance(self, target: int, network: int, mine: Codes) -> Comparison:
        rows = self.rows
        near = mine[np.isfinite(rows.per_trip[mine])]
        there = self.elsewhere(target, int(rows.country[mine[0]]), per_trip=True)
        if len(near) >= LEAST_SESSIONS and len(there):
            return self._compared("round_trip", rows.per_trip[near], rows.per_trip[there], "", there)
        earlier = self.history.before(target, network, self.number)
        missing = "neither round trips nor an earlier time show that the server is not merely far"
        found = self._compared("before", rows.speed[mine], rows.speed[earlier], missing, earlier)
        if found.shift is not None and not found.shift.looks_slow:  # slow for long is no sign of a far server
            return Comparison("before", None, missing, found.networks, found.countries)
        return found

    def _kinds(self, mine: Codes, usual: float) -> tuple[int, int]:
        """Kinds of probe software whose usual session is slow, and those, or two sessions of any, that are not."""
        rows, slow, fast, odd = self.rows, 0, 0, 0
        for _, of_kind in split(rows.kind[mine], mine):
            if np.median(rows.speed[of_kind]) <= usual - _SLOWER:
                slow += len(of_kind) >= SESSIONS_A_KIND
            else:
                fast, odd = fast + (len(of_kind) >= SESSIONS_A_KIND), odd + len(of_kind)
        return slow, max(fast, int(odd >= SESSIONS_A_KIND))

    def _others(self, target: int, network: int, mine: Codes) -> Codes:
        here = self.by_network[network]
        return comparable(self.rows, mine, here[self.rows.target[here] != target])

    def _below_its_line(self, network: int, mine: Codes) -> bool:
        return float(np.median(self.rows.speed[mine])) <= self._usual_line(network) - _SLOWER

    def _usual_line_of(self, network: int) -> float:
        chosen = self.by_network[network]
        return float(np.median(self._by_session(chosen, self.rows.speed[chosen])))

    def _line(self, others: Codes, values: Values, least: int) -> tuple[Values, Codes]:
        """One value a session for other targets together, and its hour; none where they do not stand for the line."""
        targets = np.unique(self.rows.target[others])
        if len(targets) < least and not any(self.rows.targets[t] in GENERAL for t in targets):
            return values[:0], others[:0]
        hours = self._by_session(others, self.rows.hour[others].astype(np.float64))
        return self._by_session(others, values), hours.astype(np.int64)

    def _by_session(self, chosen: Codes, values: Values) -> Values:
        sessions, place = np.unique(self.rows.session[chosen], return_inverse=True)
        return medians(place, values, len(sessions))

    def _compared(self, control: Name, here: Values, there: Values, missing: str, chosen: Codes) -> Comparison:
        return self._in_blocks(control, [(here, there)], missing, chosen)

    def _in_blocks(self, control: Name, blocks: list[Block], missing: str, chosen: Codes) -> Comparison:
        enough = sum(len(there) for _, there in blocks) >= LEAST_SESSIONS
        networks = len(np.unique(self.rows.network[chosen]))
        countries = len(np.unique(self.rows.country[chosen]))
        return Comparison(control, shift_in(blocks) if enough else None, missing, networks, countries)


def _runs(ordered: Codes) -> tuple[Codes, Codes]:
    """Where each run of equal codes begins, and how long it is."""
    starts = np.flatnonzero(np.diff(ordered, prepend=ordered[:1] - 1))
    return starts, np.diff(starts, append=len(ordered))


def _spread(networks: Codes) -> Codes:
    """Places to keep of sorted networks: all of a small one, of a large one the middle of each fifth of its speeds."""
    first, size = _runs(networks)
    small = np.repeat(size <= SESSIONS_A_NETWORK, size)
    large = size > SESSIONS_A_NETWORK
    middles = first[large, None] + _MIDDLES * size[large, None] // (2 * SESSIONS_A_NETWORK)
    return np.sort(np.concatenate([np.flatnonzero(small), middles.ravel()]))
