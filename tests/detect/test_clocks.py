"""The clocks are changed: no event by itself, and none that hides a cut. All series are synthetic."""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from detect.made import HOUR_S
from lightkeeper.detect.changes import Change, level_changes
from lightkeeper.signals.holidays import no_calendar
from lightkeeper.signals.matrix import Matrix
from lightkeeper.signals.naming import named

DAYS, CHANGED_ON = 84, 56
"""The clocks change on the last day but 28."""
CHANGES = {
    ("DE", "Europe/Berlin"): ("2023-10-29", "2024-03-31"),
    ("US", "America/New_York"): ("2023-11-05", "2024-03-10"),
    ("CL", "America/Santiago"): ("2024-04-07", "2024-09-08"),
    ("AU", "Australia/Sydney"): ("2024-04-07", "2024-10-06"),
    ("LB", "Asia/Beirut"): ("2023-03-26", "2023-10-29"),
    ("EG", "Africa/Cairo"): ("2023-04-28", "2023-10-27"),
    ("IR", "Asia/Tehran"): ("2022-03-22", "2022-09-21"),
    ("MA", "Africa/Casablanca"): ("2024-03-10", "2024-04-14"),
}


def _begin(day: str) -> int:
    return int(datetime.fromisoformat(day).replace(tzinfo=UTC).timestamp()) - CHANGED_ON * 86_400


def _used(begin_s: int, zone: str, seed: int, noise: float = 0.03) -> np.ndarray:
    """People are awake by the clock on the wall."""
    rng = np.random.default_rng(seed)
    times = [datetime.fromtimestamp(begin_s + HOUR_S * i, ZoneInfo(zone)) for i in range(DAYS * 24)]
    hour = np.array([t.hour + t.minute / 60 for t in times])
    rest = np.array([0.9 if t.weekday() >= 5 else 1.0 for t in times])
    awake = 1 + 0.7 * np.sin(2 * np.pi * (hour - 9) / 24) + 0.15 * np.sin(4 * np.pi * hour / 24)
    return 1000 * awake * rest * np.exp(noise * rng.standard_normal(len(hour)))


def _strong(values: np.ndarray, country: str, begin_s: int) -> list[Change]:
    matrix = Matrix([f"synthetic/traffic/{country}"], HOUR_S, begin_s, values.astype(np.float32)[None], None)
    found, _ = level_changes(matrix, [named(n) for n in matrix.names], no_calendar)
    return [c for c in found if not c.is_weak]


@settings(max_examples=30, deadline=None)
@given(st.sampled_from(sorted(CHANGES)), st.integers(0, 1), st.integers(0, 10_000))
def test_a_change_of_the_clocks_is_no_event(of: tuple[str, str], which: int, seed: int) -> None:
    country, zone = of
    begin_s = _begin(CHANGES[of][which])
    after = begin_s + (CHANGED_ON - 1) * 86_400
    assert [c for c in _strong(_used(begin_s, zone, seed), country, begin_s) if c.onset_latest > after] == []


@pytest.mark.parametrize("day", CHANGES["DE", "Europe/Berlin"])
def test_what_keeps_utc_where_the_clocks_change_is_no_event_either(day: str) -> None:
    begin_s = _begin(day)
    assert _strong(_used(begin_s, "UTC", 3), "DE", begin_s) == []


def test_people_who_change_their_clocks_four_days_late_are_no_event() -> None:
    """In March 2023 Lebanon's government put the change off at the last moment, and gave in four days later."""
    begin_s = _begin("2023-03-26")
    values, late = _used(begin_s, "Asia/Beirut", 5), _used(begin_s, "Etc/GMT-2", 5)
    values[: (CHANGED_ON + 4) * 24] = late[: (CHANGED_ON + 4) * 24]
    assert _strong(values, "LB", begin_s) == []


@pytest.mark.parametrize("of", sorted(CHANGES))
@pytest.mark.parametrize("days_later", [1, 5, 12])
def test_a_whole_cut_within_two_weeks_after_the_clocks_changed_is_found_and_dated(
    of: tuple[str, str], days_later: int
) -> None:
    begin_s = _begin(CHANGES[of][1])
    values = _used(begin_s, of[1], 11)
    first = (CHANGED_ON + days_later) * 24 + 9
    values[first : first + 30] *= 0.3
    (found,) = [c for c in _strong(values, of[0], begin_s) if c.onset_latest > begin_s + first * HOUR_S]
    assert abs(found.onset_latest - (begin_s + (first + 1) * HOUR_S)) <= HOUR_S
    assert found.severity > 0.6


@settings(max_examples=20, deadline=None)
@given(
    st.sampled_from([("IR", 12_600), ("IN", 19_800), ("NP", 20_700), ("KE", 10_800), ("JP", 32_400), ("BO", -14_400)]),
    st.integers(0, 23),
    st.integers(0, 10_000),
)
def test_a_series_moved_to_another_time_zone_with_its_country_has_its_events_moved(
    of: tuple[str, int], hour: int, seed: int
) -> None:
    country, ahead_s = of
    at_greenwich = _begin("2024-06-01")
    values = _used(at_greenwich, "UTC", seed)
    first = CHANGED_ON * 24 + hour
    values[first : first + 8] *= 0.4
    here = _strong(values, "XA", at_greenwich)
    there = _strong(values, country, at_greenwich - ahead_s)
    assert [(c.onset_earliest, c.onset_latest, c.end_latest, c.severity) for c in here] == [
        (c.onset_earliest + ahead_s, c.onset_latest + ahead_s, c.end_latest and c.end_latest + ahead_s, c.severity)
        for c in there
    ]
    assert here
