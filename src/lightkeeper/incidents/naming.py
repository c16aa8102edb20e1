"""Naming: which operators an incident names, and by what. Who was told to do it is another thing than who did it."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime, time, timedelta

from lightkeeper.incidents.claims import OPEN_DAYS, denies
from lightkeeper.incidents.group import Members
from lightkeeper.incidents.places import places_of
from lightkeeper.model import Document, Event
from lightkeeper.model.case import Case

NOTICE_BEFORE = timedelta(days=2)
"""An operator's own notice may come so long before what it speaks of,"""
NOTICE_AFTER = timedelta(days=7)
"""or so long after, and name its sender."""


def named_by(case: Case, members: Members, every: Iterable[Document]) -> dict[str, list[str]]:
    """Operators of the case, sorted, each with the ids of what names it: outages of its networks, reports, notices.

    An order names whom it tells, and shows nothing of what they did. `every` are all documents of the case, for a
    notice is no member of an incident: an operator's own notice of these days and services says that it took part.
    """
    found: dict[str, list[str]] = {}
    for event in members.events:
        for operator in (case.operator_of(name) for kind, name in places_of(event) if kind == "asn"):
            if operator is not None:
                found.setdefault(operator.id, []).append(event.event_id)
    for document in members.documents:
        for name in operators_of(case, document):
            found.setdefault(name, []).append(document.document_id)
    for notice in every:
        if notice.kind == "notice" and _is_of(notice, members):
            for name in notice.operators:
                found.setdefault(name, []).append(notice.document_id)
    return {name: list(dict.fromkeys(found[name])) for name in sorted(found)}


def operators_of(case: Case, document: Document) -> list[str]:
    """The operators that a document says did it, or were hit. Those that an order names were told."""
    if document.kind == "order":
        return []
    own = case.operator_of(document.place or "") if document.place_type == "asn" else None
    return list(dict.fromkeys([*([own.id] if own else []), *document.operators]))


def addressed_to(members: Members) -> list[str]:
    """The operators that the orders on record were addressed to, sorted."""
    told = {name for d in members.documents for name in d.addressed_to}
    return sorted(told | {name for d in members.documents if d.kind == "order" for name in d.operators})


def _is_of(notice: Document, members: Members) -> bool:
    """Whether a notice is of these days, and of these services or, as they are, of none."""
    said, services = notice.published_on, {s for d in members.documents for s in d.services}
    services |= {target for e in members.events for target in e.targets}
    alike = bool(services & set(notice.services)) if services or notice.services else True
    if said is None or denies(notice) or not alike:
        return False
    of: list[Event | Document] = [*members.events, *members.documents]
    begins = [m.onset_earliest for m in of if m.onset_earliest is not None]
    ends = [m.end_latest or (m.onset_latest or m.onset_earliest) for m in of]
    last = max(moment for moment in ends if moment is not None)
    noon = datetime.combine(said, time(12), UTC)
    return min(begins) - NOTICE_BEFORE <= noon <= last + OPEN_DAYS + NOTICE_AFTER
