"""Times are shown as brackets, in UTC and in local time, and measurements only to the hour."""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from lightkeeper.publish.brackets import Bracket, bracket_words, span_words
from lightkeeper.publish.persian import Persian
from lightkeeper.publish.times import hour, iso, iso_hour

TEHRAN = ZoneInfo("Asia/Tehran")


def utc(*parts: int) -> datetime:
    return datetime(*parts, tzinfo=UTC)  # type: ignore[arg-type, misc]


def test_a_bracket_of_one_local_day_is_that_day_in_local_time() -> None:
    day = Bracket(utc(2031, 3, 13, 20, 30), utc(2031, 3, 14, 20, 30))
    assert bracket_words(day, TEHRAN) == "on 14 Mar 2031"
    assert bracket_words(day) == "between 13 Mar 2031 20:30 and 14 Mar 2031 20:30"


def test_a_bracket_of_several_local_days_names_the_last_of_them() -> None:
    days = Bracket(utc(2031, 3, 13, 20, 30), utc(2031, 3, 16, 20, 30))
    assert bracket_words(days, TEHRAN) == "between 14 Mar 2031 and 16 Mar 2031"


def test_what_is_not_known_is_said_to_be_not_known() -> None:
    assert bracket_words(Bracket(None, None)) == "not known"
    assert bracket_words(Bracket(utc(2031, 1, 1), None)) == "not before 1 Jan 2031 00:00"
    assert bracket_words(Bracket(None, utc(2031, 1, 1))) == "by 1 Jan 2031 00:00"
    assert bracket_words(Bracket(utc(2031, 1, 1, 5), utc(2031, 1, 1, 5))) == "at 1 Jan 2031 05:00"


def test_a_span_without_an_end_does_not_look_ended() -> None:
    onset, none = Bracket(utc(2031, 3, 14, 1), utc(2031, 3, 14, 2)), Bracket(None, None)
    assert span_words(onset, none, False, TEHRAN) == "14 Mar 2031, end not known"
    assert span_words(onset, none, True, TEHRAN) == "14 Mar 2031, going on when recorded"


def test_a_span_that_ends_at_local_midnight_ends_on_the_day_before() -> None:
    onset = Bracket(utc(2031, 3, 14, 1), utc(2031, 3, 14, 2))
    end = Bracket(utc(2031, 3, 15, 20, 30), utc(2031, 3, 16, 20, 30))
    assert span_words(onset, end, False, TEHRAN) == "14 Mar 2031 to 16 Mar 2031"


def test_a_begin_that_is_not_known_to_the_day_is_not_given_as_one_day() -> None:
    onset = Bracket(utc(2031, 3, 10, 20, 30), utc(2031, 3, 16, 20, 30))
    assert span_words(onset, Bracket(None, None), True, TEHRAN) == (
        "begun between 11 Mar 2031 and 16 Mar 2031, going on when recorded"
    )
    end = Bracket(utc(2031, 3, 17, 1), utc(2031, 3, 17, 2))
    assert span_words(onset, end, False, TEHRAN).endswith("ended by 17 Mar 2031")


def test_minutes_of_a_measurement_are_not_shown() -> None:
    assert hour(utc(2031, 3, 14, 4, 47)) == "14 Mar 2031, 04:00 UTC"
    assert iso_hour(utc(2031, 3, 14, 4, 47)) == "2031-03-14T04:00:00Z"
    assert iso(datetime(2031, 3, 14, 4, 47, tzinfo=TEHRAN)) == "2031-03-14T01:17:00Z"


@pytest.mark.parametrize(
    ("year", "local", "persian"),
    [
        (2021, "16:30", "در ۲۵ خرداد ۱۴۰۰ (۱۵ ژوئن ۲۰۲۱) ساعت ۱۶:۳۰"),
        (2023, "15:30", "در ۲۵ خرداد ۱۴۰۲ (۱۵ ژوئن ۲۰۲۳) ساعت ۱۵:۳۰"),
    ],
    ids=["summer time as it was", "none since 2022"],
)
def test_tehran_has_the_offset_that_it_had_on_the_day(year: int, local: str, persian: str) -> None:
    noon = Bracket(utc(year, 6, 15, 12), utc(year, 6, 15, 12))
    assert bracket_words(noon, TEHRAN) == f"at 15 Jun {year} {local}"
    assert bracket_words(noon, TEHRAN, Persian()) == persian
    assert f'<bdi class="utc" dir="ltr">{year}-06-15 12:00</bdi>' in bracket_words(noon, None, Persian())


def test_where_nobody_says_when_it_began_the_day_on_which_it_was_so_is_told() -> None:
    seen = Bracket(datetime(2031, 3, 13, 20, 30, tzinfo=UTC), datetime(2031, 3, 14, 20, 30, tzinfo=UTC))
    told = span_words(seen, Bracket(None, None), False, TEHRAN, begin_known=False)
    assert told == "so on 14 Mar 2031, begin not known"
