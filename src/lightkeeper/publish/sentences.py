"""Sentences of the rows in another language: each is found again by its template, and its values are said anew.

Rows hold plain English, so that tables, JSON and ids are the same for all. A template is a message of the catalogue
with typed values: `Confirmed or attributed in the window: {titles}.` Of all readings of a sentence the one that leaves
the fewest characters untranslated is taken. What no template fits stays as it is, and is marked as English.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import NamedTuple

import re2

from lightkeeper.publish.pieces import Piece

LONGEST = 4000
"""Characters of the longest sentence that is read."""
HEAD = 4
"""Characters by which templates are looked up."""
_VALUE = re.compile(r"\{([a-z]+)(\d*)\}")
_END = re.compile(r"(?<=[.!?…]) (?=\S)")
_ANY = r"(?s:.+?)"
PATTERNS: dict[str, str] = {
    "day": r"\d{1,2} [A-Z][a-z]{2,8} \d{4}",
    "clock": r"\d{1,2} [A-Z][a-z]{2,8} \d{4} \d\d:\d\d",
    "share": r"[0-9.]+%",
    "moment": r"\d{4}-\d\d-\d\d(?:[ T]\d\d:\d\d)?",
    "n": r"-?[0-9,]*\.?[0-9]+(?:e[+-]?[0-9]+)?",
    "asns": r"(?:AS\d+|an unknown network)(?:(?:, | and )(?:AS\d+|an unknown network))*",
    "id": r"[^\s,;()]+",
    "ids": r"[^\s,;()]+(?:, [^\s,;()]+)*",
    "count": r"[0-9,]+ [a-z ]+",
    "length": r"[0-9]+ (?:days [0-9]+ h|h [0-9]+ min|min)",
    "code": r"[^`]+",
    "place": r"[^ ]+(?: at [^ ]+)?(?: \(.*\))?",
}
"""Forms of typed values; a value of any other kind may be any text."""


class Reading(NamedTuple):
    """What a text becomes, and how many of its characters that speaks for."""

    pieces: tuple[Piece, ...]
    score: int


Sayer = Callable[[str], Reading | None]
"""Says one kind of value. None where the text cannot be a value of that kind."""


class Template(NamedTuple):
    """A sentence with typed values, and the same in the other language."""

    head: str
    """What every text that it fits begins with; none where it begins with a value."""
    literals: tuple[str, ...]
    names: tuple[str, ...]
    pattern: re2._Regexp
    forms: tuple[tuple[str, ...], ...]
    """Text and names of values in turn, as `re.split` gives them: text, kind, number, text, … More than one where the
    language has forms by the first number of the sentence."""
    weight: int


def template(message: str, *said: str) -> Template:
    """A template from a message of the catalogue and what it is, by number where there are forms.

    Raises ValueError where the values differ. A form may say its number in words: `one more day`.
    """
    parts = _VALUE.split(message)
    other = tuple(tuple(_VALUE.split(form)) for form in said)
    for form in said:
        if values(message) != values(form) and (len(said) == 1 or values(message) != sorted([*values(form), "n"])):
            raise ValueError(f"values of {message!r} and {form!r} differ")
    source, names = "", []
    for text, kind, number in zip(parts[::3], [*parts[1::3], ""], [*parts[2::3], ""], strict=True):
        source += re2.escape(text)
        if kind:
            names.append(f"{kind}{number}")
            source += f"({PATTERNS.get(kind, _ANY)})"
    literals = tuple(text for text in parts[::3] if text)
    return Template(parts[0], literals, tuple(names), re2.compile(source), other, sum(map(len, literals)))


def values(message: str) -> list[str]:
    """The values that a message names, sorted."""
    return sorted(kind + number for kind, number in _VALUE.findall(message))


class Sentences:
    """Reads sentences by templates, and says them in the other language."""

    def __init__(
        self,
        templates: Mapping[str, Sequence[str]],
        sayers: Mapping[str, Sayer],
        known: Mapping[str, Reading],
        form_of: Callable[[int], int] = lambda _: 0,
        semicolon: str = "; ",
    ) -> None:
        self._templates = [template(message, *said) for message, said in templates.items()]
        self._form_of, self._semicolon = form_of, semicolon
        self._sayers = {"text": self.read_or_keep, "title": self.read_or_keep, "titles": self._titles, **sayers}
        self._known = dict(known)
        self._read: dict[str, Reading | None] = {}
        self._by_head: dict[str, list[Template]] = {}

    def say(self, text: str) -> Reading:
        """The text in the other language, as far as it is known."""
        return self.read_or_keep(text)

    def read_or_keep(self, text: str) -> Reading:
        """A reading, or the text itself as text from outside."""
        return self.read(text) or Reading((Piece(text, "other"),), 0)

    def read(self, text: str) -> Reading | None:
        """The best reading of a text of one or more sentences. None where nothing fits."""
        if text not in self._read:
            self._read[text] = None  # a value that is the whole text again reads as nothing
            self._read[text] = self._best(text) if len(text) <= LONGEST else None
        return self._read[text]

    def _best(self, text: str) -> Reading | None:
        best = self._whole(text)
        for end in _END.finditer(text):
            first = self._whole(text[: end.start()])
            if first is None:
                continue
            rest = self.read_or_keep(text[end.end() :])
            if best is None or first.score + rest.score > best.score:
                best = Reading((*first.pieces, Piece(" "), *rest.pieces), first.score + rest.score)
        return best

    def _whole(self, text: str) -> Reading | None:
        """The best reading of the text by one template, or as something that is known by name."""
        found = self._known.get(text)
        for one in self._likely(text[:HEAD]):
            if all(literal in text for literal in one.literals) and (match := one.pattern.fullmatch(text)):
                made = self._filled(one, match.groups())
                if made is not None and (found is None or made.score > found.score):
                    found = made
        return found

    def _likely(self, head: str) -> list[Template]:
        """The templates that can fit a text with this head, in the order of the catalogue."""
        if head not in self._by_head:
            self._by_head[head] = [t for t in self._templates if t.head[:HEAD] == head[: len(t.head)]]
        return self._by_head[head]

    def _filled(self, one: Template, texts: Iterable[str]) -> Reading | None:
        said: dict[str, tuple[Piece, ...]] = {}
        score, number = one.weight, 0
        for name, text in zip(one.names, texts, strict=True):
            made = self._sayers[name.rstrip("0123456789")](text)
            if made is None:
                return None
            said[name] = made.pieces
            score += made.score
            if name == "n" and len(one.forms) > 1:
                number = int(float(text.replace(",", "")))
        form = one.forms[self._form_of(number)] if len(one.forms) > 1 else one.forms[0]
        pieces: list[Piece] = []
        for text, kind, which in zip(form[::3], [*form[1::3], ""], [*form[2::3], ""], strict=True):
            pieces.append(Piece(text))
            pieces += said[kind + which] if kind else ()
        return Reading(tuple(pieces), score)

    def _titles(self, text: str) -> Reading:
        """Titles of incidents between semicolons."""
        parts = [self.read_or_keep(part) for part in text.split("; ")]
        return in_a_row(parts, Piece(self._semicolon), 2)


def in_a_row(parts: list[Reading], between: Piece, width: int) -> Reading:
    """Readings one after the other; `width` is how many characters stood between two."""
    pieces: list[Piece] = []
    for number, part in enumerate(parts):
        pieces += [between, *part.pieces] if number else part.pieces
    return Reading(tuple(pieces), sum(p.score for p in parts) + width * max(len(parts) - 1, 0))


def names_in(text: str, known: Mapping[str, Reading], joiner: Callable[[list[Reading]], Reading]) -> Reading | None:
    """A list of names that are all known: `Access Now, RFE/RL and 2 more`. None where one is not.

    A name may have a comma or an `and` in it, so names are looked for, and not what stands between them.
    """
    by_length = sorted((name for name in known if name in text), key=len, reverse=True)

    def rest(at: int) -> list[Reading] | None:
        for name in by_length:
            if not text.startswith(name, at):
                continue
            end = at + len(name)
            if end == len(text):
                return [known[name]]
            for mark in (", ", " and ", "; "):
                if text.startswith(mark, end) and (more := rest(end + len(mark))) is not None:
                    return [known[name], *more]
        return None

    found = rest(0)
    return joiner(found) if found else None
