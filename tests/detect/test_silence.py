"""Volunteers who fall silent, on SYNTHETIC counts."""

from __future__ import annotations

import numpy as np
import pytest

from detect.made import BEGIN_S, HOUR_S
from lightkeeper.detect.changes import Change
from lightkeeper.detect.silence import DAY_S, silences
from lightkeeper.run.detecting import detect_matrices
from lightkeeper.signals.matrix import Matrix
from lightkeeper.signals.naming import named

SERIES, DAYS, SILENT = 40, 90, 24 * 60


def _volume(rate: float, hours: int = 0, *, seed: int = 3, begin: int = SILENT) -> np.ndarray:
    """Volunteers in spells, about `rate` measurements an hour, none for some hours from `begin` on."""
    rng = np.random.default_rng(seed)
    counts = rng.poisson(rate * rng.gamma(3, 1 / 3, (SERIES, 24 * DAYS))).astype(np.float32)
    counts[:, begin : begin + hours] = 0
    return counts


def _found(values: np.ndarray) -> list[Change]:
    names = [f"ooni_cells/measurements/XA/AS{i}" for i in range(len(values))]
    return silences(Matrix(names, HOUR_S, BEGIN_S, values.astype(np.float32), None), [named(n) for n in names])


def _share_found(found: list[Change], hour: int = SILENT) -> float:
    at = BEGIN_S + hour * HOUR_S
    return len({c.series for c in found if c.onset_earliest <= at < c.onset_latest}) / SERIES


@pytest.mark.parametrize(("rate", "hours", "least"), [(2, 72, 0.6), (4, 72, 0.8), (12, 48, 0.9)])
def test_days_without_a_measurement_are_a_silence_also_where_few_measure(rate: float, hours: int, least: float) -> None:
    found = _found(_volume(rate, hours))
    assert _share_found(found) >= least
    assert {(c.kind, c.direction) for c in found} == {("silence", "down")}


@pytest.mark.parametrize("rate", [0.1, 0.5, 2, 12])
def test_few_and_clumped_measurements_raise_less_than_one_alarm_in_five_years(rate: float) -> None:
    years = SERIES * DAYS / 365.25
    assert len(_found(_volume(rate))) / years < 0.2


def test_so_few_measurements_that_their_lack_says_nothing_are_no_silence() -> None:
    assert not _found(_volume(0.1, 72))


def test_hours_that_the_source_does_not_have_are_unknown_and_no_silence() -> None:
    values = _volume(4)
    values[:, SILENT : SILENT + 96] = np.nan
    assert _share_found(_found(values)) == 0


def test_a_third_fewer_measurements_are_no_silence() -> None:
    values = _volume(40)
    values[:, SILENT:] = np.round(values[:, SILENT:] * 0.66)
    assert _share_found(_found(values)) == 0


def test_what_the_hours_tell_the_days_do_not_tell_again() -> None:
    values = np.full((1, 24 * DAYS), 200.0) + np.random.default_rng(1).normal(0, 8, (1, 24 * DAYS)).round()
    values[0, SILENT + 5 : SILENT + 80] = 0
    (one,) = _found(values)
    assert one.step_s == HOUR_S < DAY_S
    assert one.onset_latest == BEGIN_S + (SILENT + 6) * HOUR_S


@pytest.mark.parametrize("of_share", [False, True])
def test_a_silence_is_told_as_one_and_not_as_an_outage(of_share: bool) -> None:
    counts = _volume(12, 96)[:1]
    values = np.where(counts > 0, 0.0, np.nan) if of_share else counts
    name = "ooni_cells/blocked_share/signal/XA/AS1" if of_share else "ooni_cells/measurements/XA/AS1"
    grid = Matrix([name], HOUR_S, BEGIN_S, values.astype(np.float32), counts if of_share else None)
    (event,) = detect_matrices([grid]).events
    assert (event.kind, event.country, event.lineages) == ("silence", "XA", ("in_country",))


def test_silence_beside_a_cut_is_part_of_the_cut() -> None:
    counts = _volume(12, 96)[:1]
    rng = np.random.default_rng(4)
    answers = (1000 * np.exp(0.02 * rng.standard_normal((1, 24 * DAYS)))).astype(np.float32)
    answers[0, SILENT : SILENT + 96] *= 0.05
    grids = [
        Matrix(["ooni_cells/measurements/XA"], HOUR_S, BEGIN_S, counts, None),
        Matrix(["ioda/active_probing/XA"], HOUR_S, BEGIN_S, answers, None),
    ]
    (event,) = detect_matrices(grids).events
    assert (event.kind, len(event.series)) == ("outage", 2)
    assert event.lineages == ("active_probing", "in_country")
