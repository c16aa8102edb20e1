"""What is on record of one disruption as its users could know it: notice, acknowledgement, reason, authority, repair.

On the model of indicator F10 (network shutdown) of Ranking Digital Rights, as far as one disruption can answer it:
whether users were told (its element 5), the reasons given (1, 2) and the authority named (7).
https://rankingdigitalrights.org/knowledge-center/f10-network-shutdown-telecommunications-companies
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import timedelta
from typing import NamedTuple

from lightkeeper.incidents.ladder import names_somebody
from lightkeeper.ledger.bearing import bears
from lightkeeper.ledger.facts import lasted
from lightkeeper.ledger.told import is_notice_of
from lightkeeper.model import Document, Incident
from lightkeeper.model.case import Case


class Notice(NamedTuple):
    """A notice, and how many local days before the onset it was published, at least and at most; negative after it."""

    document: Document
    least_days_before: int
    most_days_before: int


class Disclosure(NamedTuple):
    """What is on record of one disruption. What is empty is not on record, which is not the same as not done."""

    incident: Incident
    notices: list[Notice]
    told: frozenset[bool]
    """What its documents say of whether users were told."""
    acknowledged: list[Document]
    """Documents that say that the government acknowledged it,"""
    denied: list[Document]
    """and those that say that it did not."""
    naming: list[Document]
    """Documents that name who ordered it."""
    restored_after: tuple[timedelta, timedelta] | None
    """At least and at most; none where no end is known."""

    @property
    def lead_days(self) -> int | None:
        """By how many days at least the first notice came before the onset; none where no notice did."""
        leads = [n.least_days_before for n in self.notices if n.least_days_before > 0]
        return max(leads, default=None)


def disclosures(case: Case, incidents: Iterable[Incident], documents: Sequence[Document]) -> list[Disclosure]:
    """One row for each incident of the window, except retracted ones, that an ask for notice is about; by onset."""
    asks = [a for a in case.asks if a.topic == "notice"]
    kept = [i for i in incidents if i.in_window and i.rung != "retracted" and any(bears(case, a, i) for a in asks)]
    return [disclosure(case, i, documents) for i in sorted(kept, key=lambda i: (i.onset_earliest, i.incident_id))]


def disclosure(case: Case, incident: Incident, documents: Sequence[Document]) -> Disclosure:
    """What the documents of an incident, and the notices that may be of it, say."""
    mine = sorted((d for d in documents if d.document_id in incident.documents), key=_by_day)
    notices = sorted((d for d in documents if d.kind == "notice" and is_notice_of(d, incident)), key=_by_day)
    return Disclosure(
        incident=incident,
        notices=[_led(case, incident, n) for n in notices],
        told=frozenset(d.users_notified for d in mine if d.users_notified is not None),
        acknowledged=[d for d in mine if d.acknowledged is True],
        denied=[d for d in mine if d.acknowledged is False],
        naming=[d for d in mine if names_somebody(d.ordered_by)],
        restored_after=lasted(incident),
    )


def _led(case: Case, incident: Incident, notice: Document) -> Notice:
    first, last = (t.astimezone(case.zone).date() for t in (incident.onset_earliest, incident.onset_latest))
    said = notice.published_on
    assert said is not None, "a notice without a day is of no disruption"
    return Notice(notice, (first - said).days, (last - said).days)


def _by_day(document: Document) -> tuple[bool, str, str]:
    return document.published_on is None, str(document.published_on), document.document_id
