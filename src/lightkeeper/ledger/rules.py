"""The rules of the ledger, as data. The first that fires decides; all that fired are kept.

Evidence is asymmetric. `breached` takes a confirmed or attributed incident, or measurements above the evidence floor.
`met` takes measurements that look and find it open. Records and documents alone point somewhere, and say so.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import date
from typing import NamedTuple

from lightkeeper.incidents.services import service_name
from lightkeeper.ledger.facts import Facts, titles
from lightkeeper.ledger.parts import parts

PLATFORMS, VPN, QUALITY, NOTICE = "platforms", "vpn", "quality", "notice"


class Rule(NamedTuple):
    """One rule: for which asks, when it fires, what it answers, and why as a sentence with the facts in it."""

    id: str
    topics: tuple[str, ...]
    fires: Callable[[Facts], bool]
    answer: str
    why: Callable[[Facts], str]
    not_beside: frozenset[str] = frozenset()
    """Answers, and rules before it, beside which it is not said: it would contradict them, or say less than they do."""


_BREACHED = frozenset({"breached"})
_SETTLED = frozenset({"breached", "partly", "met"})
_MEASURED_OPEN = frozenset({"open_and_assured", "open_not_assured", "measured_open_recorded_blocked"})


RULES: tuple[Rule, ...] = (
    Rule(
        "incident_proven",
        (PLATFORMS, VPN),
        lambda f: bool(f.proven),
        "breached",
        lambda f: f"Confirmed or attributed in the window: {titles(f.proven)}.",
    ),
    Rule(
        "disruption_imposed",
        (QUALITY,),
        lambda f: bool(f.imposed),
        "breached",
        lambda f: f"Confirmed in the window, with a cause on record that is no fault or accident: {titles(f.imposed)}.",
    ),
    Rule(
        "blocked_where_measured",
        (PLATFORMS, VPN),
        lambda f: bool(f.covered.blocked_services()) or (f.operator is not None and bool(f.covered.deciding)),
        "breached",
        lambda f: f"Measured as blocked or throttled, above the evidence floor: {_blocked(f)}.",
    ),
    Rule(
        "published_where_measured",
        (PLATFORMS, VPN),
        lambda f: bool(f.published),
        "breached",
        lambda f: (
            "Published measurements of days in the window show it on most of the networks that measured: "
            f"{titles(f.published)}."
        ),
    ),
    Rule(
        "interfered_where_measured",
        (QUALITY,),
        lambda f: bool(f.covered.deciding),
        "breached",
        lambda f: f"Connections intercepted, injected into or throttled, above the evidence floor, on {_where(f)}.",
    ),
    Rule(
        "disruption_unannounced",
        (NOTICE,),
        lambda f: bool(f.unannounced),
        "breached",
        lambda f: f"Confirmed, and users were not told by any notice on record: {titles(f.unannounced)}.",
    ),
    Rule(
        "notice_in_dispute",
        (NOTICE,),
        lambda f: bool(f.notice_in_dispute),
        "disputed",
        lambda f: (
            f"One document says that users were told, another that they were not, and no notice is on record: "
            f"{titles(f.notice_in_dispute)}."
        ),
    ),
    Rule(
        "disruption_announced",
        (NOTICE,),
        lambda f: bool(f.proven) and len(f.announced) == len(f.proven),
        "met",
        lambda _: "A notice on record came before each confirmed disruption.",
    ),
    Rule(
        "disruption_announced_late_or_in_part",
        (NOTICE,),
        lambda f: any(f.notices_of(i) for i in f.proven),
        "partly",
        lambda _: (
            "A notice is on record for some confirmed disruptions, by some operators alone, or not before the day on"
            " which they began."
        ),
        frozenset({"disruption_announced"}),
    ),
    Rule(
        "blocked_in_part",
        (PLATFORMS, VPN),
        lambda f: f.operator is None and bool(f.covered.partly_blocked_services()),
        "partly",
        lambda f: (
            "Measured as blocked on some networks and open on others: "
            f"{_days_of(f, f.covered.partly_blocked_services())}."
        ),
    ),
    Rule(
        "incident_disputed",
        (PLATFORMS, VPN, QUALITY, NOTICE),
        lambda f: bool(f.disputed),
        "disputed",
        lambda f: f"A named reviewer disputes: {titles(f.disputed)}.",
    ),
    Rule(
        "measured_open_recorded_blocked",
        (PLATFORMS, VPN),
        lambda f: f.covered.all_open() and bool(f.pointing),
        "disputed",
        lambda f: f"Measurements found it open, and yet there is on record: {titles(f.pointing)}.",
        _BREACHED,
    ),
    Rule(
        "disruption_of_unknown_cause",
        (QUALITY,),
        lambda f: bool(f.undecided),
        "insufficient",
        lambda f: f"Confirmed, but nothing on record says that anybody decided it: {titles(f.undecided)}.",
    ),
    Rule(
        "blocked_by_too_few",
        (PLATFORMS, VPN, QUALITY),
        lambda f: bool({*f.covered.alone} - {*f.covered.open}),
        "insufficient",
        lambda f: _too_few(f, {*f.covered.alone} - {*f.covered.open}),
    ),
    Rule(
        "incident_points",
        (PLATFORMS, VPN, QUALITY),
        lambda f: bool(f.pointing),
        "insufficient",
        lambda f: f"On record, but below what a breach needs: {titles(f.pointing)}.",
        frozenset({"measured_open_recorded_blocked"}),
    ),
    Rule(
        "told_of_the_country_alone",
        (NOTICE,),
        lambda f: bool(f.told_of_others),
        "insufficient",
        lambda f: (
            f"Documents say whether the country's users were told, and none speaks of {_name(f)}:"
            f" {titles(f.told_of_others)}."
        ),
    ),
    Rule(
        "notice_not_known",
        (NOTICE,),
        lambda f: bool(f.notice_not_known),
        "insufficient",
        lambda f: f"Disruptions are on record ({titles(f.notice_not_known)}), but not what users were told of them.",
    ),
    Rule(
        "notice_points",
        (NOTICE,),
        lambda f: bool(f.pointing_told),
        "insufficient",
        lambda f: f"On record, but below what a breach needs: {titles(f.pointing_told)}.",
    ),
    Rule(
        "open_and_assured",
        (PLATFORMS, VPN),
        lambda f: f.covered.all_open() and (bool(f.assurances) or not f.ask.needs_assurance),
        "met",
        lambda f: (
            "Measured as open on enough days and networks" + (", with a public assurance." if f.assurances else ".")
        ),
        _BREACHED | _MEASURED_OPEN,
    ),
    Rule(
        "open_not_assured",
        (PLATFORMS, VPN),
        lambda f: f.covered.all_open(),
        "partly",
        lambda _: "Measured as open on enough days and networks, but no public assurance is on record.",
        _BREACHED | _MEASURED_OPEN,
    ),
    Rule(
        "open_beside_what_is_proven",
        (PLATFORMS, VPN),
        lambda f: f.covered.all_open() and bool(f.proven),
        "insufficient",
        lambda _: "Measured as open, too, on enough days and networks: what is proven was not so everywhere or always.",
    ),
    Rule(
        "watched_and_nothing_found",
        (QUALITY,),
        lambda f: all(part.answer == "met" for part in parts(f)),
        "met",
        lambda _: "Watched enough, by independent kinds of witness, and no cut, slow-down or interception was found.",
    ),
    Rule(
        "watched_in_part",
        (QUALITY,),
        lambda f: bool(f.covered.measurements) or f.watch.saw_anything,
        "insufficient",
        lambda _: "Of reach, quality and security, not every part was watched enough to say that it was kept.",
        _SETTLED,
    ),
    Rule(
        "measured_too_little",
        (PLATFORMS, VPN),
        lambda f: bool(f.covered.measurements),
        "insufficient",
        lambda _: "Measured, but on too few days, networks or services to say that it was open, or blocked.",
        _SETTLED | _MEASURED_OPEN,
    ),
    Rule(
        "assured_not_measured",
        (PLATFORMS, VPN),
        lambda f: bool(f.assurances) and not f.covered.measurements,
        "insufficient",
        lambda _: "A public assurance is on record, and no measurement tests it.",
    ),
    Rule(
        "blocked_by_too_few_and_open",
        (PLATFORMS, VPN, QUALITY),
        lambda f: bool({*f.covered.alone} & {*f.covered.open}),
        "insufficient",
        lambda f: _too_few(f, {*f.covered.alone} & {*f.covered.open}),
    ),
    Rule(
        "told_by_an_order",
        (PLATFORMS, VPN, QUALITY),
        lambda f: bool(f.addressed),
        "insufficient",
        lambda f: f"An order told {_name(f)} to do it, and nothing on record says that it did: {titles(f.addressed)}.",
    ),
    Rule(
        "notice_without_a_disruption",
        (NOTICE,),
        lambda f: bool(f.loose_notices),
        "insufficient",
        lambda f: (
            "A notice is on record, and no disruption that it may be of: "
            f"{', '.join(n.document_id for n in f.loose_notices)}."
        ),
    ),
    Rule(
        "no_disruption_on_record",
        (NOTICE,),
        lambda _: True,
        "untested",
        lambda f: (
            f"No disruption that names {_name(f)} is on record to give notice of."
            if f.beside
            else "No disruption on record to give notice of."
        ),
    ),
    Rule(
        "nothing_on_record",
        (PLATFORMS, VPN, QUALITY),
        lambda _: True,
        "untested",
        lambda _: "Nothing on record here bears on this ask. That is not a sign of openness.",
    ),
)


def fired(facts: Facts) -> list[Rule]:
    """The rules that fire, the deciding one first. The two that answer silence count only where no other fires.

    What would contradict the answer, or a reason before it, is left out.
    """
    found = [rule for rule in RULES if facts.ask.topic in rule.topics and rule.fires(facts)]
    first, *others = [rule for rule in found if rule.answer != "untested"] or found[:1]
    said = [first]
    for rule in others:
        if not rule.not_beside & {first.answer, *(r.id for r in said)}:
            said.append(rule)
    return said


def _name(facts: Facts) -> str:
    return facts.operator.name if facts.operator else facts.case.country_name


def _blocked(facts: Facts) -> str:
    alone = facts.operator is None and facts.covered.blocked_services()
    return _days_of(facts, alone or facts.covered.blocked)


def _too_few(facts: Facts, services: Iterable[str]) -> str:
    return (
        f"Measured as blocked or throttled, by too few to count: {_days_of(facts, services)}. It takes three networks"
        " of the country, three days, or another kind of evidence beside it."
    )


def _days_of(facts: Facts, services: Iterable[str]) -> str:
    parts = []
    for service in sorted(services):
        days: list[date] = [d.day for d in facts.covered.days if d.service == service and d.state == "blocked"]
        numbers = sorted({d.asn or 0 for d in facts.covered.days if d.service == service and d.state == "blocked"})
        where = ", ".join(f"AS{n}" for n in numbers)
        long = "1 day" if len(set(days)) == 1 else f"{len(set(days))} days"
        parts.append(f"{service_name(facts.case, service)} on {where} ({long})")
    return "; ".join(parts)


def _where(facts: Facts) -> str:
    return ", ".join(f"AS{n}" for n in sorted({d.asn or 0 for d in facts.covered.days if d.state == "blocked"}))
