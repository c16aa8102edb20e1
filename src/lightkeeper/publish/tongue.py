"""A tongue: the language that a page is written in. This one is English; others build on it."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from typing import Any

from markupsafe import Markup

from lightkeeper.publish import text, times
from lightkeeper.publish.pieces import Piece


class Tongue:
    """English: words, numbers, days and lists as a page shows them, and sentences of the rows as they stand."""

    code = "en"
    name = "English"
    direction = "ltr"
    folder = ""
    """Folder of its pages below that of the case."""
    weight = 1.0
    """Bytes of a page for each byte of the same page in English."""

    def word(self, message: str, **values: Any) -> str:
        """A message of the pages, with `%(name)s` filled in."""
        said = self._said(message)
        if any(isinstance(v, Markup) for v in values.values()):
            return Markup("{}").format(said) % values
        return said % values if values else said

    def markup(self, message: str, **values: Any) -> Markup:
        """A message as a template says it: it may hold markup of ours, and each value is cleaned and escaped.

        Never give it text from outside as the message.
        """
        shown = {k: text.clean(v) if isinstance(v, str) and not isinstance(v, Markup) else v for k, v in values.items()}
        said = Markup(self._said(message))  # noqa: S704 - a message of ours, whatever its values are
        return said % shown if shown else said

    def term(self, name: str) -> str:
        """A code word of a row made readable: `ends_before_it_begins` is `ends before it begins`."""
        return name.replace("_", " ")

    def named(self, name: str, table: Mapping[str, str]) -> str:
        """A code word by a table of ours, else made readable. An unknown one is text from outside, and no message."""
        return self.word(table[name]) if name in table else self.term(name)

    def number(self, value: float | str, form: str = ",") -> str:
        """`1,234`. A text keeps its form, and gets the digits of the language."""
        return value if isinstance(value, str) else format(value, form)

    def counted(self, n: int, one: str, many: str | None = None) -> str:
        """`1 incident`, `12,000 incidents`."""
        return text.counted(n, one, many)

    def joined(self, items: Sequence[str]) -> str:
        """`a`, `a and b`, `a, b and c`."""
        return text.joined(list(items))

    def listed(self, items: Iterable[object]) -> Markup:
        """Texts from outside as a list, each isolated from the words around it."""
        return Markup(self.joined([str(self.outside(x)) for x in items]))  # noqa: S704 - each is escaped by outside

    def day(self, value: date | datetime | None) -> str:
        """`18 Jun 2021`, or `not known`."""
        return times.day(value)

    def long_day(self, value: date | datetime) -> str:
        """The same for running text: `18 June 2021`."""
        return times.long_day(value)

    def hour(self, value: datetime | None) -> str:
        """The hour of a measurement in UTC."""
        return times.hour(value)

    def utc_day(self, value: datetime) -> str:
        """The day of a moment in UTC, beside hours in UTC."""
        return times.day(value)

    def utc(self, value: datetime) -> str:
        """A moment in UTC: `18 Jun 2021 07:30`."""
        return times.clock(value)

    def local(self, value: datetime) -> str:
        """A moment in local time, given in that zone."""
        return times.clock(value)

    def clock_time(self, value: datetime, utc: bool) -> str:  # noqa: ARG002 - other languages tell the two apart
        """`07:30`."""
        return f"{value:%H:%M}"

    def outside(self, value: object) -> Markup:
        """Text from outside, escaped and isolated."""
        return text.bdi(value)

    def latin(self, value: object) -> Markup:
        """An id, an address or the number of a network."""
        return Markup("{}").format(text.clean(str(value)))

    def tell(self, sentence: str, limit: int = 0) -> Markup:
        """A sentence of a row; with a limit, no more than that many characters of it."""
        return text.bdi(text.one_line(sentence, limit) if limit else sentence)

    def cell(self, value: str) -> Markup:
        """A cell of a table of numbers."""
        return Markup("{}").format(text.clean(value))

    def tell_code(self, sentence: str) -> Markup:
        """The same, with commands between backticks."""
        return text.with_code(sentence)

    def tell_plain(self, sentence: str) -> str:
        """The same as text without markup, for a title, an image's words or a label."""
        return sentence

    def pieces(self, sentence: str) -> Sequence[Piece]:
        """The same in pieces, each with its kind."""
        return (Piece(text.clean(sentence), "other"),)

    def isolated(self, value: str) -> str:
        """Text from outside for a place that reads no markup, such as a PDF."""
        return value

    def tell_isolated(self, sentence: str) -> str:
        """A sentence of a row for such a place."""
        return sentence

    def order(self, name: str) -> tuple[object, ...]:
        """A key that sorts names as a reader of this language expects: here without regard to case and accents."""
        bare = "".join(c for c in unicodedata.normalize("NFKD", name) if not unicodedata.combining(c))
        return bare.casefold(), name

    def drawing(self, svg: str) -> str:
        """A chart with its words in this language."""
        return svg

    def _said(self, message: str) -> str:
        return message


class InFull(Tongue):
    """English with months in full, for running text: other languages write none short."""

    def day(self, value: date | datetime | None) -> str:
        return times.long_day(value) if value else super().day(value)

    def local(self, value: datetime) -> str:
        return f"{value:%H:%M} on {times.long_day(value)}"


def n_(message: str) -> str:
    """Marks a message for the catalogues where it is not yet said."""
    return message
