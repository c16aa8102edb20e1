"""Throttling, on SYNTHETIC speeds whose truth is known, and on real ones of Venezuela in 2014."""

from __future__ import annotations

import csv
import gzip
import math
import random
from collections.abc import Callable
from datetime import UTC, datetime
from itertools import combinations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import mannwhitneyu

from lightkeeper.judge.shift import bound_rank, mann_whitney_counts, shift_of
from lightkeeper.judge.slow import Slow, controls_of, verdicts_of
from lightkeeper.judge.slow_lines import slow_lines
from lightkeeper.judge.speeds import Samples, medians, samples_of
from lightkeeper.judge.throttling import throttled
from lightkeeper.model import Measurement, Observation
from places import SHARED

HERE = ("RU", 1)
PLACES = [HERE, ("RU", 2), ("DE", 3), ("FR", 4), ("KZ", 5), ("US", 6)]
SITES = ["slow.example", "a.example", "b.example", "c.example", "d.example"]
MBIT = 1e6
Row = dict[str, object]
Change = Callable[[Row], Row | None]


def world(change: Change = lambda row: row, *, sessions: int = 6, seed: int = 1, days: int = 1) -> list[Row]:
    """SYNTHETIC: every site on every network at about 8 Mbit/s, 60 ms away, spread by a factor of two or so."""
    dice = random.Random(seed)
    rows = []
    for day in range(days):
        for country, asn in PLACES:
            for session in range(sessions):
                for site in SITES:
                    row: Row | None = {
                        "target": site,
                        "probe_cc": country,
                        "probe_asn": asn,
                        "hour": 24 * (20_000 + day),
                        "session": f"{asn}/{day}/{session}",
                        "speed": 8 * MBIT * math.exp(dice.gauss(0, 0.35)),
                        "round_trip_s": 0.06 * math.exp(dice.gauss(0, 0.2)),
                    }
                    row = change(dict(row))
                    if row is not None:
                        rows.append(row | {"measurement_id": f"m{len(rows)}"})
    return rows


def samples(rows: list[Row], metric: str = "bits_per_s") -> Samples:
    names = ("measurement_id", "target", "probe_cc", "probe_asn", "hour", "session", "speed", "round_trip_s")
    return Samples(metric, *([row[name] for row in rows] for name in names))  # type: ignore[arg-type]


def is_here(row: Row, site: str | None = "slow.example") -> bool:
    return (row["probe_cc"], row["probe_asn"]) == HERE and site in (None, row["target"])


def held(row: Row) -> Row:
    """SYNTHETIC: one site held to 130-150 kbit/s on one network, as Twitter was in Russia (Xue et al., IMC 2021)."""
    return row | {"speed": 140_000 * (1 + 0.05 * math.sin(float(str(row["speed"]))))} if is_here(row) else row


def states(found: list[Slow]) -> list[tuple[str, str, int]]:
    return [(s.state, s.target, s.probe_asn) for s in found]


def test_a_site_held_to_one_rate_on_one_network_is_throttled_and_both_controls_are_shown() -> None:
    (slow,) = throttled(samples(world(held)))
    assert (slow.state, slow.target, slow.probe_cc, slow.probe_asn) == ("throttled", "slow.example", *HERE)
    assert slow.mechanism == "rate.throttle.plateau"
    assert slow.speed == pytest.approx(140_000, rel=0.06)
    controls = [c.control for c in slow.comparisons]
    assert controls == ["elsewhere", "others_here", "others_against_elsewhere", "round_trip"]
    assert all(c.shift is not None and c.shift.ratio < 0.05 and c.shift.upper < 0.1 for c in slow.comparisons)
    assert "slow.example came at 0.1" in slow.reasons[0]
    assert "4 networks of 4 other countries" in slow.reasons[1]
    assert len(slow.measurements) == 6


def test_a_site_that_is_only_slower_keeps_a_mechanism_without_a_plateau() -> None:
    (slow,) = throttled(samples(world(lambda r: r | {"speed": float(str(r["speed"])) / 20} if is_here(r) else r)))
    assert (slow.state, slow.mechanism) == ("throttled", "rate.throttle")


@pytest.mark.parametrize("seed", range(20))
def test_nothing_is_found_where_nothing_is_slow(seed: int) -> None:
    assert throttled(samples(world(seed=seed))) == []


def test_a_slow_line_is_not_a_throttled_site() -> None:
    found = throttled(samples(world(lambda r: r | {"speed": float(str(r["speed"])) / 30} if is_here(r, None) else r)))
    assert found == []


