"""Each ask has a page of its own: its answers counted, what was measured, what speaks against, and the data."""

from __future__ import annotations

import csv
import re
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import msgspec
import pytest
from lxml import html

from lightkeeper.model import Measurement, Verdict
from lightkeeper.publish.ask_views import answer_counts, ask_coverage, bearing, counting
from lightkeeper.publish.book import Book
from lightkeeper.publish.csvfiles import networks_csv
from lightkeeper.publish.editions import persian_edition
from lightkeeper.publish.pages import Pages
from lightkeeper.publish.site import write_site
from lightkeeper.publish.tongue import Tongue
from lightkeeper.publish.views import ask_rows
from publish.synthetic_kit import SHA, at, case, synthetic_book


def main_of(page: Path | str) -> html.HtmlElement:
    return html.fromstring(page if isinstance(page, str) else page.read_text(encoding="utf-8")).xpath("//main")[0]


def words_of(node: html.HtmlElement) -> str:
    return " ".join(node.text_content().split())


def row_of(book: Book, ask: str) -> dict[str, object]:
    return next(row for row in ask_rows(book) if row["wording"].id == ask)


def measured(*outcomes: tuple[int, int, str, str]) -> Book:
    """A book in which Signal was measured: network, day, state and probe software of each measurement."""
    rows, verdicts = [], []
    for number, (network, day, state, software) in enumerate(outcomes):
        name = f"s-{number}"
        rows.append(
            Measurement(
                measurement_id=name, report_id=f"r-{number}", test_name="signal", probe_cc="XA", probe_asn=network,
                target="signal", started_at=at(day, 8), software=software, file_sha256=SHA, file_line=number,
            )
        )  # fmt: skip
        verdicts.append(
            Verdict(measurement_id=name, target="signal", layer="all", state=state, rule="x", ruleset="x")
        )  # fmt: skip
    return synthetic_book(measurements=rows, verdicts=verdicts)


@pytest.mark.parametrize("folder", ["", "fa/"])
def test_every_ask_has_a_page_in_each_language_and_the_case_page_and_operators_lead_to_it(
    built: Path, folder: str
) -> None:
    home = built / folder
    assert sorted(p.name for p in (home / "asks").iterdir()) == ["A1.html", "A2.html", "A3.html", "A4.html"]
    for page, place in (("index.html", "asks/A2.html"), ("operators/alpha.html", "../asks/A2.html")):
        assert place in main_of(home / page).xpath("//main//a/@href"), page


def page_of(book: Book, row: dict[str, Any]) -> str:
    return Pages(book, Tongue()).ask(row, counting(book)[row["wording"].id], [])


def test_the_page_counts_the_operators_that_nobody_tested_also_where_there_are_none(book: Book) -> None:
    row = row_of(book, "A1")
    assert ("untested", 1) in answer_counts(row)
    page = words_of(main_of(page_of(book, row)))
    assert "Operators by answer: ✕ breached 1; ? untested 1." in page
    answered = [replace_answer(cell) for cell in row["cells"]]  # type: ignore[attr-defined]
    assert ("untested", 0) in answer_counts(row | {"cells": answered})


def replace_answer(cell: tuple[object, object]) -> tuple[object, object]:
    return cell[0], msgspec.structs.replace(cell[1], answer="met")


def test_every_operator_has_a_row_that_can_be_linked_to_with_its_days_and_networks(built: Path) -> None:
    page = main_of(built / "asks/A1.html")
    assert page.xpath("//*[@id='by-operator']/following::table[1]//tbody/tr/@id") == [
        "country",
        "operator-alpha",
        "operator-beta",
    ]
    (alpha,) = page.xpath("//tr[@id='operator-alpha']")
    assert [words_of(cell) for cell in alpha][1:] == ["✕ breached", "12", "2", "3 of 45"]


def test_days_and_networks_of_coverage_are_those_that_the_ledger_counts() -> None:
    seen = [(4100000001, day, "blocked", kind) for day in (3, 4) for kind in "abcdef"]
    book = measured(*seen, *[(4100000002, 3, "ok", kind) for kind in "abcdef"], (4100000002, 5, "ok", "one"))
    covered = ask_coverage(book, book.case.asks[0], counting(book)[book.case.asks[0].id])
    assert [(t.service, t.network, t.operators, t.blocked, t.open, t.undecided) for t in covered.tested] == [
        ("Signal", 4100000001, ["Alpha Telecom"], 2, 0, 0),
        ("Signal", 4100000002, ["Beta Net"], 0, 1, 1),
    ]
    lines = networks_csv(covered.tested).splitlines()
    assert lines[1:] == ["Signal,4100000001,Alpha Telecom,2,0,0,", "Signal,4100000002,Beta Net,0,1,1,"]
    page = words_of(main_of(page_of(book, row_of(book, "A1"))))
    assert "Signal was also seen open: on other days, or on other networks." in page


def test_an_ask_without_measurements_says_untested_and_names_what_it_would_take(book: Book) -> None:
    page = main_of(page_of(replace(book, measurements=[], verdicts=[]), row_of(book, "A1")))
    assert "? untested This case holds no measurement from the watch window that bears on this ask." in words_of(page)
    assert "Services of which this case holds no measurement (1): Signal." in words_of(page)
    assert not page.xpath("//a[contains(@href, '-networks.csv')]")


