"""Five ways to write one letter: each says the same words, in the right direction, and twice the same bytes."""

from __future__ import annotations

import io
import re
import zipfile

import docx as python_docx
import pytest
from lxml import html
from markdown_it import MarkdownIt
from pypdf import PdfReader

from lightkeeper.publish.letters.as_html import plain
from lightkeeper.publish.letters.blocks import WHENS, Items, Letter, When
from lightkeeper.publish.letters.forms import FILES, FORMS
from publish.letters.letter_kit import W, docx_part, docx_words, lines, made, pdf_words, signed, the_book

UNSEEN = re.compile("[\u2066-\u2069\u200e]|\\[[0-9۰-۹]+\\]")
SMALL_WORDS = re.compile(r"\W+")


def bare(text: str) -> str:
    """Letters and digits only, so that line breaks, marks of notes and markup do not count."""
    return SMALL_WORDS.sub("", UNSEEN.sub("", text))


def read(form: str, data: bytes) -> str:
    """The text of a letter as its reader sees it."""
    if form == "pdf":
        return pdf_words(data)
    if form == "docx":
        return docx_words(data)
    text = data.decode()
    if form == "md":
        text = html.fromstring(MarkdownIt("commonmark").render(re.sub(r"\[\^\d+\]:?", "", text))).text_content()
    return html.fromstring(text).find("body").text_content() if form == "html" else text


@pytest.mark.parametrize("form", sorted(FORMS))
@pytest.mark.parametrize("when", WHENS)
def test_each_form_says_each_line_and_each_note(form: str, when: When) -> None:
    letter = made(the_book(), when)
    said = bare(read(form, FORMS[form](letter)))
    for line in (*letter.draft, *lines(letter), *(n.line for n in letter.notes), letter.made):
        assert bare(plain(line.spans)) in said, plain(line.spans)


@pytest.mark.parametrize("form", sorted(set(FORMS) - {"pdf"}))
def test_each_form_says_each_line_in_persian(form: str) -> None:
    letter = made(the_book(), "after", "fa")
    said = bare(read(form, FORMS[form](letter)))
    for line in (*letter.draft, *lines(letter)):
        assert bare(plain(line.spans)) in said, plain(line.spans)


@pytest.mark.parametrize("form", sorted(FORMS))
@pytest.mark.parametrize("language", ["en", "fa"])
def test_the_same_letter_is_the_same_bytes(form: str, language: str) -> None:
    letter = made(the_book(), "after", language)
    assert FORMS[form](letter) == FORMS[form](made(the_book(), "after", language))


@pytest.mark.parametrize("form", sorted(FORMS))
def test_the_mark_of_a_draft_goes_when_two_have_signed(form: str) -> None:
    book = the_book()
    assert "Draft: not signed" in read(form, FORMS[form](made(book, "after")))
    letter = made(signed(book, "after", "A. Reviewer", "B. Reader"), "after")
    said = read(form, FORMS[form](letter))
    assert "raft" not in said
    assert "Released by A. Reviewer" in " ".join(said.split())


def test_forms_on_the_site_are_all_but_the_page_itself() -> None:
    assert {*FILES, "html"} == set(FORMS)


def test_the_pdf_carries_its_fonts_and_no_time() -> None:
    data = FORMS["pdf"](made(the_book(), "after", "fa"))
    fonts = {
        str(font.get_object()["/BaseFont"])
        for page in PdfReader(io.BytesIO(data)).pages
        for font in page["/Resources"]["/Font"].values()
    }
    assert any("Vazirmatn-NL" in name for name in fonts)
    assert all("+" in name for name in fonts)  # embedded, and no more of each than is used
    assert b"CreationDate" not in data


def persian_docx() -> bytes:
    return FORMS["docx"](made(the_book(), "after", "fa"))


def test_each_persian_paragraph_and_run_of_the_docx_says_its_direction() -> None:
    page = docx_part(persian_docx())
    paragraphs = [p for p in page.iter(f"{W}p") if p.find(f".//{W}t") is not None]
    assert len(paragraphs) > 40
    assert all(p.find(f"{W}pPr/{W}bidi") is not None for p in paragraphs)
    for run in page.iter(f"{W}r"):
        text = "".join(run.itertext(f"{W}t"))
        persian, latin = re.search("[\u0600-\u06ff]", text), re.search("[A-Za-z\u200e]", text)
        assert not (persian and latin), "a run has one direction"
        assert (run.find(f"{W}rPr/{W}rtl") is not None) is not bool(latin), text