def test_a_line_so_slow_that_all_comes_alike_is_not_a_throttled_site() -> None:
    def change(row: Row) -> Row:
        fast = float(str(row["speed"])) * (20 if row["target"] == "slow.example" else 1)
        return row | {"speed": min(fast, 1 * MBIT) if is_here(row, None) else fast}

    assert throttled(samples(world(change))) == []


def test_a_site_that_is_slow_everywhere_is_not_throttled() -> None:
    def change(row: Row) -> Row:
        return row | {"speed": float(str(row["speed"])) / 30} if row["target"] == "slow.example" else row

    assert throttled(samples(world(change))) == []


def test_a_far_server_is_not_a_throttled_one() -> None:
    def change(row: Row) -> Row:
        far = {"speed": float(str(row["speed"])) / 6, "round_trip_s": float(str(row["round_trip_s"])) * 6}
        return row | far if is_here(row) else row

    assert throttled(samples(world(change))) == []


def test_without_round_trips_or_a_past_a_far_server_cannot_be_told_from_a_throttled_one() -> None:
    (slow,) = throttled(samples(world(lambda r: held(r) | {"round_trip_s": math.nan})))
    assert (slow.state, slow.mechanism) == ("insufficient", None)
    assert "merely far" in slow.reasons[-1]
    assert verdicts_of([slow], "x") == []


def test_without_round_trips_its_own_past_is_a_control() -> None:
    def change(row: Row) -> Row:
        return (held(row) if row["hour"] == 24 * 20_001 else row) | {"round_trip_s": math.nan}

    (slow,) = throttled(samples(world(change, days=2)))
    assert (slow.state, slow.start_at.day) == ("throttled", datetime.fromtimestamp(86400 * 20_001, UTC).day)
    assert slow.comparisons[-1].control == "before"


def test_a_network_that_was_always_slow_to_a_site_and_has_no_round_trips_stays_open() -> None:
    found = throttled(samples(world(lambda r: held(r) | {"round_trip_s": math.nan}, days=3)))
    assert states(found) == [("insufficient", "slow.example", 1)] * 3


def test_a_missing_control_elsewhere_is_named_and_does_not_accuse() -> None:
    (slow,) = throttled(samples(world(lambda r: held(r) if r["probe_cc"] == "RU" else None)))
    assert slow.state == "insufficient"
    assert "A control is missing: the target was not measured on 3 networks of 2 other countries." in slow.reasons
    assert slow.measurements == ()


def test_a_missing_control_of_other_targets_is_named_and_does_not_accuse() -> None:
    (slow,) = throttled(samples(world(lambda r: held(r) if r["target"] == "slow.example" else None)))
    assert slow.state == "insufficient"
    assert any("fewer than 3 other targets" in reason for reason in slow.reasons)


def test_a_test_of_the_line_stands_for_other_targets() -> None:
    def change(row: Row) -> Row | None:
        if row["target"] == "a.example":
            return row | {"target": "ndt/download"}
        return held(row) if row["target"] == "slow.example" else None

    assert states(throttled(samples(world(change)))) == [("throttled", "slow.example", 1)]


def test_one_chatty_session_cannot_make_it() -> None:
    def change(row: Row) -> Row:
        return held(row) if str(row["session"]).endswith("/0") else row

    rows = world(change)
    rows += [
        r | {"measurement_id": f"again{i}"} for i in range(200) for r in rows if is_here(r) and r["session"] == "1/0/0"
    ]
    assert throttled(samples(rows)) == []
    only = [r for r in rows if not is_here(r) or r["session"] == "1/0/0"]
    assert throttled(samples(only)) == []


def test_one_network_elsewhere_cannot_speak_for_all() -> None:
    rows = world(lambda r: r if r["target"] != "slow.example" else r | {"speed": 150_000.0})
    flood = [r | {"session": f"6/{i}", "speed": 1e9} for i in range(500) for r in rows[:1]]
    flood = [r | {"probe_cc": "US", "probe_asn": 6, "measurement_id": f"flood{i}"} for i, r in enumerate(flood)]
    assert throttled(samples(rows + flood)) == []


def test_two_sessions_are_too_few() -> None:
    assert throttled(samples(world(held, sessions=2))) == []


@settings(max_examples=20, deadline=None)
@given(st.randoms(use_true_random=False))
def test_the_order_of_the_rows_changes_nothing(dice: random.Random) -> None:
    rows = world(held)
    shuffled = dice.sample(rows, len(rows))
    assert throttled(samples(shuffled)) == throttled(samples(rows))


