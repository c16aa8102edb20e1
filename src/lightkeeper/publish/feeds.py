"""Feeds of a case: its answers and incidents as Atom (RFC 4287) and JSON Feed 1.1, by country, operator and ask.

An entry's id never changes, so a reader shows a change as a change. Its time is the last day on which something that it
rests on was read or published: never the clock of the build.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import NamedTuple

import msgspec
from feedgen.feed import FeedGenerator

from lightkeeper.model import Ask, Document, Incident
from lightkeeper.publish.book import Book
from lightkeeper.publish.links import Links
from lightkeeper.publish.text import clean, one_line, safe_name
from lightkeeper.publish.times import iso, midnight
from lightkeeper.publish.tongue import Tongue
from lightkeeper.publish.words import ANSWERS, RUNGS

MOST_ENTRIES = 200
"""A feed holds its newest entries; the pages hold all."""


class Entry(NamedTuple):
    """One thing to tell: a line of the ledger, or an incident."""

    key: str
    title: str
    text: str
    href: str
    updated: datetime


class Feed(NamedTuple):
    """One feed: the name of its files, its title, and its entries, newest first."""

    name: str
    title: str
    entries: list[Entry]


def feed_files(book: Book) -> Iterator[tuple[str, bytes]]:
    """All feeds of a case as files: `feeds/<name>.atom` and `feeds/<name>.json`."""
    for feed in feeds(book):
        yield f"feeds/{feed.name}.atom", atom(book, feed)
        yield f"feeds/{feed.name}.json", json_feed(book, feed)


def feeds(book: Book) -> list[Feed]:
    """That of the country, then one an operator and one an ask."""
    case = book.case
    links, documents = Links(book, Tongue()), {d.document_id: d for d in book.documents}
    answers = [(a, _answer(book, a, documents)) for a in book.asks]
    told = [(i, _incident(i, links, documents)) for i in book.incidents if i.in_window]
    whole = [e for a, e in answers if a.operator is None]
    found = [_feed("country", case.title, [*whole, *(e for _, e in told)])]
    for operator in case.operators:
        mine = [e for a, e in answers if a.operator == operator.id]
        named = [e for i, e in told if operator.id in i.operators]
        found.append(_feed(f"operator-{operator.id}", f"{operator.name}: {case.title}", [*mine, *named]))
    for wording in case.asks:
        mine = [e for a, e in answers if a.ask_id == wording.id]
        bearing = {name for a in book.asks if a.ask_id == wording.id for name in a.evidence}
        named = [e for i, e in told if i.incident_id in bearing]
        found.append(_feed(f"ask-{wording.id}", f"{wording.id}. {wording.short}: {case.title}", [*mine, *named]))
    return found


def atom(book: Book, feed: Feed) -> bytes:
    """The feed as Atom. Links are relative to the feed's own place; ids are URNs."""
    made = FeedGenerator()
    made.id(_urn(book, feed.name))
    made.title(one_line(feed.title))
    made.author({"name": "Lightkeeper"})
    made.updated(max((e.updated for e in feed.entries), default=midnight(None)))
    made.link(href=f"{feed.name}.atom", rel="self")
    made.link(href="../index.html", rel="alternate")
    made.generator("Lightkeeper", version=book.version)
    for entry in feed.entries:
        row = made.add_entry(order="append")
        row.id(_urn(book, entry.key))
        row.title(entry.title)
        row.updated(entry.updated)
        row.link(href=entry.href, rel="alternate")
        row.content(entry.text, type="text")
    return bytes(made.atom_str(pretty=True)) + b"\n"


def json_feed(book: Book, feed: Feed) -> bytes:
    """The feed as JSON Feed 1.1."""
    data = {
        "version": "https://jsonfeed.org/version/1.1",
        "title": one_line(feed.title),
        "feed_url": f"{feed.name}.json",
        "home_page_url": "../index.html",
        "authors": [{"name": "Lightkeeper"}],
        "language": "en",
        "items": [
            {
                "id": _urn(book, entry.key),
                "title": entry.title,
                "url": entry.href,
                "content_text": entry.text,
                "date_modified": iso(entry.updated),
            }
            for entry in feed.entries
        ],
    }
    return msgspec.json.format(msgspec.json.encode(data), indent=1) + b"\n"


def _feed(name: str, title: str, entries: Iterable[Entry]) -> Feed:
    newest = sorted(entries, key=lambda e: (e.updated, e.key), reverse=True)
    return Feed(safe_name(name), title, newest[:MOST_ENTRIES])


def _answer(book: Book, ask: Ask, documents: dict[str, Document]) -> Entry:
    operators = {o.id: o.name for o in book.case.operators}
    who = operators.get(ask.operator or "", book.case.country_name)
    short = next((w.short for w in book.case.asks if w.id == ask.ask_id), ask.topic)
    meaning = ANSWERS[ask.answer][1] if ask.answer in ANSWERS else ""
    page = f"../operators/{ask.operator}.html" if ask.operator else f"../index.html#{safe_name(ask.ask_id)}"
    resting = [documents[name] for name in ask.evidence if name in documents]
    return Entry(
        key=f"{ask.ask_id}/{ask.operator or 'country'}",
        title=one_line(f"{who}, {ask.ask_id}: {ask.answer}. {short}"),
        text=clean("\n".join([meaning, *ask.reasons, ask.coverage])),
        href=page,
        updated=_known(resting or book.documents),
    )


def _incident(incident: Incident, links: Links, documents: dict[str, Document]) -> Entry:
    resting = [documents[name] for name in incident.documents if name in documents]
    against = [f"Against it: {sentence}" for sentence in incident.contrary]
    meaning = RUNGS[incident.rung][1] if incident.rung in RUNGS else ""
    return Entry(
        key=f"incident/{incident.incident_id}",
        title=one_line(f"{incident.title} ({incident.rung})"),
        text=clean("\n".join([meaning, incident.rung_reason, *against])),
        href=links.to(incident.incident_id, "../").href or "../incidents.html",
        updated=_known(resting) if resting else incident.onset_latest,
    )


def _known(documents: Iterable[Document]) -> datetime:
    """The last day on which one of the documents was read or published, as midnight UTC."""
    return midnight(max((d for x in documents for d in (x.read_on, x.published_on) if d), default=None))


def _urn(book: Book, key: str) -> str:
    """A name that stays: of the form `urn:x-lightkeeper:<case>:<key>`, with nothing that a URN forbids."""
    return f"urn:x-lightkeeper:{book.case.id}:{safe_name(key.replace('/', ':'))}"
