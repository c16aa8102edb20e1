"""Which charts a case has, and its timelines."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest
from altair.utils import schemapi
from jsonschema import ValidationError
from lxml import etree, html

from lightkeeper.publish.book import Book
from lightkeeper.publish.charts import plot, render
from lightkeeper.publish.figures import case_series, incident_figures, numbered, timelines
from publish.synthetic_kit import incident, synthetic_book

SVG = "{http://www.w3.org/2000/svg}"


def test_the_vote_and_the_window_are_marked(book: Book) -> None:
    window, years = timelines(book)
    assert "Vote, 14 Mar 2031" in window.svg
    assert "Vote, 14 Mar 2031" in years.svg


def test_the_timeline_carries_the_number_of_each_incident_in_the_window(book: Book) -> None:
    texts = {t.text for t in etree.fromstring(timelines(book)[0].svg.encode()).iter(f"{SVG}text")}
    assert {str(n) for n, _ in numbered(book.incidents)} <= texts


def test_dozens_of_incidents_on_one_day_all_stay_in_the_timeline() -> None:
    book = synthetic_book(incidents=[incident(n, 13) for n in range(60)])
    texts = {t.text for t in etree.fromstring(timelines(book)[0].svg.encode()).iter(f"{SVG}text")}
    assert {str(n) for n in range(1, 61)} <= texts


def test_what_began_before_the_window_and_what_has_no_end_is_drawn_with_arrows() -> None:
    early = incident(1, -300, in_window=True, ongoing=True, end_earliest=None, end_latest=None)
    open_end = incident(2, 13, end_earliest=None, end_latest=None)
    svg = timelines(synthetic_book(incidents=[early, open_end]))[0].svg
    texts = [t.text for t in etree.fromstring(svg.encode()).iter(f"{SVG}text")]
    assert texts.count("←") == 1
    assert texts.count("→") == 1
    assert texts.count("→ ?") == 1


def test_a_case_without_incidents_has_no_timeline() -> None:
    assert timelines(synthetic_book(incidents=[])) == []


def test_only_series_of_the_case_are_charted(book: Book) -> None:
    assert list(case_series(book)) == [1]
    assert [f.rows[0].series for f in case_series(book)[1]] == ["tor_users/tor_direct_users/XA"]


def test_the_series_that_moved_is_charted_and_one_for_context_says_that_it_is_context(book: Book) -> None:
    by_id = {i.incident_id: i for i in book.incidents}
    moved = incident_figures(book, by_id["XA-13-0002"])
    context = incident_figures(book, by_id["XA-14-0005"])
    assert [f.rows[0].series for f in moved] == ["tor_users/tor_direct_users/XA"]
    assert "context" not in moved[0].caption
    assert "Shown for context" in context[0].caption


def test_an_event_has_one_number_in_all_charts_and_its_own_times_in_each(book: Book) -> None:
    (figure,) = case_series(book)[1]
    assert "E1: circumvention use fell, begun" in figure.caption
    assert "E1" in {t.text for t in etree.fromstring(figure.svg.encode()).iter(f"{SVG}text")}


def test_a_chart_has_a_drawing_for_narrow_screens_and_the_numbers_behind_it(book: Book) -> None:
    (figure,) = case_series(book)[1]
    assert figure.narrow is not None
    widths = [float(etree.fromstring(svg.encode()).get("width") or 0) for svg in (figure.svg, figure.narrow)]
    assert widths[1] < 390 < widths[0]
    assert figure.numbers is not None
    assert len(figure.numbers.rows) == len(figure.rows)
    assert "no data: left out by the source" in {row[2] for row in figure.numbers.rows}


def test_many_places_are_drawn_side_by_side_with_all_numbers_in_the_table() -> None:
    from publish.synthetic_kit import regions_book

    (figure,) = case_series(regions_book(9))[1]
    texts = {t.text for t in etree.fromstring(figure.svg.encode()).iter(f"{SVG}text")}
    assert {f"XA-{n:02d}" for n in range(9)} <= texts
    assert figure.numbers is not None
    assert [row[0] for row in figure.numbers.rows] == [f"XA-{n:02d}" for n in range(9)]


def test_more_places_than_a_person_reads_are_left_out_of_the_drawing_and_told() -> None:
    from lightkeeper.publish.grouping import MOST_PANELS
    from publish.synthetic_kit import regions_book

    (figure,) = case_series(regions_book(MOST_PANELS + 4))[1]
    assert f"Shown are the {MOST_PANELS} that changed most" in figure.caption
    assert figure.numbers is not None
    assert len(figure.numbers.rows) == MOST_PANELS + 4
    assert len({r.series for r in figure.rows}) == MOST_PANELS + 4


def test_every_kind_of_chart_is_a_sound_specification(book: Book) -> None:
    from publish.synthetic_kit import regions_book

    with schemapi.debug_mode(True):
        assert len(timelines(book)) == 2
        assert case_series(book)[1]
        assert case_series(regions_book(2))[1]
        with pytest.raises(ValidationError):
            render(plot([{"at": 1}]).mark_rule(color="red").to_dict(validate=False) | {"mark": "no mark"}, "x", "x")


def test_the_incidents_behind_a_timeline_can_be_fetched(built: Path, book: Book) -> None:
    for page in (built / "index.html", built / "fa" / "index.html"):
        links = html.fromstring(page.read_bytes()).xpath("//section[@aria-labelledby='timeline']//figure//a/@href")
        assert {(page.parent / link).resolve() for link in links} == {(built / "data" / "incidents.csv").resolve()}
    rows = list(csv.DictReader((built / "data" / "incidents.csv").open(encoding="utf-8")))
    assert [r["incident_id"] for r in rows] == [i.incident_id for i in book.incidents]