def test_hostile_columns_are_left_out() -> None:
    odd = [math.nan, math.inf, -math.inf, 0.0, -1.0]
    extra = [world()[0] | {"speed": speed, "measurement_id": f"odd{i}"} for i, speed in enumerate(odd)]
    extra += [r | {"probe_cc": "", "probe_asn": 0} for r in world()[:5]]
    assert throttled(samples(world(held) + extra)) == throttled(samples(world(held)))
    assert throttled(samples([])) == slow_lines(samples([])) == []


def test_handshakes_are_compared_by_the_round_trip() -> None:
    def change(row: Row) -> Row:
        trips = 2.0 * math.exp(math.log(float(str(row["speed"])) / 8e6))
        return row | {"speed": 1 / (trips * 20 if is_here(row) else trips), "round_trip_s": 0.1}

    (slow,) = throttled(samples(world(change), "handshake"))
    assert (slow.state, slow.mechanism) == ("throttled", "tls.throttle")
    assert "round trips" in slow.reasons[0]
    assert {v.layer for v in verdicts_of([slow], "x")} == {"tls"}


def test_verdicts_name_the_slow_measurements_and_controls_are_rows() -> None:
    (slow,) = throttled(samples(world(held)))
    verdicts = verdicts_of([slow], "ruleset")
    assert {v.measurement_id for v in verdicts} == set(slow.measurements)
    assert {(v.layer, v.state, v.rule, v.ruleset) for v in verdicts} == {
        ("rate", "throttled", "rate.slow_here_alone", "ruleset")
    }
    rows = controls_of(slow, slow.measurements[0], first=7)
    assert [(c.number, c.step, c.lineage) for c in rows][:2] == [
        (7, "elsewhere", "same_window"),
        (8, "others_here", "same_window"),
    ]
    assert (rows[0].networks, rows[0].countries, rows[0].sessions) == (4, 4, 20)


def line(change: Change = lambda row: row, days: int = 10) -> list[Row]:
    return [r | {"target": "ndt/download"} for r in world(change, days=days) if r["target"] == "a.example"]


def slowed(row: Row) -> Row:
    last = row["hour"] == 24 * 20_009
    return row | {"speed": float(str(row["speed"])) / 30} if is_here(row, None) and last else row


def test_a_line_that_slowed_while_others_did_not_is_throttled_and_the_cause_stays_open() -> None:
    (slow,) = slow_lines(samples(line(slowed)))
    assert (slow.state, slow.target, slow.probe_asn, slow.mechanism) == (
        "throttled",
        "ndt/download",
        1,
        "rate.throttle",
    )
    assert slow.reasons[-1] == "A fault or a full line would look the same: the cause is not measured."
    assert {v.rule for v in verdicts_of([slow], "x")} == {"rate.slow_since"}


def test_lines_that_all_slowed_together_are_not_throttled() -> None:
    everywhere = line(lambda r: r | {"speed": float(str(r["speed"])) / 30} if r["hour"] == 24 * 20_009 else r)
    assert slow_lines(samples(everywhere)) == []


def test_a_line_without_others_to_compare_with_is_insufficient() -> None:
    (slow,) = slow_lines(samples([r for r in line(slowed) if r["probe_cc"] == "RU"]))
    assert (slow.state, slow.mechanism) == ("insufficient", None)
    assert any("other countries have a past" in reason for reason in slow.reasons)


