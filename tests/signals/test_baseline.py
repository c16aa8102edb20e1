"""What past steps lead one to expect."""

from __future__ import annotations

from lightkeeper.signals import Baseline

DAY = 86_400
HALF_HOUR = 1_800


def test_with_less_than_a_week_of_days_nothing_is_expected() -> None:
    baseline = Baseline(HALF_HOUR, "traffic")
    for day in range(6):
        baseline.learn(day * DAY, 100.0)
    assert baseline.expect(6 * DAY) is None
    baseline.learn(6 * DAY, 100.0)
    assert baseline.expect(7 * DAY) is not None


def test_each_time_of_day_has_its_own_expectation() -> None:
    baseline = Baseline(HALF_HOUR, "traffic")
    for day in range(14):
        baseline.learn(day * DAY, 20.0)
        baseline.learn(day * DAY + 12 * 3600, 80.0)
    night, noon = baseline.expect(14 * DAY), baseline.expect(14 * DAY + 12 * 3600)
    assert night is not None
    assert noon is not None
    assert (night.value, noon.value) == (20.0, 80.0)


def test_half_of_the_past_may_be_wrong() -> None:
    baseline = Baseline(DAY, "circumvention")
    for day in range(27):
        baseline.learn(day * DAY, 0.0 if day % 3 == 0 else 100.0)
    expected = baseline.expect(27 * DAY)
    assert expected is not None
    assert expected.value == 100.0


def test_a_weekly_day_of_rest_widens_the_band_and_is_not_a_drop() -> None:
    baseline = Baseline(HALF_HOUR, "traffic")
    for day in range(14):
        baseline.learn(day * DAY, 40.0 if day % 7 == 5 else 100.0)
    rest, work = baseline.expect(19 * DAY), baseline.expect(18 * DAY)
    assert rest is not None
    assert work is not None
    assert rest.low < 40.0 < work.low


def test_nothing_is_expected_of_a_series_at_zero() -> None:
    baseline = Baseline(DAY, "telescope")
    for day in range(28):
        baseline.learn(day * DAY, 0.0)
    assert baseline.expect(28 * DAY) is None


def test_routes_need_a_smaller_fall_than_users_do() -> None:
    routes, users = Baseline(DAY, "control_plane"), Baseline(DAY, "circumvention")
    for day in range(28):
        routes.learn(day * DAY, 100.0)
        users.learn(day * DAY, 100.0)
    low_routes, low_users = routes.expect(28 * DAY), users.expect(28 * DAY)
    assert low_routes is not None
    assert low_users is not None
    assert (low_routes.low, low_users.low) == (98.5, 70.0)
