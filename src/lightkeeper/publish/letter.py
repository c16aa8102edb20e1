"""The letter that was published: what it appealed for, recalled, cited and asked, and who signed it."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import Any

from lightkeeper.model.case import Case, Law, Source
from lightkeeper.publish.book import Book
from lightkeeper.publish.text import safe_url, sentence
from lightkeeper.publish.tongue import Tongue
from lightkeeper.publish.words import BINDS


class Notes:
    """Numbered source notes. The same source keeps its number."""

    def __init__(self, tongue: Tongue | None = None) -> None:
        self._tongue = tongue or Tongue()
        self._numbers: dict[tuple[str, str | None, str], int] = {}
        self.rows: list[dict[str, Any]] = []

    def number(self, source: Source) -> int:
        """The number of a source, a new one where it has none yet."""
        key = (source.title, source.url, source.read_on.isoformat())
        if key not in self._numbers:
            self._numbers[key] = len(self.rows) + 1
            row = {"number": len(self.rows) + 1, "title": source.title, "url": safe_url(source.url)}
            self.rows.append({**row, "read_on": self._tongue.day(source.read_on), "note": sentence(source.note or "")})
        return self._numbers[key]

    def numbers(self, sources: Iterable[Source]) -> list[int]:
        """The numbers of several sources, each once, in order."""
        return sorted({self.number(s) for s in sources})


def letter_data(book: Book, say: Tongue, notes: Notes) -> dict[str, Any] | None:
    """All that the published letter says, as plain data, in one language. None where the case has no letter.

    `notes` are those of the page of sources, so that the same source has the same number there.
    """
    case, letter = book.case, book.case.letter
    if letter is None:
        return None
    event = {"name": case.event.name, "day": say.day(case.event.day), "note": notes.number(case.event.source)}
    return {
        "title": letter.title,
        "written_on": say.day(letter.written_on),
        "publisher": letter.publisher,
        "url": letter.url,
        "letter_note": notes.number(letter.source),
        "addressees": letter.addressees,
        "cc": letter.cc,
        "opening": letter.opening,
        "definition": letter.definition,
        "event": event,
        "history": _history(case, notes, say),
        "law": _law(case, notes, say),
        "asks": case.asks,
        "signatories": sorted(letter.signatories, key=say.order),
        "contact": letter.contact,
        "translation": translation_words(book, say),
    }


def _history(case: Case, notes: Notes, say: Tongue) -> list[dict[str, Any]]:
    return [
        {
            "when": span_of_days(h.from_day, h.to_day, say),
            "what": h.what,
            "letter_says": h.letter_says,
            "place": h.place,
            "notes": notes.numbers(h.sources),
        }
        for h in sorted(case.history, key=lambda h: (h.from_day, h.what))
    ]


def span_of_days(first: date, last: date | None, say: Tongue) -> str:
    """`1 May 2027`, `1 May 2027 to 3 May 2027`."""
    if not last or last == first:
        return say.day(first)
    return say.word("%(first)s to %(last)s", first=say.day(first), last=say.day(last))


def _law(case: Case, notes: Notes, say: Tongue) -> list[dict[str, Any]]:
    return [
        {
            "instrument": law.instrument,
            "says": law.says,
            "binds": binding(law, say),
            "notes": [notes.number(law.source)],
        }
        for law in case.law
    ]


def binding(law: Law, say: Tongue) -> str:
    """Whether an instrument binds this state, and since when: `binding, ratified, since 24 Jun 1975`."""
    bound = say.word(BINDS[law.binds])
    return say.word("%(bound)s, since %(day)s", bound=bound, day=say.day(law.since)) if law.since else bound


def translation_words(book: Book, say: Tongue) -> str | None:
    """Who turned the words of the published letter into this language; none for the original."""
    if say.code == "en":
        return None
    words = book.words.get(say.code)
    if words is None or not any(a.wording for a in words.asks.values()):
        return say.word("The words of the letter are in English, as it was published.")
    by = words.translation_of_letter or say.word("Lightkeeper")
    return say.word("The letter was published in English. Its words here are a translation by %(by)s.", by=by)
