"""The letter: a draft that says so, word for word where it quotes, each fact with its note."""

from __future__ import annotations

import io
from pathlib import Path

from lxml import html
from pypdf import PdfReader

from lightkeeper.publish.book import Book
from lightkeeper.publish.editions import persian_edition
from lightkeeper.publish.letter import DRAFT, letter_data, letter_pdf, printed
from publish.synthetic_kit import case, synthetic_book


def pdf_words(pdf: bytes) -> str:
    text = "\n".join(page.extract_text() for page in PdfReader(io.BytesIO(pdf)).pages)
    return " ".join(text.split())


def test_both_forms_say_on_top_that_this_is_a_draft(built: Path) -> None:
    words = pdf_words((built / "letter.pdf").read_bytes())
    page = html.fromstring((built / "letter.html").read_text()).text_content()
    assert DRAFT in words
    assert DRAFT in page
    assert words.index(DRAFT) < 200


def test_both_forms_have_each_ask_word_for_word(book: Book, built: Path) -> None:
    words = pdf_words((built / "letter.pdf").read_bytes())
    page = html.fromstring((built / "letter.html").read_text()).text_content()
    for ask in book.case.asks:
        assert ask.wording in words
        assert ask.wording in page


def test_both_forms_have_the_parts_of_the_letter(built: Path) -> None:
    words = pdf_words((built / "letter.pdf").read_bytes())
    page = " ".join(html.fromstring((built / "letter.html").read_text()).text_content().split())
    for part in (
        "President of Arcadia", "CC: Ministry of Posts", "keep all channels open", "The network was cut for three days",
        "Covenant, article 19", "binding, ratified", "Reason for A1 and the country.", "press@example.org",
    ):  # fmt: skip
        assert part in words, part
        assert part in page, part


def test_signatories_stand_in_alphabetical_order_and_have_not_signed_the_draft(built: Path) -> None:
    words = pdf_words((built / "letter.pdf").read_bytes())
    assert words.index("Acorn Society") < words.index("émeraude Group") < words.index("Zebra Watch")
    assert "They have not signed this draft" in words


def test_the_same_source_keeps_its_number(book: Book) -> None:
    data = letter_data(book)
    assert data is not None
    assert [n["number"] for n in data["notes"]] == [1, 2]
    assert data["history"][0]["notes"] == [1, 2]


def test_the_pdf_of_the_same_letter_is_the_same_bytes(book: Book) -> None:
    data = letter_data(book)
    assert data is not None
    pdf = letter_pdf(data)
    assert pdf == letter_pdf(data)
    assert b"CreationDate" not in pdf


def test_a_case_without_a_letter_makes_none() -> None:
    assert letter_data(synthetic_book(case=case(letter=None))) is None


def test_markup_in_the_words_is_set_as_words() -> None:
    hostile = '#panic("x") *bold* $x$ #read("/etc/passwd") <label> @ref \\ ]['
    book = synthetic_book(headline=hostile)
    data = letter_data(book)
    assert data is not None
    words = pdf_words(letter_pdf(data))
    assert '#read("/etc/passwd")' in words.replace("“", '"').replace("”", '"')
    assert "*bold*" in words


def test_the_persian_letter_is_set_in_a_font_that_it_carries(built: Path) -> None:
    fonts = {
        str(font.get_object()["/BaseFont"])
        for page in PdfReader(io.BytesIO((built / "fa" / "letter.pdf").read_bytes())).pages
        for font in page["/Resources"]["/Font"].values()
    }
    assert any("Vazirmatn-NL" in name for name in fonts)
    assert all("+" in name for name in fonts)  # embedded, and no more of each than is used


def test_the_persian_letter_says_that_it_is_a_draft_and_who_translated_it(book: Book) -> None:
    edition = persian_edition(book)
    data = letter_data(edition.book, edition.tongue)
    assert data is not None
    assert data["draft"] == "پیش‌نویس؛ نه امضا شده و نه فرستاده شده"
    assert data["translation"] == "متن نامه به انگلیسی است، همان‌گونه که منتشر شده است."


def test_latin_names_in_the_persian_letter_keep_their_direction(book: Book) -> None:
    edition = persian_edition(book)
    data = letter_data(edition.book, edition.tongue)
    assert data is not None
    set_in_type = printed(data, edition.tongue)
    assert set_in_type["signatories"][0] == "\u2066Acorn Society\u2069"
    assert set_in_type["words"]["signed"].startswith("امضاکنندگان نامهٔ ")
    assert letter_pdf(data, edition.tongue) == letter_pdf(data, edition.tongue)
