"""Slow lines: a whole network slower than it was, while others did not slow down with it (NDT, DASH).

A fault or a full line looks the same, and there are no other targets to compare with. So this never says throttled: it
says that the line is slower, and what that leaves open.
"""

from __future__ import annotations

import numpy as np

from lightkeeper.judge.shift import Values, shift_of
from lightkeeper.judge.slow import Comparison, Slow, shows_slow
from lightkeeper.judge.speeds import GENERAL, Codes, Samples, Witnesses, at, split, witnesses_of
from lightkeeper.judge.throttling import LEAST_COUNTRIES, LEAST_NETWORKS, LEAST_SESSIONS

HISTORY_HOURS = 28 * 24
"""How far back a network is compared with itself: four weeks hold each day of the week four times."""
LEAST_HISTORY = 10
"""Sessions that a history takes."""


def slow_lines(samples: Samples, *, window_hours: int = 24) -> list[Slow]:
    """Networks that are slow as a whole, sorted; `samples` in bit/s. Only earlier windows count as history."""
    rows = witnesses_of(samples, window_hours)
    found = []
    for target, chosen in split(rows.target, np.arange(len(rows.target))):
        if rows.targets[target] in GENERAL:
            for number, current in split(rows.window[chosen], chosen):
                windows = rows.window[chosen]
                past = chosen[(windows < number) & (windows >= number - HISTORY_HOURS // window_hours)]
                found += _in_window(rows, samples, number, window_hours, current, past)
    return sorted(found, key=lambda s: (s.start_at, s.target, s.probe_cc, s.probe_asn))


def _in_window(rows: Witnesses, samples: Samples, number: int, hours: int, current: Codes, past: Codes) -> list[Slow]:
    history = dict(split(rows.network[past], past))
    now = dict(split(rows.network[current], current))
    usual = {n: float(np.median(rows.speed[h])) for n, h in history.items() if len(h) >= LEAST_SESSIONS}
    changed = {n: float(np.median(rows.speed[c])) - usual[n] for n, c in now.items() if n in usual}
    found = []
    for network, mine in now.items():
        if len(mine) < LEAST_SESSIONS:
            continue
        country, asn = rows.networks[network]
        before = history.get(network, past[:0])
        comparisons = [_before(rows, mine, before), _elsewhere(rows, rows.speed[mine], usual, changed, network)]
        if not shows_slow(comparisons) or comparisons[0].shift is None:  # without a past nothing says that it is slow
            continue
        limit = float(np.median(rows.speed[before])) - np.log(2)
        slow = Slow(
            target=rows.targets[int(rows.target[mine[0]])],
            probe_cc=country,
            probe_asn=asn,
            start_at=at(number * hours),
            end_at=at((number + 1) * hours),
            metric=samples.metric,
            sessions=len(mine),
            speed=float(np.exp(np.median(rows.speed[mine]))),
            comparisons=tuple(comparisons),
            measurements=tuple(rows.slow_samples(mine, samples, limit)),
        )
        found.append(slow)
    return found


def _before(rows: Witnesses, mine: Codes, before: Codes) -> Comparison:
    shift = shift_of(rows.speed[mine], rows.speed[before]) if len(before) >= LEAST_HISTORY else None
    missing = f"fewer than {LEAST_HISTORY} sessions on the network in the {HISTORY_HOURS // 24} days before"
    return Comparison("before", shift, missing, 1, 1)


def _elsewhere(
    rows: Witnesses, speeds: Values, usual: dict[int, float], changed: dict[int, float], network: int
) -> Comparison:
    """Against how the speeds of other countries' networks changed, one value a network."""
    country = rows.networks[network][0]
    others = [n for n in changed if rows.networks[n][0] != country]
    countries = len({rows.networks[n][0] for n in others})
    shift = None
    if network in usual and len(others) >= LEAST_NETWORKS and countries >= LEAST_COUNTRIES:
        shift = shift_of(speeds - usual[network], np.array([changed[n] for n in others]))
    missing = f"fewer than {LEAST_NETWORKS} networks of {LEAST_COUNTRIES} other countries have a past to compare"
    return Comparison("change_elsewhere", shift, missing, len(others), countries)
