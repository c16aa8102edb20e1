"""Cuts that come while a series is still learnt from: on synthetic series made for the purpose."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from detect.made import BEGIN_S, HOUR_S, changes_of
from lightkeeper.detect.lookback import lookback

DAY_S = 86_400


def synthetic(days: float, per_day: int = 24, *, noise: float = 0.04, seed: int = 1) -> np.ndarray:
    """A level of 1000 with a rhythm of the day, where there are hours."""
    steps = np.arange(round(days * per_day))
    rhythm = 1 + 0.3 * np.sin(2 * np.pi * steps / per_day) if per_day > 1 else 1.0
    return 1000 * rhythm * np.exp(noise * np.random.default_rng(seed).standard_normal(len(steps)))


@pytest.mark.parametrize("at", [30, 40, 53, 65, 71, 72, 80])
def test_a_cut_in_the_days_of_learning_is_dated_where_it_began_and_does_not_end(at: int) -> None:
    row = synthetic(6)
    row[at:] *= 0.05
    (change,) = changes_of(row[None, :])[0]
    assert change.onset_earliest <= BEGIN_S + at * HOUR_S < change.onset_latest
    assert change.onset_latest - change.onset_earliest <= 2 * HOUR_S, "every hour was seen before it"
    assert change.end_latest is None, "its low steps are not taken for normal"
    assert "short_past" in change.flags


def test_a_cut_of_a_series_by_the_day_is_dated_within_its_first_two_weeks() -> None:
    row = synthetic(40, per_day=1)
    row[11:] *= 0.1
    (change,) = changes_of(row[None, :], name="tor_users/direct{}/XA", step_s=DAY_S)[0]
    assert change.onset_earliest <= BEGIN_S + 11 * DAY_S < change.onset_latest


def test_where_steps_are_missing_before_it_the_bracket_is_wide() -> None:
    row = np.full(80, 100.0, np.float32)
    row[10:] = 5.0
    row[4:28] = np.nan
    begun = lookback(row, 72, 24, falls=True)
    assert begun is not None
    assert (begun.before, begun.latest) == (3, 28)


def test_where_noise_hides_the_begin_the_bracket_is_wide_and_holds_it() -> None:
    held, wide = 0, []
    for seed in range(100):
        row = np.random.default_rng(seed).normal(100.0, 25.0, 80).astype(np.float32)
        row[50:] *= 0.5
        begun = lookback(row, 72, 24, falls=True)
        assert begun is not None
        held += begun.before < 50 <= begun.latest
        wide.append(begun.latest - begun.before)
    assert held >= 95
    assert np.mean(wide) > 3


def test_what_was_low_is_not_learnt_from() -> None:
    row = np.full(80, 100.0, np.float32)
    row[30:] = 5.0
    begun = lookback(row, 72, 24, falls=True)
    assert begun is not None
    assert (begun.before, begun.latest) == (29, 30)
    assert np.all(begun.normal == 100.0), "each hour is as it was the day before"
    row[10:] = 5.0
    begun = lookback(row, 72, 24, falls=True)
    assert begun is not None
    assert np.isnan(begun.normal[10:24]).all(), "and not known where it was never seen"


@settings(max_examples=60, deadline=None)
@given(st.integers(26, 110), st.floats(0.0, 0.3), st.floats(0.01, 0.08), st.integers(0, 2**16))
def test_the_bracket_holds_the_cut_wherever_the_data_begins(at: int, left: float, noise: float, seed: int) -> None:
    row = synthetic(8, noise=noise, seed=seed)
    row[at:] *= left
    for change in changes_of(row[None, :])[0]:
        if change.direction == "down" and not change.is_weak:
            assert change.onset_earliest <= BEGIN_S + at * HOUR_S < change.onset_latest
