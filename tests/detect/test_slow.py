"""Slow falls, on synthetic series made for the purpose."""

from __future__ import annotations

import numpy as np

from lightkeeper.detect.slow import likely, slides


def days(seed: int, length: int = 300) -> np.ndarray:
    rng = np.random.default_rng(seed)
    week = 1 - 0.2 * (np.arange(length) % 7 >= 5)
    return 100 * week * np.exp(0.04 * rng.standard_normal(length))


def test_a_slide_of_three_weeks_is_one_open_event() -> None:
    row = days(1)
    row[200:221] *= np.linspace(1, 0.6, 21)
    row[221:] *= 0.6
    (slide,) = slides(row, 0, 0.2)
    assert slide.back is None
    assert slide.earliest <= 200
    assert 200 < slide.latest <= 221
    assert slide.depth > 0.35
    assert likely(row[None, :]).tolist() == [0]


def test_what_does_not_slide_raises_nothing() -> None:
    assert [list(slides(days(seed), 0, 0.2)) for seed in range(20)] == [[]] * 20


def test_a_locked_baseline_shows_a_poisoning_too_slow_for_any_window() -> None:
    row = days(2, 400) * np.concatenate([np.ones(100), np.linspace(1, 0.5, 300)])
    assert list(slides(row, 0, 0.2)) == []
    (slide,) = slides(row, 0, 0.2, locked_day=100)
    assert slide.latest > 100


def test_an_earlier_slow_fall_does_not_hide_the_next_one() -> None:
    row = days(4, 400)
    row[150:190] *= 0.72
    row[260:] *= 0.72
    first, second = slides(row, 0, 0.2)
    assert first.back is not None
    assert 150 < first.latest <= 160
    assert 260 < second.latest <= 275


def test_a_short_fall_after_a_slow_one_that_is_wandering_by_the_old_measure_is_not_told() -> None:
    row = days(4, 400)
    row[150:190] *= 0.72
    row[260:280] *= 0.72
    assert len(list(slides(row, 0, 0.2))) == 1
