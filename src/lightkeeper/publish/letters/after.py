"""The letter after: what happened, what became of each ask, and what is asked now."""

from __future__ import annotations

import re
from collections.abc import Sequence

from lightkeeper.model import Ask, Incident
from lightkeeper.model.case import AskWording
from lightkeeper.publish.letters.blocks import Block, Heading, Items, Line, Para, Quote
from lightkeeper.publish.letters.during import answer_words
from lightkeeper.publish.letters.happened import told_blocks
from lightkeeper.publish.letters.parts import Setting, caution, event_words
from lightkeeper.publish.letters.writer import Spans
from lightkeeper.publish.text import sentence, without_code
from lightkeeper.publish.tongue import n_
from lightkeeper.publish.words import ANSWERS

NOW = {
    "breached": n_("Say in public who decided it and on what legal ground, and publish the orders."),
    "partly": n_("Say in public why a part of it was not kept, and keep it from now on."),
    "disputed": n_("Publish what you know of it, so that it can be settled."),
    "insufficient": n_("Publish what you and the operators know of it, so that it can be answered."),
    "untested": n_("Nothing on record here tests it, so nothing is said of it, for you or against you."),
    "met": n_("It was kept, as far as it was watched. Keep it so."),
}
"""What is asked now, by the answer to an ask."""

_LISTED = re.compile(r"\s*[;؛](?:\s*(?:and|et|و))?\s*$")

_SAID_ELSEWHERE = ("Also: ", "Measurement shows disruption, not intention:")
"""How reasons begin that the letter says once, in its own place."""


def title(at: Setting) -> Spans:
    """What it is about."""
    return at.write.word("What became of what was asked: %(event)s", event=at.write.outside(at.book.case.event.name))


def body(at: Setting) -> list[Block]:
    """The answer in one sentence, what happened, each ask, and what is asked now."""
    w, case = at.write, at.book.case
    first, last = case.window_days
    lead = w.word(
        "On %(written)s the %(publisher)s wrote to you about this event: %(event)s, %(day)s. The days from "
        "%(first)s to %(last)s were watched. This is what became of what was asked.",
        written=w.say.long_day(at.published.written_on),
        publisher=w.told(at.published.publisher),
        first=w.say.long_day(first),
        last=w.say.long_day(last),
        **event_words(at),
    )
    note = at.evidence.source(at.published.source)
    rows = [(a, _whole(at, a)) for a in case.asks]
    overall = tuple(n for _, row in rows if row for n in at.evidence.ledger(row))
    blocks: list[Block] = [
        Para(w.line(lead, notes=note)),
        Para(w.line(w.told(at.book.headline), notes=overall), claims=True),
        caution(at),
        Heading(w.line(w.word("What happened"))),
        *told_blocks(at.book, [i for i in at.book.incidents if i.in_window], w, at.evidence),
        Heading(w.line(w.word("What became of each ask"))),
    ]
    for wording, row in rows:
        blocks += _ask(at, wording, row)
    lines = tuple(w.line(w.outside(sentence(a.short)), w.word(NOW[_answer(row)])) for a, row in rows)
    blocks += [Heading(w.line(w.word("What we ask now"))), Items(lines, numbered=True)]
    return [*blocks, Para(w.line(w.word("We ask you to answer in public.")))]


def todo(at: Setting) -> list[Spans]:
    """What is to be looked at before this letter is sent."""
    w = at.write
    claims = [i for i in at.book.incidents if i.in_window and i.rung == "confirmed"]
    if not claims:
        return []
    number = w.say.counted(len(claims), "incident")
    return [
        w.word(
            "%(number)s confirmed and not attributed: the letter does not say that anybody ordered it.", number=number
        )
    ]


def _whole(at: Setting, wording: AskWording) -> Ask | None:
    return next((a for a in at.book.asks if a.ask_id == wording.id and a.operator is None), None)


def _answer(row: Ask | None) -> str:
    return row.answer if row and row.answer in ANSWERS else "untested"


def _ask(at: Setting, wording: AskWording, row: Ask | None) -> list[Block]:
    w = at.write
    heading = Heading(w.line(w.word("%(id)s. %(ask)s", id=w.latin(wording.id), ask=w.outside(wording.short))), 3)
    quote = Quote(w.line(w.outside(unlisted(wording.wording)), notes=at.evidence.source(at.published.source)))
    if row is None:
        return [heading, quote, Para(w.line(w.strong(w.say.term("untested"))))]
    note = at.evidence.ledger(row)
    blocks: list[Block] = [heading, quote, Para(w.line(answer_words(at, row), notes=note), claims=True)]
    reasons = [_reason(at, row, r) for r in own_reasons(row, at.book.incidents)]
    if reasons:
        blocks.append(Items(tuple(reasons), claims=True))
    if row.coverage:
        blocks.append(Para(w.line(w.told(row.coverage), notes=note), claims=True))
    operators = _by_operator(at, wording)
    if operators:
        blocks.append(Para(w.line(w.word("By operator:"), operators, notes=note), claims=True))
    return blocks


def unlisted(wording: str) -> str:
    """An ask as a sentence: without the `; and` that it ends with where the letter lists it."""
    return sentence(_LISTED.sub("", wording))


def own_reasons(row: Ask, incidents: Sequence[Incident]) -> list[str]:
    """The reasons without those that the letter says elsewhere: incidents, and what measurement can show."""
    reasons = row.reasons[1:] if row.parts else row.reasons  # where an ask has parts, they say again what decided
    titles = tuple(f"{i.title}:" for i in incidents)
    return [r for r in reasons if not r.startswith((*titles, *_SAID_ELSEWHERE))]


def _reason(at: Setting, row: Ask, reason: str) -> Line:
    """A reason, with the incidents that it names as notes, or else the line of the ledger."""
    named = [i for i in at.book.incidents if i.incident_id in row.evidence and i.title in reason]
    notes = at.evidence.incidents(named) or at.evidence.ledger(row)
    return at.write.line(at.write.told(sentence(without_code(reason))), notes=notes)


def _by_operator(at: Setting, wording: AskWording) -> Spans:
    w, case = at.write, at.book.case
    answers = {a.operator: a.answer for a in at.book.asks if a.ask_id == wording.id}
    names: dict[str, list[Spans]] = {}
    for operator in case.operators:
        names.setdefault(answers.get(operator.id, "untested"), []).append(w.outside(operator.name))
    groups = []
    for answer in (a for a in ANSWERS if a in names):
        everyone = len(names[answer]) == len(case.operators) > 3
        number = w.say.number(len(case.operators))
        who = w.word("all %(number)s operators of the case", number=number) if everyone else w.listed(names[answer])
        groups.append(w.word("%(answer)s: %(names)s", answer=w.strong(w.say.term(answer)), names=who))
    return (*w.row(groups), *w.sign(".")) if groups else ()
