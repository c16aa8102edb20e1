"""Evidence: the notes of a letter. Each row that bears out a claim gets one number, and keeps it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from lightkeeper.incidents.ladder import SOURCES
from lightkeeper.ledger.law import Bound
from lightkeeper.model import Ask, Document, Event, Incident
from lightkeeper.model.case import Source
from lightkeeper.publish.book import Book
from lightkeeper.publish.letters.blocks import Note
from lightkeeper.publish.letters.writer import Spans, Writer
from lightkeeper.publish.links import anchor
from lightkeeper.publish.text import safe_name, safe_url, sentence

MOST_IDS = 6
"""Ids of records named in one note; the rest is counted, and stands on the page of the incident."""


class Evidence:
    """The notes of one letter, in the order in which they are first needed."""

    def __init__(self, book: Book, write: Writer) -> None:
        self._book, self._write = book, write
        self._numbers: dict[tuple[str, ...], int] = {}
        self.notes: list[Note] = []

    def source(self, source: Source) -> tuple[int, ...]:
        """A source that the case names."""
        w = self._write
        read_on = w.word("Read on %(day)s.", day=w.say.long_day(source.read_on))
        parts = (w.told(sentence(source.title)), read_on, w.told(sentence(source.note)) if source.note else "")
        return self._note(("source", source.title, source.url or "", str(source.read_on)), parts, source.url)

    def document(self, document: Document) -> tuple[int, ...]:
        """Something that somebody published."""
        w = self._write
        day = w.say.long_day(document.published_on) if document.published_on else w.say.word("day not known")
        who, title = w.told(document.publisher), w.told(document.title)
        parts: list[str | Spans] = [w.word("%(publisher)s, %(day)s: %(title)s.", publisher=who, day=day, title=title)]
        if document.read_on:
            parts.append(w.word("Read on %(day)s.", day=w.say.long_day(document.read_on)))
        page = f"sources.html#{anchor('document', document.document_id)}"
        return self._note(("document", document.document_id), parts, document.url, page)

    def incident(self, incident: Incident) -> tuple[int, ...]:
        """An incident of the case: its records of measurement in one note, then each of its documents."""
        w = self._write
        events = [e for e in self._book.events if e.event_id in incident.events]
        parts: list[str | Spans] = [w.word("Incident %(id)s of the case.", id=w.latin(incident.incident_id))]
        if events:
            parts.append(w.word("Measured: %(records)s.", records=self._records(events)))
        page = f"incidents/{safe_name(incident.incident_id)}.html"
        found = self._note(
            ("incident", incident.incident_id), parts, next((e.url for e in events if e.url), None), page
        )
        documents = [d for d in self._book.documents if d.document_id in incident.documents]
        return (*found, *(n for d in documents for n in self.document(d)))

    def incidents(self, incidents: Iterable[Incident]) -> tuple[int, ...]:
        """The first note of each of several incidents, without those of their documents."""
        return tuple(self.incident(i)[0] for i in incidents)

    def ledger(self, ask: Ask) -> tuple[int, ...]:
        """The line of the ledger that answers an ask, with the rule that decided and what it rests on."""
        w = self._write
        part = w.word(
            "Ledger of the case, ask %(ask)s for the country: rule %(rule)s, on %(items)s, from %(first)s to %(last)s "
            "in local days; ledger.json names each.",
            ask=w.latin(ask.ask_id),
            rule=w.latin(ask.rule),
            items=w.say.counted(len(ask.evidence), "piece of evidence", "pieces of evidence"),
            first=w.say.long_day(ask.window_from.astimezone(self._book.case.zone)),
            last=w.say.long_day(self._book.case.window_days[1]),
        )
        return self._note(("ledger", ask.ask_id), (part,), None, f"index.html#{safe_name(ask.ask_id)}")

    def law(self, bound: Bound) -> tuple[int, ...]:
        """An instrument of law, and what says whether the state has joined it."""
        w = self._write
        parts: list[str | Spans] = [w.told(sentence(bound.instrument.source))]
        if bound.source and bound.checked_on:
            day = w.say.long_day(bound.checked_on)
            parts.append(
                w.word("What the state has done: %(source)s, as of %(day)s.", source=w.told(bound.source), day=day)
            )
        return self._note(("law", bound.instrument.id), parts, None)

    def _records(self, events: Sequence[Event]) -> Spans:
        w = self._write
        by_source: dict[str, list[str]] = {}
        for event in events[:MOST_IDS]:
            by_source.setdefault(SOURCES.get(event.source, event.source), []).append(event.event_id)
        named = [w.latin(f"{source} {', '.join(ids)}") for source, ids in by_source.items()]
        left = len(events) - MOST_IDS
        more = [w.word("%(number)s more", number=w.say.number(left))] if left > 0 else []
        return w.listed([*named, *more])

    def _note(
        self, key: tuple[str, ...], parts: Iterable[str | Spans], url: str | None, page: str | None = None
    ) -> tuple[int, ...]:
        if key not in self._numbers:
            self._numbers[key] = len(self.notes) + 1
            line = self._write.line(*parts)
            self.notes.append(Note(len(self.notes) + 1, line, safe_url(url), page))
        return (self._numbers[key],)
