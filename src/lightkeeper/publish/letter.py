"""The letter again, as a draft: what it asked, and what is on record about each ask. As HTML and as PDF."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable
from datetime import date
from importlib.resources import as_file, files
from typing import Any

import msgspec
import typst

from lightkeeper.errors import LightkeeperError
from lightkeeper.model import Ask
from lightkeeper.model.case import Case, Law, Source
from lightkeeper.publish.book import Book
from lightkeeper.publish.text import clean, one_line, safe_url, sentence, without_code
from lightkeeper.publish.tongue import Tongue, n_
from lightkeeper.publish.words import ANSWERS, BINDS, TOPICS

DRAFT_NOTE = n_(
    "This is the letter of %(day)s again, with what is on record today beside each thing that it asks. Nobody has "
    "signed or sent this text. The names at the end are those who signed the letter of %(day)s."
)
_SENTENCES = frozenset({"headline", "reasons", "missing", "coverage", "title", "note"})
"""Parts of the letter's data that are sentences of rows."""
DRAFT = n_("Draft — not signed, not sent")


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


def letter_data(book: Book, tongue: Tongue | None = None) -> dict[str, Any] | None:
    """All that the letter says, as plain data, in one language. None where the case has no letter."""
    say = tongue or Tongue()
    case, letter, notes = book.case, book.case.letter, Notes(say)
    if letter is None:
        return None
    first, last = case.window_days
    event = {"name": case.event.name, "day": say.day(case.event.day), "note": notes.number(case.event.source)}
    data = {
        "draft": say.word(DRAFT),
        "title": letter.title,
        "written_on": say.day(letter.written_on),
        "publisher": letter.publisher,
        "letter_note": notes.number(letter.source),
        "addressees": letter.addressees,
        "cc": letter.cc,
        "opening": letter.opening,
        "definition": letter.definition,
        "event": event,
        "history": _history(case, notes, say),
        "law": _law(case, notes, say),
        "headline": book.headline,
        "window": say.word("%(first)s to %(last)s", first=say.day(first), last=say.day(last)),
        "asks": [_ask(case, wording.id, book.asks, say) for wording in case.asks],
        "signatories": sorted(letter.signatories, key=alphabetical),
        "contact": letter.contact,
        "country": case.country_name,
        "translation": _translation(book, say),
        "version": book.version,
        "ruleset": book.ruleset,
        "built_from": book.built_from,
    }
    return {**data, "notes": notes.rows}


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


def _translation(book: Book, say: Tongue) -> str | None:
    """Who turned the letter's words into this language; none for the original."""
    if say.code == "en":
        return None
    words = book.words.get(say.code)
    if words is None or not any(a.wording for a in words.asks.values()):
        return say.word("The words of the letter are in English, as it was published.")
    by = words.translation_of_letter or say.word("Lightkeeper")
    return say.word("The letter was published in English. The Persian words of it are a translation by %(by)s.", by=by)


def letter_pdf(data: dict[str, Any], tongue: Tongue | None = None) -> bytes:
    """The letter as PDF. The words go to the template as data and are never read as markup.

    The file holds no time, and uses only fonts that are built in or ours: the same data gives the same bytes.
    Raises LightkeeperError if the letter cannot be set.
    """
    say, home = tongue or Tongue(), files("lightkeeper.publish")
    template = home.joinpath("templates/letter.typ").read_bytes()
    words = msgspec.json.encode(_flat(printed(data, say))).decode()
    try:
        with as_file(home.joinpath("fonts")) as fonts:
            known = typst.Fonts(include_system_fonts=False, font_paths=[str(fonts)])
            made = typst.compile(
                template, format="pdf", sys_inputs={"letter": words}, timestamp=0, font_paths=known, pdf_tags=True
            )
    except RuntimeError as error:
        remedy = "Report it with the case file; the other pages do not need the PDF."
        raise LightkeeperError(f"The letter could not be set as PDF: {one_line(str(error))}", remedy=remedy) from error
    return bytes(made)


