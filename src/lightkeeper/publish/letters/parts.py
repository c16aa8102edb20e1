"""Parts that all three letters have: whom they are addressed to, the asks, who signs, and the marks of a draft."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from lightkeeper.model.act import Act
from lightkeeper.model.case import Letter as Published
from lightkeeper.publish.book import Book
from lightkeeper.publish.letter import translation_words
from lightkeeper.publish.letters.blocks import Block, Heading, Items, Line, Names, Para, When
from lightkeeper.publish.letters.evidence import Evidence
from lightkeeper.publish.letters.writer import Spans, Writer
from lightkeeper.publish.tongue import n_
from lightkeeper.publish.words import NO_INTENTION

SIGNERS = 2
"""So many different people must sign a text before it is no draft any more."""
DRAFT = n_("Draft: not signed, not sent")


class Setting(NamedTuple):
    """What the parts of one letter are made with."""

    book: Book
    published: Published
    write: Writer
    evidence: Evidence


def addresses(at: Setting) -> list[Block]:
    """Whom the letter is addressed to, and who gets a copy."""
    w = at.write
    blocks: list[Block] = []
    for lead, names in ((w.word("To:"), at.published.addressees), (w.word("CC:"), at.published.cc)):
        if names:
            blocks += [Para(w.line(lead)), Items(tuple(w.line(w.outside(n)) for n in names))]
    return blocks


def event_words(at: Setting) -> dict[str, str | Spans]:
    """The event and its day, as values of a message."""
    event = at.book.case.event
    return {"event": at.write.outside(event.name), "day": at.write.say.long_day(event.day)}


def caution(at: Setting) -> Block:
    """What measurement can show, and what not."""
    return Para(at.write.line(at.write.word(NO_INTENTION)))


def asked(at: Setting, heading: Spans) -> list[Block]:
    """The asks in the words of the letter that was published."""
    note = at.evidence.source(at.published.source)
    w, last = at.write, len(at.book.case.asks) - 1
    lines = tuple(
        w.line(w.outside(a.wording), notes=note if number == last else ()) for number, a in enumerate(at.book.case.asks)
    )
    return [Heading(w.line(heading)), Items(lines, numbered=True)]


def signing(at: Setting, when: When, signed: Sequence[Act]) -> list[Block]:
    """Who signs this text, who signed the letter that was published, and whom to write to."""
    w = at.write
    blocks: list[Block] = [Heading(w.line(w.word("Signed")))]
    joined = getattr(at.book.case.sign_on, when)
    if joined:
        blocks.append(Names(_names(at, joined)))
    else:
        blocks.append(Para(w.line(w.word("No organisation has signed this text yet."))))
    if len(signed) >= SIGNERS:
        people = w.listed([w.word("%(name)s, %(day)s", name=w.outside(a.by), day=w.say.long_day(a.at)) for a in signed])
        blocks.append(Para(w.line(w.word("Released by %(people)s.", people=people))))
    if at.published.signatories:
        day = w.say.long_day(at.published.written_on)
        heading = w.word("Who signed the letter of %(day)s", day=day)
        blocks += [Heading(w.line(heading), 3), Names(_names(at, at.published.signatories))]
        blocks.append(Para(w.line(w.word("They signed that letter. That does not sign this one."))))
    if at.published.contact:
        blocks.append(Para(w.line(w.word("Contact:"), w.outside(at.published.contact))))
    told = translation_words(at.book, w.say)
    if told and len(signed) >= SIGNERS:  # a draft says it at its top
        blocks.append(Para(w.line(w.sign(told))))
    return blocks


def draft_lines(at: Setting, signed: Sequence[Act], todo: Sequence[Spans]) -> tuple[Line, ...]:
    """What stands at the top of a draft: that it is one, and what is still to be done. None once two have signed."""
    if len(signed) >= SIGNERS:
        return ()
    w = at.write
    first: list[Spans] = [
        w.strong((*w.word(DRAFT), *w.sign("."))),
        w.word("It stays a draft until two named people have signed this very text."),
    ]
    if signed:
        first.append(w.word("%(name)s has signed it.", name=w.outside(signed[0].by)))
    told = translation_words(at.book, w.say)
    more = [w.sign(told)] if told else []
    return (w.line(*first), *(w.line(spans) for spans in (*todo, *more)))


def _names(at: Setting, names: Sequence[str]) -> tuple[Line, ...]:
    return tuple(at.write.line(at.write.outside(n)) for n in sorted(names, key=at.write.say.order))
