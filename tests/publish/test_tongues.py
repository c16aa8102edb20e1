"""French and Arabic, as far as they go: the page of answers and the letters, each whole, and marked where they end."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
from babel.messages.extract import extract_from_file
from lxml import html

import lightkeeper.publish
from lightkeeper.ledger.law import instruments
from lightkeeper.model.case_words import AskWords, CaseWords
from lightkeeper.publish import words
from lightkeeper.publish.catalogue import SENTENCE, TERM, Entry, entries
from lightkeeper.publish.editions import edition, editions
from lightkeeper.publish.languages import ARABIC, FRENCH, PERSIAN, Language
from lightkeeper.publish.letters.after import unlisted
from lightkeeper.publish.letters.as_markdown import markdown
from lightkeeper.publish.letters.as_text import plain_text
from lightkeeper.publish.letters.blocks import WHENS
from lightkeeper.publish.letters.compose import letters_of, sign_on_of
from lightkeeper.publish.pages import Pages
from lightkeeper.publish.sentences import values
from lightkeeper.publish.site import write_site
from lightkeeper.publish.translated import Translated
from publish.letters.letter_kit import the_book
from publish.messages_kit import KEYWORDS
from publish.synthetic_kit import case, synthetic_book
from publish.test_languages import spoken

ROOM = Path(lightkeeper.publish.__file__).parent
LANGUAGES = [FRENCH, ARABIC]
BY_NAME = pytest.mark.parametrize("language", LANGUAGES, ids=lambda one: one.code)
FILES = [
    *sorted((ROOM / "letters").glob("*.py")),
    *(ROOM / name for name in ("letter.py", "brackets.py", "translated.py")),
    *(ROOM / "templates" / name for name in ("answers.html", "letter_text.html")),
]
"""What makes the page of answers and the letters."""
TABLES = [
    *(meaning for _, meaning in (*words.ANSWERS.values(), *words.RUNGS.values())),
    *words.INCIDENT_KINDS.values(),
    *words.WHENS.values(),
    *words.BINDS.values(),
    words.NO_INTENTION,
]
SPEAKERS = ["ledger/rules", "ledger/wording", "ledger/answer", "ledger/parts", "incidents/titles", "incidents/ladder"]
"""Modules whose sentences stand in the ledger, or are titles and reasons of incidents."""
FORMS = {"fr": 2, "ar": 6}


def messages_used() -> set[str]:
    found = set(TABLES)
    for path in FILES:
        method = "python" if path.suffix == ".py" else "jinja2.ext:babel_extract"
        for _, message, _, _ in extract_from_file(method, path, keywords=KEYWORDS, options={"trimmed": "true"}):
            found |= {message} if isinstance(message, str) else {m for m in message if m}
    return found - {""}


def of_context(language: Language, context: str | None) -> dict[str, Entry]:
    return {e.message: e for e in entries(language.code) if e.context == context}


def said_by(entry: Entry) -> tuple[str, ...]:
    return entry.forms or (entry.text,)


@BY_NAME
def test_every_message_of_the_answers_and_the_letters_is_said(language: Language) -> None:
    assert sorted(messages_used() - set(of_context(language, None))) == []


@BY_NAME
@pytest.mark.parametrize("module", SPEAKERS)
def test_every_sentence_of_the_ledger_has_a_template(language: Language, module: str) -> None:
    known = [re.sub(r"\{\w+\}", "\0", m) for m in (*of_context(language, SENTENCE), *of_context(language, TERM))]
    lacking = []
    for parts in spoken(f"{module}.py"):
        bare = [q for p in parts for q in re.split(r"`[^`]+`", p)]
        pieces = [q.strip(" .;:,`") for p in bare for q in p.split(". ") if re.search(r"[A-Za-z]{2,}", q)]
        if not all(any(p.casefold() in k.casefold() for k in known) for p in pieces):
            lacking.append(parts)
    lacking = [p for p in lacking if not "".join(p).startswith("lightkeeper ")]
    assert lacking == []


@BY_NAME
def test_every_instrument_of_law_and_what_it_says_is_said(language: Language) -> None:
    ours = {text for i in instruments() for text in (i.name, *(a.says for a in i.articles))}
    assert sorted(ours - set(of_context(language, SENTENCE))) == []


@BY_NAME
def test_nothing_is_empty_or_fuzzy(language: Language) -> None:
    assert [e.message for e in entries(language.code) if not all(said_by(e)) or e.fuzzy] == []


@BY_NAME
def test_a_translation_loses_no_value_and_makes_none_up(language: Language) -> None:
    for e in entries(language.code):
        if e.context == SENTENCE:
            wanted = [values(e.message)]
            wanted += [sorted(set(values(e.message)) - {"n"})] if e.forms else []  # a form may say its number in words
            assert all(values(form) in wanted for form in said_by(e)), e.message
        elif e.forms:
            assert all(set(re.findall(r"%\((\w+)\)s", form)) <= {"n"} for form in e.forms), e.message
            assert "%(n)s" in e.forms[-1], e.message
        else:
            one, other = (sorted(set(re.findall(r"%\((\w+)\)s", t))) for t in (e.message, e.text))
            assert one == other, e.message
            assert re.findall(r"<[^>]*>", e.message) == re.findall(r"<[^>]*>", e.text), e.message


@BY_NAME
def test_a_noun_that_is_counted_has_every_form_of_the_language(language: Language) -> None:
    counted = {e.message for e in entries(language.code) if e.forms and e.context is None}
    assert {"incident", "piece of evidence", "item", "measurement", "network", "day", "hour", "minute"} <= counted
    assert {len(e.forms) for e in entries(language.code) if e.forms} == {FORMS[language.code]}


def test_french_has_thin_spaces_before_its_high_marks_and_within_its_quotes() -> None:
    for e in entries("fr"):
        for form in said_by(e):
            bare = re.sub(r"<[^>]*>", "", form)
            assert not re.search(r"[ \u00a0][;:!?»]|« |[^\s\u202f];|'", bare) or not form.strip(), form
            assert not re.search(r"[^\W\d](?:[:!?»])|«\w", bare), form


def test_arabic_is_written_with_arabic_letters_and_marks() -> None:
    for e in entries("ar"):
        for form in said_by(e):
            bare = re.sub(r"<[^>]*>|%\(\w+\)s|\{\w+\}", "", form)
            assert not re.search("[\u06cc\u06a9\u0660-\u0669\u06f0-\u06f9\u200e\u200f\u202a-\u202e]", bare), form
            assert not re.search(r"[\u0600-\u06ff][,;?]", bare), form


def test_numbers_and_days_are_written_in_the_way_of_the_language() -> None:
    french, arabic = Translated(FRENCH), Translated(ARABIC)
    assert french.number(12345.5, ",.1f") == "12\u202f345,5"
    assert french.number(0.357, ".1%") == "35,7\u00a0%"
    assert (french.day(date(2021, 8, 1)), french.day(date(2021, 8, 2))) == ("1er août 2021", "2 août 2021")
    assert (arabic.number(12345.5, ",.1f"), arabic.day(date(2021, 8, 1))) == ("12,345.5", "1 أغسطس 2021")


def test_a_number_takes_the_form_of_its_plural() -> None:
    assert [Translated(FRENCH).counted(n, "incident") for n in (0, 1, 2)] == ["0 incident", "1 incident", "2 incidents"]
    arabic = [Translated(ARABIC).counted(n, "day") for n in (0, 1, 2, 3, 11, 100)]
    assert arabic == ["0 يوم", "يوم واحد", "يومان", "3 أيام", "11 يومًا", "100 يوم"]
    told = Translated(ARABIC).tell_plain
    assert told("1 more incidents are listed as evidence.") == "ترد حادثة أخرى واحدة في قائمة الأدلة."
    assert told("12 more incidents are listed as evidence.") == "ترد 12 حادثة أخرى في قائمة الأدلة."
    assert told("Restored after 1 h 20 min to 3 days 4 h.").endswith("وأطولها: 3 أيام و4 ساعات.")


def test_a_sentence_is_said_with_its_values_said_too() -> None:
    title = "Internet outage in Alpha, from 22 June 2021"
    text = f"{title}: corroborated. 2 independent lineages saw it: active probing and control plane."
    assert Translated(FRENCH).tell_plain(text) == (
        "Interruption d’Internet (Alpha), à partir du 22 juin 2021 — corroboré. "
        "2 types de témoins indépendants l’ont constaté\u202f: sondage actif et routage (BGP)."
    )


def test_an_english_sentence_is_marked_as_english_and_a_value_is_escaped() -> None:
    tell = Translated(FRENCH).tell
    left = "The lines were cut by the Ministry of Posts and Roads."
    assert tell(left) == f'<bdi lang="en">{left}</bdi>'
    told = tell("Documents only, by <script>alert(1)</script>; no measurement here shows it.")
    assert "&lt;script&gt;" in told
    assert "<script" not in told


def test_ids_keep_their_direction_on_an_arabic_page() -> None:
    assert '<bdi dir="ltr">stop-2021-77</bdi>' in Translated(ARABIC).tell("The record stop-2021-77 has no end.")


def test_names_stand_in_the_order_of_the_arabic_alphabet() -> None:
    given = ["يمن", "أحمد", "Access Now", "بيت", "إيران"]
    assert sorted(given, key=Translated(ARABIC).order) == ["أحمد", "إيران", "بيت", "يمن", "Access Now"]


@pytest.fixture
def missed(monkeypatch: pytest.MonkeyPatch) -> set[str]:
    """What a tongue was asked to say, and could not."""
    found: set[str] = set()
    said, term = Translated._said, Translated.term

    def heard(self: Translated, message: str) -> str:
        if (None, message) not in {**self._texts, **self._forms}:
            found.add(message)
        return said(self, message)

    def heard_term(self: Translated, name: str) -> str:
        if not {(TERM, name), (TERM, name.replace("_", " "))} & set(self._texts):
            found.add(name)
        return term(self, name)

    monkeypatch.setattr(Translated, "_said", heard)
    monkeypatch.setattr(Translated, "term", heard_term)
    return found


@BY_NAME
def test_the_answers_and_all_letters_of_a_book_ask_for_no_word_that_is_not_there(
    language: Language, missed: set[str]
) -> None:
    one = edition(the_book(), language)
    assert Pages(*one).answers()
    assert len(list(letters_of(the_book(), languages=[language]))) == 2 * len(WHENS)
    assert sign_on_of(one)
    assert sorted(missed) == []


@BY_NAME
def test_a_letter_in_all_its_forms_keeps_no_break_spaces(language: Language) -> None:
    words = CaseWords(title="t", asks={"A1": AskWords(wording="Ne rien bloquer\u202f; et le dire\u202f!")})
    book = replace(the_book(), words={language.code: words})
    letter = next(x for x in letters_of(book, whens=["before"]) if x.language == language.code)
    for form in (plain_text, markdown):
        assert "bloquer\u202f;" in " ".join(form(letter).decode().split(" "))


def test_a_book_has_an_edition_in_french_only_where_its_case_has_french_words() -> None:
    book = synthetic_book()
    assert [e.tongue.code for e in editions(book)] == ["en", "fa"]
    more = replace(book, words={"fr": CaseWords(title="Un dossier")})
    assert [e.tongue.code for e in editions(more)] == ["en", "fa", "fr"]
    assert [e.tongue.code for e in editions(book, [ARABIC])] == ["en", "ar"]


@BY_NAME
def test_a_page_whose_case_is_not_wholly_translated_says_so(language: Language) -> None:
    note = of_context(language, None)["Words of this case that nobody has translated yet stand in English."].text
    assert note in Pages(*edition(synthetic_book(), language)).answers()
    assert edition(synthetic_book(), PERSIAN).is_untranslated


@BY_NAME
def test_no_page_of_a_language_that_has_the_answers_alone_leads_nowhere(language: Language, tmp_path: Path) -> None:
    book = synthetic_book(words={language.code: CaseWords(title="Alpha")})
    write_site(book, tmp_path)
    pages = sorted((tmp_path / book.case.id / language.code).glob("*.html"))
    assert "letter-after.html" in [p.name for p in pages]
    for page in pages:
        for href in html.fromstring(page.read_bytes()).xpath("//a/@href[not(starts-with(., 'http'))]"):
            where, _, anchor = href.partition("#")
            target = (page.parent / where).resolve() if where else page
            assert target.is_file(), f"{page.name} leads to {href}"
            assert not anchor or html.fromstring(target.read_bytes()).xpath("//*[@id=$id]", id=anchor), href


@BY_NAME
def test_the_site_has_the_answers_and_no_page_that_is_not_written(language: Language, tmp_path: Path) -> None:
    book = replace(
        synthetic_book(case=case(letter=None)), incidents=[], words={language.code: CaseWords(title="Alpha")}
    )
    write_site(book, tmp_path)
    home = tmp_path / book.case.id
    assert [p.relative_to(home / language.code).as_posix() for p in (home / language.code).rglob("*.*")] == [
        "index.html"
    ]
    page = html.fromstring((home / language.code / "index.html").read_bytes())
    assert (page.get("lang"), page.get("dir")) == (language.code, language.direction)
    for link in page.xpath("//a[@href and not(starts-with(@href, '#')) and not(starts-with(@href, 'http'))]"):
        target = (home / language.code / link.get("href").partition("#")[0]).resolve()
        assert target.is_file(), link.get("href")
        assert link.get("hreflang"), f"{link.get('href')} leads to another language and does not say so"
    assert f'hreflang="{language.code}"' in (home / "index.html").read_text(encoding="utf-8")
    assert f'hreflang="{language.code}"' not in (home / "method.html").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    "listed", ["Leave it open; and", "Leave it open\u202f; et", "Leave it open؛ و", "Leave it open;"]
)
def test_an_ask_that_stands_alone_does_not_end_with_the_and_of_its_list(listed: str) -> None:
    assert unlisted(listed) == "Leave it open."


def test_a_sentence_begins_with_a_capital_where_its_first_word_is_a_term() -> None:
    told = Translated(FRENCH).tell_plain("Reach: untested; no outage signal covers the window.")
    assert told[0] == "A", told


def test_a_letter_in_english_writes_its_months_in_full() -> None:
    book = the_book()
    letters = [one for one in letters_of(book, editions(book)) if one.language == "en" and one.name == "letter-after"]
    happened = plain_text(letters[0]).decode().partition("What happened")[2].partition("\nNotes")[0]
    assert not re.search(r"[0-9] (Jan|Feb|Mar|Apr|Jun|Jul|Aug|Sep|Oct|Nov|Dec) [0-9]", happened)
