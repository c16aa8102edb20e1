"""Changes of level, on synthetic series made for the purpose."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from detect.made import BEGIN_S, HOUR_S, changes_of, hourly


@pytest.fixture(scope="module")
def quiet():
    return hourly(30, 180, seed=1)


def test_a_quiet_series_raises_at_most_one_false_alarm_a_year(quiet) -> None:
    alarms = sum(len(found) for found in changes_of(quiet))
    assert alarms <= len(quiet) * 180 / 365


@pytest.mark.parametrize(("hours", "recall"), [(2, 0.97), (12, 0.98)])
def test_drops_of_30_percent_are_found_at_their_step(quiet, hours: int, recall: float) -> None:
    rng = np.random.default_rng(2)
    rows, truth = quiet.copy(), []
    for row in range(len(rows)):
        for part in range(4):
            at = int(rng.integers(40 * 24 + part * 800, 40 * 24 + part * 800 + 700))
            if not np.isnan(rows[row, at - 1 : at + hours]).any():
                rows[row, at : at + hours] *= 0.7
                truth.append((row, at))
    found = changes_of(rows)
    errors = []
    for row, at in truth:
        begins, ends = BEGIN_S + at * HOUR_S, BEGIN_S + (at + hours) * HOUR_S
        hits = [
            c for c in found[row]
            if c.direction == "down" and c.onset_earliest < ends and (c.end_latest is None or c.end_latest > begins)
        ]  # fmt: skip
        errors += [abs(hits[0].onset_latest - HOUR_S - begins) / HOUR_S] if hits else []
    assert len(errors) >= recall * len(truth)
    assert np.median(errors) == 0


def test_one_wild_step_is_not_an_event() -> None:
    rows = hourly(5, 120, seed=7, noise=0.02)
    rows[:, 2000] *= 0.4
    near = [c for found in changes_of(rows) for c in found if abs(c.onset_latest - BEGIN_S - 2001 * HOUR_S) < HOUR_S]
    assert near == []


def test_a_second_deeper_fall_inside_an_open_one_shows(quiet) -> None:
    row = quiet[:1].copy()
    row[0, 2000:] *= 0.6
    row[0, 3000:] *= 0.4
    outer, inner = [c for c in changes_of(row)[0] if c.direction == "down"]
    assert (outer.within, outer.onset_latest) == (0, BEGIN_S + 2001 * HOUR_S)
    assert (inner.within, inner.onset_latest) == (1, BEGIN_S + 3001 * HOUR_S)
    assert outer.end_latest is None


def test_a_shutdown_of_weeks_does_not_teach_the_baseline(quiet) -> None:
    row = quiet[:1].copy()
    row[0, 2000:3200] *= 0.05
    (change,) = (c for c in changes_of(row)[0] if c.direction == "down")
    assert change.end_latest is not None
    assert abs(change.end_latest - BEGIN_S - 3201 * HOUR_S) <= 2 * HOUR_S


def test_a_gap_of_the_source_is_no_drop(quiet) -> None:
    row = quiet[:3].copy()
    row[:, 2000:2100] = np.nan
    assert [len(f) for f in changes_of(row)] == [len(f) for f in changes_of(quiet[:3])]


def test_a_zero_is_a_zero(quiet) -> None:
    row = quiet[:1].copy()
    row[0, 2000:2010] = 0.0
    assert any(c.severity == 1.0 and c.onset_latest == BEGIN_S + 2001 * HOUR_S for c in changes_of(row)[0])


def test_a_slow_trend_is_followed() -> None:
    row = 1000 * np.exp(-np.arange(200 * 24) / (24 * 150.0))[None, :]
    row *= np.exp(0.04 * np.random.default_rng(3).standard_normal(row.shape))
    assert changes_of(row) == [[]]


def test_hundred_users_need_more_than_noise_of_small_numbers() -> None:
    rng = np.random.default_rng(4)
    users = rng.poisson(100, (40, 365)).astype(np.float32)
    alarms = sum(len(f) for f in changes_of(users, name="tor_users/direct{}/IR", step_s=86_400))
    assert alarms <= 10, "a quarter of an alarm a year"
    users[:, 200:203] = rng.poisson(30, (40, 3))
    found = changes_of(users, name="tor_users/direct{}/IR", step_s=86_400)
    hits = [f for f in found if any(abs(c.onset_latest - BEGIN_S - 201 * 86_400) <= 86_400 for c in f)]
    assert len(hits) >= 38


@settings(max_examples=15, deadline=None)
@given(st.integers(900, 1500), st.integers(2, 60), st.sampled_from([0.0, 0.2, 0.6]))
def test_what_comes_later_does_not_move_an_onset(at: int, hours: int, left: float) -> None:
    rows = hourly(1, 70, seed=5)
    rows[0, at : at + hours] *= left
    whole = changes_of(rows)[0]
    part = changes_of(rows[:, : at + hours])[0]
    begun = [(c.onset_earliest, c.onset_latest) for c in whole if c.within == 0]
    assert [(c.onset_earliest, c.onset_latest) for c in part if c.within == 0] == begun[: len(part)]


def test_a_cut_is_not_dated_by_a_blip_before_it_that_was_over() -> None:
    row = np.full((1, 60 * 24), 1000.0) * np.exp(0.02 * np.random.default_rng(5).standard_normal((1, 60 * 24)))
    at = 50 * 24
    row[0, at] *= 0.85
    row[0, at + 5 : at + 20] *= 0.5
    (change,) = [c for c in changes_of(row.astype(np.float32))[0] if not c.is_weak]
    assert change.onset_latest == BEGIN_S + (at + 6) * HOUR_S
    assert change.onset_earliest == BEGIN_S + (at + 4) * HOUR_S


def test_a_fall_in_two_steps_without_a_return_between_begins_with_the_first() -> None:
    row = np.full((1, 60 * 24), 1000.0) * np.exp(0.02 * np.random.default_rng(6).standard_normal((1, 60 * 24)))
    at = 50 * 24
    row[0, at : at + 20] *= 0.75
    row[0, at + 4 : at + 20] *= 0.5
    (change,) = [c for c in changes_of(row.astype(np.float32))[0] if not c.is_weak]
    assert change.onset_latest == BEGIN_S + (at + 1) * HOUR_S
    assert change.sharp_latest == BEGIN_S + (at + 1) * HOUR_S, "the first fall was believed before the second came"


def level(days: int, *, per_day: int, noise: float, seed: int) -> np.ndarray:
    """A synthetic level of 1000 without a rhythm."""
    steps = days * per_day
    return 1000.0 * np.exp(noise * np.random.default_rng(seed).standard_normal(steps))


def test_a_long_shallow_tail_does_not_date_a_rise() -> None:
    row = level(188, per_day=1, noise=0.06, seed=8)
    row[120:126] *= [6.0, 13.0, 13.0, 12.0, 8.0, 5.0]
    row[126:] *= 3.9
    (change,) = changes_of(row[None, :].astype(np.float32), step_s=86_400)[0]
    assert (change.onset_latest - BEGIN_S) // 86_400 == 121
    assert (change.sharp_latest - BEGIN_S) // 86_400 in (121, 122), "not at the end of the tail"


@settings(max_examples=60, deadline=None)
@given(
    st.sampled_from([1, 24]),
    st.floats(0.01, 0.08),
    st.lists(st.tuples(st.integers(1, 30), st.floats(0.0, 0.75)), min_size=1, max_size=4),
    st.booleans(),
    st.integers(0, 2**16),
)
def test_neither_date_of_a_change_lies_after_it_was_believed(
    per_day: int, noise: float, parts: list[tuple[int, float]], up: bool, seed: int
) -> None:
    row = level(150 if per_day == 1 else 60, per_day=per_day, noise=noise, seed=seed)
    at = 60 if per_day == 1 else 40 * 24
    for steps, left in parts:
        row[at : at + steps] *= 4.0 - 3.0 * left if up else left
        at += steps
    step_s = 86_400 // per_day
    whole = [c for c in changes_of(row[None, :].astype(np.float32), step_s=step_s)[0] if not c.is_weak and not c.within]
    for change in whole:
        until = (change.sharp_latest - BEGIN_S) // step_s
        assert change.onset_earliest < change.onset_latest <= change.sharp_latest
        dated = [
            c for c in changes_of(row[None, : until + 4 * per_day + 8].astype(np.float32), step_s=step_s)[0]
            if c.onset_latest == change.onset_latest
        ]  # fmt: skip
        assert dated, "what comes later does not move it"
