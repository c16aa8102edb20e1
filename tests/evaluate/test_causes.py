"""The weight of a cause is learnt with no country in both halves, and its figures are what they are said to be."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pytest

from incidents.incident_rows import outage
from lightkeeper.errors import InputError
from lightkeeper.evaluate.causes import LEARNT, RULE, evaluate_causes, left_out, report
from lightkeeper.evaluate.logistic import auc, brier, fit, predict
from lightkeeper.incidents.clues import Clues, features
from lightkeeper.incidents.weight import learnt, weight_of
from lightkeeper.model import Event

NOON = datetime(2020, 3, 2, 12, tzinfo=UTC)


def made() -> list[Event]:
    """Synthetic outages: ordered ones on the hour and on following days, cable cuts at odd minutes."""
    events = []
    for n, country in enumerate(("SY", "IQ", "SD", "TG", "GA")):
        for day in range(3):
            at = NOON + timedelta(days=day + 20 * n)
            events.append(outage(f"o{country}{day}", at, 5, country=country, entity=country, cause_claimed="Exams"))
    for n, country in enumerate(("KE", "TZ", "PH", "HT", "SD")):
        at = NOON + timedelta(days=200 + 9 * n, minutes=7 + n)
        events.append(outage(f"c{country}", at, 2, country=country, entity=country, cause_claimed="Cable-Cut"))
    return events


def test_a_fit_of_separable_rows_with_a_ridge_is_finite_and_in_order() -> None:
    x, y = np.array([[0.0], [1.0], [2.0], [3.0]]), np.array([0.0, 0.0, 1.0, 1.0])
    found = fit(x, y, np.ones(4))
    chances = predict(found, x)
    assert np.all(np.diff(chances) > 0)
    assert np.all(np.isfinite(found.coefficients))


def test_the_fit_is_the_least_of_its_loss() -> None:
    draw = np.random.default_rng(1)
    x, w = draw.normal(size=(60, 3)), draw.uniform(0.2, 1, 60)
    y = (x[:, 0] + draw.normal(size=60) > 0).astype(float)
    found = fit(x, y, w)

    def loss(bend: np.ndarray) -> float:
        total = found.intercept + bend[0] + (x - found.means) / found.spreads @ (found.coefficients + bend[1:])
        return float(w @ (np.logaddexp(0, total) - y * total) + 0.5 * np.sum((found.coefficients + bend[1:]) ** 2))

    least = loss(np.zeros(4))
    assert all(loss(e) >= least for e in draw.normal(scale=1e-3, size=(200, 4)))


def test_auc_counts_ties_by_half_and_brier_is_a_mean_square() -> None:
    assert auc(np.array([1.0, 0.0]), np.array([0.5, 0.5])) == 0.5
    assert auc(np.array([1.0, 1.0, 0.0]), np.array([0.9, 0.2, 0.4])) == 0.5
    assert brier(np.array([1.0, 0.0]), np.array([0.5, 0.0])) == 0.125


def test_a_countrys_chance_does_not_hang_on_its_own_labels() -> None:
    draw = np.random.default_rng(2)
    x, y = draw.normal(size=(40, 2)), draw.integers(0, 2, 40).astype(float)
    countries = np.array([f"C{n % 8}" for n in range(40)])
    usual = left_out(x, y, countries)
    turned = np.where(countries == "C3", 1 - y, y)
    again = left_out(x, turned, countries)
    assert np.array_equal(usual[countries == "C3"], again[countries == "C3"])
    assert not np.array_equal(usual[countries != "C3"], again[countries != "C3"])


def test_a_report_on_made_outages_stands_with_and_without_the_two_countries() -> None:
    found = report(made(), "synthetic")
    assert [(s.name, s.ordered) for s in found.scores if s.name == LEARNT] == [(LEARNT, 15), (LEARNT, 9)]
    assert found.learnt.features["recurs"].coefficient > 0


def test_labels_of_one_country_are_too_few() -> None:
    with pytest.raises(InputError, match="too few"):
        report([outage("a", cause_claimed="Exams"), outage("b", cause_claimed="Cable-Cut")], "synthetic")


def test_the_carried_numbers_are_those_that_the_outages_teach_and_beat_the_rule(shared: Path) -> None:
    found = evaluate_causes(shared)
    assert found.learnt == learnt()
    by = {(s.name, s.countries): s for s in found.scores}
    for countries in ("all", "without SY and IQ"):
        ours, rule = by[LEARNT, countries], by[RULE, countries]
        assert ours.auc > rule.auc
        assert ours.brier < rule.brier
    assert all(b.ordered.low <= b.mean <= b.ordered.high or abs(b.mean - b.ordered.value) < 0.2 for b in found.bins)


def test_the_weight_is_that_of_the_fit() -> None:
    events = made()
    numbers = report(events, "synthetic").learnt
    clues = Clues(round_start=True, recurs=True, hours=5.0, elsewhere=0)
    value = numbers.intercept
    for name, f in numbers.features.items():
        value += f.coefficient * ((features(clues)[name] or 0.0) - f.mean) / f.spread
    assert weight_of(clues, numbers) == pytest.approx(1 / (1 + np.exp(-value)), abs=1e-3)
