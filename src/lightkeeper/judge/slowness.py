"""Slowness: what control rows about speeds prove, and what is missing for a proof, in words.

The rows are those of `judge.slow`, one a comparison (`step`), with `slower`, the factor, and `slower_least`, its bound.
Throttling is proven only where all of these hold. The target is slow against itself elsewhere; against other targets
on the network, as they are and each against its own speed elsewhere; and counted by the round trip, or against its own
past. Two kinds of probe software show it and none denies it. Chance does not explain it among all pairs that were
looked at. And bad peering does not: another name at the same servers comes well, both as it is and against its own
speed elsewhere, or no such name is known and sessions are held to one rate, which a full line does not do.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from lightkeeper.judge.shift import LEAST_FACTOR, SURE_FACTOR
from lightkeeper.model import Control

Name = Literal[
    "elsewhere",
    "others_here",
    "others_against_elsewhere",
    "round_trip",
    "before",
    "change_elsewhere",
    "same_servers",
    "same_servers_here",
]
BESIDE: tuple[Name, Name] = ("same_servers_here", "same_servers")
"""Comparisons with other names at the same servers: as they are, and each against its own speed elsewhere."""
SPEEDS = "speeds"
"""Lineage of these rows."""
KINDS, PAIRS, ONE_RATE = "kinds", "pairs", "one_rate"
MOST_CHANCE = 0.05
"""Chance that one pair or more among all of a window is found slow though it is not, after Holm's correction."""
LEAST_KINDS = 2
_NEEDED = ("elsewhere", "others_here", "others_against_elsewhere")
_THAN: dict[str, str] = {
    "elsewhere": "the same target on {networks} networks of {countries} other countries in the same window",
    "others_here": "other targets on the same network in the same hours",
    "others_against_elsewhere": "other targets on the same network, each taken against its own speed elsewhere",
    "round_trip": "the same target on {networks} networks of {countries} other countries, counted by the round trip",
    "before": "on the same network before",
    "change_elsewhere": "{networks} networks of {countries} other countries, each taken against its own time before",
    "same_servers": "other names at the same servers, each taken against its own speed elsewhere",
    "same_servers_here": "other names at the same servers, as they are",
}
LINE_ONLY = "a fault or a full line would look the same, for other targets were not slowed less"

Rows = Mapping[str, Control]
"""Rows about one target of one measurement at one layer, by step."""


def is_line(rows: Rows) -> bool:
    """The rows are about a line as a whole, against its own past."""
    return "change_elsewhere" in rows


def missing_in(rows: Rows) -> str:
    """What is missing for a proof, in words; empty if nothing is."""
    compared = [r for step, r in rows.items() if step in _THAN and step not in BESIDE]
    gone = next((r.failure for r in compared if r.failure), None)
    if gone:
        return f"a control is missing: {gone}"
    if is_line(rows):
        return LINE_ONLY
    if not {*_NEEDED} <= rows.keys() or not {"round_trip", "before"} & rows.keys():
        return "a control is missing"
    if not all(_is_sure(r) for r in compared):
        return "the sessions are too few to be sure of the factor"
    return _kinds(rows.get(KINDS)) or _chance(rows.get(PAIRS)) or _peering(rows)


def said_of(row: Control) -> str:
    """One row as a sentence; empty where it says nothing by itself."""
    step = row.step or ""
    if step in _THAN:
        if row.failure or row.slower is None:
            return f"A control is missing: {row.failure or 'not known'}."
        than = _THAN[step].format(networks=row.networks or 0, countries=row.countries or 0)
        least = f"at least {row.slower_least:.1f}" if row.slower_least is not None else "too few sessions for a bound"
        return f"It is {row.slower:.1f} times slower ({least}) than {than}: {row.sessions} sessions to {row.succeeded}."
    if step == ONE_RATE and row.slower is not None:
        return f"Its sessions are held to one rate: two thirds of them lie within a factor of {row.slower:.2f} at most."
    if step == KINDS:
        others = f", and not with {row.failed}" if row.failed else ""
        return f"It is slow with {row.succeeded} kinds of probe software{others}."
    if step == PAIRS:
        return f"Looked at: {row.succeeded} targets on networks; chance of a false alarm among them {row.chance:.2g}."
    return ""


def _is_sure(row: Control) -> bool:
    return (row.slower or 0) >= LEAST_FACTOR and (row.slower_least or 0) > SURE_FACTOR


def _kinds(row: Control | None) -> str:
    slow, other = (row.succeeded, row.failed) if row else (0, 0)
    if other:
        return "sessions of another probe software on the network are not slow"
    return "" if slow >= LEAST_KINDS else "all slow sessions come from one probe software, or from too few of another"


def _chance(row: Control | None) -> str:
    if row is not None and row.chance is not None and row.chance <= MOST_CHANCE:
        return ""
    return f"among the {row.succeeded if row else 0} targets on networks that were looked at, chance may show as much"


def _peering(rows: Rows) -> str:
    known = [row for name in BESIDE if (row := rows.get(name)) is not None and not row.failure]
    if not all(map(_is_sure, known)):
        return "other names at the same servers are slow here too: the way to them may be"
    if ONE_RATE in rows or len(known) == len(BESIDE):
        return ""
    return (
        "no measurement of another name at the same servers is at hand, and the sessions are not held to one rate: "
        "bad peering between this network and the servers would look the same"
    )
