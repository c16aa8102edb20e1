"""The writer: puts words of a tongue, texts from outside and sentences of rows into spans, each with its kind."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from lightkeeper.publish.letters.blocks import Line, Span
from lightkeeper.publish.text import one_line
from lightkeeper.publish.tongue import Tongue

Spans = tuple[Span, ...]
LONGEST = 4000
"""Characters of a text from outside: as many as a text of a case may have."""
_VALUE = re.compile(r"%\((\w+)\)s")


class Writer:
    """Makes spans in one language."""

    def __init__(self, say: Tongue) -> None:
        self.say = say

    def word(self, message: str, **values: str | Spans) -> Spans:
        """A message of ours with its values filled in. A value that is text is taken as said in this language."""
        parts = _VALUE.split(self.say.word(message))
        spans: list[Span] = []
        for number, part in enumerate(parts):
            value = values[part] if number % 2 else part
            spans += [Span(value)] if isinstance(value, str) else value
        return _joined_up(spans)

    def sign(self, text: str) -> Spans:
        """A sign that is the same in all languages: a full stop, a space, a box."""
        return (Span(text),)

    def outside(self, text: str) -> Spans:
        """Text from outside, on one line."""
        return (Span(one_line(text, LONGEST), "other"),)

    def latin(self, text: str) -> Spans:
        """An id, an address or a time in UTC."""
        return (Span(one_line(text, LONGEST), "latin"),)

    def told(self, sentence: str) -> Spans:
        """A sentence of a row, said in this language as far as it is known."""
        return tuple(Span(one_line(p.text, LONGEST) if p.kind != "own" else p.text, p.kind)
                     for p in self.say.pieces(sentence))  # fmt: skip

    def strong(self, spans: str | Spans) -> Spans:
        """The same, standing out."""
        given = (Span(spans),) if isinstance(spans, str) else spans
        return tuple(Span(s.text, s.kind, strong=True) for s in given)

    def listed(self, items: Sequence[Spans]) -> Spans:
        """`a, b and c`, with the commas of the language."""
        between = self.say.joined(["\0"] * len(items)).split("\0")[1:]
        return _joined_up([s for item, mark in zip(items, between, strict=True) for s in (*item, Span(mark))])

    def row(self, items: Sequence[Spans]) -> Spans:
        """`a; b; c`, for items that may hold a comma."""
        return _joined_up([s for n, item in enumerate(items) for s in ((*self.word("; "), *item) if n else item)])

    def line(self, *parts: str | Spans, notes: Iterable[int] = ()) -> Line:
        """Parts one after the other, with a space between two."""
        spans: list[Span] = []
        for part in parts:
            given = [Span(part)] if isinstance(part, str) else list(part)
            spans += [Span(" "), *given] if spans and given else given
        return Line(_joined_up(spans), tuple(dict.fromkeys(notes)))


def _joined_up(spans: Iterable[Span]) -> Spans:
    """The same without what is empty, and with neighbours of our own words joined."""
    found: list[Span] = []
    for span in spans:
        if found and found[-1].kind == span.kind == "own" and found[-1].strong == span.strong:
            found[-1] = Span(found[-1].text + span.text, strong=span.strong)
        elif span.text:
            found.append(span)
    return tuple(found)
