"""The sentences of an answer: what points where, what was covered, what would answer better."""

from __future__ import annotations

from collections.abc import Collection, Set
from datetime import date, datetime, timedelta

from lightkeeper.incidents.ladder import names_somebody
from lightkeeper.ledger.coverage import local_days
from lightkeeper.ledger.facts import Facts, lasted, titles
from lightkeeper.ledger.networks import Doubt
from lightkeeper.ledger.parts import parts
from lightkeeper.ledger.rules import Rule
from lightkeeper.model import Incident
from lightkeeper.model.case import ONLY_WHERE_NAMED, Case, Watched

MOST_INCIDENTS = 8
MOST_NETWORKS = 12
MOST_DOCUMENTS = 6
_DOUBTS: dict[Doubt, str] = {
    "special": "for no network of the public internet has such a number",
    "elsewhere": "for these are networks of other countries alone",
    "later": "for these numbers were allocated later",
    "unknown": "for the table of AS numbers does not have these",
    "new": "for too little was measured there on earlier days",
}
_TESTS = {"signal", "telegram", "whatsapp", "facebook_messenger", "tor", "psiphon", "riseupvpn", "openvpn"}
"""Services that OONI has a test of their own for; other platforms are tested as websites, other tools not at all."""
TIERED = (
    "After a cut some series came back while others stayed dark: the network was not open to all. For whom it was "
    "open, and who chose them, no measurement shows."
)
"""How an answer reads an incident of the kind `allowlisted`."""
OONI_BEGAN = date(2012, 12, 5)
"""The day of the oldest public OONI measurement."""


def reasons(facts: Facts, rules: list[Rule]) -> list[str]:
    """Why: the deciding rule, the incidents one by one, what else is on record, and the other rules that fired."""
    found = [rules[0].why(facts)]
    found += [f"{part.part.capitalize()}: {part.answer}; {part.why}" for part in parts(facts)]
    found += [_of_incident(facts, i) for i in facts.incidents[:MOST_INCIDENTS]]
    if len(facts.incidents) > MOST_INCIDENTS:
        found.append(f"{len(facts.incidents) - MOST_INCIDENTS} more incidents are listed as evidence.")
    if facts.ask.needs_assurance:
        found.append(_assurance(facts))
    confirmed = [i for i in facts.incidents if i.rung == "confirmed"]
    if any(names_somebody(d.ordered_by) for i in confirmed for d in facts.documents_of(i)):
        found.append(
            "Measurement shows disruption, not intention: documents name who ordered it, and nobody has signed."
        )
    elif confirmed:
        found.append(
            "Measurement shows disruption, not intention: who ordered it, and whether anyone did, is not shown."
        )
    if facts.ask.topic in ("platforms", "vpn") and facts.incidents and not facts.covered.measurements:
        found.append("No measurement in the window tests these records.")
    if facts.unnamed:
        without = _count(len(facts.unnamed), "incident")
        found.append(f"On record without the name of an operator: {without} of the country. See the country's line.")
    others = len(facts.beside) - len(facts.unnamed)
    if others:
        named = _count(others, "incident")
        found.append(f"On record with the names of other operators alone: {named}. See the country's line.")
    also = [f"Also: {rule.why(facts)}" for rule in rules[1:]]
    return found + also + (named_elsewhere(facts) if not facts.incidents else []) + seen_open(facts) + not_heard(facts)


def named_elsewhere(facts: Facts) -> list[str]:
    """What on record names the operator, where nothing of it bears on the ask: silence on one ask is not on all."""
    if facts.operator is None:
        return []
    name, other = facts.operator.name, facts.elsewhere
    found = [f"What does name {name}, on other asks: {titles(other.incidents)}."] if other.incidents else []
    if other.documents:
        ids = [d.document_id for d in other.documents]
        more = f" and {len(ids) - MOST_DOCUMENTS} more" if len(ids) > MOST_DOCUMENTS else ""
        found.append(f"Documents that name {name}: {', '.join(ids[:MOST_DOCUMENTS])}{more}.")
    if other.measurements:
        found.append(f"On record from {name}, on other asks: {_count(other.measurements, 'measurement')}.")
    return found


def seen_open(facts: Facts) -> list[str]:
    """What was seen open of services that count as blocked, by too few to count."""
    accused = {(d.service, d.asn) for d in facts.covered.days if d.state == "blocked"}
    blocked = {*facts.covered.blocked_services()}
    asns = {
        d.asn
        for d in facts.covered.days
        if d.state == "ok" and d.service in blocked and (d.service, d.asn) not in accused
    }
    return [f"Seen open too, by too few to count, on {_networks(asns)}."] if asns else []


