"""Every word of the pages and every sentence of the rows has its Persian; what has none is shown as it is."""

from __future__ import annotations

import ast
import re
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from lxml import html

import lightkeeper
from lightkeeper.incidents.signs import SIGNS
from lightkeeper.ledger.law import instruments, law_of
from lightkeeper.publish.catalogue import RULE, SENTENCE, TERM, Entry, entries
from lightkeeper.publish.editions import persian_edition
from lightkeeper.publish.persian import Persian
from lightkeeper.publish.pieces import Piece
from lightkeeper.publish.sentences import values
from lightkeeper.publish.words import ANSWERS, RUNGS
from publish.messages_kit import page_messages, rule_messages
from publish.synthetic_kit import VOTE, joined, synthetic_book

ENTRIES = entries("fa")
SOURCE = Path(lightkeeper.__file__).parent
SPOKEN = [
    f"{room}/{name}.py"
    for room, names in {
        "ledger": "rules wording answer parts worksheet cost",
        "incidents": "titles contrary ladder join cause",
        "detect": "rows",
        "judge": "validity",
        "publish": "charts figures timeline drawn multiples numbers series_chart axes",
    }.items()
    for name in names.split()
]
"""Modules that make sentences which the pages show."""
NOT_SENTENCES = {
    "Deloitte, The economic impact of disruptions to Internet connectivity, for the GNI and Facebook, October 2016",
    "Liberation Sans, Arial, Helvetica, sans-serif",
    "lightkeeper case gather cases/",
}


def by_context(context: str | None) -> dict[str, Entry]:
    return {e.message: e for e in ENTRIES if e.context == context}


def test_every_message_of_the_pages_is_in_the_persian_catalogue() -> None:
    have = by_context(None)
    assert sorted(page_messages() - set(have)) == []


def test_every_reason_of_a_rule_is_in_the_persian_catalogue() -> None:
    assert sorted(rule_messages() - set(by_context(RULE))) == []


def test_no_message_is_left_empty_or_fuzzy() -> None:
    assert [e.message for e in ENTRIES if not e.text or e.fuzzy] == []


def test_the_catalogue_has_no_message_that_no_page_says() -> None:
    assert sorted(set(by_context(None)) - page_messages()) == []


def test_a_translation_has_the_same_values_as_its_message() -> None:
    for e in ENTRIES:
        if e.context == SENTENCE:
            assert values(e.message) == values(e.text), e.message
        else:
            wanted, given = (sorted(set(re.findall(r"%\((\w+)\)s", t))) for t in (e.message, e.text))
            assert wanted == given, e.message
            assert re.findall(r"<[^>]*>", e.message) == re.findall(r"<[^>]*>", e.text), e.message


def test_persian_is_written_with_persian_letters_digits_and_marks() -> None:
    for e in ENTRIES:
        bare = re.sub(r"<[^>]*>|%\(\w+\)s|\{\w+\}", "", e.text)
        assert not re.search("[\u064a\u0643\u0660-\u0669\u0629\u200e\u200f\u202a-\u202e]", bare), e.text
        assert not re.search(r"[\u0600-\u06ff][,;?]", bare), e.text
        assert "  " not in e.text, e.text
        assert not re.search("\u200c[\\s.،؛:؟»)]|[\\s(«]\u200c|\u200c\u200c", bare), e.text


def test_every_answer_and_rung_has_a_persian_word_of_its_own() -> None:
    said = {name: by_context(TERM)[name].text for name in {*ANSWERS, *RUNGS}}
    assert len(set(said.values())) == len(said)


def spoken(path: str) -> set[tuple[str, ...]]:
    """The literal parts of each sentence that a module makes: f-strings and constants of three words or more."""
    tree = ast.parse((SOURCE / path).read_text(encoding="utf-8"))
    hidden = {id(n) for node in ast.walk(tree) for n in (*docstrings(node), *raised(node))}
    found = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.JoinedStr) and id(node) not in hidden:
            hidden |= {id(n) for n in ast.walk(node) if n is not node}
            found.add(tuple(str(v.value) for v in node.values if isinstance(v, ast.Constant)))
        elif isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in hidden:
            found.add(tuple(re.split(r"\{\w*\}", node.value)))
    return {parts for parts in found if re.search(r"(?:[A-Za-z']{2,}[,;:.]? ){2,}[A-Za-z']{2,}", " ".join(parts))}


