"""The letter before: what is asked, what two people have attributed of the past, the law, and what operators owe."""

from __future__ import annotations

from lightkeeper.ledger.law import Bound
from lightkeeper.model import Incident
from lightkeeper.publish.letters.blocks import Block, Heading, Items, Line, Para, Quote
from lightkeeper.publish.letters.happened import incident_line
from lightkeeper.publish.letters.parts import Setting, asked, event_words
from lightkeeper.publish.letters.writer import Spans
from lightkeeper.publish.text import sentence
from lightkeeper.publish.tongue import n_

COVENANT = "iccpr"
PLACES = {
    "treaty": n_("Article %(number)s:"),
    "declaration": n_("Article %(number)s:"),
    "comment": n_("Paragraph %(number)s:"),
    "resolution": n_("Paragraph %(number)s:"),
    "principles": n_("Principle %(number)s:"),
}
"""What a part of an instrument is called."""


def title(at: Setting) -> Spans:
    """The title of the letter that was published: this one asks the same."""
    return at.write.outside(at.published.title)


def body(at: Setting) -> list[Block]:
    """The appeal, the past, the law, the operators, and the asks."""
    w, letter = at.write, at.published
    day = at.evidence.source(at.book.case.event.source)
    note = at.evidence.source(letter.source)
    lead = w.word("We write to you about this event: %(event)s, %(day)s.", **event_words(at))
    blocks: list[Block] = [Para(w.line(lead, notes=day))]
    if letter.opening:
        blocks += [Para(w.line(w.word("We appeal to you:"))), Quote(w.line(w.outside(letter.opening), notes=note))]
    if letter.definition:
        defined = w.word("By a shutdown we mean:")
        blocks += [Para(w.line(defined)), Quote(w.line(w.outside(letter.definition), notes=note))]
    blocks += _history(at)
    blocks += _law(at)
    blocks += _operators(at)
    return [*blocks, *asked(at, w.word("What we ask")), Para(w.line(w.word("We ask you to answer in public.")))]


def todo(at: Setting) -> list[Spans]:
    """What is to be looked at before this letter is sent."""
    w = at.write
    found: list[Spans] = []
    if not attributed(at):
        found.append(
            w.word(
                "It recalls nothing of the past: of what is on record before %(day)s nothing is attributed. That takes "
                "a document that names who ordered it, and two people who sign.",
                day=w.say.long_day(at.published.written_on),
            )
        )
    unknown = [w.told(b.instrument.name) for b in at.book.law if b.binding == "not known"]
    if unknown:
        found.append(w.word("Nobody looked up whether the state has joined: %(names)s.", names=w.row(unknown)))
    unread = [w.told(b.instrument.name) for b in _cited(at) if b.instrument.read is None]
    if unread:
        found.append(w.word("Check against the text before you cite it: %(names)s.", names=w.row(unread)))
    return found


def attributed(at: Setting) -> list[Incident]:
    """The incidents that two people have attributed and that had begun before the letter's day, oldest first."""
    end = at.book.case.midnight(at.published.written_on)
    chosen = [i for i in at.book.incidents if i.rung == "attributed" and i.onset_latest <= end]
    return sorted(chosen, key=lambda i: (i.onset_latest, i.incident_id))


def _history(at: Setting) -> list[Block]:
    rows = attributed(at)
    if not rows:
        return []
    lines = tuple(incident_line(at.book, i, at.write, at.evidence) for i in rows)
    return [Heading(at.write.line(at.write.word("What happened before"))), Items(lines, claims=True)]


def _cited(at: Setting) -> list[Bound]:
    return [b for b in at.book.law if b.binding != "not known"]


def _law(at: Setting) -> list[Block]:
    """What binds the state, how the treaty's committee reads it, what else there is, and what does not bind."""
    w, law = at.write, at.book.law
    country = w.outside(at.book.case.country_name)
    groups: list[tuple[Spans, list[Bound]]] = [
        (w.word("%(country)s is bound by:", country=country),
         [b for b in law if b.binding == "binds" and b.instrument.kind == "treaty"]),
        (w.word("The committee of the treaty reads it so:"), [b for b in law if b.instrument.kind == "comment"]),
        (w.word("These standards bind nobody by themselves:"),
         [b for b in law if b.binding == "soft law" and b.instrument.kind != "principles"]),
    ]  # fmt: skip
    blocks: list[Block] = []
    for lead, rows in groups:
        if rows:
            blocks += [Para(w.line(lead)), Items(tuple(_instrument(at, b) for b in rows), claims=True)]
    unbound = [_unbound(at, b) for b in law if b.binding in ("signed only", "does not bind")]
    if unbound:
        blocks.append(Items(tuple(unbound), claims=True))
    return [Heading(w.line(w.word("The law"))), *blocks] if blocks else []


def _instrument(at: Setting, bound: Bound) -> Line:
    w = at.write
    name = w.strong(w.told(bound.instrument.name))
    if bound.since and bound.instrument.kind == "treaty":
        since = w.say.number(str(bound.since.year)) if bound.since_year_only else w.say.long_day(bound.since)
        name = w.word("%(name)s, since %(day)s.", name=name, day=since)
    else:
        name = (*name, *w.sign("."))
    says = [_article(at, bound, a.number, a.says) for a in bound.instrument.articles]
    return w.line(name, *says, notes=at.evidence.law(bound))


def _article(at: Setting, bound: Bound, number: str, says: str) -> Spans:
    w, told = at.write, at.write.told(says)
    if not number:
        return told
    place = w.word(PLACES[bound.instrument.kind], number=w.say.number(number))
    return (*place, *w.sign(" "), *told)


def _unbound(at: Setting, bound: Bound) -> Line:
    w = at.write
    values = {"country": w.outside(at.book.case.country_name), "name": w.told(bound.instrument.name)}
    said = (
        w.word("%(country)s has signed and not joined the %(name)s, so it is not bound by it.", **values)
        if bound.binding == "signed only"
        else w.word("%(country)s has not joined the %(name)s, so it is not bound by it.", **values)
    )
    return w.line(said, notes=at.evidence.law(bound))


def _operators(at: Setting) -> list[Block]:
    """What operators owe by the standards for companies, and what the letter asks for through them."""
    w = at.write
    principles = [b for b in at.book.law if b.instrument.kind == "principles"]
    through = [a for a in at.book.case.asks if a.topic == "notice"]
    if not principles and not through:
        return []
    blocks: list[Block] = [Heading(w.line(w.word("What operators owe")))]
    if at.book.case.operators:
        names = w.row([w.outside(o.name) for o in at.book.case.operators])
        blocks.append(
            Para(w.line(w.word("Those who run the networks are asked to keep to it too: %(names)s.", names=names)))
        )
    lines = [_instrument(at, b) for b in principles]
    note = at.evidence.source(at.published.source)
    lines += [w.line(w.word("The letter asks of them:"), w.outside(sentence(a.short)), notes=note) for a in through]
    return [*blocks, Items(tuple(lines), claims=True)]
