"""The watch board: cases by their days, and the pages of countries."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from lxml import html

from lightkeeper.publish.board import AHEAD, OVER, UNREADABLE, WATCHED, shelves
from lightkeeper.publish.casesfile import CaseRow, Watched, case_row
from lightkeeper.publish.persian import Persian
from lightkeeper.publish.site import write_index, write_site
from lightkeeper.publish.tongue import Tongue
from publish.synthetic_kit import case, incident, synthetic_book

VOTE = date(2031, 3, 14)
TEHRAN = ZoneInfo("Asia/Tehran")


def row(name: str, day: date = VOTE, before: int = 30, after: int = 14) -> CaseRow:
    first, last = day - timedelta(days=before), day + timedelta(days=after)
    return CaseRow(name, name, "h", (), Watched("XA", "Arcadia", "Election", TEHRAN, day, first, last))


def noon(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, 12, tzinfo=TEHRAN)


@pytest.mark.parametrize(
    ("days", "shelf", "when"),
    [
        (-31, AHEAD, "In 31 days"),
        (-30, WATCHED, "In 30 days"),
        (-1, WATCHED, "In 1 day"),
        (0, WATCHED, "Today"),
        (1, WATCHED, "1 day ago"),
        (14, WATCHED, "14 days ago"),
        (15, OVER, "15 days ago"),
    ],
)
def test_a_case_is_watched_from_the_first_to_the_last_day_of_its_window(days: int, shelf: str, when: str) -> None:
    (found,) = shelves([row("a")], Tongue(), noon(VOTE + timedelta(days=days)))
    assert (found.name, found.places[0].when) == (shelf, when)


def test_a_day_ends_with_the_clocks_of_the_country() -> None:
    late = datetime(2031, 3, 13, 21, tzinfo=UTC)  # half past midnight in Tehran
    assert shelves([row("a")], Tongue(), late)[0].places[0].when == "Today"


def test_those_that_are_watched_stand_first_then_the_next_then_the_last_that_ended() -> None:
    days = {"old": -400, "ended": -40, "now": 2, "next": 60, "far": 200}
    rows = [row(name, VOTE + timedelta(days=n)) for name, n in days.items()]
    found = shelves([*rows, CaseRow("broken", "broken")], Tongue(), noon(VOTE))
    assert [(s.name, [p.row.folder for p in s.places]) for s in found] == [
        (UNREADABLE, ["broken"]),
        (WATCHED, ["now"]),
        (AHEAD, ["next", "far"]),
        (OVER, ["ended", "old"]),
    ]


def test_a_page_that_is_a_file_says_no_distance_since_it_would_be_wrong_tomorrow() -> None:
    (found,) = shelves([row("old", VOTE - timedelta(days=9)), row("new")], Tongue(), None)
    assert [(p.row.folder, p.when) for p in found.places] == [("new", ""), ("old", "")]


def test_the_distance_is_said_in_persian_with_its_digits() -> None:
    (found,) = shelves([row("a")], Persian(), noon(VOTE - timedelta(days=12)))
    assert found.places[0].when == "۱۲ روز دیگر"


def ledger(**changes: Any) -> bytes:
    about = {"country": "XA", "country_name": "Arcadia", "timezone": "Asia/Tehran", "title": "t", "asks": []}
    about["event"] = {"name": "Election", "day": "2031-03-14", "watch_days_before": 30, "watch_days_after": 14}
    return json.dumps({"case": about | changes, "asks": [], "headline": "h"}).encode()


@pytest.mark.parametrize(
    "changes",
    [
        {"country": "../../x"},
        {"country": None},
        {"timezone": "../../etc/passwd"},
        {"timezone": ""},
        {"event": {"name": "x", "day": "2031-13-45", "watch_days_before": 1, "watch_days_after": 1}},
        {"event": {"name": "x", "day": "2031-03-14", "watch_days_before": 10**9, "watch_days_after": 1}},
        {"event": []},
    ],
)
def test_a_ledger_with_a_country_a_zone_or_a_day_that_is_none_is_listed_as_unreadable(changes: dict[str, Any]) -> None:
    assert case_row("a", ledger(), Tongue()).watched is not None
    assert case_row("a", ledger(**changes), Tongue()) == CaseRow("a", "a")


def test_a_country_has_a_page_with_each_of_its_cases_and_what_is_on_record(tmp_path: Path) -> None:
    later = case(id="arcadia-2035", title="Later vote", event={**case().event.model_dump(), "day": "2035-03-14"})
    write_site(synthetic_book(case=later, incidents=[]), tmp_path)
    write_site(synthetic_book(incidents=[incident(1, 13), incident(2, 14, rung="confirmed")]), tmp_path)
    (tmp_path / "countries").mkdir()
    (tmp_path / "countries" / "ZZ.html").write_text("of a case that is gone")
    write_index(tmp_path)
    for place in ("countries", "fa/countries"):
        assert [p.name for p in (tmp_path / place).iterdir()] == ["XA.html"]
    path = tmp_path / "countries" / "XA.html"
    first, second = html.fromstring(path.read_bytes()).iterfind(".//article")
    assert "Later vote" in first.text_content()
    assert "No incident is on record." in first.text_content()
    rungs = [li.text_content().split()[-2:] for li in second.xpath(".//ul")[-1].iterfind("li")]
    assert ["confirmed", "1"] in rungs
    assert sum(int(n) for _, n in rungs) == 2
    for link in html.fromstring(path.read_bytes()).xpath("//@href"):
        assert (path.parent / link).resolve().is_file() or link == "#main", link


def test_incidents_that_cannot_be_read_are_said_and_the_rest_stands(tmp_path: Path) -> None:
    write_site(synthetic_book(), tmp_path)
    (tmp_path / "synthetic-2031" / "incidents.json").write_text('{"incidents": [{"rung": 1}]}')
    write_index(tmp_path)
    page = html.fromstring((tmp_path / "countries" / "XA.html").read_bytes())
    assert "Its incidents.json cannot be read." in page.text_content()
    assert "Arcadian election" in page.text_content()
