"""A dip that all countries of a source share is the source's own. All series are SYNTHETIC."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pytest

from detect.made import BEGIN_S, HOUR_S, hourly
from lightkeeper.detect.artefacts import Artefact
from lightkeeper.detect.events import WorldEvent
from lightkeeper.detect.source_wide import MOVED_TOO, source_of
from lightkeeper.run.detecting import Detected, detect_matrices
from lightkeeper.signals.matrix import Matrix
from lightkeeper.signals.naming import named

DAY_S = 86_400
AT, UNTIL = 120, 124
DAYS = 180
Rows = npt.NDArray[np.float64]


def codes(number: int) -> list[str]:
    return [f"{a}{b}" for a in "QXZ" for b in "ABCDEFGHIJKLM"][:number]


def daily(countries: int, *, noise: float = 0.03, level: float = 500.0, seed: int = 3) -> Rows:
    rng = np.random.default_rng(seed)
    week = 1 - 0.1 * (np.arange(DAYS) % 7 >= 5)
    return rng.poisson(level * week * np.exp(noise * rng.standard_normal((countries, DAYS)))).astype(np.float64)


def found_in(rows: Rows, *more: Matrix, step_s: int = DAY_S, name: str = "tor_users/direct_users/{}") -> Detected:
    names = [name.format(code) for code in codes(len(rows))]
    return detect_matrices([Matrix(names, step_s, BEGIN_S, rows.astype(np.float32), None), *more])


def near(found: Detected, at_s: int, span_s: int = 3 * DAY_S) -> list[WorldEvent]:
    return [e for e in found.events if abs(e.onset_latest - at_s) <= span_s]


def told(found: Detected) -> Artefact:
    (one,) = found.artefacts
    return one


@pytest.mark.parametrize("countries", [5, 12, 39])
@pytest.mark.parametrize("factor", [0.68, 0.3, 2.2])
def test_what_all_countries_share_is_the_sources_and_no_event_of_any(countries: int, factor: float) -> None:
    rows = daily(countries)
    rows[:, AT:UNTIL] *= factor
    found = found_in(rows)
    assert near(found, BEGIN_S + (AT + 1) * DAY_S) == []
    one = told(found)
    assert (one.source, len(one.countries)) == ("tor_users/direct_users", countries)
    assert one.depth == pytest.approx(factor - 1, abs=0.06)
    assert (one.onset, one.direction) == (BEGIN_S + (AT + 1) * DAY_S, "up" if factor > 1 else "down")


def test_noisy_countries_in_which_nothing_shows_speak_for_those_in_which_it_does() -> None:
    rows = np.vstack([daily(6), daily(24, noise=0.25, seed=5)])
    rows[:, AT:UNTIL] *= 0.68
    found = found_in(rows)
    assert near(found, BEGIN_S + (AT + 1) * DAY_S) == []
    assert set(codes(6)) <= set(told(found).countries)


def test_the_return_of_a_source_is_no_rise_of_a_country_that_had_learnt_its_dip() -> None:
    rows = np.vstack([daily(9), daily(30, noise=0.22, seed=8)])
    rows[:, AT : AT + 6] *= 0.5
    found = found_in(rows)
    assert [e for e in near(found, BEGIN_S + (AT + 7) * DAY_S, 5 * DAY_S) if e.direction == "up"] == []
    rows[3, AT + 6 : AT + 20] *= 3.0
    (rise,) = [e for e in near(found_in(rows), BEGIN_S + (AT + 7) * DAY_S) if e.direction == "up"]
    assert rise.country == codes(9)[3], "more than before the dip is a rise"


def test_a_country_that_falls_much_further_at_the_same_time_is_an_event_with_a_flag() -> None:
    rows = daily(12)
    rows[:, AT:UNTIL] *= 0.68
    rows[4, AT:UNTIL] *= 0.3
    found = found_in(rows)
    (event,) = near(found, BEGIN_S + (AT + 1) * DAY_S)
    assert (event.country, MOVED_TOO in event.flags) == (codes(12)[4], True)
    assert codes(12)[4] in told(found).countries


def test_a_cut_of_one_country_while_the_others_are_calm_has_no_flag() -> None:
    rows = daily(12)
    rows[4, AT:UNTIL] *= 0.5
    found = found_in(rows)
    (event,) = near(found, BEGIN_S + (AT + 1) * DAY_S)
    assert (event.country, MOVED_TOO in event.flags, found.artefacts) == (codes(12)[4], False, [])


def test_a_cut_that_goes_on_after_the_source_is_back_is_an_event() -> None:
    rows = daily(12)
    rows[:, AT:UNTIL] *= 0.6
    rows[4, UNTIL : AT + 40] *= 0.6
    (event,) = near(found_in(rows), BEGIN_S + (AT + 1) * DAY_S)
    assert (event.country, MOVED_TOO in event.flags) == (codes(12)[4], True)


def test_a_source_that_counts_less_from_a_day_on_is_no_drop_that_stays_open() -> None:
    rows = daily(12)
    rows[:, AT:] *= 0.6
    found = found_in(rows)
    assert [e for e in found.events if e.direction == "down"] == []
    assert told(found).end is None


def test_hours_are_held_against_the_same_hours_of_the_weeks_before() -> None:
    rows = hourly(6, 60, seed=4).astype(np.float64)
    rows[:, 1000:1009] *= 0.5
    rows[2, 1200:1209] *= 0.3
    found = found_in(rows, step_s=HOUR_S, name="traffic/search/{}")
    assert near(found, BEGIN_S + 1001 * HOUR_S, 4 * HOUR_S) == []
    (event,) = near(found, BEGIN_S + 1201 * HOUR_S, 4 * HOUR_S)
    assert event.country == codes(6)[2]


def test_with_too_few_other_countries_nothing_is_laid_to_the_source() -> None:
    rows = daily(4)
    rows[:, AT:UNTIL] *= 0.5
    found = found_in(rows)
    assert (len(near(found, BEGIN_S + (AT + 1) * DAY_S)), found.artefacts) == (4, [])


def test_countries_too_small_to_show_it_say_nothing() -> None:
    rows = np.vstack([daily(3), daily(12, level=3.0, seed=6)])
    rows[:3, AT:UNTIL] *= 0.5
    found = found_in(rows)
    assert {e.country for e in near(found, BEGIN_S + (AT + 1) * DAY_S)} >= set(codes(3))
    assert found.artefacts == []


def test_what_another_kind_of_witness_saw_in_the_same_countries_is_of_the_world() -> None:
    rows, probes = daily(8), 0.2 * daily(8, seed=9)
    for series in (rows, probes):
        series[:6, AT:UNTIL] *= 0.4
    names = [f"ioda/active_probing/{code}" for code in codes(8)]
    other = Matrix(names, DAY_S, BEGIN_S, probes.astype(np.float32), None)
    found = found_in(rows, other, name="traffic/search/{}")
    assert {e.country for e in near(found, BEGIN_S + (AT + 1) * DAY_S)} == set(codes(6))


def test_a_source_that_is_gone_altogether_is_no_event_of_any_country() -> None:
    rows = daily(12)
    rows[:, AT:UNTIL] = 0.0
    found = found_in(rows)
    assert near(found, BEGIN_S + (AT + 1) * DAY_S) == []
    assert told(found).depth == pytest.approx(-1.0)


@pytest.mark.parametrize(("hit", "events"), [(8, 0), (6, 6)])
def test_a_provider_that_fails_as_a_whole_is_no_two_witnesses_but_a_cable_that_spares_some_is(
    hit: int, events: int
) -> None:
    rows, probes = daily(8), daily(8, seed=9)
    for series in (rows, probes):
        series[:hit, AT:UNTIL] *= 0.4
    names = [f"ioda/active_probing/{code}" for code in codes(8)]
    other = Matrix(names, DAY_S, BEGIN_S, probes.astype(np.float32), None)
    found = found_in(rows, other, name="ioda/telescope/{}")
    assert len({e.country for e in near(found, BEGIN_S + (AT + 1) * DAY_S)}) == events


def test_the_source_is_the_name_without_its_place() -> None:
    series = ("ioda/bgp/IR", "ioda/bgp/IR/AS58224", "ioda/bgp/IR-13", "x/probing/IR/P1/C2")
    assert [source_of(named(s)) for s in series] == ["ioda/bgp"] * 3 + ["x/probing"]
