"""Told: what notices and documents say of whether users were told of a disruption, and whose users.

A row on the country speaks of the country. It may contradict a document that names an operator; it accuses none.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta

from lightkeeper.incidents.naming import operators_of
from lightkeeper.model import Document, Incident
from lightkeeper.model.case import Case, Operator

NOTICE_BEFORE = timedelta(days=30)
"""A notice may be given this long before a disruption and still be of it,"""
NOTICE_AFTER = timedelta(days=7)
"""or this long after."""


def is_notice_of(notice: Document, incident: Incident) -> bool:
    """Whether a notice may be of an incident: near its time, and of its operators and services where it names any."""
    said = notice.published_on
    elsewhere = notice.operators and incident.operators and not set(notice.operators) & set(incident.operators)
    of_others = notice.services and not set(notice.services) & set(incident.services)
    if said is None or elsewhere or of_others:
        return False
    first = (incident.onset_earliest - NOTICE_BEFORE).date()
    last = ((incident.end_latest or incident.onset_latest) + NOTICE_AFTER).date()
    return first <= said <= last


def speaks_of(case: Case, document: Document, operator: Operator | None) -> bool:
    """Whether a document names an operator or its network. One that names none is of the country."""
    return operator is None or operator.id in operators_of(case, document)


def told(case: Case, documents: Iterable[Document], operator: Operator | None) -> set[bool]:
    """What documents say of whether users were told. Of an operator nothing, where none names it.

    Where one does, what is said of the whole country stands beside it, and may contradict it.
    """
    said = [d for d in documents if d.users_notified is not None]
    if operator is None:
        return {d.users_notified is True for d in said}
    if not any(speaks_of(case, d, operator) for d in said):
        return set()
    return {d.users_notified is True for d in said if speaks_of(case, d, operator) or is_of_all(case, d)}


def is_of_all(case: Case, document: Document) -> bool:
    """Whether it names no operator and no network: it speaks of the country, or of a place in it."""
    return not operators_of(case, document) and document.place_type != "asn"


def is_before(case: Case, notices: Iterable[Document], incident: Incident, operator: Operator | None) -> bool:
    """Whether notices came before the local day on which a disruption began, and from all whom it names.

    On the same day nobody can tell which came first. The notice of one operator is not the country's.
    """
    onset = incident.onset_earliest.astimezone(case.zone).date()
    early = [n for n in notices if n.published_on is not None and n.published_on < onset]
    if operator is not None or any(not n.operators for n in early):
        return bool(early)
    senders = {name for n in early for name in n.operators}
    return bool(incident.operators) and set(incident.operators) <= senders
