"""The clocks of countries, by the tz database."""

from __future__ import annotations

from datetime import UTC, datetime

import numpy as np
import pytest

from lightkeeper.signals.clocks import UNSETTLED_DAYS, local_steps

HOUR_S = 3600


def _at(text: str) -> int:
    return int(datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp())


def _hours(country: str, first: str, days: int) -> tuple[np.ndarray, np.ndarray]:
    return local_steps(country, _at(first), HOUR_S, days * 24)


@pytest.mark.parametrize(
    ("country", "first", "hour", "before_h", "after_h"),
    [
        ("DE", "2023-10-29", 1, 2, 1),
        ("DE", "2024-03-31", 1, 1, 2),
        ("CL", "2024-04-07", 3, -3, -4),
        ("LB", "2023-03-25", 22, 2, 3),  # the government had put it off; the tz database did not follow
        ("EG", "2023-04-27", 22, 2, 3),  # the first in nine years
        ("MA", "2024-03-10", 2, 1, 0),  # Ramadan
    ],
)
def test_the_clock_of_a_country_goes_by_the_tz_database(
    country: str, first: str, hour: int, before_h: int, after_h: int
) -> None:
    ahead, _ = _hours(country, first, 2)
    assert ahead[hour - 1] == before_h * HOUR_S
    assert ahead[hour] == after_h * HOUR_S


@pytest.mark.parametrize("country", ["IR", "KE", "IN", "NP"])
def test_a_country_that_does_not_change_its_clocks_has_no_unsettled_weeks(country: str) -> None:
    ahead, unsettled = _hours(country, "2023-03-01", 300)
    assert len(set(ahead.tolist())) == 1
    assert not unsettled.any()


def test_two_weeks_after_a_change_are_unsettled_wherever_the_grid_begins() -> None:
    for first in ("2023-10-01", "2023-11-05"):
        begins = _at(first) + HOUR_S * np.arange(60 * 24)
        _, unsettled = _hours("DE", first, 60)
        change = _at("2023-10-29T01:00")
        assert np.array_equal(unsettled, (begins >= change) & (begins < change + UNSETTLED_DAYS * 86_400))


def test_of_several_clocks_the_one_that_most_zones_keep_is_taken_and_the_change_of_any_unsettles() -> None:
    american, unsettled = _hours("US", "2023-11-01", 10)
    assert american[-1] - american[0] == -HOUR_S
    assert unsettled[-1]
    assert not unsettled[0]


def test_a_country_without_a_zone_and_steps_longer_than_an_hour_keep_utc() -> None:
    for country, step_s in (("XA", HOUR_S), ("", HOUR_S), ("DE", 86_400)):
        ahead, unsettled = local_steps(country, _at("2023-09-01"), step_s, 200)
        assert not ahead.any()
        assert not unsettled.any()
