"""Holidays: local days, looked up or given."""

from __future__ import annotations

from datetime import date

import numpy as np

from lightkeeper.signals.holidays import Holiday, calendar_of, no_calendar, resting

DAY_S = 86_400
NOWRUZ = 1_711_000_800 - 1_711_000_800 % DAY_S - DAY_S
"""20 March 2024, 0:00 UTC, a holiday in Iran."""
YEAR = (1_704_067_200, 1_735_689_600)


def test_a_holiday_is_a_day_of_its_country_and_not_of_utc() -> None:
    spans = calendar_of()("IR", *YEAR)
    assert (NOWRUZ - 12_600, NOWRUZ + DAY_S - 12_600) in spans


def test_a_country_of_many_zones_rests_from_its_first_midnight_to_its_last() -> None:
    new_year = 1_704_067_200
    assert (new_year - 12 * 3600, new_year + DAY_S - 2 * 3600) in calendar_of()("RU", *YEAR)


def test_a_country_that_nobody_knows_has_the_holidays_that_were_given() -> None:
    assert calendar_of()("XA", *YEAR) == ()
    given = calendar_of([Holiday("XA", date(2024, 3, 20)), Holiday("XB", date(2024, 3, 21))])
    assert given("XA", *YEAR) == ((NOWRUZ, NOWRUZ + DAY_S),)
    assert no_calendar("IR", *YEAR) == ()


def test_what_is_given_stands_beside_the_public_holidays() -> None:
    more = calendar_of([Holiday("IR", date(2024, 7, 5), "second round")])("IR", *YEAR)
    assert len(more) == len(calendar_of()("IR", *YEAR)) + 1


def test_a_step_rests_if_half_of_it_lies_in_a_holiday() -> None:
    marks = resting([(5400, 12_600)], 0, 3600, 6)
    assert marks.tolist() == [False, True, True, True, False, False]
    assert not np.any(resting([(-7200, -3600), (9 * 3600, 10 * 3600)], 0, 3600, 6))


def test_times_a_thousand_years_apart_do_not_stop_it() -> None:
    assert calendar_of()("IR", 0, 40_000_000_000) == ()
