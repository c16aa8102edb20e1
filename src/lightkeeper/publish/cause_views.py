"""The causes of an incident side by side, and what named people did to it, as its page shows them."""

from __future__ import annotations

from datetime import datetime
from typing import Any, NamedTuple

from lightkeeper.model import Incident
from lightkeeper.model.hypothesis import CAUSES
from lightkeeper.publish.book import Book
from lightkeeper.publish.tongue import Tongue, n_

CAUSE_NAMES = {
    "ordered_shutdown": n_("Ordered shutdown"),
    "exam_cut": n_("Cut for an exam"),
    "cable": n_("Broken cable"),
    "power": n_("Power cut"),
    "maintenance": n_("Maintenance"),
    "attack": n_("Attack"),
    "disaster": n_("Disaster"),
    "measurement_artefact": n_("Fault of the measurement"),
}
STANDINGS = {
    "for": n_("something speaks for it"),
    "against": n_("something speaks against it"),
    "mixed": n_("something speaks for it and something against it"),
    "insufficient": n_("nothing is known either way"),
}
VERBS = {
    "merge": n_("put it together from several incidents"),
    "split": n_("took it out of another incident"),
    "promote": n_("signed its attribution"),
    "attributed": n_("signed its attribution"),
    "dispute": n_("disputed it"),
    "disputed": n_("disputed it"),
    "retract": n_("withdrew it"),
    "retracted": n_("withdrew it"),
}
"""What an act or a judgement of the case does to an incident."""


class Reviewed(NamedTuple):
    """One act: when, who, what and why."""

    when: str
    by: str
    what: str
    because: str


def causes_of(book: Book, incident: Incident, tongue: Tongue) -> list[dict[str, Any]]:
    """Each cause with its evidence, in the fixed order of the causes, so that none is put first."""
    rows = {h.cause: h for h in book.hypotheses if h.incident_id == incident.incident_id}
    return [
        {
            "row": rows[cause],
            "name": tongue.named(cause, CAUSE_NAMES),
            "standing": tongue.named(rows[cause].standing, STANDINGS),
        }
        for cause in CAUSES
        if cause in rows
    ]


def reviews_of(book: Book, incident: Incident, tongue: Tongue) -> list[Reviewed]:
    """All acts on an incident, oldest first: of the history, found by members, and judgements that the case holds."""
    mine = {*incident.events, *incident.documents}
    found: list[tuple[datetime, int, Reviewed]] = [
        (a.at, a.number, Reviewed(tongue.hour(a.at), a.by, tongue.named(a.verb, VERBS), a.because))
        for a in book.acts
        if mine & {*a.events, *a.documents}
    ]
    found += [
        (book.case.midnight(r.on), 0, Reviewed(tongue.day(r.on), r.by, tongue.named(r.verdict, VERBS), r.because))
        for r in book.case.reviews
        if mine & set(r.document_ids)
    ]
    return [row for _, _, row in sorted(found, key=lambda f: f[:2])]
