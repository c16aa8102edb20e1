"""Events and documents to incidents."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from datetime import date

from lightkeeper.incidents import contrary as against
from lightkeeper.incidents.absorbing import absorb
from lightkeeper.incidents.claims import shows_in
from lightkeeper.incidents.group import Members, group
from lightkeeper.incidents.ladder import rung, standing
from lightkeeper.incidents.lineage import silent_lineages
from lightkeeper.incidents.naming import addressed_to, named_by
from lightkeeper.incidents.near import near_of
from lightkeeper.incidents.places import places_of
from lightkeeper.incidents.reviewing import history, ids_of, regroup
from lightkeeper.incidents.spans import spans, whole, written
from lightkeeper.incidents.titles import local_day, title
from lightkeeper.model import Document, Event, Incident
from lightkeeper.model.act import Act
from lightkeeper.model.case import Case


def join(
    case: Case, events: Iterable[Event], documents: Iterable[Document], acts: Sequence[Act] = ()
) -> list[Incident]:
    """What happened, as far as events and documents tell: incidents sorted by onset. The order of rows never shows.

    Everything with a time is in exactly one incident; letters, assurances, notices and events that are only signs (a
    rise of use) are in none. `acts` are those of
    reviewers, oldest first.
    """
    every = sorted({d.document_id: d for d in documents}.values(), key=lambda d: d.document_id)
    groups = regroup(absorb(case, group(case, events, every)), acts)
    near = near_of(case, groups, every)
    found = [_incident(case, members, every, acts, near) for members in groups]
    return sorted(found, key=lambda i: (i.onset_latest, i.incident_id))


def _incident(
    case: Case, members: Members, every: Sequence[Document], acts: Sequence[Act], near: Mapping[str, list[str]]
) -> Incident:
    events, documents = members.events, members.documents
    stands = standing(case, members, acts)
    name, reason = rung(stands, documents)
    rung_of_two = name not in ("disputed", "retracted")
    span, parts = whole(members), spans(members)
    kind, scopes, day = _kind(members), _scopes(members), local_day(span, case.zone)
    services = _unique(s for m in (*(e.targets for e in events), *(d.services for d in documents)) for s in m)
    named = named_by(case, members, every)
    return Incident(
        incident_id=_id(case.country, day, members),
        country=case.country,
        kind=kind,
        title=title(case, members, kind, scopes, services, span),
        rung=name,
        rung_reason=reason,
        scopes=scopes,
        networks=_unique(n for d in documents for n in d.networks),
        operators=list(named),
        operators_by=[f"{name}: {', '.join(by)}" for name, by in named.items()],
        addressed_to=addressed_to(members),
        services=services,
        service_times=[written(part) for part in parts],
        services_in_window=[part.service for part in parts if part.overlaps(*case.window)],
        onset_earliest=span.onset_earliest,
        onset_latest=span.onset_latest,
        end_earliest=span.end_earliest,
        end_latest=span.end_latest,
        begin_known=span.begin_known,
        ongoing=span.ongoing,
        lasts_until=span.until,
        lineages=stands.lineages,
        lineages_silent=silent_lineages(events),
        events=[e.event_id for e in events],
        documents=[d.document_id for d in documents],
        published_in_window=[d.document_id for d in stands.published if shows_in(d, *case.window)],
        near=_unique(text for name in sorted(ids_of(members)) for text in near.get(name, [])),
        causes_claimed=against.causes_claimed(members),
        contrary=against.contrary(members, stands, every),
        not_looked_for=[] if kind in ("service_block", "service_drop") else against.not_looked_for(members),
        reviewers=_unique(stands.signed if rung_of_two else [r.by for r in stands.reviews]),
        history=history(acts, members),
        in_window=any(p.overlaps(*case.window) for p in (parts if members.about_services else [span])),
    )


KINDS = {"blocking": "service_block", "periodic": "outage"}
"""Kinds of events that have another name as incidents; all others keep theirs."""


def _kind(members: Members) -> str:
    kinds = {KINDS.get(e.kind, e.kind) for e in members.events}
    if kinds:
        return "outage" if "outage" in kinds else min(kinds)
    if all(d.extent == "throttle" for d in members.documents):
        return "throttling"
    return "service_block" if members.about_services else "record"


def _scopes(members: Members) -> list[str]:
    """Where. A document on single networks (no extent, operators named) does not speak of the whole country."""
    places = [place for e in members.events for place in places_of(e)]
    if not places:
        spoken = [d for d in members.documents if d.extent or d.services or d.kind == "order" or not d.operators]
        places = [(d.place_type, d.place or "") for d in spoken or members.documents if d.place or spoken]
    return _unique("country" if kind == "country" else f"{kind}:{place}" for kind, place in places)


def _id(country: str, day: date, members: Members) -> str:
    names = sorted([*(e.event_id for e in members.events), *(d.document_id for d in members.documents)])
    return f"{country}-{day:%Y%m%d}-{hashlib.sha256(chr(10).join(names).encode()).hexdigest()[:6]}"


def _unique(names: Iterable[str]) -> list[str]:
    return list(dict.fromkeys(names))
