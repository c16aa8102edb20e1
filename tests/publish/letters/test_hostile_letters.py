"""Whatever stands in a title, a name or a claim is text in each form of a letter: no markup, no link, no formula."""

from __future__ import annotations

import csv
import io
import re
from dataclasses import replace

import msgspec
import pytest
from lxml import html
from markdown_it import MarkdownIt
from pypdf import PdfReader

from lightkeeper.publish.book import Book
from lightkeeper.publish.editions import editions
from lightkeeper.publish.letters.as_markdown import escaped
from lightkeeper.publish.letters.blocks import WHENS, When
from lightkeeper.publish.letters.compose import sign_on_of
from lightkeeper.publish.letters.forms import FORMS
from publish.letters.letter_kit import W, docx_part, docx_words, made, pdf_words, the_book
from publish.synthetic_kit import case

SCRIPT = "<script>alert(1)</script>"
MARKDOWN = "# h\n- i **b** _e_ `c` [l](http://evil.example/x) ![i](http://evil.example/p.png) <b>x</b> http://evil.example www.evil.example [^777] | t | $m$ ~s~ &amp; {.c}"  # noqa: E501
TYPST = '#panic("x") *bold* $x$ #read("/etc/passwd") <label> @ref \\ ]['
UNSEEN = "\u202egpj.exe\u2066\u200e\x00\x0b\ufffe\x1b[31m"
BAD = f"{SCRIPT} {TYPST} {MARKDOWN} {UNSEEN}"
JS = "javascript:alert(3)"
FORMULAS = ["=1+1", "+1", "-1", "@SUM(A1)", '=HYPERLINK("http://evil.example")', "\t=1", "|cmd", "Fine, ltd"]


def hostile_book() -> Book:
    source = {"title": BAD, "read_on": "2031-01-01", "note": BAD}
    letter = {
        "title": BAD, "written_on": "2031-03-13", "publisher": BAD, "addressees": [BAD], "cc": [BAD], "contact": BAD,
        "signatories": [BAD, *FORMULAS], "opening": BAD, "definition": BAD, "source": source,
    }  # fmt: skip
    operator = {"id": "alpha", "name": BAD, "kinds": ["mobile"], "asns": [4100000001], "source": source}
    asks = [{"id": "A1", "topic": "notice", "short": BAD, "wording": BAD}]
    event = {"kind": BAD, "name": BAD, "day": "2031-03-14", "source": source}
    book = the_book(
        case=case(letter=letter, operators=[operator], asks=asks, event=event, country_name=BAD), headline=BAD
    )
    return replace(
        book,
        ruleset=BAD,
        asks=[msgspec.structs.replace(a, reasons=[BAD], coverage=BAD, rule=BAD) for a in book.asks if a.ask_id == "A1"],
        incidents=[
            msgspec.structs.replace(i, title=BAD, causes_claimed=[BAD], incident_id=f"{BAD}{n}", not_looked_for=[BAD],
                                    rung="attributed" if n == 0 else i.rung)
            for n, i in enumerate(book.incidents)
        ],
        documents=[msgspec.structs.replace(d, title=BAD, publisher=BAD, url=JS) for d in book.documents],
        events=[msgspec.structs.replace(e, source=BAD, event_id="ev/1", url=JS) for e in book.events],
    )  # fmt: skip


BOOK = hostile_book()
EACH = pytest.mark.parametrize(("when", "language"), [(w, lang) for w in WHENS for lang in ("en", "fa")])


@EACH
def test_no_form_holds_a_sign_that_is_not_seen(when: When, language: str) -> None:
    letter = made(BOOK, when, language)
    ours = "\u2066\u2068\u2069\u200e"
    for form in ("html", "md", "txt", "docx"):
        data = FORMS[form](letter)
        text = docx_words(data) if form == "docx" else data.decode()
        assert not re.search("[\x00-\x08\x0b-\x1f\x7f\u202a-\u202e\u2067\ufffe\ud800-\udfff]", text), form
        if form == "html" or language == "en":
            assert not set(ours) & set(text), form
        assert "gpj.exe" in text


