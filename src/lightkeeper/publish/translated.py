"""A translated tongue: words of a catalogue, sentences of the rows said anew, numbers and days in its own way."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime
from typing import Any

from markupsafe import Markup

from lightkeeper.publish import pieces
from lightkeeper.publish.catalogue import RULE, SENTENCE, TERM, messages, plural_rule, plurals
from lightkeeper.publish.languages import Language, date_of
from lightkeeper.publish.pieces import Piece
from lightkeeper.publish.redrawn import redrawn
from lightkeeper.publish.sentences import Reading, Sentences, in_a_row, names_in
from lightkeeper.publish.text import bdi, one_line
from lightkeeper.publish.tongue import Tongue, n_

LONGEST_VALUE = 160
"""Characters of a text from outside within a sentence."""
_COUNT = re.compile(r"([0-9,]+) ([a-z ]+)")
_UNITS = {"days": n_("day"), "h": n_("hour"), "min": n_("minute")}


class Translated(Tongue):
    """A language other than English. `known` are names that the rows of a book use, with what its readers call them."""

    def __init__(self, language: Language, known: Mapping[str, Sequence[Piece]] | None = None) -> None:
        self.language = language
        self.code, self.name, self.direction = language.code, language.name, language.direction
        self.folder, self.weight = language.folder, language.weight
        self._texts, self._forms = messages(language.code), plurals(language.code)
        self._form_of = plural_rule(language.code)
        self._comma, self._semicolon, self._colon = map(self._said, (", ", "; ", ": "))
        self._known = {name: Reading(tuple(said), len(name)) for name, said in (known or {}).items() if name}
        self._sentences = Sentences(
            {m: (said,) for (context, m), said in self._texts.items() if context == SENTENCE}
            | {m: forms for (context, m), forms in self._forms.items() if context == SENTENCE},
            self._sayers(), self._known, self._form_of, self._semicolon,
        )  # fmt: skip

    def term(self, name: str) -> str:
        said = self._texts.get((TERM, name)) or self._texts.get((TERM, name.replace("_", " ")))
        return said or super().term(name)

    def number(self, value: float | str, form: str = ",") -> str:
        return self.language.number(super().number(value, form))

    def counted(self, n: int, one: str, many: str | None = None) -> str:  # noqa: ARG002 - its forms are its own
        return self._counted(n, self.number(n), one) or f"{self.number(n)} {self._said(one)}"

    def _counted(self, n: int, shown: str, noun: str) -> str | None:
        """A number with its noun in the form for it; none for a noun that is not in the catalogue."""
        if forms := self._forms.get((None, noun)):
            return forms[self._form_of(n)] % {"n": shown}
        said = self._texts.get((None, noun))
        return f"{shown} {said}" if said else None

    def joined(self, items: Sequence[str]) -> str:
        if len(items) < 2:
            return "".join(items)
        return f"{self._comma.join(items[:-1])}{self.language.last}{items[-1]}"

    def day(self, value: date | datetime | None) -> str:
        return self.language.day(value) if value else self._said("not known")

    def long_day(self, value: date | datetime) -> str:
        return self.day(value)

    def hour(self, value: datetime | None) -> str:
        if value is None:
            return self._said("not known")
        at = value.astimezone(UTC)
        return Markup("{} {}").format(self.day(at), self.latin(f"{at:%H}:00 UTC"))

    def utc_day(self, value: datetime) -> str:
        return self.latin(f"{value.astimezone(UTC):%Y-%m-%d}")

    def utc(self, value: datetime) -> str:
        return self.latin(f"{value.astimezone(UTC):%Y-%m-%d %H:%M}")

    def local(self, value: datetime) -> str:
        return self.word("%(day)s at %(time)s", day=self.day(value), time=self.clock_time(value, utc=False))

    def clock_time(self, value: datetime, utc: bool) -> str:
        return self.latin(f"{value:%H:%M}") if utc else self.language.number(f"{value:%H:%M}")

    def outside(self, value: object) -> Markup:
        return pieces.outside(value) if self._from_right else bdi(value)

    def latin(self, value: object) -> Markup:
        return pieces.latin(value) if self._from_right else super().latin(value)

    def tell(self, sentence: str, limit: int = 0) -> Markup:
        return self._html(self._told(sentence, limit))

    def cell(self, value: str) -> Markup:
        return self._html(self._told(value))

    def tell_code(self, sentence: str) -> Markup:
        return self._html(self._told(sentence))

    def tell_plain(self, sentence: str) -> str:
        return pieces.plain(self._told(sentence))

    def pieces(self, sentence: str) -> Sequence[Piece]:
        return self._told(sentence)

    def isolated(self, value: str) -> str:
        if not self._from_right:
            return value
        return pieces.isolated(value) if pieces.is_latin(value) else pieces.plain([Piece(value)], isolate=True)

    def tell_isolated(self, sentence: str) -> str:
        return pieces.plain(self._told(sentence), isolate=self._from_right)

    def untold(self, sentence: str) -> int:
        """How many characters of a sentence stay in another language."""
        return pieces.letters(self._told(sentence))

    def order(self, name: str) -> tuple[object, ...]:
        """By the alphabet of the language; names in other letters come after those in its own."""
        alphabet, (given, taken, unseen) = self.language.alphabet, self.language.written_as
        if not alphabet:
            return super().order(name)
        bare = unicodedata.normalize("NFC", name).translate(str.maketrans(given, taken, unseen))
        letters = "".join(c for c in bare if not unicodedata.combining(c) and (c.isalnum() or c == " ")).casefold()
        return tuple(alphabet.find(c) if c in alphabet or c == " " else len(alphabet) + ord(c) for c in letters), name

    def drawing(self, svg: str) -> str:
        return redrawn(svg, self._label)

    @property
    def _from_right(self) -> bool:
        return self.direction == "rtl"

    def _html(self, told: Sequence[Piece]) -> Markup:
        return pieces.html(told) if self._from_right else pieces.html_from_left(told)

    def _label(self, words: str) -> str:
        """A word in a chart: one of the pages, a code word, or a sentence."""
        said = self._texts.get((None, words)) or self._texts.get((TERM, words.replace("_", " ")))
        return said or self.tell_plain(words)

    def _said(self, message: str) -> str:
        return self._texts.get((None, message), message)

    def _told(self, sentence: str, limit: int = 0) -> Sequence[Piece]:
        found = self._sentences.say(sentence).pieces
        found = _capital(found) if sentence[:1].isupper() else found
        most = LONGEST_VALUE if len(found) > 1 else limit
        return [p._replace(text=one_line(p.text, most)) if most and p.kind != "own" else p for p in found]

    def _sayers(self) -> dict[str, Any]:
        return {
            "day": self._day,
            "moment": _latin,
            "id": _latin,
            "ids": _latin,
            "code": lambda text: Reading((Piece(text, "code"),), len(text)),
            "n": self._number,
            "asns": self._asns,
            "count": self._count,
            "length": self._length,
            "word": self._term_list,
            "lineages": self._term_list,
            "terms": self._term_list,
            "rule": self._rule,
            "counts": self._counts,
            "name": self._name,
            "names": self._names,
            "kinds": self._kinds,
            "said": self._of_pages,
            "reasons": self._reasons,
            "clock": self._clock,
            "watches": self._watches,
            "share": lambda text: _own(self.language.number(text), text),
            "quote": lambda text: Reading((Piece(text, "other"),), 0),
            "place": lambda text: Reading((Piece(text, "latin"),), len(text)),
        }

    def _day(self, text: str) -> Reading | None:
        found = date_of(text)
        return _own(self.day(found), text) if found else None

    def _asns(self, text: str) -> Reading:
        parts = [
            _own(self.term(part), part) if part.startswith("an ") else Reading((Piece(part, "latin"),), len(part))
            for part in re.split(r", | and ", text)
        ]
        return self._listed(parts)

    def _count(self, text: str) -> Reading | None:
        found = _COUNT.fullmatch(text)
        if not found:
            return None
        n, shown = int(found[1].replace(",", "")), self.language.number(found[1])
        said = self._counted(n, shown, found[2]) or self._counted(n, shown, found[2].removesuffix("s"))
        return _own(said, text) if said else None

    def _length(self, text: str) -> Reading:
        """`1 h 20 min`, `3 days 4 h`; a part that is zero is not said."""
        parts = text.split(" ")
        pairs = list(zip(map(int, parts[::2]), parts[1::2], strict=True))
        said = [self._unit(n, unit) for n, unit in pairs if n] or [self._unit(*pairs[-1])]
        return _own(self.language.last.join(said), text)

    def _unit(self, n: int, unit: str) -> str:
        if self.language.units:
            return f"{self.number(n, 'd')} {dict(zip(_UNITS, self.language.units, strict=True))[unit]}"
        return self.counted(n, _UNITS[unit])

    def _term_list(self, text: str) -> Reading | None:
        """Code words of rows in a list; none where one is not known."""
        parts = []
        for part in re.split(r", | and ", text):
            said = self._texts.get((TERM, part.casefold())) or self._texts.get((TERM, part))
            if said is None:
                return None
            parts.append(_own(said, part))
        return self._listed(parts)

    def _counts(self, text: str) -> Reading | None:
        """`3 met, 1 untested`."""
        parts = []
        for part in text.split(", "):
            number, _, word = part.partition(" ")
            said = self._texts.get((TERM, word))
            if said is None or not number.isdecimal():
                return None
            parts.append(_own(self.language.counted_term.format(n=self.language.number(number), term=said), part))
        return in_a_row(parts, Piece(self._comma), 2)

    def _kinds(self, text: str) -> Reading | None:
        """`Outage: 3; Throttling: 1`."""
        parts = []
        for part in text.split("; "):
            kind, _, number = part.rpartition(": ")
            said = self._texts.get((None, kind)) or self._texts.get((TERM, kind))
            if said is None or not number.isdecimal():
                return None
            parts.append(_own(f"{said}{self._colon}{self.language.number(number)}", part))
        return in_a_row(parts, Piece(self._semicolon), 2)

    def _of_pages(self, text: str) -> Reading | None:
        """A message of the pages, such as the name of a lineage or why a step has no value."""
        said = self._texts.get((None, text)) or self._texts.get((None, text[:1].upper() + text[1:]))
        return _own(said, text) if said else None

    def _reasons(self, text: str) -> Reading | None:
        """`left out by the source: 3, null at the source: 2`."""
        parts = []
        for part in text.split(", "):
            reason, _, number = part.rpartition(": ")
            said = self._of_pages(reason)
            if said is None or not number.isdecimal():
                return None
            parts.append(Reading((*said.pieces, Piece(f"{self._colon}{self.language.number(number)}")), len(part)))
        return in_a_row(parts, Piece(self._comma), 2)

    def _watches(self, text: str) -> Reading:
        """`telescope (99% of 1,080 hours, longest gap 3 h), traffic (…)`."""
        parts = [self._sentences.say(part) for part in re.split(r"(?<=h\)), ", text)]
        return in_a_row(parts, Piece(self._comma), 2)

    def _clock(self, text: str) -> Reading | None:
        """`8 Jan 2026 16:00` as `2026-01-08 16:00`, which stands in a table from left to right."""
        day, _, time = text.rpartition(" ")
        found = date_of(day)
        return Reading((Piece(f"{found} {time}", "latin"),), len(text)) if found else None

    def _number(self, text: str) -> Reading:
        plain = f"{float(text.replace(',', '')):,.0f}" if "e" in text else text
        return _own(self.language.number(plain), text)

    def _rule(self, text: str) -> Reading | None:
        said = self._texts.get((RULE, text))
        return _own(said, text) if said else None

    def _name(self, text: str) -> Reading:
        return self._known.get(text) or Reading((Piece(text, "other"),), 0)

    def _names(self, text: str) -> Reading:
        more = {m: self._sentences.say(m) for m in re.findall(r"\d+ more", text)}
        more |= {m: _own(said, m) for (context, m), said in self._texts.items() if context == TERM and m in text}
        numbers = {m: Reading((Piece(m, "latin"),), len(m)) for m in re.findall(r"AS\d+", text)}
        found = names_in(text, {**self._known, **more, **numbers}, self._listed)
        return found or Reading((Piece(text, "other"),), 0)

    def _listed(self, parts: list[Reading]) -> Reading:
        """`a, b and c`, with the marks of the language."""
        if len(parts) < 2:
            return parts[0]
        head = in_a_row(parts[:-1], Piece(self._comma), 2)
        return Reading((*head.pieces, Piece(self.language.last), *parts[-1].pieces), head.score + parts[-1].score + 5)


def _capital(told: tuple[Piece, ...]) -> tuple[Piece, ...]:
    """A sentence whose first word, where it is ours, begins with a capital: a term does not by itself."""
    first = next((n for n, piece in enumerate(told) if piece.text), 0)
    if not told or told[first].kind != "own":
        return told
    text = told[first].text
    return (*told[:first], Piece(text[:1].upper() + text[1:]), *told[first + 1 :])


def _own(said: str, text: str) -> Reading:
    return Reading((Piece(said),), len(text))


def _latin(text: str) -> Reading:
    return Reading((Piece(text, "latin"),), len(text))
