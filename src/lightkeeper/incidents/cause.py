"""Cause: what may have caused an incident, all hypotheses side by side, each with the evidence for and against it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import timedelta
from pathlib import Path

import msgspec

from lightkeeper.incidents.clues import Clues, Company, clues_of, features
from lightkeeper.incidents.ladder import names_somebody
from lightkeeper.incidents.localtime import local_days
from lightkeeper.incidents.services import service_name
from lightkeeper.incidents.signs import SIGNS, Said, Sign, claimed
from lightkeeper.incidents.weight import LEAST_KNOWN, MOST_NULL, at_null, learnt, weight_of
from lightkeeper.model import Document, Event, Hypothesis, Incident
from lightkeeper.model.case import Case
from lightkeeper.model.hypothesis import CAUSES
from lightkeeper.sources.reference_files import days

IN_DOUBT = {"ends_before_it_begins": "it ends before it begins", "single_step": "one step alone was low"}
WEIGHED = frozenset({"outage"})
"""Kinds of incidents on whose like the weight was learnt."""
AROUND = timedelta(days=30)


def hypotheses(
    case: Case, incidents: Iterable[Incident], events: Iterable[Event], documents: Iterable[Document],
    data: Path | None = None,
) -> list[Hypothesis]:  # fmt: skip
    """Every cause for every incident, by incident and cause. `data` may hold further calendars of the user."""
    by_event, by_document = {e.event_id: e for e in events}, {d.document_id: d for d in documents}
    company = Company.of(by_event.values())
    found = []
    for incident in sorted(incidents, key=lambda i: i.incident_id):
        mine = [by_event[name] for name in incident.events if name in by_event]
        papers = [by_document[name] for name in incident.documents if name in by_document]
        clues = clues_of(mine, company) if mine else Clues()
        found += weigh(incident, clues, said_of(case, incident, mine, papers, data))
    return found


def weigh(incident: Incident, clues: Clues, said: Said) -> list[Hypothesis]:
    """The causes of one incident. Without any clue or word each is `insufficient`."""
    weight, note = _weight(incident, clues)
    rows = []
    for cause in CAUSES:
        speaks_for = [_told(s, said) for s in SIGNS if cause in s.speaks_for and s.holds(clues, said)]
        against = [_told(s, said) for s in SIGNS if cause in s.speaks_against and s.holds(clues, said)]
        speaks_for += [f"It is claimed: {c}." for c in said.claims if claimed(c) == cause]
        against += [f"Another cause is claimed: {c}." for c in said.claims if _parts(claimed(c), cause)]
        needs = [s.needs for s in SIGNS if s.needs and cause in s.speaks_for + s.speaks_against
                 and s.holds(clues, said) is None]  # fmt: skip
        weighed = cause == "ordered_shutdown"
        rows.append(
            Hypothesis(
                incident_id=incident.incident_id,
                cause=cause,
                standing=_standing(speaks_for, against),
                weight=weight if weighed else None,
                weight_note=note if weighed else "Too few outages of this cause are labelled to learn a weight.",
                evidence_for=speaks_for,
                evidence_against=against,
                not_known=list(dict.fromkeys(needs)),
            )
        )
    return rows


def said_of(
    case: Case, incident: Incident, events: Sequence[Event], documents: Sequence[Document], data: Path | None = None
) -> Said:
    """What documents, records and calendars say of an incident."""
    first, last = local_days(case.country, incident.onset_latest, case.zone)
    near = days(case.country, None, first - AROUND, last + AROUND, data)
    on_the_day = [d for d in near if d.from_day <= last and first <= d.until_day]
    faults = {IN_DOUBT[flag] for e in events for flag in e.flags if flag in IN_DOUBT}
    hit = incident.services if incident.kind in ("service_block", "circumvention_drop") else []
    return Said(
        claims=tuple(incident.causes_claimed),
        orders=tuple(
            dict.fromkeys(f"{d.ordered_by} ({d.publisher})" for d in documents if names_somebody(d.ordered_by))
        ),
        days=tuple((d.kind, f"{d.name} ({d.source})") for d in on_the_day),
        calendar=bool(near),
        services=tuple(service_name(case, s) for s in hit),
        faults=tuple(sorted(faults)),
    )


def _weight(incident: Incident, clues: Clues) -> tuple[float | None, str]:
    known = [name for name, value in features(clues).items() if value is not None]
    if incident.kind not in WEIGHED:
        return None, "The weight was learnt from outages of whole networks; this is none."
    weight = weight_of(clues)
    if weight is None:
        return None, f"Fewer than {LEAST_KNOWN} of the four clues are known: insufficient."
    if at_null(clues) > MOST_NULL:
        return None, "Three or more of the four clues are as they are where nothing was seen: not known."
    named = ", ".join(name.replace("_", " ") for name in known)
    numbers = learnt()
    return weight, (
        f"From {named}, as in {numbers.rows} outages of known cause in {numbers.countries} countries; exam cuts count "
        f"as ordered. It is no proof and raises no rung.{_of_recurrence(clues, weight)}"
    )


def _of_recurrence(clues: Clues, weight: float) -> str:
    """What recurrence adds to a weight: whatever comes again each day looks ordered, a fault of each night too."""
    if not clues.recurs:
        return ""
    without = weight_of(msgspec.structs.replace(clues, recurs=False)) or 0.0
    return f" Recurrence adds {weight - without:.2f} to it: without that it is {without:.2f}."


def _told(sign: Sign, said: Said) -> str:
    facts = {
        "days": "; ".join(name for _, name in said.days),
        "services": ", ".join(said.services),
        "orders": "; ".join(said.orders),
        "faults": "; ".join(said.faults),
    }
    return sign.sentence.format_map(facts)


def _parts(other: str | None, cause: str) -> bool:
    """Whether a claim of another cause speaks against this one: an exam cut is an ordered shutdown too."""
    orders = {"ordered_shutdown", "exam_cut"}
    return other is not None and other != cause and not {other, cause} <= orders


def _standing(speaks_for: Sequence[str], against: Sequence[str]) -> str:
    if speaks_for:
        return "mixed" if against else "for"
    return "against" if against else "insufficient"