def not_heard(facts: Facts) -> list[str]:
    """Networks whose measurements do not count, one sentence for each reason."""
    by_doubt: dict[Doubt, list[int | None]] = {}
    for asn, doubt in facts.covered.doubts:
        by_doubt.setdefault(doubt, []).append(asn)
    return [f"Not heard, {_DOUBTS[doubt]}: {_networks(asns)}." for doubt, asns in sorted(by_doubt.items())]


def _networks(asns: Collection[int | None]) -> str:
    """`AS1, AS2`, in order; of many the first."""
    names = [f"AS{asn}" if asn else "an unknown network" for asn in sorted(asns, key=lambda asn: asn or 0)]
    return ", ".join(names[:MOST_NETWORKS])


def coverage_sentence(facts: Facts) -> str:
    """How much was measured, in a sentence."""
    covered, window = facts.covered, facts.covered.days_in_window
    who = facts.operator.name if facts.operator else facts.case.country_name
    if facts.ask.topic == "notice":
        return "No measurement can answer this ask; it is answered from records and notices."
    watched = _watched(facts)
    if not covered.measurements and watched:
        return f"{watched} No measurement of ours bears on this ask."
    if not covered.measurements:
        return f"This case holds no measurement from {who} that bears on this ask in the {window} days of the window."
    days = len(local_days(facts.case, covered))
    networks = _count(len(covered.networks), "network")
    told = f"{_count(len(covered.measurements), 'measurement')} from {networks} on {days} of {window} days."
    by = f"OONI verified the senders of {_count(covered.verified, 'measurement')}." if covered.verified else ""
    return " ".join(filter(None, (told, by, watched)))


def _watched(facts: Facts) -> str:
    """How long series watched the window, in a sentence; nothing where none did."""
    both = [w for w in (*facts.watch.reach, *facts.watch.speed) if w.hours]
    if not both:
        return ""
    told = [f"{w.lineage.replace('_', ' ')} in {_count(w.series, 'series', 'series')}, {w.hours:,} h" for w in both]
    return f"Series watched the {both[0].hours_in_window:,} h of the window: {'; '.join(told)}."


def missing(facts: Facts) -> list[str]:
    """What would answer better, each concrete."""
    topic = facts.ask.topic
    found = []
    if topic in ("platforms", "vpn"):
        found += _measurements(facts)
    if facts.ask.needs_assurance and not facts.assurances:
        by = facts.operator.name if facts.operator else f"the authorities of {facts.case.country_name}"
        found.append(f"A public assurance by {by}, archived, published on or before {_day(facts.case.window_days[1])}.")
    if topic == "quality" and not facts.proven:
        where = _asns(facts) or facts.case.country_name
        if not facts.watch.is_enough_for_reach:
            found.append(f"Outage signals (BGP, active probing, telescope, traffic) of {where}, {_period(facts.case)}.")
        if not facts.watch.is_enough_for_speed:
            found.append(f"Throughput and loss measurements from {where}, {_period(facts.case)}.")
        if not facts.covered.measurements:
            found.append(f"Measurements of interception (`web_connectivity`) from {where}, {_period(facts.case)}.")
    if topic in ("quality", "notice") and facts.pointing:
        found.append(f"An independent document or measurement of: {'; '.join(i.title for i in facts.pointing[:4])}.")
    if topic == "notice":
        by = facts.operator.name if facts.operator else "operators"
        found.append(f"Notices to users by {by}, archived with their time of publication.")
    return found


def _of_incident(facts: Facts, incident: Incident) -> str:
    said = [f"{incident.title}: {incident.rung}. {incident.rung_reason}"]
    if incident.kind == "allowlisted":
        said.append(TIERED)
    if incident.ongoing:
        said.append("The latest record says that it had not ended.")
    if facts.ask.topic in ("quality", "notice"):
        said.append(f"Cause claimed: {'; '.join(incident.causes_claimed) or 'none; the cause is not known'}.")
    if facts.ask.topic == "notice":
        said += [_told(facts, incident), restored_words(incident)]
    return " ".join(s for s in said if s)


def _told(facts: Facts, incident: Incident) -> str:
    notices = facts.notices_of(incident)
    if notices:
        return (
            f"A notice is on record, {_lead(facts, incident, min(n.published_on for n in notices if n.published_on))}."
        )
    if facts.told_of_all(incident) and facts.operator is not None:
        return _told_of_all_words(facts.told_of_all(incident), facts.operator.name)
    return told_words(facts.told(incident))


