"""Summaries, on cases made by hand."""

from __future__ import annotations

import math

import pytest

from lightkeeper.evaluate.score import Found, Tally
from lightkeeper.evaluate.summary import summary, wilson


def found(**more: object) -> Found:
    given = {
        "kind": "national", "depth": 0.9, "matched": True, "touched": True, "error_steps": 1.0, "covered": 1.0,
        "detections": 1, "series": 2, "series_matched": 2,
    }  # fmt: skip
    return Found(**(given | more))  # type: ignore[arg-type]


def test_truths_alarms_and_time_of_all_panels_add_up() -> None:
    missed = found(
        kind="vpn", matched=False, touched=False, error_steps=None, covered=0.0, detections=0, series_matched=0
    )
    made = summary(
        [
            Tally(found=[found(), found(error_steps=-3.0, detections=3)], false_alarms=2, series_years=1.0),
            Tally(found=[missed], false_alarms=1, series_years=0.5),
        ]
    )
    assert (made.recall.hits, made.recall.of) == (2, 3)
    assert (made.series_recall.hits, made.series_recall.of) == (4, 6)
    assert made.by_kind["vpn"].value == 0
    assert made.false_a_series_year == 2
    assert made.onset_median_steps == 2, "early and late do not cancel out"
    assert made.detections_a_truth == 2, "of those that were found"
    assert made.covered == pytest.approx(2 / 3, abs=1e-3), "a missed truth is not covered"


def test_of_nothing_nothing_is_said() -> None:
    made = summary([])
    assert (made.false_a_series_year, made.onset_median_steps, made.covered) == (None, None, None)
    assert (made.recall.low, made.recall.high) == (0, 1)


def test_an_interval_is_that_of_wilson() -> None:
    share = wilson(9, 10)
    assert (share.low, share.high) == (pytest.approx(0.5958, abs=1e-3), pytest.approx(0.9821, abs=1e-3))
    assert math.isnan(wilson(0, 0).value)
    assert wilson(0, 5).low == 0
