"""What is on record that bears on one ask, for the country or for one operator."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import NamedTuple

from lightkeeper.incidents.contrary import is_no_order
from lightkeeper.incidents.ladder import names_somebody
from lightkeeper.incidents.spans import spans_of
from lightkeeper.ledger.bearing import assures, bears
from lightkeeper.ledger.coverage import Coverage, coverage
from lightkeeper.ledger.networks import Networks
from lightkeeper.ledger.told import NOTICE_BEFORE, is_before, is_notice_of, is_of_all, speaks_of, told
from lightkeeper.ledger.voices import in_time
from lightkeeper.ledger.watch import Watch, watch
from lightkeeper.model import Document, Incident, Measurement, Signal, Verdict
from lightkeeper.model.case import AskWording, Case, Operator
from lightkeeper.sources.stop_fields import THROTTLED_TOO

PROVEN = frozenset({"confirmed", "attributed"})
POINTING = frozenset({"signal", "corroborated"})
SLOW = frozenset({"slowdown", "throttling"})
"""Kinds of incidents that are no cut: what it is slow by is told apart in their names."""
MOST_TITLES = 4
MOST_DAYS = 3660
"""Days of an incident that are gone through."""


class Elsewhere(NamedTuple):
    """What on record names an operator, and does not bear on an ask."""

    incidents: list[Incident]
    """In the window."""
    documents: list[Document]
    """Those that are of none of these incidents, nor of those that bear on the ask."""
    measurements: int
    """In the window, from its networks."""


@dataclass(frozen=True)
class Facts:
    """All that the rules of the ledger look at."""

    case: Case
    ask: AskWording
    operator: Operator | None
    incidents: list[Incident]
    """In the window, bearing on the ask; for an operator, those that name it. Retracted ones are left out."""
    beside: list[Incident]
    """For an operator: those that bear on the ask and do not name it."""
    documents: list[Document]
    """Documents of the incidents."""
    assurances: list[Document]
    notices: list[Document]
    covered: Coverage
    watch: Watch
    slowed: frozenset[str]
    """Of the measurements that decide, those that were throttled; the others were tampered with or blocked."""
    elsewhere: Elsewhere
    """For an operator: what on record names it and does not bear on the ask."""

    @property
    def proven(self) -> list[Incident]:
        """Incidents that are confirmed or attributed."""
        return [i for i in self.incidents if i.rung in PROVEN]

    @property
    def unnamed(self) -> list[Incident]:
        """For an operator: those that name no operator."""
        return [i for i in self.beside if not i.operators]

    @property
    def addressed(self) -> list[Incident]:
        """For an operator: those that an order told it of, and that nothing says it took part in."""
        return [i for i in self.beside if self.operator is not None and self.operator.id in i.addressed_to]

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
    def published(self) -> list[Incident]:
        """For the country: incidents that published measurements, of days in the window, show on most networks that
        measured. Where our own measurements found it open, the two stand against each other, and neither decides."""
        if self.operator is not None or self.ask.topic not in ("platforms", "vpn") or self.covered.all_open():
            return []
        return [i for i in self.incidents if i.rung in POINTING and i.published_in_window]

    @property
    def pointing(self) -> list[Incident]:
        """Incidents on the lower rungs: they point somewhere, and prove nothing."""
        decided = self.published
        return [i for i in self.incidents if i.rung in POINTING and i not in decided]

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
        """What documents say of whether users were told; of an operator nothing, where none names it."""
        return told(self.case, self.documents_of(incident), self.operator)

    def told_of_all(self, incident: Incident) -> set[bool]:
        """What documents say of users of the country, of whom none names the operator; nothing where one does."""
        if self.operator is None or self.told(incident):
            return set()
        return told(self.case, [d for d in self.documents_of(incident) if is_of_all(self.case, d)], None)

    @property
    def unannounced(self) -> list[Incident]:
        """Proven disruptions of which no notice is on record, and of which documents say only that nobody was told."""
        return [i for i in self.proven if self.told(i) == {False} and not self.notices_of(i)]

    @property
    def notice_in_dispute(self) -> list[Incident]:
        """Proven disruptions of which no notice is on record, and on which documents contradict each other."""
        return [i for i in self.proven if self.told(i) == {True, False} and not self.notices_of(i)]

    @property
    def told_of_others(self) -> list[Incident]:
        """Proven disruptions without a notice, of which documents say whether the country's users were told."""
        return [i for i in self.proven if self.told_of_all(i) and not self.notices_of(i)]

    @property
    def notice_not_known(self) -> list[Incident]:
        """Disruptions without a notice, of which nothing says that users were not told."""
        kept = [*self.proven, *self.pointing]
        return [i for i in kept if not self.notices_of(i) and False not in self.told(i) and not self.told_of_all(i)]

    @property
    def pointing_told(self) -> list[Incident]:
        """Disruptions that are not proven, and of which something is on record on what users were told."""
        return [i for i in self.pointing if i not in self.notice_not_known]

    @property
    def announced(self) -> list[Incident]:
        """Proven disruptions before whose day users were told by notice, as far as anybody says."""
        return [
            i
            for i in self.proven
            if is_before(self.case, self.notices_of(i), i, self.operator) and False not in self.told(i)
        ]

    @property
    def loose_notices(self) -> list[Document]:
        """Notices of the time of the window that are of no incident here."""
        first, last = (self.case.window_days[0] - NOTICE_BEFORE, self.case.window_days[1])
        of = {n.document_id for i in self.incidents for n in self.notices_of(i)}
        return [
            n
            for n in self.notices
            if n.document_id not in of and n.published_on is not None and first <= n.published_on <= last
        ]

    @property
    def slowed_by_record(self) -> list[Incident]:
        """Incidents of another kind that a record calls throttled, too."""
        return [i for i in self.incidents if i.kind not in SLOW and any(map(_says_slow, self.documents_of(i)))]


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
    happened = [i for i in incidents if i.in_window and i.rung != "retracted"]
    every = [i for i in happened if bears(case, ask, i)]
    rows = list(measurements)
    mine = [i for i in every if operator is None or operator.id in i.operators]
    ids = {name for i in mine for name in i.documents}
    beside = _told_of(case, mine)
    covered = coverage(case, ask, operator, rows, verdicts, networks=networks, beside=beside)
    deciding = set(covered.deciding)
    return Facts(
        case=case,
        ask=ask,
        operator=operator,
        incidents=mine,
        beside=[i for i in every if i not in mine],
        documents=[d for d in documents if d.document_id in ids],
        assurances=[
            d
            for d in documents
            if d.kind == "assurance" and _in_time(case, d) and speaks_of(case, d, operator) and assures(case, ask, d)
        ],
        notices=[d for d in documents if d.kind == "notice" and speaks_of(case, d, operator)],
        covered=covered,
        watch=watch(case, operator, signals if ask.topic == "quality" else ()),
        slowed=frozenset(v.measurement_id for v in verdicts if v.measurement_id in deciding and _is_slow(v)),
        elsewhere=_elsewhere(case, operator, happened, every, documents, [] if covered.measurements else rows),
    )


