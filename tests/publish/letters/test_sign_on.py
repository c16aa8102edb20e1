"""The sheet for organisations that sign: who is asked, and nothing that the case must not hold."""

from __future__ import annotations

import csv
import io
from pathlib import Path

from lxml import html

from lightkeeper.publish.editions import editions
from lightkeeper.publish.letters.blocks import Table
from lightkeeper.publish.letters.compose import sign_on_of
from lightkeeper.publish.letters.sign_on import EMPTY_ROWS
from publish.letters.letter_kit import the_book
from publish.synthetic_kit import case


def test_the_file_has_a_row_for_each_organisation_that_signed_the_published_letter() -> None:
    found = sign_on_of(editions(the_book())[0])
    assert found is not None
    rows = list(csv.reader(io.StringIO(found[1].removeprefix("\ufeff"))))
    assert [row[0] for row in rows] == ["Organisation", "Acorn Society", "émeraude Group", "Zebra Watch"]
    assert {cell for row in rows[1:] for cell in row[1:]} == {""}


def test_the_page_has_empty_rows_to_write_in_and_says_where_names_stay() -> None:
    for edition in editions(the_book()):
        found = sign_on_of(edition)
        assert found is not None
        table = next(b for b in found[0].body if isinstance(b, Table))
        assert len(table.rows) == EMPTY_ROWS
        assert all(not cell.spans for row in table.rows for cell in row[1:])


def test_a_case_without_a_letter_has_no_sheet() -> None:
    assert sign_on_of(editions(the_book(case=case(letter=None)))[0]) is None


def test_it_stands_on_the_site_in_both_languages(built: Path) -> None:
    for folder in (built, built / "fa"):
        assert {p.suffix for p in folder.glob("sign-on.*")} == {".html", ".pdf", ".docx", ".csv"}
        page = html.fromstring((folder / "letter.html").read_text())
        assert {"sign-on.html", "sign-on.csv"} <= {a.get("href") for a in page.iter("a")}
