"""What past steps lead one to expect."""

from __future__ import annotations

import numpy as np
import pytest

from lightkeeper.signals.memory import Memory, expect, forget, learn, middle_of_seven, new_memory, slots, turn_day

HOUR_S, DAY_S = 3600, 86_400


def taught(values: list[float], step_s: int = HOUR_S) -> tuple[Memory, np.ndarray]:
    """A memory that learnt `values` from midnight on, and the slots of the steps, with a day more."""
    memory = new_memory(step_s)
    forget(*memory)
    when = slots(0, step_s, len(values) + max(1, DAY_S // step_s))
    for value, (day, hour, weekhour, *_) in zip(values, when.tolist(), strict=False):
        turn_day(*memory, day)
        memory.state[4] += 1
        learn(*memory, day, hour, weekhour, value, expect(*memory, hour, weekhour)[0])
    return memory, when


def expected(values: list[float], after: int = 0, step_s: int = HOUR_S) -> float:
    memory, when = taught(values, step_s)
    day, hour, weekhour, *_ = when[len(values) + after].tolist()
    turn_day(*memory, day)
    return expect(*memory, hour, weekhour)[0]


def test_each_time_of_day_has_its_own_expectation() -> None:
    days = ([20.0] * 12 + [80.0] * 12) * 14
    assert expected(days) == pytest.approx(20.0)
    assert expected(days, 12) == pytest.approx(80.0)


def test_with_less_than_three_days_nothing_is_expected() -> None:
    assert np.isnan(expected([100.0] * 48))
    assert expected([100.0] * 72) == pytest.approx(100.0)


def test_with_less_than_two_weeks_of_a_daily_series_nothing_is_expected() -> None:
    assert np.isnan(expected([100.0] * 13, step_s=DAY_S))
    assert expected([100.0] * 14, step_s=DAY_S) == pytest.approx(100.0)


def test_a_weekly_day_of_rest_is_expected() -> None:
    week = [100.0] * 24 * 6 + [40.0] * 24
    assert expected(week * 5 + [100.0] * 24 * 6) < 60.0
    assert expected(week * 5) > 90.0


def test_nothing_is_expected_of_a_series_at_zero() -> None:
    assert np.isnan(expected([0.0] * 24 * 28))


def test_a_trend_is_followed() -> None:
    days = [1000.0 * 0.99**day for day in range(60)]
    assert expected(days, step_s=DAY_S) == pytest.approx(1000.0 * 0.99**60, rel=0.05)


def test_the_median_of_seven_is_the_median() -> None:
    rng = np.random.default_rng(1)
    for _ in range(500):
        table = np.concatenate([np.zeros(2), rng.integers(0, 9, 7)])[None, :]
        assert middle_of_seven(*table[0, 2:]) == np.median(table[0, 2:])
