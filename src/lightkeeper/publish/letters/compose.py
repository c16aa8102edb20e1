"""Compose: the letters of a book, in each of its languages, from the rows to blocks."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date
from types import ModuleType

from lightkeeper.model.act import Act, person
from lightkeeper.model.case import Letter as Published
from lightkeeper.publish.book import Book
from lightkeeper.publish.editions import Edition, editions
from lightkeeper.publish.languages import Language
from lightkeeper.publish.letters import after, before, during
from lightkeeper.publish.letters.blocks import Letter, Line, When
from lightkeeper.publish.letters.evidence import Evidence
from lightkeeper.publish.letters.parts import DRAFT, Setting, addresses, draft_lines, signing
from lightkeeper.publish.letters.sign_on import sheet, sheet_csv
from lightkeeper.publish.letters.writer import Writer
from lightkeeper.publish.tongue import Tongue

_BY_WHEN: dict[When, ModuleType] = {"before": before, "during": during, "after": after}


def letters_of(
    book: Book,
    made: Sequence[Edition] | None = None,
    whens: Sequence[When] = tuple(_BY_WHEN),
    as_of: date | None = None,
    languages: Sequence[Language] | None = None,
) -> Iterator[Letter]:
    """All letters of a book: for each time, in English and in `languages`, or in each language of the book. None where
    the case has no letter.

    The letter during stands as of the end of a local day; where none is named, of the day of the event.
    """
    if book.case.letter is None:
        return
    for when in whens:
        if when == "during":
            chosen = editions(during.so_far(book, as_of or book.case.event.day), languages)
        else:
            chosen = list(made) if made else editions(book, languages)
        signed = signatures(book.acts, _composed(chosen[0], book.case.letter, when, []))
        yield from (
            _composed(edition, edition.book.case.letter or book.case.letter, when, signed) for edition in chosen
        )


def sign_on_of(edition: Edition) -> tuple[Letter, str] | None:
    """The sign-on sheet in one language, as a page to print and as CSV. None where the case has no letter."""
    if edition.book.case.letter is None:
        return None
    at = _setting(edition, edition.book.case.letter)
    return sheet(at, _words(edition.tongue), _made(at)), sheet_csv(at)


def letter_id(letter: Letter) -> str:
    """What two people sign: the name of the letter and the hash of its English text."""
    return f"{letter.name}:{letter.digest}"


def signatures(acts: Sequence[Act], original: Letter) -> list[Act]:
    """The acts by which people have signed this very text in English, one a person, without those who withdrew."""
    wanted = letter_id(original)
    standing: dict[str, Act] = {}
    for act in acts:
        if act.verb in ("sign", "unsign") and wanted in act.documents:
            standing.pop(person(act.by), None)
            if act.verb == "sign":
                standing[person(act.by)] = act
    return sorted(standing.values(), key=lambda a: a.number)


def _composed(edition: Edition, published: Published, when: When, signed: Sequence[Act]) -> Letter:
    at, say, part = _setting(edition, published), edition.tongue, _BY_WHEN[when]
    title, body = at.write.line(part.title(at)), tuple(part.body(at))
    return Letter(
        name=f"letter-{when}",
        language=say.code,
        direction=say.direction,
        title=title,
        draft=draft_lines(at, signed, part.todo(at)),
        head=tuple(addresses(at)),
        body=body,
        foot=tuple(signing(at, when, signed)),
        notes=tuple(at.evidence.notes),
        made=_made(at),
        words=_words(say),
    )


def _setting(edition: Edition, published: Published) -> Setting:
    write = Writer(edition.tongue)
    return Setting(edition.book, published, write, Evidence(edition.book, write))


def _made(at: Setting) -> Line:
    w, book = at.write, at.book
    return w.line(
        w.word(
            "Made from inputs with SHA-256 %(inputs)s by Lightkeeper %(version)s with rules %(rules)s.",
            inputs=w.latin(book.built_from),
            version=w.latin(book.version),
            rules=w.latin(book.ruleset),
        )
    )


def _words(say: Tongue) -> dict[str, str]:
    return {
        "mark": say.word("DRAFT"),
        "draft": say.word(DRAFT),
        "notes": say.word("Notes"),
        "note": say.word("Note %(number)s", number="{0}"),
        "digits": say.number("0123456789"),
        "of": say.word("page %(page)s of %(pages)s", page="{0}", pages="{1}"),
    }
