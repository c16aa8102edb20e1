"""Holidays in the baseline, on synthetic series and on a real one."""

from __future__ import annotations

from datetime import date

import numpy as np
import pytest

from detect.made import BEGIN_S, HOUR_S
from lightkeeper.detect.changes import level_changes
from lightkeeper.evaluate import files
from lightkeeper.run.detecting import detect_matrices
from lightkeeper.signals.holidays import Holiday, calendar_of, no_calendar
from lightkeeper.signals.matrix import Matrix
from lightkeeper.signals.naming import named

DAYS, OFF = 70, 52
"""A Thursday is off."""
CALENDAR = calendar_of([Holiday("XA", date(2024, 2, 22))])


def _traffic(seed: int, off: float = 0.78, cut: tuple[int, int] = (0, 0)) -> Matrix:
    rng = np.random.default_rng(seed)
    hour = np.arange(DAYS * 24)
    values = 1000 * (1 + 0.5 * np.sin(2 * np.pi * (hour - 9) / 24)) * np.where(hour // 24 % 7 >= 5, 0.85, 1.0)
    values = values * np.exp(0.04 * rng.standard_normal(len(hour)))
    values[OFF * 24 : OFF * 24 + 24] *= off
    values[cut[0] : cut[1]] *= 0.4
    return Matrix(["synthetic/traffic/XA"], HOUR_S, BEGIN_S, values.astype(np.float32)[None], None)


def _strong(matrix: Matrix, calendar=no_calendar) -> list:
    return [c for c in level_changes(matrix, [named(n) for n in matrix.names], calendar)[0] if not c.is_weak]


def test_a_quiet_holiday_is_a_fall_only_where_nobody_knows_of_it() -> None:
    matrix = _traffic(1)
    assert [c.direction for c in _strong(matrix)] == ["down"]
    assert _strong(matrix, CALENDAR) == []


def test_a_cut_on_a_holiday_is_found_and_dated() -> None:
    begin = OFF * 24 + 14
    (found,) = _strong(_traffic(2, cut=(begin, begin + 6)), CALENDAR)
    assert abs(found.onset_latest - (BEGIN_S + (begin + 1) * HOUR_S)) <= HOUR_S


def test_a_week_of_holidays_teaches_nothing() -> None:
    matrix = _traffic(3)
    matrix.values[0, OFF * 24 : (OFF + 7) * 24] *= 0.7
    week = calendar_of([Holiday("XA", date(2024, 2, 22 + i)) for i in range(7)])
    assert all(c.onset_latest < BEGIN_S + (OFF + 7) * 24 * HOUR_S for c in _strong(matrix, week))


def test_a_step_of_the_level_does_not_make_the_expected_overshoot() -> None:
    matrix = _traffic(4, off=1.0)
    matrix.values[0, OFF * 24 :] *= 1.18
    assert _strong(matrix) == []


def test_the_new_years_of_russia_and_the_christmas_of_the_netherlands_raise_nothing(shared) -> None:
    try:
        matrices = files.gathered(files.youtube(shared))
    except OSError:
        pytest.skip("the series of YouTube are not there")
    events = detect_matrices(matrices).events
    assert {name for event in events for name in event.series} == {"google/youtube_traffic/RU"}
    assert len(events) == 2, "the throttling of August 2024, and its deepening in December"
