"""What is on record that bears on one ask, for the country or for one operator."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from lightkeeper.incidents.contrary import is_no_order
from lightkeeper.incidents.ladder import names_somebody
from lightkeeper.incidents.services import is_payment, is_platform, is_protocol, is_tool
from lightkeeper.ledger.coverage import Coverage, coverage
from lightkeeper.ledger.networks import Networks
from lightkeeper.ledger.watch import Watch, watch
from lightkeeper.model import Document, Incident, Measurement, Signal, Verdict
from lightkeeper.model.case import AskWording, Case, Operator

PROVEN = frozenset({"confirmed", "attributed"})
POINTING = frozenset({"signal", "corroborated"})
SERVICE_KINDS = frozenset({"service_block", "service_drop", "slowdown", "throttling", "circumvention_drop"})
DISRUPTIONS = frozenset({"outage", "allowlisted", "slowdown", "throttling", "decline", "silence", "record"})
MOST_TITLES = 4
MOST_DAYS = 3660
"""Days of an incident that are gone through."""
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
    watch: Watch
    slowed: frozenset[str]
    """Of the measurements that decide, those that were throttled; the others were tampered with or blocked."""

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
    def undecided(self) -> list[Incident]:
        """Proven incidents of which nothing on record says that anybody decided them."""
        return [i for i in self.proven if i not in self.imposed]

    @property
    def pointing(self) -> list[Incident]:
        """Incidents on the lower rungs: they point somewhere, and prove nothing."""
        return [i for i in self.incidents if i.rung in POINTING]

    @property
    def disputed(self) -> list[Incident]:
        """Incidents that a named reviewer disputes."""
        return [i for i in self.incidents if i.rung == "disputed"]

    def notices_of(self, incident: Incident) -> list[Document]:
        """Notices that may be of this disruption, by time, operator and services: one on an app is of no whole cut."""
        return [n for n in self.notices if is_notice_of(n, incident)]

    def documents_of(self, incident: Incident) -> list[Document]:
        """The documents of one incident."""
        return [d for d in self.documents if d.document_id in incident.documents]

    def told(self, incident: Incident) -> set[bool]:
        """What documents say of whether users were told. Those that name other operators only do not speak here."""
        mine = [d for d in self.documents_of(incident) if not d.operators or _speaks_of(d, self.operator)]
        return {d.users_notified for d in mine if d.users_notified is not None}

    @property
    def unannounced(self) -> list[Incident]:
        """Proven disruptions of which no notice is on record, and of which documents say only that nobody was told."""
        return [i for i in self.proven if self.told(i) == {False} and not self.notices_of(i)]

    @property
    def notice_in_dispute(self) -> list[Incident]:
        """Proven disruptions of which no notice is on record, and on which documents contradict each other."""
        return [i for i in self.proven if self.told(i) == {True, False} and not self.notices_of(i)]


def gather(
    case: Case,
    ask: AskWording,
    operator: Operator | None,
    incidents: Iterable[Incident],
    documents: Sequence[Document],
    measurements: Iterable[Measurement],
    verdicts: Sequence[Verdict],
    signals: Iterable[Signal] = (),
    *,
    networks: Networks | None = None,
) -> Facts:
    """Choose what bears on the ask. `networks` are those of all measurements, where they are known already."""
    every = [i for i in incidents if i.in_window and i.rung != "retracted" and bears(case, ask, i)]
    mine = [i for i in every if operator is None or operator.id in i.operators]
    ids = {name for i in mine for name in i.documents}
    beside = _told_of(case, mine)
    covered = coverage(case, ask, operator, measurements, verdicts, networks=networks, beside=beside)
    deciding = set(covered.deciding)
    return Facts(
        case=case,
        ask=ask,
        operator=operator,
        incidents=mine,
        unnamed=[i for i in every if operator is not None and not i.operators],
        documents=[d for d in documents if d.document_id in ids],
        assurances=[d for d in documents if d.kind == "assurance" and _in_time(case, d) and _speaks_of(d, operator)],
        notices=[d for d in documents if d.kind == "notice" and _speaks_of(d, operator)],
        covered=covered,
        watch=watch(case, operator, signals if ask.topic == "quality" else ()),
        slowed=frozenset(v.measurement_id for v in verdicts if v.measurement_id in deciding and _is_slow(v)),
    )


def titles(incidents: Iterable[Incident]) -> str:
    """Titles of incidents, the first few of them."""
    names = [i.title for i in incidents]
    more = [f"{len(names) - MOST_TITLES} more"] if len(names) > MOST_TITLES else []
    return "; ".join([*names[:MOST_TITLES], *more])


def bears(case: Case, ask: AskWording, incident: Incident) -> bool:
    """Whether an incident bears on an ask. A whole outage is a matter of quality and notice, not of single apps."""
    services = incident.services
    if ask.services:
        return incident.kind in SERVICE_KINDS and bool(set(ask.services) & set(services))
    if ask.topic == "platforms":
        about = [s for s in services if is_platform(case, s) and not is_payment(case, s)]
        return incident.kind in SERVICE_KINDS - {"circumvention_drop"} and bool(about)
    if ask.topic == "vpn":
        return incident.kind == "circumvention_drop" or any(is_tool(case, s) for s in services)
    whole = incident.kind in DISRUPTIONS and not any(is_platform(case, s) or is_tool(case, s) for s in services)
    return whole or any(is_protocol(s) for s in services)


def _told_of(case: Case, incidents: Iterable[Incident]) -> set[tuple[str, date]]:
    """Services and local days of which evidence of another kind tells: a document, or another kind of measurement."""
    found = set()
    for incident in incidents:
        if incident.rung != "disputed" and set(incident.lineages) - {"in_country"}:
            sure = incident.end_earliest or incident.onset_latest
            end = incident.end_latest or (case.window[1] if incident.ongoing else sure)
            first, last = (at.astimezone(case.zone).date() for at in (incident.onset_earliest, end))
            days = [first + timedelta(days=n) for n in range(min((last - first).days, MOST_DAYS) + 1)]
            found |= {(service, day) for service in incident.services for day in days}
    return found


def _is_slow(verdict: Verdict) -> bool:
    return verdict.state == "throttled" or (verdict.mechanism or "").startswith("tls.throttle")


def _claims_a_decision(document: Document) -> bool:
    cause = (document.cause_claimed or "unknown").casefold()
    return names_somebody(document.ordered_by) or (cause not in ("unknown", "other") and not is_no_order(cause))


def _in_time(case: Case, document: Document) -> bool:
    """Whether it was published before the end of the window; one without a day is not taken as evidence."""
    return document.published_on is not None and document.published_on <= case.window_days[1]


def _speaks_of(document: Document, operator: Operator | None) -> bool:
    """Whether a statement is of this operator. One that names none is the government's, and is the country's."""
    return operator is None or operator.id in document.operators


def lasted(incident: Incident) -> tuple[timedelta, timedelta] | None:
    """How long it lasted, at least and at most; none where its end is not known."""
    if incident.end_earliest is None or incident.end_latest is None:
        return None
    least = max(incident.end_earliest - incident.onset_latest, timedelta(0))
    return least, incident.end_latest - incident.onset_earliest


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