def test_samples_leave_out_small_pages_and_unknown_places_and_carry_round_trips() -> None:
    start = datetime(2026, 1, 10, 10, 20, tzinfo=UTC)
    known = {"test_name": "web_connectivity", "target": "x", "started_at": start, "file_sha256": "0", "file_line": 1}
    placed = Measurement(measurement_id="a", report_id="r", probe_cc="IR", probe_asn=1, **known)  # type: ignore[arg-type]
    nowhere = Measurement(measurement_id="b", probe_cc=None, probe_asn=1, **known)  # type: ignore[arg-type]

    def seen(number: int, size: int, name: str = "a") -> Observation:
        return Observation(
            measurement_id=name, number=number, target="x", hostname="x", ip="192.0.2.1", port=443, rate_tried=True,
            rate_bits_per_s=1e6, rate_bytes=size, rate_duration_s=1.0,
        )  # fmt: skip

    connected = Observation(
        measurement_id="a", number=0, target="x", ip="192.0.2.1", port=443, tcp_tried=True, tcp_connect_s=0.05
    )
    shaken = Observation(
        measurement_id="a", number=4, target="x", ip="192.0.2.1", port=443, tls_tried=True, tls_handshake_s=0.1
    )
    rows = [connected, seen(1, 100_000), seen(2, 20_000), seen(3, 100_000, "b"), shaken]
    got = samples_of([placed, nowhere], rows, "bits_per_s")
    assert (list(got.measurement_id), list(got.speed), list(got.round_trip_s)) == (["a"], [1e6], [0.05])
    assert list(got.hour) == [int(start.timestamp()) // 3600]
    assert list(samples_of([placed], rows, "handshake").speed) == [0.5]


@pytest.mark.parametrize(("here", "there"), [(2, 3), (3, 5), (4, 4), (1, 6)])
def test_the_counts_are_those_of_all_orders(here: int, there: int) -> None:
    counted = [0] * (here * there + 1)
    for places in combinations(range(here + there), here):
        counted[sum(p - i for i, p in enumerate(places))] += 1
    assert mann_whitney_counts(here, there) == counted


@pytest.mark.parametrize(("here", "there"), [(3, 5), (5, 8), (12, 30)])
def test_the_bound_agrees_with_the_test_of_mann_and_whitney(here: int, there: int) -> None:
    dice = np.random.default_rng(here)
    a, b = dice.normal(-1, 1, here), dice.normal(0, 1, there)
    found = shift_of(a, b)
    assert found is not None
    for off, expected in ((1e-6, True), (-1e-6, False)):
        p = mannwhitneyu(a - math.log(found.upper) - off, b, alternative="less", method="exact").pvalue
        assert bool(p <= 0.025) is expected, p


def test_the_bound_is_too_low_as_seldom_as_it_says() -> None:
    dice = np.random.default_rng(7)
    drawn = [shift_of(dice.standard_t(2, 5) + 1, dice.standard_t(2, 12)) for _ in range(3000)]
    assert np.mean([s is not None and s.upper < math.e for s in drawn]) == pytest.approx(0.02, abs=0.01)


def test_groups_too_small_for_a_bound_have_none() -> None:
    assert bound_rank(3, 4) == bound_rank(2, 7) == 0
    found = shift_of(np.zeros(2), np.ones(5))
    assert found is not None
    assert math.isinf(found.upper)
    assert not found.is_slow


def test_medians_of_groups_are_those_of_each_alone() -> None:
    group, values = np.array([2, 0, 0, 2, 0, 2]), np.array([1.0, 5.0, np.nan, 3.0, 7.0, 2.0])
    assert medians(group, values, 3) == pytest.approx([6.0, np.nan, 2.0], nan_ok=True)


def test_venezuela_in_2014_has_a_past_but_no_control_elsewhere_and_so_stays_open() -> None:
    path = SHARED / "series" / "mlab" / "ndt-VE-2014-01-01-to-05-30.csv.gz"
    if not path.exists():
        pytest.skip("the M-Lab series of Venezuela is not at hand")
    rows: list[Row] = []
    with gzip.open(path, "rt") as file:
        for number, row in enumerate(csv.DictReader(file)):
            size = float(row["web100_log_entry_snap_HCThruOctetsAcked"] or 0)
            prefix = "web100_log_entry_snap_SndLimTime"
            micros = sum(float(row[prefix + part] or 0) for part in ("Rwin", "Cwnd", "Snd"))
            if size >= 64 * 1024 and 9e6 <= micros <= 6e7:
                hour = int(row["web100_log_entry_log_time"]) // 3600
                rows.append(
                    {"measurement_id": str(number), "target": "ndt/download", "probe_cc": "VE", "probe_asn": 8048}
                    | {"hour": hour, "session": str(number), "speed": size * 8e6 / micros, "round_trip_s": math.nan}
                )
    assert len(rows) > 5000
    assert 0.5 * MBIT < float(np.median([float(str(r["speed"])) for r in rows])) < 2 * MBIT
    assert all(slow.state == "insufficient" for slow in slow_lines(samples(rows)))
    planted = [r | {"speed": float(str(r["speed"])) / 10} if int(str(r["hour"])) // 24 == 16140 else r for r in rows]
    assert [(s.state, s.start_at.date().isoformat()) for s in slow_lines(samples(planted))] == [
        ("insufficient", "2014-03-11")
    ]
