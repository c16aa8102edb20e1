"""Charts show what is missing as missing, stand alone, and can be read without being seen."""

from __future__ import annotations

from datetime import timedelta

from lxml import etree

from lightkeeper.publish.book import Book
from lightkeeper.publish.charts import GAP, Span, describe, series_chart
from lightkeeper.publish.figures import case_series, incident_figures, numbered, timelines
from publish.synthetic_kit import at, incident, synthetic_book, tor_rows

SVG = "{http://www.w3.org/2000/svg}"


def test_a_gap_is_shaded_and_never_drawn_as_a_line_or_as_zero() -> None:
    rows = tor_rows()
    with_gap, _ = series_chart(rows, title="x")
    without, _ = series_chart([r for r in rows if r.value is not None][:15], title="x")
    assert GAP in with_gap
    assert GAP not in without
    lines = [p for p in etree.fromstring(with_gap.encode()).iter(f"{SVG}path") if p.get("stroke") == "#0b5cad"]
    assert len(lines) == 2


def test_a_chart_says_in_words_what_it_shows() -> None:
    svg, _ = series_chart(tor_rows(), title="Tor <users>")
    root = etree.fromstring(svg.encode())
    assert root.get("role") == "img"
    assert root.findtext(f"{SVG}title") == "Tor <users>"
    assert "2 of 60 steps have no value" in (root.findtext(f"{SVG}desc") or "")


def test_a_series_without_any_value_says_so() -> None:
    rows = [r for r in tor_rows() if r.value is None]
    assert "No step has a value" in describe(rows, "Tor")
    assert GAP in series_chart(rows, title="Tor")[0]


def test_a_chart_has_a_white_card_so_that_it_reads_on_a_dark_page() -> None:
    assert 'fill="white"' in series_chart(tor_rows(), title="x")[0][:2000]


def test_the_same_rows_make_the_same_bytes() -> None:
    spans = [Span(at(10), None, "Incident")]
    assert series_chart(tor_rows(), title="x", spans=spans) == series_chart(tor_rows(), title="x", spans=spans)


def test_a_long_series_keeps_its_lows() -> None:
    base = tor_rows()[0]
    rows = [
        type(base)(**{f: getattr(base, f) for f in base.__struct_fields__} | {"step_at": at(0) + timedelta(hours=n),
               "step_s": 3600, "value": 1.0 if n == 4567 else 100.0})
        for n in range(9000)
    ]  # fmt: skip
    svg, note = series_chart(rows, title="x")
    assert "lowest of 5 steps" in note
    assert "Lowest 1 at" in svg


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


def test_only_series_of_the_case_are_charted_under_their_ask(book: Book) -> None:
    assert list(case_series(book)) == ["vpn"]


def test_the_series_that_moved_is_charted_and_one_for_context_says_that_it_is_context(book: Book) -> None:
    by_id = {i.incident_id: i for i in book.incidents}
    moved = incident_figures(book, by_id["XA-13-0002"])
    context = incident_figures(book, by_id["XA-14-0005"])
    assert [f.rows[0].series for f in moved] == ["tor_users/tor_direct_users/XA"]
    assert "context" not in moved[0].caption
    assert "Shown for context" in context[0].caption
