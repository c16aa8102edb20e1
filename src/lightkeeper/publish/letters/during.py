"""The letter during: what happened so far, up to the end of one local day, and what is asked again."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import msgspec

from lightkeeper.ledger.answer import answer
from lightkeeper.ledger.networks import Networks
from lightkeeper.model import Ask, Incident
from lightkeeper.model.case import Case
from lightkeeper.publish.book import Book
from lightkeeper.publish.letters.blocks import Block, Heading, Items, Line, Para
from lightkeeper.publish.letters.happened import told_blocks
from lightkeeper.publish.letters.parts import Setting, asked, caution, event_words
from lightkeeper.publish.letters.writer import Spans
from lightkeeper.publish.text import sentence
from lightkeeper.publish.tongue import n_
from lightkeeper.publish.words import ANSWERS

NOT_YET = n_("By the end of %(day)s it had not ended.")


def so_far(book: Book, day: date) -> Book:
    """The book as it stood at the end of a local day: its incidents, its ledger, and a window that ends there.

    How well an incident is known is told as it is known today, whenever its documents came.
    """
    case = _until(book.case, day)
    end = case.window[1]
    incidents = [i for i in book.incidents if i.onset_latest <= end]
    documents = [d for d in book.documents if d.published_on is None or d.published_on <= day]
    measured = [m for m in book.measurements if m.started_at is None or m.started_at < end]
    kept = {m.measurement_id for m in measured}
    verdicts = [v for v in book.verdicts if v.measurement_id in kept]
    signals = [row for rows in book.signals.values() for row in rows if row.step_at < end]
    networks = Networks(case, measured, verdicts, book.as_numbers)
    asks = answer(case, incidents, documents, measured, verdicts, signals, networks=networks)
    return replace(book, case=case, asks=asks, incidents=[_as_of(i, case) for i in incidents])


def title(at: Setting) -> Spans:
    """What it is about."""
    return at.write.word("What has happened so far: %(event)s", event=at.write.outside(at.book.case.event.name))


def body(at: Setting) -> list[Block]:
    """What is on record up to the day, by incident and by ask, and the asks again."""
    w, case = at.write, at.book.case
    first, last = case.window_days
    lead = w.word(
        "On %(written)s the %(publisher)s wrote to you about this event: %(event)s, %(day)s. This letter says what is "
        "on record from %(first)s to the end of %(last)s, in local days, as far as it is known today.",
        written=w.say.long_day(at.published.written_on),
        publisher=w.told(at.published.publisher),
        first=w.say.long_day(first),
        last=w.say.long_day(last),
        **event_words(at),
    )
    note = at.evidence.source(at.published.source)
    blocks: list[Block] = [Para(w.line(lead, notes=note)), caution(at), Heading(w.line(w.word("What happened so far")))]
    not_yet = w.word(NOT_YET, day=w.say.long_day(last))
    blocks += told_blocks(at.book, [i for i in at.book.incidents if i.in_window], w, at.evidence, ends=not_yet)
    lines = tuple(_so_far(at, a.id, a.short) for a in case.asks)
    blocks += [Heading(w.line(w.word("What was asked, and what is on record of it"))), Items(lines, claims=True)]
    return [*blocks, *asked(at, w.word("What we ask again")), Para(w.line(w.word("We ask you to answer in public.")))]


def todo(at: Setting) -> list[Spans]:
    """What is to be looked at before this letter is sent."""
    w = at.write
    return [
        w.word(
            "It speaks of the days up to %(day)s. Write it anew for a later day.",
            day=w.say.long_day(at.book.case.window_days[1]),
        )
    ]


def _until(case: Case, day: date) -> Case:
    event = case.event.model_copy(update={"watch_days_after": (day - case.event.day) // timedelta(days=1)})
    return case.model_copy(update={"event": event})


def _as_of(incident: Incident, case: Case) -> Incident:
    """An incident as it stood at the end of the window: an end that came later was not known."""
    end = case.window[1]
    if incident.end_latest is None or incident.end_latest <= end or incident.ongoing:
        return incident
    return msgspec.structs.replace(incident, end_earliest=None, end_latest=None, ongoing=True)


def _so_far(at: Setting, ask_id: str, short: str) -> Line:
    w = at.write
    row = next((a for a in at.book.asks if a.ask_id == ask_id and a.operator is None), None)
    if row is None:
        return w.line(w.outside(sentence(short)), w.strong(w.say.term("untested")))
    return w.line(w.outside(sentence(short)), answer_words(at, row), notes=at.evidence.ledger(row))


def answer_words(at: Setting, row: Ask) -> Spans:
    """The answer of the ledger, and what the word means."""
    answer = at.write.strong(at.write.say.term(row.answer))
    said = at.write.word("Answer: %(answer)s.", answer=answer)
    if row.answer not in ANSWERS:
        return said
    return (*said, *at.write.sign(" "), *at.write.word(ANSWERS[row.answer][1]))
