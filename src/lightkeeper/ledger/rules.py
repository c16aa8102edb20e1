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
from lightkeeper.model import Incident

PLATFORMS, VPN, QUALITY, NOTICE = "platforms", "vpn", "quality", "notice"


class Rule(NamedTuple):
    """One rule: for which asks, when it fires, what it answers, and why as a sentence with the facts in it."""

    id: str
    topics: tuple[str, ...]
    fires: Callable[[Facts], bool]
    answer: str
    why: Callable[[Facts], str]


def _nothing(facts: Facts) -> str:
    silent = "no measurement, no outage, no document. That is not a sign of openness."
    return (
        f"Nothing on record names {facts.operator.name}: {silent}"
        if facts.operator
        else f"Nothing is on record: {silent}"
    )


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
        lambda f: bool(f.proven) and all(_announced_before(f, i) for i in f.proven),
        "met",
        lambda _: "A notice on record came before each confirmed disruption.",
    ),
    Rule(
        "disruption_announced_late_or_in_part",
        (NOTICE,),
        lambda f: any(f.notices_of(i) for i in f.proven),
        "partly",
        lambda _: "A notice is on record for some confirmed disruptions, or came only after they began.",
    ),
    Rule(
        "blocked_in_part",
        (PLATFORMS, VPN),
        lambda f: bool(f.covered.partly_blocked_services()),
        "partly",
        lambda f: f"Measured as blocked on some networks and open on others: {_blocked(f)}.",
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
    ),
    Rule(
        "notice_not_known",
        (NOTICE,),
        lambda f: bool(f.proven or f.pointing),
        "insufficient",
        lambda f: (
            f"Disruptions are on record ({titles([*f.proven, *f.pointing])}), but not what users were told of them."
        ),
    ),
    Rule(
        "open_and_assured",
        (PLATFORMS, VPN),
        lambda f: f.covered.all_open() and (bool(f.assurances) or not f.ask.needs_assurance),
        "met",
        lambda f: (
            "Measured as open on enough days and networks" + (", with a public assurance." if f.assurances else ".")
        ),
    ),
    Rule(
        "open_not_assured",
        (PLATFORMS, VPN),
        lambda f: f.covered.all_open(),
        "partly",
        lambda _: "Measured as open on enough days and networks, but no public assurance is on record.",
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
    ),
    Rule(
        "measured_too_little",
        (PLATFORMS, VPN),
        lambda f: bool(f.covered.measurements),
        "insufficient",
        lambda _: "Measured, but on too few days, networks or services to say that it was open, or blocked.",
    ),
    Rule(
        "assured_not_measured",
        (PLATFORMS, VPN),
        lambda f: bool(f.assurances),
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
        "no_disruption_on_record",
        (NOTICE,),
        lambda _: True,
        "untested",
        lambda _: "No disruption on record to give notice of.",
    ),
    Rule(
        "nothing_on_record",
        (PLATFORMS, VPN, QUALITY),
        lambda _: True,
        "untested",
        _nothing,
    ),
)


def fired(facts: Facts) -> list[Rule]:
    """The rules that fire, the deciding one first. The two that answer silence count only where no other fires."""
    found = [rule for rule in RULES if facts.ask.topic in rule.topics and rule.fires(facts)]
    return [rule for rule in found if rule.answer != "untested"] or found[:1]


def _blocked(facts: Facts) -> str:
    return _days_of(facts, facts.covered.blocked)


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


def _announced_before(facts: Facts, incident: Incident) -> bool:
    onset = incident.onset_earliest.date()
    return any(n.published_on is not None and n.published_on <= onset for n in facts.notices_of(incident))
