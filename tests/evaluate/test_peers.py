"""The peers, on toy series."""

from __future__ import annotations

import numpy as np
import pytest

from lightkeeper.evaluate import peer_cusum, peer_pelt, peer_rules
from lightkeeper.evaluate.detection import Detection
from lightkeeper.signals.matrix import Matrix
from lightkeeper.signals.naming import Named, named

H = 3600
BEGIN = 1_704_067_200
BGP, PROBING, TRAFFIC = "synthetic/bgp/XA", "synthetic/active_probing/XA", "synthetic/search_traffic/XA"


def levels(name: str, fall: float, begin: int, end: int, hours: int = 1008) -> Matrix:
    dice = np.random.default_rng(5)
    values = 1000 * (1 + 0.002 * dice.standard_normal(hours))
    if name == TRAFFIC:
        values *= 1 + 0.5 * np.cos(2 * np.pi * np.arange(hours) / 24)
    values[begin:end] *= 1 - fall
    return Matrix([name], H, BEGIN, values[None].astype(np.float32), None)


def hours_of(found: list[Detection]) -> list[tuple[int, int]]:
    return [((d.begin_s - BEGIN) // H, (d.end_s - BEGIN) // H) for d in found]


def names(matrix: Matrix) -> list[Named]:
    return [named(n) for n in matrix.names]


def test_iodas_rule_for_routes_sees_two_percent_and_forgets_within_a_day() -> None:
    [(begin, end)] = hours_of(peer_rules.find_ioda(levels(BGP, 0.02, 700, 900), names(levels(BGP, 0, 0, 0))))
    assert begin == 700
    assert end <= 700 + 13, "half of its window of 24 hours has then learnt the fall"


def test_iodas_rule_for_probing_needs_a_fifth() -> None:
    assert not peer_rules.find_ioda(levels(PROBING, 0.15, 700, 720), [named(PROBING)])
    assert hours_of(peer_rules.find_ioda(levels(PROBING, 0.25, 700, 720), [named(PROBING)])) == [(700, 720)]


def test_iodas_rule_has_no_word_on_traffic() -> None:
    assert not peer_rules.find_ioda(levels(TRAFFIC, 0.9, 700, 720), [named(TRAFFIC)])


def test_the_trailing_median_is_that_of_numpy() -> None:
    values = np.random.default_rng(1).random(200)
    values[20:40] = np.nan
    made = peer_rules.trailing_median(values, 24, 12)
    for i in range(200):
        known = values[max(0, i - 24) : i]
        known = known[~np.isnan(known)]
        assert made[i] == pytest.approx(np.median(known)) if len(known) >= 12 else np.isnan(made[i])


def test_a_frozen_median_covers_a_long_fall_to_its_end() -> None:
    matrix = levels(TRAFFIC, 0.6, 500, 900)
    assert hours_of(peer_rules.find_frozen(matrix, [named(TRAFFIC)])) == [(500, 900)]


def shares(block: slice, per_hour: int = 4) -> Matrix:
    values = np.zeros((1, 400), np.float32)
    values[0, block] = 1.0
    return Matrix(["synthetic/blocked_share/x/XA"], H, BEGIN, values, np.full((1, 400), per_hour, np.float32))


def test_oonis_cusum_needs_more_than_twenty_blocked_hours() -> None:
    matrix = shares(slice(200, 300))
    [(begin, end)] = hours_of(peer_cusum.find(matrix, names(matrix)))
    assert begin == 210, "each hour adds 0.65, and the threshold is 7"
    assert end in (320, 321), "each normal hour takes 0.35, and rounding says whether twenty of them exceed 7"
    short = shares(slice(200, 208))
    assert not peer_cusum.find(short, names(short))


def test_oonis_cusum_takes_its_first_state_without_a_word() -> None:
    matrix = shares(slice(0, 400))
    assert not peer_cusum.find(matrix, names(matrix))


@pytest.mark.parametrize("kernel", ["linear", "rbf"])
def test_pelt_finds_a_step_and_its_end(kernel: str) -> None:
    pytest.importorskip("ruptures")
    matrix = levels(PROBING, 0.5, 500, 560)
    [(begin, end)] = hours_of(peer_pelt.find(matrix, [named(PROBING)], kernel=kernel))
    assert abs(begin - 500) <= 1
    assert abs(end - 560) <= 1


def test_the_seasons_are_taken_out_before_pelt() -> None:
    values = np.tile(np.arange(1.0, 169.0), 6)
    np.testing.assert_allclose(peer_pelt.deseasoned(values, H), 1.0)
