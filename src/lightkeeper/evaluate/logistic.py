"""Logistic: a small logistic regression with a ridge, fitted by Newton's method; and how good its shares are."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Numbers = NDArray[np.float64]
STEPS = 60


class Fit(NamedTuple):
    """Means and spreads of the features, the intercept, and the coefficients of the standardised features."""

    means: Numbers
    spreads: Numbers
    intercept: float
    coefficients: Numbers


def fit(features: Numbers, answers: Numbers, weights: Numbers, ridge: float = 1.0) -> Fit:
    """Fit by Newton's method (iteratively reweighted least squares; Hastie and others, 2009, section 4.4.1).

    A value that is not known (NaN) counts as the weighted mean of its column. The ridge does not hold the intercept.
    """
    known = ~np.isnan(features)
    shares = weights[:, None] * known
    means = np.sum(np.where(known, features, 0.0) * shares, axis=0) / np.maximum(shares.sum(axis=0), 1e-12)
    filled = np.where(known, features, means)
    spreads = np.sqrt(np.average((filled - means) ** 2, axis=0, weights=weights))
    spreads[spreads == 0] = 1.0
    design = np.column_stack([np.ones(len(answers)), (filled - means) / spreads])
    held = np.diag([0.0] + [ridge] * features.shape[1])
    beta = np.zeros(design.shape[1])
    for _ in range(STEPS):
        chances = 1 / (1 + np.exp(-np.clip(design @ beta, -30, 30)))
        curve = weights * chances * (1 - chances)
        step = np.linalg.solve(
            design.T @ (design * curve[:, None]) + held + 1e-9 * np.eye(len(beta)),
            design.T @ (weights * (answers - chances)) - held @ beta,
        )
        beta = beta + step
        if np.max(np.abs(step)) < 1e-10:
            break
    return Fit(means, spreads, float(beta[0]), beta[1:])


def predict(found: Fit, features: Numbers) -> Numbers:
    """The chance of a `yes` for each row."""
    standard = (np.where(np.isnan(features), found.means, features) - found.means) / found.spreads
    total = found.intercept + standard @ found.coefficients
    return np.asarray(1 / (1 + np.exp(-np.clip(total, -30, 30))), np.float64)


def auc(answers: Numbers, chances: Numbers) -> float:
    """The chance that a `yes` stands above a `no`, ties by half (Mann and Whitney 1947); NaN where one is missing."""
    yes, no = chances[answers == 1], chances[answers == 0]
    if not len(yes) or not len(no):
        return float("nan")
    return float(np.mean((yes[:, None] > no[None]) + 0.5 * (yes[:, None] == no[None])))


def brier(answers: Numbers, chances: Numbers) -> float:
    """The mean squared difference of chance and answer (Brier 1950); NaN of nothing."""
    return float(np.mean((chances - answers) ** 2)) if len(answers) else float("nan")
