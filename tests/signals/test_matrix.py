"""Many series on dense grids."""

from __future__ import annotations

import numpy as np

from lightkeeper.signals.matrix import matrices, step_of
from lightkeeper.sources.series_files import Points


def points(rows: list[tuple[str, int, float, float]]) -> Points:
    names = list(dict.fromkeys(r[0] for r in rows))
    code = np.array([names.index(r[0]) for r in rows], np.int32)
    return Points(names, code, *(np.array([r[i] for r in rows], t) for i, t in ((1, np.int64), (2, float), (3, float))))


NAN = float("nan")
T0 = 1_704_067_200


def test_the_length_of_a_step_is_found_for_each_series() -> None:
    hourly = [("a", T0 + 3600 * i, 1.0, NAN) for i in range(30)]
    daily = [("b", T0 + 86_400 * i, 1.0, NAN) for i in range(30)]
    assert [(m.step_s, m.names) for m in matrices(points(hourly + daily))] == [(3600, ["a"]), (86_400, ["b"])]


def test_an_hour_that_is_absent_or_empty_is_a_gap_and_a_zero_is_a_zero() -> None:
    rows = [("a", T0 + 3600 * i, 5.0, NAN) for i in range(10) if i != 3]
    rows[5] = ("a", rows[5][1], NAN, NAN)
    rows[7] = ("a", rows[7][1], 0.0, NAN)
    (matrix,) = matrices(points(rows))
    assert np.flatnonzero(np.isnan(matrix.values[0])).tolist() == [3, 6]
    assert matrix.values[0, 8] == 0.0


def test_the_order_of_rows_does_not_matter_and_of_two_values_the_larger_stays() -> None:
    rows = [("a", T0 + 3600 * i, float(i), NAN) for i in range(20)] + [("a", T0 + 3600, 7.0, NAN)]
    one, other = matrices(points(rows))[0], matrices(points(rows[::-1]))[0]
    np.testing.assert_array_equal(one.values, other.values)
    assert one.values[0, 1] == 7.0


def test_values_between_0_and_1_with_trials_are_shares() -> None:
    (share,) = matrices(points([("a", T0 + 3600 * i, 0.5, 4.0) for i in range(9)]))
    (level,) = matrices(points([("a", T0 + 3600 * i, 50.0, 4.0) for i in range(9)]))
    assert share.trials is not None
    assert level.trials is None


def test_rows_of_another_length_of_step_are_left_out_where_they_are_few() -> None:
    rows = [("a", T0 + 7200 * i, 1.0, NAN) for i in range(200)]
    rows += [("a", T0 + 7200 * 200 + 5400 * i, 9.0, NAN) for i in range(1, 8)]
    (matrix,) = matrices(points(rows))
    assert matrix.step_s == 7200
    assert (matrix.values == 9.0).sum() == 1


def test_the_step_of_a_series_with_many_gaps_is_its_least_usual_distance() -> None:
    rng = np.random.default_rng(1)
    hours = np.flatnonzero(rng.random(2000) < 0.3)
    assert step_of(T0 + 3600 * hours) == 3600
