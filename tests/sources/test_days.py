"""Days as people and spreadsheets write them, each read rightly, read with its doubt, or refused."""

from __future__ import annotations

from datetime import date
from zoneinfo import ZoneInfo

import pytest
from babel.dates import format_date
from hypothesis import given
from hypothesis import strategies as st
from persiantools.jdatetime import JalaliDate

from lightkeeper.sources.day_parts import Told
from lightkeeper.sources.days import days_in, orders_of
from lightkeeper.sources.month_names import LANGUAGES, month_of

FOURTH = date(2021, 3, 4)
TEHRAN = [ZoneInfo("Asia/Tehran")]
DAYS = st.dates(date(1990, 1, 1), date(2100, 12, 31))


@pytest.mark.parametrize(
    "text",
    [
        "2021-03-04", " 2021-03-04 00:00:00", "2021-03-04T00:00:00.000Z", "2021-03-04 00:00:00+03:30", "2021/03/04",
        "2021.03.04.", "20210304", "44259", "44259.0", "04.03.2021", "March 4, 2021", "4-Mar-21", "4 Mar. 2021",
        "4th of March 2021", "Thursday, March 4, 2021", "jeudi 4 mars 2021", "4 de marzo de 2021", "4 марта 2021 г.",
        "4. März 2021", "4 Mart 2021", "2021年3月4日", "۲۰۲۱-۰۳-۰۴", "٤ مارس ٢٠٢١", "4 آذار 2021", "২০২১-০৩-০৪",
        "1399-12-14", "۱۳۹۹/۱۲/۱۴", "14 اسفند 1399", "۱۴ اسفند ماه ۱۳۹۹", "14 Esfand 1399", "14 حوت 1399",
        "2564-03-04", "2021-03-03T20:30:00.000Z", "2021-03-04 2:30: AM", "4 March 2021, 10:00 PM", "2021‑03‑04",
        "2021-03-04?", "2021-03-04 (about noon)",
    ],
)  # fmt: skip
def test_one_day_in_many_spellings_is_that_day(text: str) -> None:
    found = days_in(text, zones=TEHRAN)
    assert (found.first, found.last, found.kind) == (FOURTH, FOURTH, "day")


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_months_of_every_language_are_read_as_unicode_writes_them(language: str) -> None:
    for number in range(1, 13):
        day = date(2021, number, 14)
        for form in ("d MMMM y", "d MMM y"):
            text = format_date(day, form, locale=language)
            if any(character.isalpha() for character in text):
                assert days_in(text).first == day, text


@pytest.mark.parametrize(
    ("text", "last"),
    [
        ("4-6 March 2021", 6),
        ("4–6 mars 2021", 6),
        ("March 4-6, 2021", 6),
        ("March 4 - March 6, 2021", 6),
        ("4 March to 6 March 2021", 6),
        ("2021-03-04 – 2021-03-06", 6),
        ("2021-03-04 to 2021-03-06", 6),
        ("۴ تا ۶ مارس ۲۰۲۱", 6),
    ],
)
def test_a_range_has_a_first_and_a_last_day(text: str, last: int) -> None:
    found = days_in(text)
    assert (found.first, found.last, found.kind, found.flags) == (FOURTH, date(2021, 3, last), "range", ("day_range",))


def test_a_month_is_all_of_its_days() -> None:
    assert days_in("February 2024")[:3] == (date(2024, 2, 1), date(2024, 2, 29), "month")
    assert days_in("Esfand 1399")[:3] == (date(2021, 2, 19), date(2021, 3, 20), "month")


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("1442-07-20", "lunar Hijri"),
        ("1889-03-04", "between 1990 and 2100"),
        ("9999-12-31", "between 1990 and 2100"),
        ("2021", "a year only"),
        ("2021-02-30", "day"),
        ("2021-13-04", "month"),
        ("21-03-04", "which figure is the year"),
        ("1/2/3", "which figure is the year"),
        ("04-03-2021", "it may be two days"),
        ("4 March", "lacks a year"),
        ("next week", "neither a month nor a figure"),
        ("99999", "serial number"),
        ("12345", "serial number"),
        ("30 Esfand 1400", "Solar Hijri"),
        ("14 Esfand 2021", "Solar Hijri"),
        ("March 2021 - May 2021", "two months"),
        ("2021-03-04 25:00", "time of day"),
        ("x" * 500, "too long"),
        ("", "no day"),
    ],
)
def test_what_is_no_day_is_refused_and_says_why(text: str, why: str) -> None:
    with pytest.raises(ValueError, match=why):
        days_in(text)


@pytest.mark.parametrize(
    ("text", "flag"),
    [
        ("3/4/2021", "day_month_order_assumed"),
        ("4-Mar-21", "two_figure_year"),
        ("44259", "day_from_serial_number"),
        ("1399-12-14", "solar_hijri_day"),
        ("2564-03-04", "buddhist_year"),
        ("2021-03-04 or so", "words_behind_the_day"),
    ],
)
def test_a_reading_that_leaves_a_doubt_says_so(text: str, flag: str) -> None:
    found = days_in(text)
    assert (found.first, found.flags) == (FOURTH, (flag,))


def test_a_figure_over_twelve_tells_what_comes_first_in_a_sheet() -> None:
    assert orders_of([("3/4/2021", ""), ("13/4/2021", "")]) == {"/": Told("day first", sure=False)}
    assert orders_of([("4/13/2021", "")] * 5) == {"/": Told("month first")}
    assert orders_of([("4/13/2021", "13/4/2021")]) == {"/": Told("both")}
    assert orders_of([("4/13/2021", "")] * 20 + [("13/4/2021", "")]) == {"/": Told("month first", sure=False)}
    assert orders_of([("2021-03-04", "")]) == {}


def test_rows_that_would_end_before_they_begin_tell_it_too() -> None:
    assert orders_of([("5/1/2021", "4/2/2021")]) == {"/": Told("day first", sure=False)}
    assert orders_of([("5/1/2021", "6/2/2021")]) == {}


def test_each_mark_between_figures_may_have_an_order_of_its_own() -> None:
    orders = orders_of([("4/13/2021", "13.4.2021")])
    assert (days_in("3/4/2021", orders).first, days_in("3.4.2021", orders).first) == (FOURTH, date(2021, 4, 3))


@given(DAYS)
def test_every_day_comes_back_from_how_it_is_written(day: date) -> None:
    solar = JalaliDate.to_jalali(day.year, day.month, day.day)
    assert days_in(day.isoformat()).first == day
    assert days_in(f"{day:%d %B %Y}").first == day
    assert days_in(str((day - date(1899, 12, 30)).days)).first == day
    assert days_in(f"{day.year + 543}-{day:%m-%d}").first == day
    if 1369 <= solar.year < 1411:
        assert days_in(f"{solar.year}/{solar.month}/{solar.day}").first == day


@given(st.text(max_size=40) | st.from_regex(r"[\d/.: -]{1,24}", fullmatch=True))
def test_no_text_stops_it_and_every_day_is_of_a_year_that_can_be(text: str) -> None:
    try:
        found = days_in(text, {"/": Told("day first")}, TEHRAN)
    except ValueError:
        return
    assert 1989 < found.first.year <= found.last.year <= 2101


def test_a_word_that_is_no_month_is_none() -> None:
    assert month_of("Smarch") is None