def _elsewhere(
    case: Case,
    operator: Operator | None,
    happened: Sequence[Incident],
    bearing: Sequence[Incident],
    documents: Iterable[Document],
    measurements: Iterable[Measurement],
) -> Elsewhere:
    """What names an operator and does not bear on the ask, so that no sentence says that nothing does."""
    if operator is None:
        return Elsewhere([], [], 0)
    named = [i for i in happened if operator.id in (*i.operators, *i.addressed_to)]
    known = {name for i in named for name in i.documents}
    names_it = [d for d in documents if operator.id in d.addressed_to or speaks_of(case, d, operator)]
    return Elsewhere(
        incidents=[i for i in named if i not in bearing],
        documents=[d for d in names_it if d.document_id not in known],
        measurements=len(in_time(case, operator, measurements, *case.window)),
    )


def titles(incidents: Iterable[Incident]) -> str:
    """Titles of incidents, the first few of them."""
    names = [i.title for i in incidents]
    more = [f"{len(names) - MOST_TITLES} more"] if len(names) > MOST_TITLES else []
    return "; ".join([*names[:MOST_TITLES], *more])


def _told_of(case: Case, incidents: Iterable[Incident]) -> set[tuple[str, date]]:
    """Services and local days of which evidence of another kind tells: a document, or another kind of measurement."""
    found: set[tuple[str, date]] = set()
    for incident in incidents:
        if incident.rung != "disputed" and set(incident.lineages) - {"in_country"}:
            for service, begin, end in _times(case, incident):
                first, last = (at.astimezone(case.zone).date() for at in (begin, end))
                days = min((last - first).days, MOST_DAYS) + 1
                found |= {(service, first + timedelta(days=n)) for n in range(days)}
    return found


def _times(case: Case, incident: Incident) -> list[tuple[str, datetime, datetime]]:
    """From when to when each service was affected, as far as is known; of those that go on to the end of the window."""
    until = case.window[1]
    if spans := spans_of(incident):
        return [
            (s.service, s.onset_earliest, s.end_latest or (until if s.ongoing else s.end_earliest or s.onset_latest))
            for s in spans
        ]
    sure = incident.end_earliest or incident.onset_latest
    end = incident.end_latest or (until if incident.ongoing else sure)
    return [(service, incident.onset_earliest, end) for service in incident.services]


def _is_slow(verdict: Verdict) -> bool:
    return verdict.state == "throttled" or (verdict.mechanism or "").startswith("tls.throttle")


def _says_slow(document: Document) -> bool:
    return document.extent == "throttle" or THROTTLED_TOO in document.flags


def _claims_a_decision(document: Document) -> bool:
    cause = (document.cause_claimed or "unknown").casefold()
    return names_somebody(document.ordered_by) or (cause not in ("unknown", "other") and not is_no_order(cause))


def _in_time(case: Case, document: Document) -> bool:
    """Whether it was published before the end of the window; one without a day is not taken as evidence."""
    return document.published_on is not None and document.published_on <= case.window_days[1]


def lasted(incident: Incident) -> tuple[timedelta, timedelta] | None:
    """How long it lasted, at least and at most; none where its end is not known."""
    if incident.end_earliest is None or incident.end_latest is None:
        return None
    least = max(incident.end_earliest - incident.onset_latest, timedelta(0))
    return least, incident.end_latest - incident.onset_earliest
