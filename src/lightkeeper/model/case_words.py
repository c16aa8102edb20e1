"""The words of a case in another language: what `case.fa.toml` may hold, beside `case.toml`."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date
from typing import Any

from pydantic import BaseModel, Field

from lightkeeper.model.case import Case, Part, Text
from lightkeeper.model.document import Document


class LetterWords(Part):
    """The letter. Addressees and copies stand in the order of `case.toml`."""

    title: Text | None = Field(default=None, description="Title of the letter")
    addressees: list[Text] = Field(default=[], description="Whom it is addressed to, in the order of case.toml")
    cc: list[Text] = Field(default=[], description="Who gets a copy, in the order of case.toml")
    opening: Text | None = Field(default=None, description="What it appeals for")
    definition: Text | None = Field(default=None, description="How it defines a shutdown")


class AskWords(Part):
    """One ask, by its id: `[asks.A1]`."""

    short: Text | None = Field(default=None, description="The ask in one short sentence")
    wording: Text | None = Field(default=None, description="The ask as the letter has it")


class NamedWords(Part):
    """An operator or a watched service, by its id: `[operators.tci]`."""

    name: Text | None = Field(default=None, description="Its name")
    note: Text | None = Field(default=None, description="Anything that a reader should know")


class HistoryWords(Part):
    """One thing of the past, by its first day."""

    from_day: date = Field(description="First local day, as in case.toml")
    what: Text | None = Field(default=None, description="What happened")
    letter_says: Text | None = Field(default=None, description="What the letter says of it")
    place: Text | None = Field(default=None, description="Where")


class LawWords(Part):
    """One instrument, by its name in `case.toml`."""

    of: Text = Field(description="`instrument` as case.toml has it")
    instrument: Text | None = Field(default=None, description="Name and article")
    says: Text | None = Field(default=None, description="What it says that matters here")


class DocumentWords(Part):
    """One row of `documents.csv`, by its id: `[documents.some-id]`."""

    title: Text | None = Field(default=None, description="Its title, where the wording is ours")
    claim: Text | None = Field(default=None, description="What it claims")


class CaseWords(Part):
    """What a case says in another language. What is left out is shown in English, and marked so."""

    title: Text | None = Field(default=None, description="Title of the pages")
    country_name: Text | None = Field(default=None, description="Name of the country, as a sentence has it")
    summary: Text | None = Field(default=None, description="What the case is about")
    event_name: Text | None = Field(default=None, description="Name of what is watched")
    translation_of_letter: Text | None = Field(
        default=None, description="Who translated the letter's words; left out, the page says that we did"
    )
    letter: LetterWords = Field(default=LetterWords(), description="The letter")
    asks: dict[str, AskWords] = Field(default={}, description="The asks, by id")
    operators: dict[str, NamedWords] = Field(default={}, description="Operators, by id")
    watched: dict[str, NamedWords] = Field(default={}, description="What is watched, by id")
    history: list[HistoryWords] = Field(default=[], description="What the letter recalls, by first day")
    law: list[LawWords] = Field(default=[], description="Instruments, by name")
    documents: dict[str, DocumentWords] = Field(default={}, description="Documents, by id")
    texts: dict[str, Text] = Field(
        default={}, description="Any other text of the case, as it stands there: places, causes, series, notes"
    )

    def gives(self, text: str) -> bool:
        """Whether it says this very text: a name that is the same in both languages is no gap."""
        return text in set(_texts(self.model_dump()))

    def of(self, english: str) -> str:
        """What another text of the case is in this language; the text itself where nobody wrote it."""
        return self.texts.get(english, english)


def in_words(case: Case, words: CaseWords) -> Case:
    """The case with all that has words in the other language; the rest as it is."""
    past = {h.from_day: h for h in words.history}
    law = {row.of: row for row in words.law}
    return case.model_copy(
        update={
            **_given(words, "title", "country_name", "summary"),
            "letter": case.letter
            and case.letter.model_copy(
                update={
                    "signatories": [words.of(s) for s in case.letter.signatories],
                    **_given(words.letter, *LetterWords.model_fields),
                }
            ),
            "sign_on": case.sign_on.model_copy(
                update={when: [words.of(s) for s in names] for when, names in case.sign_on}
            ),
            "event": case.event.model_copy(update={"name": words.event_name or words.of(case.event.name)}),
            "asks": [_with(a, words.asks.get(a.id)) for a in case.asks],
            "operators": [_with(o, words.operators.get(o.id)) for o in case.operators],
            "watched": [_with(w, words.watched.get(w.id)) for w in case.watched],
            "history": [_with(h, past.get(h.from_day)) for h in case.history],
            "law": [_with(row, law.get(row.instrument)) for row in case.law],
            "series": [
                s.model_copy(update={"title": words.of(s.title), "licence": words.of(s.licence)}) for s in case.series
            ],
            "recorded": [
                r.model_copy(update={"title": words.of(r.title), "licence": words.of(r.licence)}) for r in case.recorded
            ],
        }
    )


def without_words(case: Case, words: CaseWords) -> list[str]:
    """What of the case has no words in the other language, as places in `case.toml`."""
    other = in_words(case, words)
    pairs = [("title", case.title, other.title), ("country_name", case.country_name, other.country_name)]
    pairs += [("summary", case.summary, other.summary), ("event.name", case.event.name, other.event.name)]
    for name in ("asks", "operators", "history", "law"):
        for number, (one, two) in enumerate(zip(getattr(case, name), getattr(other, name), strict=True)):
            field = {"asks": "wording", "operators": "name", "history": "what", "law": "says"}[name]
            pairs.append((f"{name}.{number}.{field}", getattr(one, field), getattr(two, field)))
    return [place for place, one, two in pairs if one == two and not words.gives(one)]


def claims_without_words(documents: Iterable[Document], words: CaseWords) -> list[str]:
    """Ids of the documents whose claim has no words in the other language: pages show it in English, and marked so."""
    said = {name for name, of in words.documents.items() if of.claim}
    return [d.document_id for d in documents if d.document_id not in said and d.claim not in words.texts]


def _texts(given: Any) -> Iterator[str]:
    """All texts of words, at whatever depth."""
    if isinstance(given, dict | list):
        for value in given.values() if isinstance(given, dict) else given:
            yield from _texts(value)
    elif isinstance(given, str):
        yield given


def _with(part: Any, words: BaseModel | None) -> Any:
    if words is None:
        return part
    names = [n for n in type(words).model_fields if n in type(part).model_fields and n not in ("from_day", "of")]
    return part.model_copy(update=_given(words, *names))


def _given(words: BaseModel, *names: str) -> dict[str, Any]:
    return dict(_pairs(words, names))


def _pairs(words: BaseModel, names: tuple[str, ...]) -> Iterator[tuple[str, Any]]:
    for name in names:
        if value := getattr(words, name):
            yield name, value