def raised(node: ast.AST) -> list[ast.AST]:
    """All that an error says: no page shows it."""
    return list(ast.walk(node)) if isinstance(node, ast.Raise) else []


def docstrings(node: ast.AST) -> list[ast.AST]:
    """Strings that stand alone: docstrings of modules, classes, functions and constants."""
    body = getattr(node, "body", None)
    lines = body if isinstance(body, list) else []
    return [n.value for n in lines if isinstance(n, ast.Expr) and isinstance(n.value, ast.Constant)]


@pytest.mark.parametrize("path", SPOKEN)
def test_every_sentence_that_a_module_makes_has_a_template(path: str) -> None:
    known = [re.sub(r"\{\w+\}", "\0", e.message) for e in ENTRIES if e.context in (SENTENCE, None, TERM)]
    lacking = []
    for parts in spoken(path):
        bare = [q for p in parts for q in re.split(r"`[^`]+`", p)]
        pieces = [p.strip(" .;:,`") for p in bare if re.search(r"[A-Za-z]{2,}", p)]
        said = any(all(p.casefold() in k.casefold() for p in pieces) for k in known)
        if not said and any(". " in p for p in parts):  # several sentences at once, each with a template of its own
            each = [q.strip(" .") for p in pieces for q in p.split(". ")]
            said = all(any(q in k for k in known) for q in each)
        if not said and " ".join(" ".join(pieces).split()) not in NOT_SENTENCES:
            lacking.append(parts)
    assert lacking == []


def test_all_that_the_law_says_of_a_state_has_its_persian() -> None:
    said = by_context(SENTENCE)
    ours = {text for i in instruments() for text in (i.name, *(a.says for a in i.articles))}
    for facts in ([], joined("party"), joined("signatory"), joined("none")):
        ours |= {bound.why for bound in law_of(facts, VOTE)}
    assert sorted(ours - set(said)) == []


def test_every_sign_of_a_cause_has_its_persian() -> None:
    known = {re.sub(r"\{\w+\}", "{}", e.message) for e in by_context(SENTENCE).values()}
    ours = {re.sub(r"\{\w+\}", "{}", text) for s in SIGNS for text in (s.sentence, s.needs) if text}
    assert sorted(ours - known) == []


def test_a_sentence_is_said_with_its_values_said_too() -> None:
    says = Persian({"Alpha Telecom": [Piece("آلفا")]})
    title = "Internet outage on Alpha Telecom, from 22 June 2021"
    text = f"{title}: corroborated. 2 independent lineages saw it: active probing and control plane."
    assert says.tell_plain(text) == (
        "قطعی اینترنت در شبکهٔ آلفا، از ۱ تیر ۱۴۰۰ (۲۲ ژوئن ۲۰۲۱): تقویت‌شده. "
        "۲ تبار مستقل آن را دید: کاوش فعال و مسیریابی (BGP)."
    )


def test_text_from_outside_stays_whole_and_says_that_it_is_english() -> None:
    says = Persian()
    assert says.tell("The lines were cut by the Ministry of Posts and Roads.") == (
        '<bdi lang="en" dir="ltr">The lines were cut by the Ministry of Posts and Roads.</bdi>'
    )
    named = says.tell("Documents only, by Ministry of Posts and Roads; no measurement here shows it.")
    assert '<bdi lang="en" dir="ltr">Ministry of Posts and Roads</bdi>' in named
    assert named.startswith("تنها اسناد، از ")


def test_the_reading_that_leaves_least_untranslated_is_taken() -> None:
    told = Persian().tell_plain("Cause claimed: none; the cause is not known. No notice of it is on record.")
    assert told == "علتی ادعا نشده است؛ علت معلوم نیست. اطلاعیه‌ای دربارهٔ آن ثبت نشده است."


