"""Shares that rise, on synthetic series made for the purpose."""

from __future__ import annotations

import numpy as np
import pytest

from detect.made import BEGIN_S, HOUR_S
from lightkeeper.detect.changes import Change, share_changes
from lightkeeper.detect.shares import fade_of, past_share, upper_end
from lightkeeper.signals.compiled import plain
from lightkeeper.signals.matrix import Matrix


def rises(bad: np.ndarray, n: np.ndarray) -> list[Change]:
    share = np.where(n > 0, bad / np.maximum(n, 1), np.nan).astype(np.float32)
    name = "blocked_share/signal/AS44244"
    return share_changes(Matrix([name], HOUR_S, BEGIN_S, share[None, :], n[None, :].astype(np.float32)))[0]


def sparse(seed: int, hours: int = 24 * 120, share: float = 0.03) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    n = rng.poisson(0.3, hours)
    return rng.binomial(n, share), n


@pytest.mark.parametrize("seed", range(10))
def test_a_block_seen_by_five_probes_is_found_and_nothing_before(seed: int) -> None:
    bad, n = sparse(seed, share=0.0)
    n[2000:2005], bad[2000:2005] = 1, 1
    n[2005:], bad[2005:] = 0, 0
    (change,) = rises(bad, n)
    assert BEGIN_S + 2000 * HOUR_S <= change.onset_latest <= BEGIN_S + 2001 * HOUR_S


def test_three_of_four_is_not_three_hundred_of_four_hundred() -> None:
    bad, n = sparse(1)
    n[2000:], bad[2000:] = 0, 0
    n[2000:2002], bad[2000:2002] = 2, (1, 2)
    assert rises(bad, n) == []
    n[2000:2002], bad[2000:2002] = 200, (100, 200)
    assert len(rises(bad, n)) == 1


def test_one_hour_of_many_measurements_is_one_odd_probe_and_no_block() -> None:
    bad, n = sparse(1)
    n[2000:2005], bad[2000:2005] = (400, 1, 1, 1, 1), (400, 0, 0, 0, 0)
    assert rises(bad, n) == []


def test_the_onset_is_not_a_lone_failure_hours_before() -> None:
    bad, n = np.zeros(1200, int), np.ones(1200, int)
    bad[998] = 1
    bad[1003:1040] = 1
    (change,) = rises(bad, n)
    assert change.onset_latest == BEGIN_S + 1004 * HOUR_S
    assert change.onset_earliest == BEGIN_S + 1002 * HOUR_S


def test_noise_of_few_volunteers_raises_less_than_one_alarm_a_year() -> None:
    assert sum(len(rises(*sparse(seed, share=0.08))) for seed in range(60)) <= 60 * 120 / 365


def test_a_block_that_is_lifted_has_an_end_within_its_bracket() -> None:
    rng = np.random.default_rng(3)
    n = rng.poisson(2, 24 * 90)
    bad = rng.binomial(n, 0.03)
    bad[1000:1200] = rng.binomial(n[1000:1200], 0.9)
    (change,) = rises(bad, n)
    assert abs(change.onset_latest - BEGIN_S - 1001 * HOUR_S) <= 2 * HOUR_S
    assert change.end_latest is not None
    assert abs(change.end_latest - BEGIN_S - 1201 * HOUR_S) <= 4 * HOUR_S
    assert change.severity == pytest.approx(0.85, abs=0.07)


def test_what_was_always_blocked_is_no_change() -> None:
    n = np.ones(24 * 60, int)
    assert rises(n.copy(), n) == []


def test_the_band_and_the_scan_take_the_past_from_one_home_to_the_last_bit() -> None:
    for bad, trials, scatter in ((0.0, 0.0, 1.0), (3.7, 41.25, 1.0), (811.5, 900.125, 4.5)):
        share = past_share(bad, trials)
        assert share == plain(past_share)(bad, trials)
        assert upper_end(share, trials, scatter) == plain(upper_end)(share, trials, scatter)
    assert fade_of(3600) == plain(fade_of)(3600)
