"""Persian: pages from right to left, days in the Solar Hijri and the Gregorian calendar, sentences said anew."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime
from typing import Any

from markupsafe import Markup

from lightkeeper.publish import pieces, solar
from lightkeeper.publish.catalogue import RULE, SENTENCE, TERM, messages
from lightkeeper.publish.pieces import Piece
from lightkeeper.publish.redrawn import redrawn
from lightkeeper.publish.sentences import Reading, Sentences, in_a_row, names_in
from lightkeeper.publish.text import one_line
from lightkeeper.publish.tongue import Tongue

LONGEST_VALUE = 160
"""Characters of a text from outside within a sentence."""
_LANGUAGE = "fa"
_MONTHS = "Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec".split()
_ALPHABET = "ءآابپتثجچحخدذرزژسشصضطظعغفقکگلمنوهی"
_WRITTEN_AS = str.maketrans("أإٱؤئةيك", "اااویهیک", "\u200c\u200d\u0640")
_COUNT = re.compile(r"([0-9,]+) ([a-z ]+)")


class Persian(Tongue):
    """Persian. `known` are names that the rows of a book use, with what a Persian reader calls them."""

    code = _LANGUAGE
    name = "فارسی"
    direction = "rtl"
    folder = "fa/"
    weight = 1.5

    def __init__(self, known: Mapping[str, Sequence[Piece]] | None = None) -> None:
        self._texts = messages(_LANGUAGE)
        self._known = {name: Reading(tuple(said), len(name)) for name, said in (known or {}).items() if name}
        templates = {m: said for (context, m), said in self._texts.items() if context == SENTENCE}
        self._sentences = Sentences(templates, self._sayers(), self._known)

    def term(self, name: str) -> str:
        said = self._texts.get((TERM, name)) or self._texts.get((TERM, name.replace("_", " ")))
        return said or super().term(name)

    def number(self, value: float | str, form: str = ",") -> str:
        return solar.number(super().number(value, form))

    def counted(self, n: int, one: str, many: str | None = None) -> str:  # noqa: ARG002 - one form for all numbers
        return f"{self.number(n)} {self._said(one)}"

    def joined(self, items: Sequence[str]) -> str:
        if len(items) < 2:
            return "".join(items)
        return f"{'، '.join(items[:-1])} و {items[-1]}"

    def day(self, value: date | datetime | None) -> str:
        return solar.both_days(value) if value else self._said("not known")

    def long_day(self, value: date | datetime) -> str:
        return self.day(value)

    def hour(self, value: datetime | None) -> str:
        if value is None:
            return self._said("not known")
        at = value.astimezone(UTC)
        return Markup("{} {}").format(self.day(at), pieces.latin(f"{at:%H}:00 UTC"))

    def utc_day(self, value: datetime) -> str:
        return pieces.latin(f"{value.astimezone(UTC):%Y-%m-%d}")

    def utc(self, value: datetime) -> str:
        return pieces.latin(f"{value.astimezone(UTC):%Y-%m-%d %H:%M}")

    def local(self, value: datetime) -> str:
        return self.word("%(day)s at %(time)s", day=self.day(value), time=self.clock_time(value, utc=False))

    def clock_time(self, value: datetime, utc: bool) -> str:
        return pieces.latin(f"{value:%H:%M}") if utc else solar.digits(f"{value:%H:%M}")

    def outside(self, value: object) -> Markup:
        return pieces.outside(value)

    def latin(self, value: object) -> Markup:
        return pieces.latin(value)

    def tell(self, sentence: str, limit: int = 0) -> Markup:
        return pieces.html(self._told(sentence, limit))

    def cell(self, value: str) -> Markup:
        return pieces.html(self._told(value))

    def tell_code(self, sentence: str) -> Markup:
        return pieces.html(self._told(sentence))

    def tell_plain(self, sentence: str) -> str:
        return pieces.plain(self._told(sentence))

    def pieces(self, sentence: str) -> Sequence[Piece]:
        return self._told(sentence)

    def isolated(self, value: str) -> str:
        return pieces.isolated(value) if pieces.is_latin(value) else pieces.plain([Piece(value)], isolate=True)

    def tell_isolated(self, sentence: str) -> str:
        return pieces.plain(self._told(sentence), isolate=True)

    def untold(self, sentence: str) -> int:
        """How many characters of a sentence stay in another language."""
        return pieces.letters(self._told(sentence))

    def order(self, name: str) -> tuple[object, ...]:
        """By the Persian alphabet; names in other letters come after those in Persian ones."""
        bare = unicodedata.normalize("NFC", name).translate(_WRITTEN_AS)
        letters = "".join(c for c in bare if not unicodedata.combining(c) and (c.isalnum() or c == " ")).casefold()
        return tuple(
            _ALPHABET.find(c) if c in _ALPHABET or c == " " else len(_ALPHABET) + ord(c) for c in letters
        ), name

    def drawing(self, svg: str) -> str:
        return redrawn(svg, self._label)

    def _label(self, words: str) -> str:
        """A word in a chart: one of the pages, a code word, or a sentence."""
        said = self._texts.get((None, words)) or self._texts.get((TERM, words.replace("_", " ")))
        return said or self.tell_plain(words)

    def _said(self, message: str) -> str:
        return self._texts.get((None, message), message)

    def _told(self, sentence: str, limit: int = 0) -> Sequence[Piece]:
        found = self._sentences.say(sentence).pieces
        most = LONGEST_VALUE if len(found) > 1 else limit
        return [p._replace(text=one_line(p.text, most)) if most and p.kind != "own" else p for p in found]

    def _sayers(self) -> dict[str, Any]:
        return {
            "day": self._day,
            "solar": self._solar,
            "moment": _latin,
            "id": _latin,
            "ids": _latin,
            "code": lambda text: Reading((Piece(text, "code"),), len(text)),
            "n": _number,
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
            "share": lambda text: _own(solar.number(text), text),
            "quote": lambda text: Reading((Piece(text, "other"),), 0),
            "place": lambda text: Reading((Piece(text, "latin"),), len(text)),
        }

    def _day(self, text: str) -> Reading | None:
        found = _day_of(text)
        return _own(self.day(found), text) if found else None

    def _solar(self, text: str) -> Reading | None:
        """A day in one calendar only, for a chart, where there is little room."""
        found = _day_of(text)
        return _own(solar.solar_day(found), text) if found else None

    def _asns(self, text: str) -> Reading:
        parts = [
            _own(self.term(part), part) if part.startswith("an ") else Reading((Piece(part, "latin"),), len(part))
            for part in re.split(r", | and ", text)
        ]
        return self._listed(parts)

    def _count(self, text: str) -> Reading | None:
        found = _COUNT.fullmatch(text)
        noun = found and (self._noun(found[2]))
        return _own(f"{solar.number(found[1])} {noun}", text) if found and noun else None

    def _noun(self, noun: str) -> str | None:
        return self._texts.get((None, noun)) or self._texts.get((None, noun.removesuffix("s")))

    def _length(self, text: str) -> Reading:
        """`1 h 20 min`, `3 days 4 h`; a part that is zero is not said."""
        words = {"days": "روز", "h": "ساعت", "min": "دقیقه"}
        parts = text.split(" ")
        said = [f"{solar.digits(n)} {words[unit]}" for n, unit in zip(parts[::2], parts[1::2], strict=True) if n != "0"]
        return _own(" و ".join(said) or solar.digits(f"0 {words[parts[-1]]}"), text)

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
            parts.append(_own(f"{solar.digits(number)} {said}", part))
        return in_a_row(parts, Piece("، "), 2)

    def _kinds(self, text: str) -> Reading | None:
        """`Outage: 3; Throttling: 1`."""
        parts = []
        for part in text.split("; "):
            kind, _, number = part.rpartition(": ")
            said = self._texts.get((None, kind)) or self._texts.get((TERM, kind))
            if said is None or not number.isdecimal():
                return None
            parts.append(_own(f"{said}: {solar.digits(number)}", part))
        return in_a_row(parts, Piece("؛ "), 2)

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
            parts.append(Reading((*said.pieces, Piece(f": {solar.digits(number)}")), len(part)))
        return in_a_row(parts, Piece("، "), 2)

    def _watches(self, text: str) -> Reading:
        """`telescope (99% of 1,080 hours, longest gap 3 h), traffic (…)`."""
        parts = [self._sentences.say(part) for part in re.split(r"(?<=h\)), ", text)]
        return in_a_row(parts, Piece("، "), 2)

    def _clock(self, text: str) -> Reading | None:
        """`8 Jan 2026 16:00` as `2026-01-08 16:00`, which stands in a table from left to right."""
        day, _, time = text.rpartition(" ")
        found = _day_of(day)
        return Reading((Piece(f"{found} {time}", "latin"),), len(text)) if found else None

    def _rule(self, text: str) -> Reading | None:
        said = self._texts.get((RULE, text))
        return _own(said, text) if said else None

    def _name(self, text: str) -> Reading:
        return self._known.get(text) or Reading((Piece(text, "other"),), 0)

    def _names(self, text: str) -> Reading:
        more = {m: _own(f"{solar.digits(m.split()[0])} مورد دیگر", m) for m in re.findall(r"\d+ more", text)}
        more |= {m: _own(said, m) for (context, m), said in self._texts.items() if context == TERM and m in text}
        numbers = {m: Reading((Piece(m, "latin"),), len(m)) for m in re.findall(r"AS\d+", text)}
        found = names_in(text, {**self._known, **more, **numbers}, self._listed)
        return found or Reading((Piece(text, "other"),), 0)

    def _listed(self, parts: list[Reading]) -> Reading:
        """`a، b و c`."""
        if len(parts) < 2:
            return parts[0]
        head = in_a_row(parts[:-1], Piece("، "), 2)
        return Reading((*head.pieces, Piece(" و "), *parts[-1].pieces), head.score + parts[-1].score + 5)


def _day_of(text: str) -> date | None:
    """The day that `18 June 2021` or `18 Jun 2021` is."""
    number, month, year = text.split(" ")
    if month[:3] not in _MONTHS:
        return None
    try:
        return date(int(year), _MONTHS.index(month[:3]) + 1, int(number))
    except ValueError:
        return None


def _own(said: str, text: str) -> Reading:
    return Reading((Piece(said),), len(text))


def _number(text: str) -> Reading:
    plain = f"{float(text.replace(',', '')):,.0f}" if "e" in text else text
    return _own(solar.number(plain), text)


def _latin(text: str) -> Reading:
    return Reading((Piece(text, "latin"),), len(text))
