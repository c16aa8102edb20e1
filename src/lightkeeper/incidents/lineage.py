"""Independent witnesses. Two products of the same collectors are one witness; so is a report on one's own data."""

from __future__ import annotations

from collections.abc import Iterable
from urllib.parse import urlsplit

from lightkeeper.incidents.families import Family, family_at, family_feeding, family_named, spellings
from lightkeeper.incidents.speaking import is_second_hand, page, rests_on, voice
from lightkeeper.model import Document, Event

RESTS_ON_ANOTHER = "may_rest_on_the_same_source"
UNVERIFIED = "unverified_at_source"
"""A rule of the source found it, and nobody there has looked: it is shown, and is no witness."""


def measurement_lineages(events: Iterable[Event]) -> list[str]:
    """Lineages of measurement that saw the events, sorted."""
    seen = (event for event in events if UNVERIFIED not in event.flags)
    return sorted({lineage for event in seen for lineage in event.lineages if lineage != "document"})


def silent_lineages(events: Iterable[Event]) -> list[str]:
    """Lineages that were looked at and saw none of the events, sorted."""
    kept = list(events)
    return sorted({lineage for event in kept for lineage in event.lineages_silent} - set(measurement_lineages(kept)))


def independent_documents(documents: Iterable[Document], events: Iterable[Event]) -> list[Document]:
    """Documents that are witnesses of their own: not by the source of an event, and not known to rest on another."""
    every = list(documents)
    feeds = {name for event in events for name in (event.source, *event.members)}
    raw = {f"raw:{w}" for feed in feeds if (family := family_feeding(feed)) for w in family.witness}
    theirs = [d for d in every if raw & _raw(d)]
    marks = {m for d in theirs for m in (f"document:{d.document_id}", *page(d.url))}
    mine = [d for d in every if d not in theirs and not marks & (rests_on(d) | page(d.url))]
    return [d for d in mine if RESTS_ON_ANOTHER not in d.flags]


def publishers(documents: Iterable[Document]) -> list[str]:
    """Distinct publishers, sorted: two texts that one publisher carries are one witness."""
    found: dict[str, str] = {}
    for name in sorted({d.publisher for d in documents}, key=lambda n: (len(n), n)):
        found.setdefault(spellings(voice(name).carrier)[0] if spellings(name) else name, name)
    return sorted(found.values())


def family_of(document: Document) -> Family | None:
    """The family of a document: by who carries it, or by its one source where it says that it rests on one."""
    if found := family_named(voice(document.publisher).carrier):
        return found
    host = urlsplit(document.url or "").hostname or ""
    return family_at(host) if document.witnesses == 1 and host else None


def is_published_measurement(document: Document) -> bool:
    """Whether it is a report by those who measure, on what their own measurements show, in their own text."""
    family = family_named(voice(document.publisher).carrier)
    return document.kind == "report" and not is_second_hand(document) and family is not None and family.is_measurer


def published_lineages(documents: Iterable[Document]) -> list[str]:
    """Kinds of witness of published measurements, sorted; of those who share raw data those of one."""
    found: set[str] = set()
    raw: set[str] = set()
    for document in documents:
        family = family_of(document)
        if family is not None and not raw & set(family.witness):
            raw |= set(family.witness)
            found |= set(family.lineages[:1])
    return sorted(found)


def _raw(document: Document) -> set[str]:
    family = family_of(document)
    return ({f"raw:{w}" for w in family.witness} if family else set()) | rests_on(document)
