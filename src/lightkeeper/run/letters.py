"""Letters: write those of a case as files, and add the names of people who sign them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, datetime
from pathlib import Path

import msgspec

from lightkeeper.archive.atomic import writing
from lightkeeper.errors import InputError
from lightkeeper.model.act import Act, same_person
from lightkeeper.publish.book import Book
from lightkeeper.publish.languages import LANGUAGES
from lightkeeper.publish.letters.blocks import WHENS, Letter, When
from lightkeeper.publish.letters.compose import letter_id, letters_of, signatures
from lightkeeper.publish.letters.forms import FORMS
from lightkeeper.publish.letters.parts import SIGNERS
from lightkeeper.run.build import book_of
from lightkeeper.run.reviewing import add_act
from lightkeeper.settings import Settings
from lightkeeper.sources.case_cells import suggest

READ = "I have read this text and its notes."
"""Why somebody signs a letter, where they say no more."""


class Wish(msgspec.Struct, frozen=True, kw_only=True):
    """Which letters a person wants. Empty lists want all: of languages those of the book."""

    whens: Sequence[str] = ()
    forms: Sequence[str] = ()
    languages: Sequence[str] = ()
    as_of: date | None = None
    """For the letter during: the last local day that it speaks of; the day of the event where none is named."""


class Written(msgspec.Struct, frozen=True, kw_only=True):
    """A letter that was written. `draft` until two people have signed its English text."""

    path: Path
    letter: str
    language: str
    form: str
    draft: bool


def write_letters(folder: Path, into: Path, settings: Settings, wish: Wish) -> list[Written]:
    """Write letters of the case in `folder` into `into`. Raises CaseError, and InputError for a wish that cannot be."""
    forms = _known(wish.forms, FORMS, "form")
    done = []
    book, letters = _letters(folder, settings, wish)
    for letter in letters:
        for form in forms if not wish.languages or letter.language in wish.languages else ():
            path = into / f"{book.case.id}-{letter.name}.{letter.language}.{form}"
            with writing(path):
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_bytes(FORMS[form](letter))
            done.append(
                Written(path=path, letter=letter.name, language=letter.language, form=form, draft=bool(letter.draft))
            )
    return done


def letter_text(folder: Path, settings: Settings, wish: Wish) -> bytes:
    """One letter in one form, to be printed. Raises InputError where the wish names more than one."""
    forms, languages = _known(wish.forms, FORMS, "form"), _known(wish.languages, LANGUAGES, "language")
    if len(forms) != 1 or len(languages) != 1 or len(wish.whens) != 1:
        raise InputError("only one letter can be printed", remedy="Name one --when, one --format and one --lang")
    _, letters = _letters(folder, settings, wish)
    return next(FORMS[forms[0]](one) for one in letters if one.language == languages[0])


class Signed(msgspec.Struct, frozen=True, kw_only=True):
    """A signature that was added, and how many different people have signed this text now."""

    act: Act
    people: int
    needed: int = SIGNERS


def sign_letter(
    folder: Path, settings: Settings, when: str, *, by: str, because: str = READ, as_of: date | None = None,
    withdraw: bool = False, at: datetime | None = None,
) -> Signed:  # fmt: skip
    """Sign the English text of a letter as it is now, or withdraw a signature. It ends when a word of it changes.

    Raises InputError for somebody who signed it already, or who withdraws what they did not sign.
    """
    book, letters = _letters(folder, settings, Wish(whens=[when], as_of=as_of))
    original = letters[0]
    standing = signatures(book.acts, original)
    mine = [a for a in standing if same_person(a.by, by)]
    if withdraw and not mine:
        names = ", ".join(a.by for a in standing) or "nobody"
        raise InputError(f"`{by[:80]}` has not signed this text", remedy=f"It was signed by: {names}")
    if mine and not withdraw:
        raise InputError(f"`{by[:80]}` has signed this text already", remedy="Another person has to sign it")
    act = add_act(
        folder, "unsign" if withdraw else "sign", by=by, because=because, documents=[letter_id(original)], at=at
    )
    return Signed(act=act, people=len(signatures([*book.acts, act], original)))


def _letters(folder: Path, settings: Settings, wish: Wish) -> tuple[Book, list[Letter]]:
    languages = [LANGUAGES[code] for code in _known(wish.languages, LANGUAGES, "language")] if wish.languages else None
    whens: list[When] = [when for when in WHENS if when in _known(wish.whens, WHENS, "time")]  # type: ignore[misc]
    book, _ = book_of(folder, settings)
    if book.case.letter is None:
        raise InputError("this case has no letter", remedy="Write [letter] in its case.toml", where=str(folder))
    if wish.as_of and wish.as_of < book.case.window_days[0]:
        first = book.case.window_days[0]
        raise InputError(f"{wish.as_of} is before the days that are watched", remedy=f"Name {first} or a later day")
    return book, list(letters_of(book, whens=whens, as_of=wish.as_of, languages=languages))


def _known(wanted: Sequence[str], known: Iterable[str], what: str) -> list[str]:
    names = list(known)
    for name in wanted:
        if name not in names:
            raise InputError(f"`{name[:40]}` is no {what} of a letter", remedy=suggest(name, names))
    return list(dict.fromkeys(wanted)) or names
