"""Synthetic worlds: the truth is where the generator says, and nothing else has changed."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lightkeeper.errors import InputError
from lightkeeper.evaluate.normal import HOUR_S
from lightkeeper.evaluate.scenarios import DURATIONS, SEEDS, WITNESSES, Plan, panel, panels, plans
from lightkeeper.evaluate.truth import Panel, Truth
from lightkeeper.evaluate.worlds import BEGIN_S, HOURS, world
from lightkeeper.signals.matrix import Matrix

KINDS = sorted(DURATIONS)


def row(made: Panel, series: str) -> tuple[Matrix, int]:
    return next((m, m.names.index(series)) for m in made.matrices if series in m.names)


def whole_hours(truth: Truth) -> np.ndarray:
    begins = BEGIN_S + HOUR_S * np.arange(HOURS)
    inside = np.zeros(HOURS, bool)
    for span in truth.moved[0].spans:
        inside |= (begins >= span.begin_s) & (begins + HOUR_S <= span.end_s)
    return inside


def touched_hours(truth: Truth) -> np.ndarray:
    begins = BEGIN_S + HOUR_S * np.arange(HOURS)
    inside = np.zeros(HOURS, bool)
    for span in truth.moved[0].spans:
        inside |= (begins + HOUR_S > span.begin_s) & (begins < span.end_s)
    return inside


@settings(max_examples=20, deadline=None)
@given(kind=st.sampled_from(KINDS), depth=st.sampled_from([0.6, 0.9]), number=st.integers(0, 5000))
def test_the_truth_is_where_the_generator_says(kind: str, depth: float, number: int) -> None:
    made = panel(SEEDS["dev"], Plan(number, kind, depth))
    untouched = world(SEEDS["dev"], number, {})
    [truth] = made.truths
    inside, outside = whole_hours(truth), ~touched_hours(truth)
    assert inside.any()
    for moved in truth.moved:
        matrix, place = row(made, moved.series)
        if matrix.trials is not None:
            continue
        [before] = [m.values[m.names.index(moved.series)] for m in untouched if moved.series in m.names]
        ratios = matrix.values[place][inside] / before[inside]
        if np.isfinite(ratios).any():
            assert np.nanmedian(ratios) == pytest.approx(1 - moved.depth, abs=0.2)
        if moved.series not in ("synthetic/telescope/XA", "synthetic/tor_users/XA"):  # whose counts are rolled anew
            np.testing.assert_array_equal(matrix.values[place][outside], before[outside])


@settings(max_examples=10, deadline=None)
@given(kind=st.sampled_from(KINDS), number=st.integers(0, 5000))
def test_a_series_that_no_truth_names_has_not_changed(kind: str, number: int) -> None:
    made = panel(SEEDS["dev"], Plan(number, kind, 0.9))
    named = {m.series for m in made.truths[0].moved} | made.truths[0].touched
    for matrix, plain in zip(made.matrices, world(SEEDS["dev"], number, {}), strict=True):
        for place, name in enumerate(matrix.names):
            if name not in named:
                np.testing.assert_array_equal(matrix.values[place], plain.values[place])


def test_a_block_is_asked_for_only_where_five_probes_saw_it() -> None:
    unseen = 0
    for made in (panel(SEEDS["dev"], Plan(number, "service", 0.9)) for number in range(24)):
        for moved in made.truths[0].moved:
            matrix, place = row(made, moved.series)
            if matrix.trials is not None:
                seen = np.nansum(matrix.trials[place][whole_hours(made.truths[0])])
                assert moved.observable == (seen >= WITNESSES)
                unseen += not moved.observable
    assert unseen, "sparse volunteers must be among them"


def test_in_a_stealth_cut_the_routes_stay_up() -> None:
    made = panel(SEEDS["dev"], Plan(3, "stealth", 0.9))
    assert not {m.series for m in made.truths[0].moved} & {"synthetic/bgp/XA", "synthetic/active_probing/XA"}


def test_a_curfew_comes_back_each_evening() -> None:
    spans = panel(SEEDS["dev"], Plan(4, "curfew", 0.9)).truths[0].moved[0].spans
    assert len(spans) >= 5
    assert {(b.end_s - a.end_s) for a, b in pairwise(spans)} == {86_400}


def test_the_same_seed_gives_the_same_world_and_the_report_has_others() -> None:
    first, again = (panel(SEEDS["dev"], Plan(1, "mobile", 0.6)) for _ in range(2))
    other = panel(SEEDS["report"], Plan(1, "mobile", 0.6))
    np.testing.assert_array_equal(first.matrices[0].values, again.matrices[0].values)
    assert first.truths == again.truths
    assert not np.array_equal(first.matrices[0].values, other.matrices[0].values)


def test_every_kind_comes_at_every_depth_and_some_worlds_are_quiet() -> None:
    made = plans(2)
    assert {p.kind for p in made} == {*DURATIONS, "quiet"}
    assert {p.depth for p in made if p.kind == "regional"} == {0.3, 0.6, 0.9}
    assert not panel(SEEDS["dev"], next(p for p in made if p.kind == "quiet")).truths


def test_missing_hours_are_missing_and_not_zero() -> None:
    made = panel(SEEDS["dev"], Plan(0, "quiet", 0.0))
    assert np.isnan(made.matrices[0].values).any()
    assert all(name.startswith("synthetic/") for name in made.names)


def test_an_unknown_set_of_seeds_is_an_error_with_a_remedy() -> None:
    with pytest.raises(InputError, match="dev"):
        next(panels("lucky", 1))
