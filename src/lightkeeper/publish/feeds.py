"""Feeds of a case: its answers and incidents as Atom (RFC 4287) and JSON Feed 1.1, by country, operator and ask, in the
languages in which all its pages are.

An entry's id never changes, so a reader shows a change as a change; each language has its own. Its time is the last day
on which something that it rests on was read or published: never the clock of the build.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import NamedTuple

import msgspec
from feedgen.feed import FeedGenerator

from lightkeeper.model import Ask, Document, Incident
from lightkeeper.publish.book import Book
from lightkeeper.publish.editions import Edition
from lightkeeper.publish.languages import WHOLE
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


def feed_files(edition: Edition) -> Iterator[tuple[str, bytes]]:
    """All feeds of a case in one language as files: `feeds/<name>.atom` and `feeds/<name>.json` in its folder."""
    folder = edition.tongue.folder
    for feed in feeds(edition):
        yield f"{folder}feeds/{feed.name}.atom", atom(edition, feed)
        yield f"{folder}feeds/{feed.name}.json", json_feed(edition, feed)


def feeds(edition: Edition) -> list[Feed]:
    """That of the country, then one an operator and one an ask."""
    book, say = edition.book, edition.tongue
    case = book.case
    links, documents = Links(book, say), {d.document_id: d for d in book.documents}
    answers = [(a, _answer(book, a, documents, say)) for a in book.asks]
    told = [(i, _incident(i, links, documents, say)) for i in book.incidents if i.in_window]
    whole = [e for a, e in answers if a.operator is None]
    found = [_feed("country", _named(case.title, say), [*whole, *(e for _, e in told)])]
    for operator in case.operators:
        mine = [e for a, e in answers if a.operator == operator.id]
        named = [e for i, e in told if operator.id in i.operators]
        found.append(_feed(f"operator-{operator.id}", _of(operator.name, case.title, say), [*mine, *named]))
    for wording in case.asks:
        mine = [e for a, e in answers if a.ask_id == wording.id]
        bearing = {name for a in book.asks if a.ask_id == wording.id for name in a.evidence}
        named = [e for i, e in told if i.incident_id in bearing]
        found.append(
            _feed(f"ask-{wording.id}", _of(f"{wording.id}. {wording.short}", case.title, say), [*mine, *named])
        )
    return found


def atom(edition: Edition, feed: Feed) -> bytes:
    """The feed as Atom. Links are relative to the feed's own place; ids are URNs."""
    book, code = edition.book, edition.tongue.code
    made = FeedGenerator()
    made.id(_urn(edition, feed.name))
    made.title(feed.title)
    made.language(code)
    made.author({"name": "Lightkeeper"})
    made.updated(max((e.updated for e in feed.entries), default=midnight(None)))
    made.link(href=f"{feed.name}.atom", rel="self")
    made.link(href="../index.html", rel="alternate", type="text/html", hreflang=code)
    for other, href in _others(edition, f"{feed.name}.atom"):
        made.link(href=href, rel="alternate", type="application/atom+xml", hreflang=other)
    made.generator("Lightkeeper", version=book.version)
    for entry in feed.entries:
        row = made.add_entry(order="append")
        row.id(_urn(edition, entry.key))
        row.title(entry.title)
        row.updated(entry.updated)
        row.link(href=entry.href, rel="alternate")
        row.content(entry.text, type="text")
    return bytes(made.atom_str(pretty=True)) + b"\n"


def json_feed(edition: Edition, feed: Feed) -> bytes:
    """The feed as JSON Feed 1.1."""
    data = {
        "version": "https://jsonfeed.org/version/1.1",
        "title": feed.title,
        "feed_url": f"{feed.name}.json",
        "home_page_url": "../index.html",
        "authors": [{"name": "Lightkeeper"}],
        "language": edition.tongue.code,
        "items": [
            {
                "id": _urn(edition, entry.key),
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


def _answer(book: Book, ask: Ask, documents: dict[str, Document], say: Tongue) -> Entry:
    operators = {o.id: o.name for o in book.case.operators}
    who = operators.get(ask.operator or "", book.case.country_name)
    short = next((w.short for w in book.case.asks if w.id == ask.ask_id), ask.topic)
    meaning = ANSWERS[ask.answer][1] if ask.answer in ANSWERS else ""
    page = f"../operators/{ask.operator}.html" if ask.operator else f"../asks/{safe_name(ask.ask_id)}.html"
    resting = [documents[name] for name in ask.evidence if name in documents]
    return Entry(
        key=f"{ask.ask_id}/{ask.operator or 'country'}",
        title=say.word(
            "%(who)s, %(ask)s: %(answer)s. %(what)s",
            who=_named(who, say),
            ask=_named(ask.ask_id, say),
            answer=say.term(ask.answer),
            what=_named(short, say),
        ),
        text="\n".join([say.word(meaning) if meaning else "", *_told([*ask.reasons, ask.coverage], say)]),
        href=page,
        updated=_known(resting or book.documents),
    )


def _incident(incident: Incident, links: Links, documents: dict[str, Document], say: Tongue) -> Entry:
    resting = [documents[name] for name in incident.documents if name in documents]
    against = [f"{say.word('Against it:')} {sentence}" for sentence in _told(incident.contrary, say)]
    meaning = RUNGS[incident.rung][1] if incident.rung in RUNGS else ""
    return Entry(
        key=f"incident/{incident.incident_id}",
        title=f"{say.tell_isolated(one_line(incident.title))} ({say.term(incident.rung)})",
        text="\n".join([say.word(meaning) if meaning else "", *_told([incident.rung_reason], say), *against]),
        href=links.to(incident.incident_id, "../").href or "../incidents.html",
        updated=_known(resting) if resting else incident.onset_latest,
    )


def _known(documents: Iterable[Document]) -> datetime:
    """The last day on which one of the documents was read or published, as midnight UTC."""
    return midnight(max((d for x in documents for d in (x.read_on, x.published_on) if d), default=None))


def _named(name: str, say: Tongue) -> str:
    """A text of the case or from outside, cleaned, and isolated where it reads in another direction than the feed."""
    return say.isolated(one_line(name))


def _of(part: str, title: str, say: Tongue) -> str:
    return say.word("%(part)s: %(title)s", part=_named(part, say), title=_named(title, say))


def _told(sentences: Iterable[str], say: Tongue) -> list[str]:
    """Sentences of rows, said in the language of the feed, each cleaned."""
    return [say.tell_isolated(clean(sentence)) for sentence in sentences]


def _others(edition: Edition, name: str) -> list[tuple[str, str]]:
    """The same feed in other languages: the code of each, and its place seen from this one."""
    top = "../../" if edition.tongue.folder else "../"
    return [(one.code, f"{top}{one.folder}feeds/{name}") for one in WHOLE if one.code != edition.tongue.code]


def _urn(edition: Edition, key: str) -> str:
    """A name that stays: `urn:x-lightkeeper:<case>:<key>`, with the language after it where that is not English.

    A reader who follows two languages would else see one of them alone.
    """
    name = f"urn:x-lightkeeper:{edition.book.case.id}:{safe_name(key.replace('/', ':'))}"
    return f"{name}:{edition.tongue.code}" if edition.tongue.folder else name
