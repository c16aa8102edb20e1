"""Cuts at the same hours on many days, in counts too small to show one. All series are synthetic."""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from detect.made import BEGIN_S, HOUR_S
from lightkeeper.detect.events import WorldEvent
from lightkeeper.run.detecting import detect_matrices
from lightkeeper.signals.matrix import Matrix

QUIET = 35
"""Days before the first night."""


def _counts(
    mean: float, nights: int, hour: int, hours: int, *, seed: int, daily: float = 0.0, weekdays: bool = False,
    left: float = 0.03,
) -> np.ndarray:  # fmt: skip
    rng = np.random.default_rng(seed)
    time = np.arange((QUIET + nights + 14) * 24)
    expected = mean * (1 + daily * np.sin(2 * np.pi * (time - 9) / 24))
    for day in range(QUIET, QUIET + nights):
        if not weekdays or day % 7 < 5:
            expected[day * 24 + hour : day * 24 + hour + hours] *= left
    return rng.poisson(expected).astype(np.float32)


def _events(values: np.ndarray, country: str = "XA", begin_s: int = BEGIN_S) -> list[WorldEvent]:
    return detect_matrices([Matrix([f"synthetic/ping/{country}"], HOUR_S, begin_s, values[None], None)]).events


@pytest.mark.parametrize("mean", [3, 6.5, 20, 60, 200])
@pytest.mark.parametrize("nights", [10, 40, 60])
def test_a_curfew_is_one_periodic_event_with_its_hours_and_nights_and_is_over_after_the_last(
    mean: float, nights: int
) -> None:
    (event,) = _events(_counts(mean, nights, 1, 8, seed=3))
    assert event.kind == "periodic"
    assert abs(len(event.days) - nights) <= 1
    assert set(event.hours) <= {1, 2, 3}
    first = BEGIN_S + (QUIET * 24 + 1) * HOUR_S
    assert event.onset_earliest <= first <= event.onset_latest
    last = first + ((nights - 1) * 24 + 8) * HOUR_S
    assert event.end_latest is not None
    assert abs(event.end_latest - last) <= 6 * HOUR_S  # a night that shows by itself ends where the scan says


@pytest.mark.parametrize("mean", [6.5, 20, 60])
def test_exam_mornings_on_weekdays_are_one_row_though_weekends_are_free(mean: float) -> None:
    (event,) = _events(_counts(mean, 25, 5, 3, seed=4, weekdays=True))
    assert event.kind == "periodic"
    assert 17 <= len(event.days) <= 20


@pytest.mark.parametrize("mean", [3, 20])
def test_two_weeks_after_the_last_night_nothing_is_open(mean: float) -> None:
    assert all(e.end_latest is not None for e in _events(_counts(mean, 40, 20, 6, seed=5, daily=0.6)))


@settings(max_examples=40, deadline=None)
@given(st.sampled_from([3.0, 10.0, 100.0]), st.sampled_from([0.0, 0.8]), st.integers(0, 100_000))
def test_counts_without_a_cut_are_no_periodic_event(mean: float, daily: float, seed: int) -> None:
    assert [e for e in _events(_counts(mean, 45, 0, 0, seed=seed, daily=daily)) if e.kind == "periodic"] == []


def test_a_change_of_the_whole_level_is_no_row_of_nights() -> None:
    values = _counts(6.0, 40, 0, 0, seed=6)
    values[QUIET * 24 :] = np.random.default_rng(7).poisson(2.0, len(values) - QUIET * 24)
    assert [e for e in _events(values) if e.kind == "periodic"] == []


@pytest.mark.parametrize("days", [6, 14])
@pytest.mark.parametrize("left", [0.02, 0.3])
def test_a_cut_of_whole_days_is_one_outage_and_no_row_of_nights(days: int, left: float) -> None:
    """What little is left of a day has a rhythm of its own, by which hours seem cut beside others."""
    rng = np.random.default_rng(days)
    values = _counts(200.0, days, 0, 0, seed=9, daily=0.4)
    place = slice(QUIET * 24 + 16, (QUIET + days) * 24 + 10)
    hour = np.arange(len(values))[place] % 24
    values[place] = rng.poisson(200.0 * left * np.where((hour > 4) & (hour < 18), 1.0, 0.1))
    found = [e for e in _events(values) if e.severity is not None and e.severity > 0.5]
    assert [e.kind for e in found] == ["outage"]
    at = BEGIN_S + place.start * HOUR_S
    assert abs(found[0].onset_latest - at) <= 2 * HOUR_S


@pytest.mark.parametrize("mean", [5.0, 100.0])
def test_a_curfew_within_two_weeks_after_the_clocks_changed_is_found(mean: float) -> None:
    """From the third night of winter time on, 22 to 4 by Berlin's clock."""
    begin_s = int(datetime(2023, 9, 3, tzinfo=UTC).timestamp())
    rng = np.random.default_rng(8)
    times = [datetime.fromtimestamp(begin_s + HOUR_S * i, ZoneInfo("Europe/Berlin")) for i in range(85 * 24)]
    expected = np.array([mean * (1 + 0.4 * np.sin(2 * np.pi * (t.hour - 9) / 24)) for t in times])
    begin, end = (datetime(2023, 11, day, 12, tzinfo=UTC) for day in (1, 11))
    expected[[i for i, t in enumerate(times) if begin < t < end and (t.hour >= 22 or t.hour < 4)]] *= 0.03
    (event,) = _events(rng.poisson(expected).astype(np.float32), "DE", begin_s)
    assert event.kind == "periodic"
    assert 9 <= len(event.days) <= 10
    assert event.end_latest is not None


@pytest.mark.parametrize(("country", "ahead_s"), [("IN", 19_800), ("NP", 20_700), ("KE", 10_800), ("BO", -14_400)])
def test_a_curfew_moved_to_another_time_zone_with_its_country_is_the_same_nights(country: str, ahead_s: int) -> None:
    values = _counts(4.0, 20, 1, 8, seed=9)
    (here,), (there,) = _events(values), _events(values, country, BEGIN_S - ahead_s)
    assert (here.onset_latest, here.end_latest) == (there.onset_latest + ahead_s, (there.end_latest or 0) + ahead_s)
