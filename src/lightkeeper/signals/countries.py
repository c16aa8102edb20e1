"""Cells of a country: all networks of one target, layer and hour together. Each network has one voice."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable
from datetime import datetime

import numpy as np

from lightkeeper.model import Cell
from lightkeeper.signals.counting import RULES_KEPT
from lightkeeper.signals.witnesses import interval
from lightkeeper.sources.as_numbers import AsNumbers, carried

LEAST_NETWORKS = 3
"""Below this many known networks that tell anything, a country's cell says nothing."""
LEAD = 2
"""By this many networks an outcome must lead all others together. One network, whatever happens in it, moves the
lead by at most two; so it can silence a country's state, and never turn it."""

Key = tuple[str, str, str, datetime]


def country_cells(cells: Iterable[Cell], table: AsNumbers | None = None) -> list[Cell]:
    """Count the cells of networks into cells of countries (`scope` is `country`), sorted by key.

    Cells without a country are left out. Measurements whose network is unknown are counted, and have no voice: anyone
    can leave the network out. Nor has a network that is none of the country by the table of AS numbers, the carried one
    where none is given: anyone can make up a number. The interval is that of the share of blocked and throttled ones.
    """
    groups: defaultdict[Key, list[Cell]] = defaultdict(list)
    for cell in cells:
        if cell.scope == "network" and cell.probe_cc is not None:
            groups[cell.target, cell.probe_cc, cell.layer, cell.hour].append(cell)
    numbers = table or carried()
    return [_country(key, groups[key], numbers) for key in sorted(groups)]


def _country(key: Key, cells: list[Cell], numbers: AsNumbers) -> Cell:
    target, probe_cc, layer, hour = key
    homes = [c for c in cells if numbers.standing(c.probe_asn, probe_cc, hour.date()) == "home"]
    voices = Counter(c.state for c in homes if c.state != "insufficient")
    state, reason = _state(voices)
    rules: Counter[str] = Counter()
    for cell in cells:
        for entry in cell.rules:
            rule, _, count = entry.rpartition("=")
            rules[rule] += int(count)
    mechanisms = Counter(c.mechanism for c in homes if c.state == state and c.mechanism)
    bad, telling = voices["blocked"] + voices["throttled"], sum(voices.values())
    share, low, high = (float(x[0]) for x in interval(np.array([float(bad)]), np.array([float(telling)])))
    return Cell(
        target=target,
        probe_cc=probe_cc,
        probe_asn=None,
        layer=layer,
        hour=hour,
        scope="country",
        measurements=sum(c.measurements for c in cells),
        sessions=sum(c.sessions for c in cells),
        witnesses="networks",
        networks=len({c.probe_asn for c in homes}),
        kinds=max(c.kinds for c in cells),
        blocked=sum(c.blocked for c in cells),
        throttled=sum(c.throttled for c in cells),
        down=sum(c.down for c in cells),
        ok=sum(c.ok for c in cells),
        insufficient=sum(c.insufficient for c in cells),
        rules=[f"{rule}={n}" for rule, n in sorted(rules.items(), key=lambda r: (-r[1], r[0]))[:RULES_KEPT]],
        blocked_share=share if telling else None,
        blocked_share_low=low if telling else None,
        blocked_share_high=high if telling else None,
        state=state,
        reason=reason,
        mechanism=min(mechanisms, key=lambda m: (-mechanisms[m], m)) if mechanisms else None,
    )


def _state(voices: Counter[str]) -> tuple[str, str | None]:
    """State and, where there is none, why. The outcome first; within it blocked only where more networks say so."""
    bad, telling = voices["blocked"] + voices["throttled"], sum(voices.values())
    if telling < LEAST_NETWORKS:
        return "insufficient", "floor"
    for n, state in ((bad, "blocked"), (voices["ok"], "ok"), (voices["down"], "down")):
        if 2 * n - telling >= LEAD:
            milder = state == "blocked" and voices["throttled"] >= voices["blocked"]
            return ("throttled" if milder else state), None
    return "insufficient", "divided"