def _lead(facts: Facts, incident: Incident, said: date) -> str:
    """How a notice lies to the onset, in local days. The end of a bracket of days is the midnight after the last."""
    last = incident.onset_latest - timedelta(seconds=1)
    first, latest = (at.astimezone(facts.case.zone).date() for at in (incident.onset_earliest, last))
    if said < first:
        return f"{_count((first - said).days, 'day')} before the onset"
    if said > latest:
        return f"{_count((said - latest).days, 'day')} after the onset"
    return "on the day of the onset" if first == latest else "on one of the days on which it may have begun"


def _told_of_all_words(told: Set[bool], name: str) -> str:
    """What documents say of the country's users, where none names the operator."""
    silent = "No notice of it is on record; "
    if told == {True, False}:
        said = "documents contradict each other on whether the country's users were told"
    elif True in told:
        said = "a document says that the country's users were told"
    else:
        said = "a document says that the country's users were not told"
    return f"{silent}{said}, and none speaks of {name}."


def told_words(told: Set[bool]) -> str:
    """What documents say of whether users were told, where no notice is on record."""
    if told == {True, False}:
        return "No notice of it is on record; documents contradict each other on whether users were told."
    if False in told:
        return "No notice of it is on record; a document says that users were not told."
    return (
        "A document says that users were told; the notice is not on record."
        if True in told
        else "No notice of it is on record."
    )


def restored_words(incident: Incident) -> str:
    """How long until it was repaired, in a sentence."""
    lengths = lasted(incident)
    if lengths is None:
        return "The time to restore is not known."
    least, most = map(length_words, lengths)
    return f"Restored after about {most}." if least == most else f"Restored after {least} to {most}."


def _assurance(facts: Facts) -> str:
    if not facts.assurances:
        if facts.operator is not None:
            return f"No public assurance by {facts.operator.name} is on record."
        return "No public assurance of it is on record."
    first = min(facts.assurances, key=lambda d: (d.published_on or date.max, d.document_id))
    return f"A public assurance by {first.publisher} is on record ({first.document_id})."


def _wanting(facts: Facts) -> tuple[list[Watched], list[Watched]]:
    """Services that are not seen open or blocked yet: those that OONI's tests measure, and those that none does."""
    settled = {*facts.covered.open_services(), *facts.covered.blocked_services()}
    measured: list[Watched] = []
    unmeasured: list[Watched] = []
    for watched in facts.case.watched_for(facts.ask):
        if watched.id not in settled:
            has_test = bool({t.split("/", 1)[0] for t in watched.targets} & _TESTS)
            is_website = watched.kind not in ("vpn", *ONLY_WHERE_NAMED)
            (measured if has_test or is_website else unmeasured).append(watched)
    return measured, unmeasured


def _measurements(facts: Facts) -> list[str]:
    """Measurements of services that would answer better."""
    case, (_, last) = facts.case, facts.case.window_days
    where = _asns(facts) or f"networks in {case.country_name}"
    measured, unmeasured = _wanting(facts)
    found = []
    if measured:
        names = listed([w.name for w in measured])
        if last < OONI_BEGAN:
            found.append(
                f"Measurements of {names} from {where}, {_period(case)}, if anyone kept them: OONI's begin later."
            )
        else:
            found.append(f"OONI measurements of {names} from {where}, {_period(case)}: `{case.gather_command}`.")
    if unmeasured:
        names = listed([w.name for w in unmeasured])
        found.append(
            f"Measurements of {names} from {where}, {_period(case)}, of any source: there is no OONI test to fetch."
        )
    return found


def _asns(facts: Facts) -> str:
    if facts.operator is None:
        return ""
    return f"{facts.operator.name}, {listed([f'AS{n}' for n in facts.operator.asns])}"


def _period(case: Case) -> str:
    first, last = case.window_days
    return f"{_day(first)} to {_day(last)}"


def _day(day: date | datetime) -> str:
    return f"{day.day} {day:%B %Y}"


def listed(names: list[str]) -> str:
    """Names as a sentence has them."""
    return f"{', '.join(names[:-1])} and {names[-1]}" if len(names) > 1 else "".join(names)


def length_words(length: timedelta) -> str:
    """`45 min`, `3 h 20 min`, `5 days 2 h`."""
    minutes = int(length.total_seconds() // 60)
    if minutes >= 48 * 60:
        return f"{minutes // (24 * 60)} days {minutes // 60 % 24} h"
    return f"{minutes // 60} h {minutes % 60} min" if minutes >= 60 else f"{minutes} min"


def _count(n: int, noun: str, several: str = "") -> str:
    return f"{n:,} {noun}" if n == 1 else f"{n:,} {several or noun + 's'}"