def test_the_docx_names_its_languages_and_a_font_for_complex_letters() -> None:
    styles = docx_part(persian_docx(), "word/styles.xml")
    normal = next(s for s in styles.iter(f"{W}style") if s.get(f"{W}styleId") == "Normal")
    assert normal.find(f"{W}rPr/{W}lang").get(f"{W}bidi") == "fa-IR"
    assert normal.find(f"{W}rPr/{W}rFonts").get(f"{W}cs") == "Vazirmatn"


def test_properties_of_runs_and_paragraphs_stand_in_the_order_of_the_schema() -> None:
    page = docx_part(persian_docx())
    run = ["rStyle", "rFonts", "b", "bCs", "color", "sz", "szCs", "vertAlign", "rtl", "lang"]
    paragraph = ["pStyle", "pBdr", "tabs", "bidi", "spacing", "ind", "jc", "rPr", "sectPr"]
    for name, order in (("rPr", run), ("pPr", paragraph)):
        for properties in page.iter(f"{W}{name}"):
            found = [order.index(p.tag.removeprefix(W)) for p in properties]
            assert found == sorted(set(found))


def test_what_is_listed_is_a_list_to_a_screen_reader() -> None:
    letter = made(the_book(), "after", "fa")
    listed = [
        line for block in letter.blocks() if isinstance(block, Items) and not block.numbered for line in block.lines
    ]
    paragraphs = python_docx.Document(io.BytesIO(FORMS["docx"](letter))).paragraphs
    found = [p for p in paragraphs if p.style is not None and p.style.name == "List Bullet"]
    assert len(found) == len(listed) > 5
    assert not any("•" in p.text for p in paragraphs)


def test_the_docx_holds_no_time_and_no_maker_and_opens() -> None:
    data = persian_docx()
    with zipfile.ZipFile(io.BytesIO(data)) as file:
        assert file.testzip() is None
        assert {entry.date_time for entry in file.infolist()} == {(1980, 1, 1, 0, 0, 0)}
        core = file.read("docProps/core.xml").decode()
    assert "python" not in core
    assert set(re.findall(r"\d{4}-\d{2}-\d{2}", core)) == {"1980-01-01"}
    assert python_docx.Document(io.BytesIO(data)).paragraphs


def test_marks_of_notes_lead_to_their_notes_in_the_docx_and_the_page() -> None:
    letter = made(the_book(), "after")
    page = docx_part(FORMS["docx"](letter))
    names = {b.get(f"{W}name") for b in page.iter(f"{W}bookmarkStart")}
    leads = {h.get(f"{W}anchor") for h in page.iter(f"{W}hyperlink")} - {None}
    assert names == leads == {f"note_{n.number}" for n in letter.notes}
    shown = html.fromstring(FORMS["html"](letter))
    ids = {e.get("id") for e in shown.iter() if e.get("id")}
    assert {a.get("href") for a in shown.iter("a") if a.get("href").startswith("#")} <= {f"#{i}" for i in ids}


def test_a_page_that_stands_alone_asks_for_nothing_outside() -> None:
    page = html.fromstring(FORMS["html"](made(the_book(), "after", "fa")))
    assert page.get("dir") == "rtl"
    assert not [*page.iter("script"), *page.iter("link"), *page.iter("img")]
    assert "default-src 'none'" in page.find(".//meta[@http-equiv]").get("content")


def test_latin_words_in_persian_text_keep_their_direction_to_themselves() -> None:
    text = FORMS["txt"](made(the_book(), "after", "fa")).decode()
    assert "\u2066press@example.org\u2069" in text
    assert text.count("\u2066") + text.count("\u2068") == text.count("\u2069")
    assert all(line.count("\u2066") + line.count("\u2068") == line.count("\u2069") for line in text.splitlines())


def test_lines_of_english_text_are_no_longer_than_the_width_but_for_addresses() -> None:
    letter: Letter = made(the_book(), "after")
    assert all(len(line) <= 76 or "http" in line or len(line.split()) == 1 for line in
               FORMS["txt"](letter).decode().splitlines())  # fmt: skip