def test_markup_in_a_value_is_escaped() -> None:
    told = Persian().tell("Documents only, by <script>alert(1)</script>; no measurement here shows it.")
    assert "<script" not in told
    assert "&lt;script&gt;" in told


def test_a_very_long_sentence_is_left_as_it_is_and_costs_no_time() -> None:
    assert Persian().untold("Also: " * 20_000) == len("Also: " * 20_000)


def test_days_stand_in_the_solar_hijri_and_the_gregorian_calendar() -> None:
    says = Persian()
    assert says.day(date(2021, 6, 18)) == "۲۸ خرداد ۱۴۰۰ (۱۸ ژوئن ۲۰۲۱)"
    assert says.day(date(2021, 3, 20)) == "۳۰ اسفند ۱۳۹۹ (۲۰ مارس ۲۰۲۱)"  # a leap year
    assert says.day(date(2021, 3, 21)) == "۱ فروردین ۱۴۰۰ (۲۱ مارس ۲۰۲۱)"
    assert says.day(date(2009, 6, 12)) == "۲۲ خرداد ۱۳۸۸ (۱۲ ژوئن ۲۰۰۹)"
    assert says.utc(datetime(2026, 1, 8, 16, 30, tzinfo=UTC)) == '<bdi class="utc" dir="ltr">2026-01-08 16:30</bdi>'


def test_numbers_have_persian_digits_and_marks() -> None:
    says = Persian()
    assert says.number(1234567) == "۱٬۲۳۴٬۵۶۷"
    assert says.number(0.357, ".1%") == "۳۵٫۷%"
    assert says.counted(12, "incident") == "۱۲ رخداد"


def test_only_what_comes_from_outside_is_left_in_english_in_the_synthetic_case() -> None:
    book = synthetic_book()
    says = persian_edition(book).tongue
    ours = ["The ledger has no row for it.", "Nothing was measured.", *RUNGS]
    assert [s for s in ours if not re.search("[\u0600-\u06ff]", says.tell_plain(s) + says.term(s))] == []
    assert "Synthetic incident 2" in says.tell("Synthetic incident 2")


def test_ids_and_addresses_keep_their_direction_on_persian_pages(built: Path) -> None:
    page = html.fromstring((built / "fa" / "sources.html").read_bytes())
    for code in page.iter("code"):
        assert code.get("dir") == "ltr"
    latin = [
        b for b in page.iter("bdi") if re.fullmatch(r"[A-Za-z0-9 ,.:/_-]*[A-Za-z][A-Za-z0-9 ,.:/_-]*", b.text or "")
    ]
    assert latin
    assert all(b.get("dir") == "ltr" for b in latin)


def test_each_page_leads_to_itself_in_the_other_language(built: Path) -> None:
    for path in sorted(built.rglob("*.html")):
        here = path.relative_to(built)
        wanted = here.relative_to("fa") if here.parts[0] == "fa" else Path("fa") / here
        link = html.fromstring(path.read_bytes()).xpath("//*[@class='tongues']/a")[0]
        assert (path.parent / link.get("href")).resolve() == (built / wanted).resolve(), path
        assert (built / wanted).is_file()


def test_both_languages_have_the_same_pages(built: Path) -> None:
    english = {p.relative_to(built) for p in built.rglob("*.html") if "fa" not in p.relative_to(built).parts}
    persian = {p.relative_to(built / "fa") for p in (built / "fa").rglob("*.html")}
    assert english == persian
    charts = {p.name for p in (built / "charts").iterdir()}
    assert charts == {p.name for p in (built / "fa" / "charts").iterdir()}


def test_a_case_that_nobody_translated_says_so_on_its_persian_page_alone(built: Path) -> None:
    said = "هنوز به فارسی ترجمه نشده"
    assert said in (built / "fa" / "index.html").read_text(encoding="utf-8")
    assert "nobody has translated" not in (built / "index.html").read_text(encoding="utf-8")
