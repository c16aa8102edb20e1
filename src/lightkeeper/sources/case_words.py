"""`case.fa.toml` and its like: the words of a case in another language, read and checked against the case."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from pathlib import Path

from pydantic import ValidationError

from lightkeeper.model.case import Case
from lightkeeper.model.case_words import CaseWords
from lightkeeper.model.document import Document
from lightkeeper.sources.case_cells import suggest
from lightkeeper.sources.case_toml import Loc, as_case_error, line_of, lines_of, one_error, read_toml

LANGUAGES = ("ar", "fa", "fr")
"""Languages for which a case may carry words."""
_STRAY = {"fa": ("Arabic", "Persian", {"ي": "ی", "ك": "ک"}), "ar": ("Persian", "Arabic", {"ی": "ي", "ک": "ك"})}
"""Letters of another language that look like those of this one, and are found by no search for them."""


def load_words(folder: Path, case: Case, documents: Iterable[Document]) -> dict[str, CaseWords]:
    """The words of a case by language; none where there is no such file. Raises CaseError with `file:line`."""
    return {code: _load(folder, code, case, documents) for code in _present(folder)}


def _present(folder: Path) -> list[str]:
    return [code for code in LANGUAGES if (folder / f"case.{code}.toml").exists()]


def _load(folder: Path, code: str, case: Case, documents: Iterable[Document]) -> CaseWords:
    path = folder / f"case.{code}.toml"
    data, text = read_toml(path)
    try:
        words = CaseWords.model_validate(data)
    except ValidationError as error:
        raise as_case_error(error, path, text, CaseWords) from error
    lines = lines_of(text)
    wrong = [(line_of(loc, lines), what, remedy) for loc, what, remedy in _unknown(case, words, documents)]
    wrong += list(_stray(text, *_STRAY[code])) if code in _STRAY else []
    if wrong:
        raise one_error([(f"{path}:{line}", what, remedy) for line, what, remedy in sorted(wrong)])
    return words


def _unknown(case: Case, words: CaseWords, documents: Iterable[Document]) -> Iterator[tuple[Loc, str, str]]:
    """What the words speak of and the case does not have."""
    ids = {
        "asks": [a.id for a in case.asks],
        "operators": [o.id for o in case.operators],
        "watched": [w.id for w in case.watched],
        "documents": [d.document_id for d in documents],
    }
    for name, known in ids.items():
        for wanted in getattr(words, name):
            if wanted not in known:
                yield (name, wanted), f"`{wanted}` is not an id of {name} in the case", suggest(wanted, known)
    days = [h.from_day.isoformat() for h in case.history]
    for number, past in enumerate(words.history):
        if past.from_day.isoformat() not in days:
            what = f"the case recalls nothing that began on {past.from_day}"
            yield ("history", number, "from_day"), what, suggest(past.from_day.isoformat(), days)
    instruments = [row.instrument for row in case.law]
    for number, row in enumerate(words.law):
        if row.of not in instruments:
            yield ("law", number, "of"), f"the case cites no `{row.of}`", suggest(row.of, instruments)
    for name in ("addressees", "cc"):
        here, there = getattr(words.letter, name), getattr(case.letter, name, [])
        if here and len(here) != len(there):
            what = f"`{name}` has {len(here)} entries, and {len(there)} in case.toml"
            yield ("letter", name), what, "Write one for each, in the same order"


def _stray(text: str, theirs: str, ours: str, letters: dict[str, str]) -> Iterator[tuple[int, str, str]]:
    article = "an" if theirs == "Arabic" else "a"
    for number, line in enumerate(text.split("\n"), start=1):
        for wrong in re.findall("|".join(letters), line)[:1]:
            yield number, f"{article} {theirs} `{wrong}` (U+{ord(wrong):04X})", f"Write the {ours} `{letters[wrong]}`"
