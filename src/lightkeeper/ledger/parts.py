"""The parts of the ask for quality, each with rules of its own: reach (no cuts), quality (no slow-downs), security (no
interception). They are not averaged: the ask is met only where each of them is.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from lightkeeper.ledger.facts import SLOW, Facts, titles
from lightkeeper.ledger.voices import ANY_TARGET
from lightkeeper.ledger.watch import LEAST_LINEAGES, LineageWatch
from lightkeeper.model import Incident

REACH, QUALITY, SECURITY = "reach", "quality", "security"


class PartRule(NamedTuple):
    """One rule: for which part, when it fires, what it answers, and why as a sentence with the facts in it."""

    part: str
    id: str
    fires: Callable[[Facts], bool]
    answer: str
    why: Callable[[Facts], str]


class Part(NamedTuple):
    """What became of one part of the ask."""

    part: str
    answer: str
    rule: str
    why: str


RULES: tuple[PartRule, ...] = (
    PartRule(
        REACH,
        "cut_imposed",
        lambda f: bool(_cuts(f.imposed)),
        "breached",
        lambda f: f"confirmed, with a cause on record that is no fault or accident: {titles(_cuts(f.imposed))}.",
    ),
    PartRule(
        REACH,
        "cut_on_record",
        lambda f: bool(_cuts(f.incidents)),
        "insufficient",
        lambda f: f"on record: {titles(_cuts(f.incidents))}.",
    ),
    PartRule(
        REACH,
        "cut_without_a_name",
        lambda f: bool(_cuts(f.unnamed)) and any(w.hours for w in f.watch.reach),
        "insufficient",
        lambda f: f"on record without the name of an operator: {titles(_cuts(f.unnamed))}.",
    ),
    PartRule(
        REACH,
        "watched_and_no_cut",
        lambda f: f.watch.is_enough_for_reach,
        "met",
        lambda f: (
            f"no cut was found by {_listed(f.watch.reach)}. A cut of one region or network alone may not show in them."
        ),
    ),
    PartRule(
        REACH,
        "watched_too_little",
        lambda f: any(w.hours for w in f.watch.reach),
        "insufficient",
        lambda f: (
            f"no cut was found, but too little was watched to say that there was none: {_listed(f.watch.reach)};"
            f" it takes {LEAST_LINEAGES} independent kinds of witness through nearly all hours."
        ),
    ),
    PartRule(REACH, "not_watched", lambda _: True, "untested", lambda _: "no outage signal covers the window."),
    PartRule(
        QUALITY,
        "slowed_down_where_measured",
        lambda f: bool(f.slowed or _slow(f.imposed)),
        "breached",
        lambda f: f"slowed down: {titles(_slow(f.imposed)) or 'measured above the evidence floor'}.",
    ),
    PartRule(
        QUALITY,
        "slow_down_on_record",
        lambda f: bool(_slow(f.incidents)),
        "insufficient",
        lambda f: f"on record: {titles(_slow(f.incidents))}.",
    ),
    PartRule(
        QUALITY,
        "throttled_by_record",
        lambda f: bool(f.slowed_by_record),
        "insufficient",
        lambda f: (
            f"a record says that it was throttled, too, and no measurement shows it: {titles(f.slowed_by_record)}."
        ),
    ),
    PartRule(
        QUALITY,
        "slow_down_without_a_name",
        lambda f: bool(_slow(f.unnamed)) and any(w.hours for w in f.watch.speed),
        "insufficient",
        lambda f: f"on record without the name of an operator: {titles(_slow(f.unnamed))}.",
    ),
    PartRule(
        QUALITY,
        "watched_and_not_slower",
        lambda f: f.watch.is_enough_for_speed,
        "met",
        lambda f: f"no slow-down was found by {_listed(f.watch.speed)}.",
    ),
    PartRule(
        QUALITY,
        "speed_watched_too_little",
        lambda f: any(w.hours for w in f.watch.speed),
        "insufficient",
        lambda f: f"no slow-down was found, but too little was watched: {_listed(f.watch.speed)}.",
    ),
    PartRule(QUALITY, "speed_not_watched", lambda _: True, "untested", lambda _: "no speed test covers the window."),
    PartRule(
        SECURITY,
        "tampered_where_measured",
        lambda f: bool(set(f.covered.deciding) - f.slowed),
        "breached",
        lambda _: "connections were intercepted or injected into, above the evidence floor.",
    ),
    PartRule(
        SECURITY,
        "measured_and_not_tampered",
        lambda f: ANY_TARGET in f.covered.open_services(),
        "met",
        lambda _: "no interception was found, on enough days and networks.",
    ),
    PartRule(
        SECURITY,
        "measured_too_little",
        lambda f: bool(f.covered.measurements),
        "insufficient",
        lambda _: "no interception was found, but on too few days or networks to say that there was none.",
    ),
    PartRule(SECURITY, "not_measured", lambda _: True, "untested", lambda _: "no measurement looked for interception."),
)
"""Part by part, from the strongest answer down: the first that fires decides."""


def parts(facts: Facts) -> list[Part]:
    """What became of each part of the ask for quality; none for other asks."""
    if facts.ask.topic != "quality":
        return []
    found = []
    for name in (REACH, QUALITY, SECURITY):
        rule = next(r for r in RULES if r.part == name and r.fires(facts))
        found.append(Part(name, rule.answer, rule.id, rule.why(facts)))
    return found


def _cuts(incidents: list[Incident]) -> list[Incident]:
    return [i for i in incidents if i.kind not in SLOW]


def _slow(incidents: list[Incident]) -> list[Incident]:
    return [i for i in incidents if i.kind in SLOW]


def _listed(watches: list[LineageWatch]) -> str:
    return ", ".join(
        f"{w.lineage.replace('_', ' ')} ({w.share:.0%} of {w.hours_in_window:,} hours, longest gap {w.longest_gap_h} h)"
        for w in watches
    )
