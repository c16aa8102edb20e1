"""The record: the rows of one case that every export is made from, and the names and times that they share."""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from functools import cached_property

from lightkeeper.incidents.places import named_places
from lightkeeper.model import Ask, Document, Event, Incident
from lightkeeper.model.case import Case
from lightkeeper.model.case_words import CaseWords
from lightkeeper.publish.book import Book
from lightkeeper.publish.editions import edition
from lightkeeper.publish.languages import WHOLE
from lightkeeper.publish.times import midnight
from lightkeeper.publish.tongue import Tongue

_NAMES = uuid.uuid5(uuid.NAMESPACE_URL, "https://www.rfc-editor.org/rfc/rfc9562#lightkeeper-exports")


@dataclass(frozen=True, kw_only=True)
class Record:
    """What became of one case: the same record makes the same bytes in every form."""

    case: Case
    version: str
    """Version of Lightkeeper."""
    incidents: list[Incident] = field(default_factory=list)
    documents: list[Document] = field(default_factory=list)
    events: list[Event] = field(default_factory=list)
    asks: list[Ask] = field(default_factory=list)
    words: dict[str, CaseWords] = field(default_factory=dict)
    """What the case says in other languages, by language."""

    @cached_property
    def editions(self) -> dict[str, tuple[Record, Tongue]]:
        """The record with the words of its case in each whole language, by its code, and that language to say its
        sentences."""
        book = Book(
            case=self.case, headline="", ruleset="", version=self.version, built_from="", words=self.words,
            incidents=self.incidents, documents=self.documents, events=self.events, asks=self.asks,
        )  # fmt: skip
        made = {language.code: edition(book, language) for language in WHOLE}
        return {
            code: (replace(self, case=one.book.case, documents=one.book.documents), one.tongue)
            for code, one in made.items()
        }

    def documents_of(self, incident: Incident) -> list[Document]:
        """The documents that an incident joins, by id."""
        wanted = set(incident.documents)
        return sorted((d for d in self.documents if d.document_id in wanted), key=lambda d: d.document_id)

    def places(self, incident: Incident) -> list[str]:
        """Where it was, as a reader says it: the country, a region or city, `AS58224`."""
        return named_places(incident.scopes, self.case.country_name)

    def known_on(self) -> date | None:
        """The last day on which any of the documents was read; none where none was.

        Exports carry this where their form wants to know when a record was made: never the clock of the build.
        """
        return max((d.read_on for d in self.documents if d.read_on), default=None)

    def known_at(self, documents: Iterable[Document] = ()) -> datetime:
        """The last day on which any of the documents was read, or any of all where none of them was, as midnight UTC.

        It is for forms that must have a moment: where nothing was ever read it is 1 January 1970.
        """
        return midnight(max((d.read_on for d in documents if d.read_on), default=None) or self.known_on())


def record_of(book: Book) -> Record:
    """The record of a book."""
    return Record(
        case=book.case, version=book.version, incidents=book.incidents, documents=book.documents, events=book.events,
        asks=book.asks, words=book.words,
    )  # fmt: skip


def stable_uuid(*parts: str) -> uuid.UUID:
    """A name-based UUID (RFC 9562, version 5): the same parts give the same one."""
    return uuid.uuid5(_NAMES, "\x1f".join(parts))
