"""Evidence against an incident. It is looked for and kept; what could not be looked for is said."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import UTC, datetime, time, timedelta

from lightkeeper.incidents.claims import denies, first_known
from lightkeeper.incidents.group import Members
from lightkeeper.incidents.ladder import Standing
from lightkeeper.incidents.lineage import independent_documents, publishers, silent_lineages
from lightkeeper.incidents.spans import Span, spans
from lightkeeper.incidents.speaking import groups_of_one_source
from lightkeeper.model import Document

NOT_LOOKED_FOR = ("cable faults", "power cuts", "maintenance notices", "disruptions in neighbouring countries")
"""Other causes for which there is no source here."""

_FLAGS = {
    "ends_before_it_begins": "The record {id} ends before it begins; its end is not used",
    "no_end": "The record {id} has no end",
    "unverified_at_source": "Nobody at its source has verified {id}; it is not counted",
    "end_may_be_the_baselines": "The end in {id} may be that of its baseline, which had taken in the outage",
    "re_based": "No recovery is seen in {id}: a lower level held for half a year; further falls are told against that",
    "back_before_rise": "The end in {id} is at the level from before a rise, not at what was expected when it began",
    "only_a_part_of_the_country": "By its source {id} was in a part of the country only",
    "weekday_contradicts_date": "The weekday in the record {id} is not that of its date",
    "day_month_order_assumed": "A day in {id} may be another: whether its day or its month comes first is not told",
    "day_month_order_by_column": "A day in {id} may be another: its day and month were told apart by few other rows",
    "dated_by_publication": "No begin is stated in {id}: it is taken to speak of the day on which it was published",
    "estimated_start": "The begin in {id} is an estimate",
    "source_older_than_end": "The source of {id} is older than the end that it gives",
    "twice_in_source": "The source of {id} has it twice, with different ends",
    "same_service_changed_elsewhere_too": "What {id} shows, the same service showed in other countries at once",
    "source_not_looked_at_in_other_countries": "Whether {id} is a fault of its source was not looked at: it takes four"
    " other countries of the same source",
    "source_moved_in_other_countries_too": "While {id} lasted, its source showed a change in most other countries too, "
    "though a smaller or a shorter one",
    "origin_changed": "While {id} lasted, other networks announced a part of the place: its routes were led elsewhere",
    "single_step": "Only one step of the series {id} was low",
}
_NO_ORDER = re.compile(
    r"technical|infrastructure|fail|fault|cyber ?-?attack|ddos|maintenance|power|cable|accident", re.I
)


def contrary(members: Members, stands: Standing, documents: Iterable[Document]) -> list[str]:
    """One sentence for each piece of evidence against the incident. `documents` are all those of the case."""
    found = [
        f"{lineage.replace('_', ' ').capitalize()} was looked at and did not show it." for lineage in _silent(members)
    ]
    found += [_FLAGS[flag].format(id=name) + "." for name, flag in _flags(members) if flag in _FLAGS]
    found += _other_causes(members)
    found += _denials(members, documents)
    found += _thin(members, stands)
    return list(dict.fromkeys(found))


def not_looked_for(members: Members) -> list[str]:
    """Other causes that no source here speaks of."""
    said = " ".join(_causes(members)).casefold()
    spoken = {"cable": "cable faults", "power": "power cuts", "maintenance": "maintenance notices"}
    looked = {name for word, name in spoken.items() if word in said}
    return [name for name in NOT_LOOKED_FOR if name not in looked]


def causes_claimed(members: Members) -> list[str]:
    """Each cause that is claimed, with who claims it."""
    found = [f"{e.cause_claimed} ({e.source})" for e in members.events if e.cause_claimed]
    found += [f"{d.cause_claimed} ({d.publisher})" for d in members.documents if d.cause_claimed]
    return list(dict.fromkeys(found))


def is_no_order(claim: str) -> bool:
    """Whether a claimed cause is a failure, an attack or an accident, and not somebody's decision."""
    return bool(_NO_ORDER.search(claim))


def _silent(members: Members) -> list[str]:
    return silent_lineages(members.events)


def _flags(members: Members) -> list[tuple[str, str]]:
    found = [(e.event_id, flag) for e in members.events for flag in e.flags]
    return found + [(d.document_id, flag) for d in members.documents for flag in d.flags]


def _causes(members: Members) -> list[str]:
    claims: list[Document] = members.documents
    return [c for c in (*(e.cause_claimed for e in members.events), *(d.cause_claimed for d in claims)) if c]


def _other_causes(members: Members) -> list[str]:
    found = []
    for claim in causes_claimed(members):
        if is_no_order(claim):
            found.append(f"A cause that is not an order is claimed: {claim}.")
    return found


def _denials(members: Members, documents: Iterable[Document]) -> list[str]:
    """Who says that a service could be reached while it is said to have been blocked. A word has a time."""
    if not (members.about_services or any(e.targets for e in members.events)):
        return []
    blocked = spans(members)
    denials = [d for d in documents if denies(d) and any(_speaks_against(d, span) for span in blocked)]
    return [f"{d.publisher} says otherwise ({d.document_id}): {d.claim}" for d in denials]


def _speaks_against(denial: Document, span: Span) -> bool:
    """Whether a denial is of a service, and of a time at which it is said to have been blocked.

    One without a begin or an end speaks until its day of publication; one without any day of no time in particular.
    """
    if span.service not in denial.services:
        return False
    day = denial.published_on
    said = datetime.combine(day, time(23, 59), UTC) if day is not None else None
    known = first_known(denial)
    if known is None:
        return said is None or span.overlaps(said - timedelta(days=1), said)
    last = denial.end_latest or denial.as_of_latest or max(known[1], said or known[1])
    return span.overlaps(known[0], last)


def _thin(members: Members, stands: Standing) -> list[str]:
    found = []
    sources = groups_of_one_source(stands.independent)
    if len(stands.lineages) <= 1 and len(stands.measured) + len(sources) <= 1:
        found.append("It rests on a single witness.")
    dependent = [d for d in members.documents if d not in independent_documents(members.documents, members.events)]
    if dependent:
        found.append(f"Not independent of the others, and not counted: {', '.join(publishers(dependent))}.")
    tied = [", ".join(texts) for group in sources if len(texts := publishers(group)) > 1]
    found += [f"These texts rest on one source, and count as one witness: {texts}." for texts in tied]
    if stands.weak:
        found.append(
            "The order, or its admission, is second-hand or was not read, and is not counted by itself: "
            f"{', '.join(publishers(stands.weak))}."
        )
    one_source = [d.document_id for d in members.documents if d.witnesses == 1]
    if one_source:
        found.append(f"By its own account it rests on one source: {', '.join(one_source)}.")
    return found
