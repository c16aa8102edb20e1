"""Falls that are let go, and blocks that undo a rise: on synthetic series of days."""

from __future__ import annotations

import numpy as np
import pytest

from lightkeeper.detect.events import WorldEvent
from lightkeeper.detect.rebase import NEAR_NOTHING, STEADY_DAYS, levels, rebase
from lightkeeper.run.detecting import detect_matrices
from lightkeeper.signals.matrix import Matrix

BEGIN_S = 1_640_995_200
DAY_S = 86_400
NAN = float("nan")


def synthetic(*parts: tuple[int, float], per_day: int = 1, noise: float = 0.06, seed: int = 1) -> np.ndarray:
    """A series of so many days at each level, with noise and, by the hour, a rhythm of the day."""
    values = np.concatenate([np.full(days * per_day, float(level)) for days, level in parts])
    rhythm = 1 + 0.3 * np.sin(2 * np.pi * np.arange(len(values)) / per_day) if per_day > 1 else 1.0
    return values * rhythm * np.exp(noise * np.random.default_rng(seed).standard_normal(len(values)))


def falls(values: np.ndarray, per_day: int = 1) -> list[WorldEvent]:
    matrix = Matrix(["tor_users/direct_users/XK"], DAY_S // per_day, BEGIN_S, values[None, :].astype(np.float32), None)
    return [e for e in detect_matrices([matrix]).events if e.direction == "down"]


def told_of_the_end(fall: WorldEvent) -> set[str]:
    """What the flags say of its end."""
    return {"open_at_end_of_data", "re_based", "back_before_rise"}.intersection(fall.flags)


def day_of(second: int | None) -> int | None:
    """The day that ends with, or holds, a time."""
    return None if second is None else (second - BEGIN_S - 1) // DAY_S


BY_DAY_AND_HOUR = pytest.mark.parametrize("per_day", [1, 24])


@BY_DAY_AND_HOUR
def test_a_block_that_undoes_a_rise_is_told_though_the_old_level_is_not_passed(per_day: int) -> None:
    (fall,) = falls(synthetic((120, 200), (30, 600), (60, 190), per_day=per_day), per_day)
    assert day_of(fall.onset_latest) == 150
    assert told_of_the_end(fall) == {"open_at_end_of_data"}, "it is not over because its level was usual once"


def test_a_block_that_goes_below_the_level_before_the_rise_ends_when_that_is_back() -> None:
    (fall,) = falls(synthetic((120, 200), (30, 600), (58, 60), (60, 200)))
    assert (day_of(fall.onset_latest), day_of(fall.end_latest)) == (150, 208)


def test_a_fall_by_half_to_the_level_before_a_rise_is_no_block() -> None:
    assert falls(synthetic((120, 200), (40, 400), (60, 200))) == []


def test_a_spike_of_a_week_that_goes_away_is_no_block() -> None:
    assert falls(synthetic((120, 200), (7, 600), (60, 200))) == []


@BY_DAY_AND_HOUR
def test_a_crowd_that_came_and_went_leaves_no_fall_open_and_hides_no_cut(per_day: int) -> None:
    gone = 200 * (1 + 19 * np.exp(-np.arange(560) / 80.0))
    row = synthetic((200, 200), (70, 4000), *((1, level) for level in gone), per_day=per_day)
    row[760 * per_day : 770 * per_day] *= 0.15
    told = falls(row, per_day)
    assert not any("open_at_end_of_data" in told_of_the_end(e) for e in told)
    assert any("back_before_rise" in told_of_the_end(e) for e in told)
    (cut,) = (e for e in told if day_of(e.onset_latest) == 760)
    assert day_of(cut.end_latest) == 770


@BY_DAY_AND_HOUR
def test_a_new_level_of_half_a_year_is_re_based_and_a_cut_from_it_is_told(per_day: int) -> None:
    outer, cut = falls(synthetic((120, 2000), (230, 900), (10, 130), (60, 900), per_day=per_day), per_day)
    assert (day_of(outer.onset_latest), outer.end_latest, told_of_the_end(outer)) == (120, None, {"re_based"})
    assert outer.end_earliest is not None
    assert outer.end_earliest >= BEGIN_S + (120 + STEADY_DAYS) * DAY_S, "it had not ended before"
    assert (day_of(cut.onset_latest), day_of(cut.end_latest)) == (350, 360)
    assert cut.within == 0


def test_a_fall_that_recovers_after_a_year_ends_on_its_day_and_hides_no_cut() -> None:
    outer, cut = falls(synthetic((120, 2000), (230, 900), (10, 130), (125, 900), (40, 2000)))
    assert (day_of(outer.onset_latest), day_of(outer.end_latest), told_of_the_end(outer)) == (120, 485, set())
    assert (day_of(cut.onset_latest), day_of(cut.end_latest)) == (350, 360)


@BY_DAY_AND_HOUR
def test_a_cut_in_a_fall_that_is_still_open_is_told(per_day: int) -> None:
    outer, cut = falls(synthetic((120, 2000), (80, 900), (10, 130), (60, 900), per_day=per_day), per_day)
    assert told_of_the_end(outer) == {"open_at_end_of_data"}
    assert (day_of(cut.onset_latest), day_of(cut.end_latest)) == (200, 210)


@pytest.mark.parametrize("left", [0.0, 0.05, 0.15])
def test_a_shutdown_is_never_let_go_however_long_it_lasts(left: float) -> None:
    (fall,) = falls(synthetic((120, 2000), (700, 2000 * left)))
    assert (day_of(fall.onset_latest), told_of_the_end(fall)) == (120, {"open_at_end_of_data"})


def test_a_partial_fall_of_five_months_recovers_on_its_day() -> None:
    (fall,) = falls(synthetic((120, 2000), (150, 900), (60, 2000)))
    assert (day_of(fall.onset_latest), day_of(fall.end_latest), told_of_the_end(fall)) == (120, 270, set())


def test_what_is_left_decides_between_a_new_level_and_a_shutdown() -> None:
    for left, gone in ((NEAR_NOTHING - 0.01, False), (NEAR_NOTHING + 0.01, True)):
        level = levels(np.array([1.0] * 100 + [left] * 300))
        assert (rebase(level, 100, 400, 1.0, NAN) is not None) is gone


def test_a_level_that_wanders_is_no_new_one() -> None:
    level = levels(np.concatenate([np.ones(100), 0.5 + 0.2 * np.sin(np.arange(400) / 15)]))
    assert rebase(level, 100, len(level), 1.0, NAN) is None