@EACH
def test_the_page_holds_no_markup_of_others(when: When, language: str) -> None:
    page = html.fromstring(FORMS["html"](made(BOOK, when, language)))
    assert not [*page.iter("script"), *page.iter("b"), *page.iter("img")]
    for element in page.iter():
        assert not [name for name in element.attrib if name.lower().startswith("on")]
    assert {a.get("href").partition(":")[0] for a in page.iter("a")} <= {"https"} | {
        a.get("href") for a in page.iter("a") if a.get("href").startswith("#note-")
    }
    assert SCRIPT in page.text_content()


@EACH
def test_markdown_shows_the_text_and_makes_nothing_of_it(when: When, language: str) -> None:
    text = FORMS["md"](made(BOOK, when, language)).decode()
    own = re.sub(r"(?<!\\)\[\^\d{1,2}\]:?", "", text)  # marks of notes, which this reader does not know
    tokens = MarkdownIt("gfm-like", {"linkify": False}).enable(["table", "strikethrough"]).parse(own)
    inline = [child for t in tokens if t.children for child in t.children]
    blocks = {t.type for t in tokens}
    frame = {t.content.strip().partition(" ")[0] for t in tokens if t.type == "html_block"}
    assert frame <= {"<div", "</div>"}
    assert not {"table_open", "code_block", "fence", "hr"} & blocks
    links = [c.attrs["href"] for c in inline if c.type == "link_open"]
    assert not [x for x in links if "evil" in str(x) or not str(x).startswith("https://")]
    assert not {"image", "html_inline", "code_inline", "em_open", "s_open"} & {c.type for c in inline}
    assert not re.search(r"(?<!\\)\[\^777\]|(?<![\\\w])www\.|(?<!<)http://", text)


def test_escaped_text_is_read_back_as_it_was() -> None:
    for given in (MARKDOWN, TYPST, "1. one", "1) one", "- a", "+ a", "=== ", "--- ", "# h", "> q", "a\\", "~~x~~"):
        flat = " ".join(given.split())
        shown = MarkdownIt("commonmark").render(escaped(given))
        assert " ".join(html.fromstring(shown).text_content().split()) == flat
        assert re.fullmatch(r"<p>[^<]*</p>", shown.strip().replace("\n", " ")), shown


@EACH
def test_the_docx_is_whole_and_links_to_no_other_scheme(when: When, language: str) -> None:
    data = FORMS["docx"](made(BOOK, when, language))
    assert SCRIPT in docx_words(data)
    leads = docx_part(data, "word/_rels/document.xml.rels")
    outside = [r.get("Target") for r in leads if r.get("TargetMode") == "External"]
    assert all(target.startswith("https://example.org/") for target in outside)
    assert not [e for e in docx_part(data).iter() if e.tag in {f"{W}instrText", f"{W}fldSimple", f"{W}object"}]


def test_the_pdf_sets_the_text_and_runs_nothing() -> None:
    data = FORMS["pdf"](made(BOOK, "after"))
    words = pdf_words(data)
    assert '#read("/etc/passwd")' in words.replace("“", '"').replace("”", '"')
    assert "*bold*" in words
    assert b"/JavaScript" not in data
    pages = PdfReader(io.BytesIO(data)).pages
    assert not [a for page in pages for a in page.get("/Annots", []) if JS in str(a.get_object())]


def test_the_sheet_for_signatures_holds_no_formula() -> None:
    for edition in editions(BOOK):
        found = sign_on_of(edition)
        assert found is not None
        rows = list(csv.reader(io.StringIO(found[1].removeprefix("\ufeff"))))
        assert len(rows) == 2 + len(FORMULAS)
        assert not [cell for row in rows for cell in row if re.match(r"\s*[=+\-@\t\r]", cell)]
        assert {"'=1+1", "Fine, ltd"} <= {row[0] for row in rows}
