"""What is on record that bears on one ask, for the country or for one operator."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import timedelta

from lightkeeper.incidents.contrary import is_no_order
from lightkeeper.incidents.services import is_platform, is_protocol, is_tool
from lightkeeper.ledger.coverage import Coverage, coverage
from lightkeeper.model import Document, Incident, Measurement, Verdict
from lightkeeper.model.case import AskWording, Case, Operator

PROVEN = frozenset({"confirmed", "attributed"})
POINTING = frozenset({"signal", "corroborated"})
DISRUPTIONS = frozenset({"outage", "throttling", "record"})
NOTICE_BEFORE = timedelta(days=30)
"""A notice may be given this long before a disruption and still be of it,"""
NOTICE_AFTER = timedelta(days=7)
"""or this long after."""


@dataclass(frozen=True)
class Facts:
    """All that the rules of the ledger look at."""

    case: Case
    ask: AskWording
    operator: Operator | None
    incidents: list[Incident]
    """In the window, bearing on the ask; for an operator, those that name it. Retracted ones are left out."""
    unnamed: list[Incident]
    """For an operator: those that name no operator."""
    documents: list[Document]
    """Documents of the incidents."""
    assurances: list[Document]
    notices: list[Document]
    covered: Coverage

    @property
    def proven(self) -> list[Incident]:
        """Incidents that are confirmed or attributed."""
        return [i for i in self.incidents if i.rung in PROVEN]

    @property
    def imposed(self) -> list[Incident]:
        """Proven incidents that are attributed, or that a document says were decided by somebody.

        Measurement shows disruption and never intention: a proven outage of unknown cause accuses nobody.
        """
        return [i for i in self.proven if i.rung == "attributed" or any(map(_claims_a_decision, self.documents_of(i)))]

    @property
    def pointing(self) -> list[Incident]:
        """Incidents on the lower rungs: they point somewhere, and prove nothing."""
        return [i for i in self.incidents if i.rung in POINTING]

    @property
    def disputed(self) -> list[Incident]:
        """Incidents that a named reviewer disputes."""
        return [i for i in self.incidents if i.rung == "disputed"]

    def notices_of(self, incident: Incident) -> list[Document]:
        """Notices that may be of this disruption, by time and operator."""
        return [n for n in self.notices if _is_of(n, incident)]

    def documents_of(self, incident: Incident) -> list[Document]:
        """The documents of one incident."""
        return [d for d in self.documents if d.document_id in incident.documents]

    @property
    def unannounced(self) -> list[Incident]:
        """Proven disruptions of which no notice is on record, and of which a document says that users were not told."""
        untold = [i for i in self.proven if any(d.users_notified is False for d in self.documents_of(i))]
        return [i for i in untold if not self.notices_of(i)]


def gather(
    case: Case,
    ask: AskWording,
    operator: Operator | None,
    incidents: Iterable[Incident],
    documents: Sequence[Document],
    measurements: Iterable[Measurement],
    verdicts: Iterable[Verdict],
) -> Facts:
    """Choose what bears on the ask."""
    every = [i for i in incidents if i.in_window and i.rung != "retracted" and bears(case, ask.topic, i)]
    mine = [i for i in every if operator is None or operator.id in i.operators]
    ids = {name for i in mine for name in i.documents}
    return Facts(
        case=case,
        ask=ask,
        operator=operator,
        incidents=mine,
        unnamed=[i for i in every if operator is not None and not i.operators],
        documents=[d for d in documents if d.document_id in ids],
        assurances=[d for d in documents if d.kind == "assurance" and _in_time(case, d) and _speaks_of(d, operator)],
        notices=[d for d in documents if d.kind == "notice" and _speaks_of(d, operator)],
        covered=coverage(case, ask.topic, operator, measurements, verdicts),
    )


def bears(case: Case, topic: str, incident: Incident) -> bool:
    """Whether an incident bears on an ask. A whole outage is a matter of quality and notice, not of single apps."""
    services = incident.services
    if topic == "platforms":
        return incident.kind in ("service_block", "throttling") and any(is_platform(case, s) for s in services)
    if topic == "vpn":
        return incident.kind == "circumvention_drop" or any(is_tool(case, s) for s in services)
    whole = incident.kind in DISRUPTIONS and not any(is_platform(case, s) or is_tool(case, s) for s in services)
    return whole or any(is_protocol(s) for s in services)


def _claims_a_decision(document: Document) -> bool:
    ordered_by = (document.ordered_by or "unknown").casefold()
    cause = (document.cause_claimed or "unknown").casefold()
    return ordered_by != "unknown" or (cause not in ("unknown", "other") and not is_no_order(cause))


def _in_time(case: Case, document: Document) -> bool:
    """Whether it was published before the end of the window; one without a day is not taken as evidence."""
    return document.published_on is not None and document.published_on <= case.window_days[1]


def _speaks_of(document: Document, operator: Operator | None) -> bool:
    """Whether a statement is of this operator. One that names none is the government's, and is the country's."""
    return operator is None or operator.id in document.operators


def _is_of(notice: Document, incident: Incident) -> bool:
    said = notice.published_on
    if said is None or (
        notice.operators and incident.operators and not set(notice.operators) & set(incident.operators)
    ):
        return False
    first = (incident.onset_earliest - NOTICE_BEFORE).date()
    last = ((incident.end_latest or incident.onset_latest) + NOTICE_AFTER).date()
    return first <= said <= last
