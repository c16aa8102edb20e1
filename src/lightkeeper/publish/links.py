"""Where the row behind a datum stands: from an id of evidence to a page and an anchor of this site."""

from __future__ import annotations

from typing import NamedTuple

from lightkeeper.publish.book import Book
from lightkeeper.publish.text import one_line, safe_name
from lightkeeper.publish.tongue import Tongue
from lightkeeper.publish.words import INCIDENT_KINDS


class Link(NamedTuple):
    """Where an id leads, and what to call it. `href` is none for an id that the book does not hold."""

    href: str | None
    label: str


def anchor(kind: str, row_id: str) -> str:
    """The anchor of a row: `document-stop-2021-77`."""
    return f"{kind}-{safe_name(row_id)}"


class Links:
    """All ids of a book with their places. `up` is `""` for pages at the top and `"../"` for those in a folder."""

    def __init__(self, book: Book, tongue: Tongue) -> None:
        self._places: dict[str, Link] = {}
        for ask in book.case.asks:
            self._add(ask.id, f"index.html#{safe_name(ask.id)}", ask.id)
        for file in book.files:
            self._add(
                file.sha256,
                f"sources.html#{anchor('file', file.sha256)}",
                tongue.word("file %(id)s", id=f"{file.sha256[:12]}…"),
            )
        for name in book.signals:
            self._add(name, f"sources.html#{anchor('series', name)}", tongue.word("series %(id)s", id=name))
        for m in book.measurements:
            self._add(m.measurement_id, f"sources.html#{anchor('measurement', m.measurement_id)}", m.target)
        for event in book.events:
            place = f"sources.html#{anchor('event', event.event_id)}"
            kind = tongue.named(event.kind, INCIDENT_KINDS)
            what = tongue.word("%(kind)s, %(entity)s", kind=kind, entity=tongue.tell_plain(event.entity))
            self._add(event.event_id, place, f"{what} ({event.source})")
        for document in book.documents:
            place = f"sources.html#{anchor('document', document.document_id)}"
            self._add(document.document_id, place, f"{document.title} ({document.publisher})")
        for incident in book.incidents:
            self._add(incident.incident_id, f"incidents/{safe_name(incident.incident_id)}.html",
                      tongue.tell_plain(incident.title))  # fmt: skip

    def _add(self, row_id: str, href: str, label: str) -> None:
        self._places[row_id] = Link(href, one_line(label, 120))

    def to(self, row_id: str, up: str = "") -> Link:
        """The place of a row, seen from a page that is `up` from the top."""
        found = self._places.get(row_id)
        return Link(f"{up}{found.href}", found.label) if found else Link(None, one_line(row_id, 120))
