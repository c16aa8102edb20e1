"""Scores, on cases made by hand."""

from __future__ import annotations

import numpy as np
import pytest

from lightkeeper.evaluate.detection import Detection, Detector, any_series, runs
from lightkeeper.evaluate.score import coverage, tally
from lightkeeper.evaluate.truth import Moved, Panel, Span, Truth
from lightkeeper.signals.matrix import Matrix

H = 3600
A, B, C = "synthetic/search_traffic/XA", "synthetic/traffic/youtube/XA", "synthetic/search_traffic/XB"
ANY = Detector("any", lambda _m: [], any_series)


def truth(**more: object) -> Truth:
    spans = (Span(100 * H, 110 * H),)
    given = {
        "name": "t", "kind": "national", "depth": 0.9, "onset_earliest_s": 100 * H, "onset_latest_s": 100 * H,
        "end_s": 110 * H, "moved": (Moved(series=A, spans=spans, depth=0.9), Moved(series=B, spans=spans, depth=0.9)),
    }  # fmt: skip
    return Truth(**(given | more))  # type: ignore[arg-type]


def panel(*truths: Truth, quiet: tuple[Span, ...] = (Span(0, 1000 * H),)) -> Panel:
    matrix = Matrix([A, B, C], H, 0, np.zeros((3, 1000), np.float32), None)
    return Panel(name="p", synthetic=True, matrices=(matrix,), truths=truths, quiet=quiet)


def said(begin: int, end: int, *series: str, direction: str = "down", before: int = 1) -> Detection:
    return Detection(series or (A,), direction, (begin - before) * H, (begin + 1) * H, begin * H, end * H)


def test_a_detection_at_the_onset_matches_and_is_no_false_alarm() -> None:
    made = tally(panel(truth()), ANY, [said(100, 110)])
    assert made.found[0].matched
    assert made.found[0].error_steps == 0
    assert made.found[0].series_matched == 1
    assert made.false_alarms == 0


@pytest.mark.parametrize(("begin", "matched"), [(97, True), (96, False), (102, True), (103, False)])
def test_an_onset_counts_within_two_steps_of_its_bracket(begin: int, matched: bool) -> None:
    made = tally(panel(truth()), ANY, [said(begin, 110, before=0)])
    assert made.found[0].matched is matched
    assert made.false_alarms == 0, "late or early is not false"


def test_the_other_direction_does_not_match() -> None:
    assert not tally(panel(truth()), ANY, [said(100, 110, direction="up")]).found[0].matched


def test_a_bracket_of_more_than_24_steps_has_found_no_onset_unless_no_more_is_known() -> None:
    assert not tally(panel(truth()), ANY, [said(100, 110, before=30)]).found[0].matched
    vague = truth(onset_earliest_s=60 * H, onset_latest_s=100 * H)
    assert tally(panel(vague), ANY, [said(100, 110, before=30)]).found[0].matched


def test_a_detection_elsewhere_is_false_once_for_each_series() -> None:
    made = tally(panel(truth()), ANY, [said(500, 510, A, B), said(100, 110, C)])
    assert made.false_alarms == 3
    assert not made.found[0].touched


def test_a_series_that_may_show_it_is_neither_asked_for_nor_false() -> None:
    made = tally(panel(truth(touched=frozenset({C}))), ANY, [said(100, 110, C)])
    assert made.false_alarms == 0
    assert not made.found[0].matched
    assert made.found[0].touched


def test_uncertain_time_is_not_scored() -> None:
    made = tally(panel(quiet=(Span(0, 50 * H),)), ANY, [said(60, 70), said(20, 30)])
    assert made.false_alarms == 1
    assert made.series_years == pytest.approx(3 * 50 / 8766, rel=1e-3)


def test_an_onset_that_is_known_as_a_bracket_has_no_error_within_it() -> None:
    wide = truth(onset_earliest_s=90 * H, onset_latest_s=100 * H)
    assert tally(panel(wide), ANY, [said(94, 110)]).found[0].error_steps == 0
    assert tally(panel(wide), ANY, [said(102, 110)]).found[0].error_steps == 2
    assert tally(panel(wide), ANY, [said(88, 110)]).found[0].error_steps == -2


def test_a_series_that_the_detector_is_not_made_for_is_not_held_against_it() -> None:
    narrow = Detector("narrow", lambda _m: [], lambda name, _share: "youtube" in name.series)
    made = tally(panel(truth()), narrow, [])
    assert made.found[0].series == 1
    other = truth(moved=(Moved(series=A, spans=(Span(0, H),), depth=0.9),))
    assert tally(panel(other), narrow, []).found == []


def test_what_nobody_could_see_is_not_asked_for() -> None:
    blind = truth(moved=(Moved(series=A, spans=(Span(0, H),), depth=0.9, observable=False),))
    assert tally(panel(blind), ANY, []).found == []


def test_coverage_counts_time_once() -> None:
    spans = (Span(0, 10 * H), Span(24 * H, 34 * H))
    assert coverage(spans, [said(0, 5), said(3, 8), said(20, 29)]) == pytest.approx(13 / 20)
    assert coverage(spans, []) == 0


def test_an_unknown_step_neither_opens_nor_ends_a_run() -> None:
    known = [True, True, False, True, True]
    assert runs([False, True, False, True, False], known, 0) == [(0, 1, 3)]


def test_detections_into_which_a_truth_is_broken_are_counted() -> None:
    made = tally(panel(truth()), ANY, [said(100, 103, A, B), said(105, 107, A, B), said(800, 801)])
    assert made.found[0].detections == 2
    assert made.false_alarms == 1
