"""The letter again, as a draft: what it asked, and what is on record about each ask. As HTML and as PDF."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable
from importlib.resources import files
from typing import Any

import msgspec
import typst

from lightkeeper.errors import LightkeeperError
from lightkeeper.model import Ask
from lightkeeper.model.case import Case, Source
from lightkeeper.publish.book import Book
from lightkeeper.publish.text import clean, one_line, safe_url, sentence, without_code
from lightkeeper.publish.times import day
from lightkeeper.publish.words import ANSWERS, BINDS, TOPICS

DRAFT = "Draft — not signed, not sent"


class Notes:
    """Numbered source notes. The same source keeps its number."""

    def __init__(self) -> None:
        self._numbers: dict[tuple[str, str | None, str], int] = {}
        self.rows: list[dict[str, Any]] = []

    def number(self, source: Source) -> int:
        """The number of a source, a new one where it has none yet."""
        key = (source.title, source.url, source.read_on.isoformat())
        if key not in self._numbers:
            self._numbers[key] = len(self.rows) + 1
            row = {"number": len(self.rows) + 1, "title": source.title, "url": safe_url(source.url)}
            self.rows.append({**row, "read_on": day(source.read_on), "note": sentence(source.note or "")})
        return self._numbers[key]

    def numbers(self, sources: Iterable[Source]) -> list[int]:
        """The numbers of several sources, each once, in order."""
        return sorted({self.number(s) for s in sources})


def letter_data(book: Book) -> dict[str, Any] | None:
    """All that the letter says, as plain data. None where the case has no letter."""
    case, letter, notes = book.case, book.case.letter, Notes()
    if letter is None:
        return None
    data = {
        "draft": DRAFT,
        "title": letter.title,
        "written_on": day(letter.written_on),
        "publisher": letter.publisher,
        "letter_note": notes.number(letter.source),
        "addressees": letter.addressees,
        "cc": letter.cc,
        "opening": letter.opening,
        "definition": letter.definition,
        "event": {"name": case.event.name, "day": day(case.event.day), "note": notes.number(case.event.source)},
        "history": [
            {
                "when": day(h.from_day) + (f" to {day(h.to_day)}" if h.to_day and h.to_day != h.from_day else ""),
                "what": h.what,
                "letter_says": h.letter_says,
                "place": h.place,
                "notes": notes.numbers(h.sources),
            }
            for h in sorted(case.history, key=lambda h: (h.from_day, h.what))
        ],
        "law": [
            {
                "instrument": law.instrument,
                "says": law.says,
                "binds": BINDS[law.binds] + (f", since {day(law.since)}" if law.since else ""),
                "notes": [notes.number(law.source)],
            }
            for law in case.law
        ],
        "headline": book.headline,
        "window": " to ".join(day(d) for d in case.window_days),
        "asks": [_ask(case, wording.id, book.asks) for wording in case.asks],
        "signatories": sorted(letter.signatories, key=alphabetical),
        "contact": letter.contact,
        "country": case.country_name,
        "version": book.version,
        "ruleset": book.ruleset,
        "built_from": book.built_from,
    }
    return {**data, "notes": notes.rows}


def letter_pdf(data: dict[str, Any]) -> bytes:
    """The letter as PDF. The words go to the template as data and are never read as markup.

    The file holds no time, and uses only fonts that are built in: the same data gives the same bytes.
    Raises LightkeeperError if the letter cannot be set.
    """
    template = files("lightkeeper.publish").joinpath("templates/letter.typ").read_bytes()
    words = msgspec.json.encode(_flat(data)).decode()
    try:
        made = typst.compile(
            template, format="pdf", sys_inputs={"letter": words}, timestamp=0, ignore_system_fonts=True, font_paths=[]
        )
    except RuntimeError as error:
        remedy = "Report it with the case file; the other pages do not need the PDF."
        raise LightkeeperError(f"The letter could not be set as PDF: {one_line(str(error))}", remedy=remedy) from error
    return bytes(made)


def alphabetical(name: str) -> tuple[str, str]:
    """Sorts names as a reader expects: without regard to case and accents."""
    bare = "".join(c for c in unicodedata.normalize("NFKD", name) if not unicodedata.combining(c))
    return bare.casefold(), name


def _ask(case: Case, ask_id: str, rows: Iterable[Ask]) -> dict[str, Any]:
    wording = next(w for w in case.asks if w.id == ask_id)
    mine = [row for row in rows if row.ask_id == ask_id]
    whole = next((row for row in mine if row.operator is None), None)
    answers = {row.operator: row.answer for row in mine}
    names: dict[str, list[str]] = {}
    for operator in case.operators:
        names.setdefault(answers.get(operator.id, "untested"), []).append(operator.name)
    return {
        "id": ask_id,
        "topic": TOPICS[wording.topic],
        "short": wording.short,
        "wording": wording.wording,
        "answer": whole.answer if whole else "untested",
        "meaning": ANSWERS[whole.answer if whole and whole.answer in ANSWERS else "untested"][1],
        "reasons": whole.reasons if whole else [],
        "missing": [without_code(m) for m in whole.missing] if whole else [],
        "coverage": whole.coverage if whole else "",
        "operators": [{"answer": word, "names": _named(names[word], case)} for word in ANSWERS if word in names],
    }


def _named(names: list[str], case: Case) -> list[str]:
    everyone = len(names) == len(case.operators) and len(names) > 3
    return [f"all {len(names)} operators of the case"] if everyone else names


def _flat(value: Any) -> Any:
    if isinstance(value, dict):
        return {k: _flat(v) for k, v in value.items()}
    if isinstance(value, list):
        return [_flat(v) for v in value]
    return " ".join(clean(value).split()) if isinstance(value, str) else value
