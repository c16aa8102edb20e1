"""Worlds that mislead: the truth is where it is said to be, and what must be said of them is checked as it is meant."""

from __future__ import annotations

import msgspec
import numpy as np
import pytest

from lightkeeper.detect.events import WorldEvent
from lightkeeper.errors import InputError
from lightkeeper.evaluate.misleading import KINDS, Wanted, World, worlds_of
from lightkeeper.evaluate.misled import compare_misleading, says_all
from lightkeeper.evaluate.truth import Span
from lightkeeper.run.detecting import detect_matrices

H = 3600


@pytest.mark.parametrize("kind", KINDS)
def test_the_same_seeds_give_the_same_world_and_others_another(kind: str) -> None:
    one, again, other = (next(worlds_of(kind, seeds, 1)) for seeds in ("dev", "dev", "report"))
    np.testing.assert_array_equal(one.panel.matrices[0].values, again.panel.matrices[0].values)
    assert one.panel.matrices[0].values.shape != other.panel.matrices[0].values.shape or not np.array_equal(
        one.panel.matrices[0].values, other.panel.matrices[0].values, equal_nan=True
    )


@pytest.mark.parametrize("kind", KINDS)
def test_a_series_that_a_truth_names_moved_where_it_says(kind: str) -> None:
    for world in worlds_of(kind, "dev", 4):
        (matrix,) = world.panel.matrices
        for truth in world.panel.truths:
            first = (truth.onset_latest_s - matrix.begin_s) // matrix.step_s
            for moved in truth.moved:
                row = matrix.values[matrix.names.index(moved.series)]
                week = max(1, 7 * 86_400 // matrix.step_s)
                before = np.nanmedian(row[max(first - week, 0) : first])
                after = np.nanmedian(row[first : first + max(2, 8 * H // matrix.step_s)])
                assert after > 1.5 * before if moved.direction == "up" else after < 0.95 * before


def test_an_unknown_kind_or_set_of_seeds_is_refused() -> None:
    with pytest.raises(InputError, match="there is no kind"):
        next(worlds_of("earthquake", "dev", 1))
    with pytest.raises(InputError, match="there is no set of seeds"):
        next(worlds_of("tiered", "mine", 1))


def test_all_that_is_wanted_must_be_said_and_nothing_that_may_not_be() -> None:
    world = next(w for w in worlds_of("one_noisy", "dev", 8) if w.never)
    events = detect_matrices(world.panel.matrices).events
    assert says_all(world, events)
    assert not says_all(world, [])
    assert not says_all(world, [msgspec.structs.replace(e, scope="national") for e in events])
    late = Wanted(world.wanted[0].series, Span(0, 1), scope="one_witness")
    assert not says_all(World(world.panel, (late,), world.never), events)


def test_a_bracket_that_does_not_hold_the_truth_is_not_said() -> None:
    world = next(iter(worlds_of("short_past", "dev", 1)))
    (wanted,) = world.wanted
    assert wanted.holds is not None
    event = _event(world, wanted.holds.begin_s - H, wanted.holds.end_s)
    assert says_all(world, [event])
    assert not says_all(world, [msgspec.structs.replace(event, onset_earliest=wanted.holds.begin_s + 1)])


def _event(world: World, earliest: int, latest: int) -> WorldEvent:
    events = detect_matrices(world.panel.matrices).events
    return msgspec.structs.replace(events[0], onset_earliest=earliest, onset_latest=latest)


def test_a_detector_that_says_nothing_finds_nothing_and_raises_nothing() -> None:
    rows = compare_misleading(lambda _: [], "dev", quick=True)
    assert [row.kind for row in rows] == list(KINDS)
    assert {(row.found.hits, row.false_alarms) for row in rows} == {(0, 0)}
    assert all(row.said.hits == 0 for row in rows if row.kind in ("short_past", "one_noisy"))


def test_the_source_of_a_dip_and_a_country_that_is_open_for_some_are_told_on_the_quick_worlds() -> None:
    rows = {row.kind: row for row in compare_misleading(lambda m: detect_matrices(m).events, "dev", quick=True)}
    for kind in ("one_noisy", "tiered"):
        assert rows[kind].said.hits == rows[kind].said.of == 3
    assert rows["source_dip"].found.hits == rows["source_dip"].found.of