def test_what_speaks_against_an_incident_stands_on_the_page_of_the_ask(built: Path, book: Book) -> None:
    assert bearing(book, book.case.asks[2])
    page = words_of(main_of(built / "asks/A3.html").xpath("//section[@aria-labelledby='contrary']")[0])
    assert "A cable fault was announced for that day." in page
    assert "Looked, and did not see it: " in page


def test_the_data_behind_each_page_can_be_fetched_and_holds_what_the_page_shows(built: Path, book: Book) -> None:
    links = main_of(built / "fa/asks/A3.html").xpath("//a[@download]/@href")
    assert [x.removeprefix("../../data/ask-A3") for x in links] == [".csv", "-networks.csv", "-incidents.csv"]
    with (built / "data/ask-A3.csv").open(encoding="utf-8") as lines:
        rows = list(csv.DictReader(lines))
    assert [row["operator"] for row in rows] == ["", "alpha", "beta"]
    assert rows[2]["answer"] == "untested"
    with (built / "data/ask-A3-incidents.csv").open(encoding="utf-8") as lines:
        assert [r["incident_id"] for r in csv.DictReader(lines)] == [
            i.incident_id for i in bearing(book, book.case.asks[2])
        ]


def test_no_cell_of_the_data_runs_as_a_formula(tmp_path: Path) -> None:
    book = synthetic_book()
    hostile = [msgspec.structs.replace(i, title="=HYPERLINK(1)") for i in book.incidents]
    write_site(replace(book, incidents=hostile), tmp_path)
    text = (tmp_path / book.case.id / "data/ask-A3-incidents.csv").read_text(encoding="utf-8")
    assert "'=HYPERLINK(1)" in text
    assert not re.search(r"(?<!')=HYPERLINK", text)


def test_an_ask_with_a_strange_id_gets_a_safe_name_and_its_links_lead_to_it(tmp_path: Path) -> None:
    asks = [{"id": "A/1 <b>", "topic": "platforms", "short": "Short", "wording": "Wording"}]
    try:
        strange = case(asks=asks)
    except ValueError:
        return  # the case does not let such an id in
    write_site(synthetic_book(case=strange), tmp_path)
    (page,) = (tmp_path / strange.id / "asks").iterdir()
    assert re.fullmatch(r"[A-Za-z0-9._-]+\.html", page.name)


def test_the_page_says_its_own_words_in_persian(book: Book) -> None:
    pages, counted = Pages(*persian_edition(book)), counting(book)
    for row in ask_rows(book):
        text = words_of(main_of(pages.ask(row, counted[row["wording"].id], [])))
        assert not re.search(r"\b(Days|Answer|By operator|Service|Nothing|Why)\b", text), text


def with_notice(book: Book) -> Book:
    """The book with a notice two days before one outage, and the government's word on it."""
    cut = next(i for i in book.incidents if i.in_window and i.kind == "throttling")
    notice = msgspec.structs.replace(
        book.documents[0], document_id="doc-2", kind="notice", title="To our customers", publisher="Alpha Telecom",
        published_on=cut.onset_earliest.date() - timedelta(days=2), cause_claimed=None,
    )  # fmt: skip
    word = msgspec.structs.replace(
        book.documents[0], document_id="doc-3", acknowledged=True, ordered_by="Ministry of Posts"
    )
    cut_with = msgspec.structs.replace(cut, documents=["doc-3"])
    incidents = [cut_with if i is cut else i for i in book.incidents]
    return replace(book, incidents=incidents, documents=[*book.documents, notice, word])


def test_the_ask_for_notice_shows_each_disruption_with_who_said_what_and_when(book: Book) -> None:
    told = with_notice(book)
    page = main_of(page_of(told, row_of(told, "A4")))
    cards = page.xpath("//article[starts-with(@id, 'disruption-')]")
    assert len(cards) == len(bearing(told, told.case.asks[3])) - sum(
        i.rung == "retracted" for i in bearing(told, told.case.asks[3])
    )
    (card,) = (words_of(c) for c in cards if "To our customers" in words_of(c) and "Ministry of Posts:" in words_of(c))
    assert "Notice to users2 days before the onset: To our customers (Alpha Telecom, " in card
    assert "Acknowledged by the governmentyes, as this says: On the closing of the lines (Ministry of Posts, " in card
    assert re.search(r"Time to restoreRestored after \d+ h", card)


def test_what_nobody_said_of_a_disruption_is_shown_as_not_on_record(built: Path) -> None:
    page = main_of(built / "incidents/XA-13-0003.html").xpath("//section[@aria-labelledby='disclosed']")[0]
    assert "Notice to usersNo notice of it is on record." in words_of(page)
    assert "Acknowledged by the governmentnot on record" in words_of(page)
    assert "Authority namednot on record" in words_of(page)


def test_the_data_on_notice_leaves_empty_what_is_not_on_record(book: Book, tmp_path: Path) -> None:
    told = with_notice(book)
    write_site(told, tmp_path)
    with (tmp_path / told.case.id / "data/ask-A4-disruptions.csv").open(encoding="utf-8") as lines:
        rows = list(csv.DictReader(lines))
    said = [(r["lead_days"], r["acknowledged_in"], r["authorities"]) for r in rows]
    assert ("2", "doc-3", "Ministry of Posts") in said
    assert any(not authorities and not known for _, known, authorities in said)