def printed(data: dict[str, Any], say: Tongue) -> dict[str, Any]:
    """The letter's data as the template for print takes it: all words said, and those in another direction isolated."""

    def told(value: Any, key: str = "") -> Any:
        if isinstance(value, dict):
            return {k: told(v, k) for k, v in value.items()}
        if isinstance(value, list):
            return [told(v, key) for v in value]
        if not isinstance(value, str) or key in ("url", "built_from"):
            return value
        if key in _SENTENCES:
            return say.tell_isolated(clean(value))
        return say.term(value) if key == "answer" else say.isolated(clean(value))

    words = {name: say.isolated(said) for name, said in _fixed_words(data, say).items()}
    return {**told(data), "words": words, "direction": say.direction, "language": say.code}


def _fixed_words(data: dict[str, Any], say: Tongue) -> dict[str, str]:
    written_on = data["written_on"]
    return {
        "mark": say.word("DRAFT"),
        "note": say.word(DRAFT_NOTE, day=written_on),
        "cc": say.word("CC:"),
        "appeal": say.word("What the letter appeals for"),
        "defines": say.word("How it defines a shutdown:"),
        "for_day": say.word("It is written for this day:"),
        "before": say.word("What happened before"),
        "law": say.word("What the law says"),
        "record": say.word("What is on record about each ask"),
        "window": say.word("Days watched: %(days)s (local days).", days=data["window"]),
        "country": say.word("On record for the country:"),
        "coverage": say.word("Coverage:"),
        "better": say.word("What would answer it better:"),
        "by_operator": say.word("By operator:"),
        "asked": say.word("What is asked"),
        "signed": say.word("Who signed the letter of %(day)s", day=written_on),
        "not_signed": say.word("They signed that letter. They have not signed this draft."),
        "contact": say.word("Contact named in the letter:"),
        "sources": say.word("Sources"),
        "read_on": say.word("Read on"),
        "made_from": say.word("Made from inputs with SHA-256"),
        "made_by": say.word("by Lightkeeper"),
        "rules": say.word("with rules"),
        "of": say.word("page %(page)s of %(pages)s", page="{0}", pages="{1}"),
    }


def alphabetical(name: str) -> tuple[str, str]:
    """Sorts names as a reader expects: without regard to case and accents."""
    bare = "".join(c for c in unicodedata.normalize("NFKD", name) if not unicodedata.combining(c))
    return bare.casefold(), name


def _ask(case: Case, ask_id: str, rows: Iterable[Ask], say: Tongue) -> dict[str, Any]:
    wording = next(w for w in case.asks if w.id == ask_id)
    mine = [row for row in rows if row.ask_id == ask_id]
    whole = next((row for row in mine if row.operator is None), None)
    answers = {row.operator: row.answer for row in mine}
    answer = whole.answer if whole and whole.answer in ANSWERS else "untested"
    names: dict[str, list[str]] = {}
    for operator in case.operators:
        names.setdefault(answers.get(operator.id, "untested"), []).append(operator.name)
    return {
        "id": ask_id,
        "topic": say.word(TOPICS[wording.topic]),
        "short": wording.short,
        "wording": wording.wording,
        "answer": whole.answer if whole else "untested",
        "meaning": say.word(ANSWERS[answer][1]),
        "reasons": whole.reasons if whole else [],
        "missing": [without_code(m) for m in whole.missing] if whole else [],
        "coverage": whole.coverage if whole else "",
        "operators": [{"answer": word, "names": _named(names[word], case, say)} for word in ANSWERS if word in names],
    }


def _named(names: list[str], case: Case, say: Tongue) -> list[str]:
    everyone = len(names) == len(case.operators) and len(names) > 3
    return [say.word("all %(number)s operators of the case", number=say.number(len(names)))] if everyone else names


def _flat(value: Any) -> Any:
    if isinstance(value, dict):
        return {k: _flat(v) for k, v in value.items()}
    if isinstance(value, list):
        return [_flat(v) for v in value]
    return " ".join(value.split()) if isinstance(value, str) else value
