"""Throttling, on SYNTHETIC speeds whose truth is known, and on real ones of Venezuela in 2014."""

from __future__ import annotations

import csv
import gzip
import math
import random
from collections.abc import Callable
from datetime import UTC, datetime
from itertools import combinations

import msgspec
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import mannwhitneyu

from lightkeeper.judge.shift import bound_rank, chance_of, mann_whitney_counts, shift_in, shift_of
from lightkeeper.judge.slow import Slow, controls_of, corrected
from lightkeeper.judge.slow_lines import slow_lines
from lightkeeper.judge.slowness import LINE_ONLY, missing_in, said_of
from lightkeeper.judge.speeds import Samples, medians
from lightkeeper.judge.throttling import throttled
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
                        "software": f"probe {session % 2}",
                        "server": "192.0.2" if site in ("slow.example", "a.example") else site,
                    }
                    row = change(dict(row))
                    if row is not None:
                        rows.append(row | {"measurement_id": f"m{len(rows)}"})
    return rows


def samples(rows: list[Row], metric: str = "bits_per_s", *, more: tuple[str, ...] = ()) -> Samples:
    names = ("measurement_id", "target", "probe_cc", "probe_asn", "hour", "session", "speed", "round_trip_s")
    names += ("software", "server", *more)
    return Samples(metric, *([row[name] for row in rows] for name in names))  # type: ignore[arg-type]


def is_here(row: Row, site: str | None = "slow.example") -> bool:
    return (row["probe_cc"], row["probe_asn"]) == HERE and site in (None, row["target"])


def held(row: Row) -> Row:
    """SYNTHETIC: one site held to 130-150 kbit/s on one network, as Twitter was in Russia (Xue et al., IMC 2021)."""
    return row | {"speed": 140_000 * (1 + 0.05 * math.sin(float(str(row["speed"]))))} if is_here(row) else row


def missing(slow: Slow) -> str:
    return missing_in({c.step or "": c for c in controls_of(slow)})


def mechanism(slow: Slow) -> str:
    return "plateau" if slow.spread is not None else "slower"


def states(found: list[Slow]) -> list[tuple[str, str, int]]:
    return [(s.state, s.target, s.probe_asn) for s in found]


def test_a_site_held_to_one_rate_on_one_network_is_throttled_and_both_controls_are_shown() -> None:
    (slow,) = throttled(samples(world(held)))
    assert (slow.state, slow.target, slow.probe_cc, slow.probe_asn) == ("throttled", "slow.example", *HERE)
    assert mechanism(slow) == "plateau"
    assert slow.speed == pytest.approx(140_000, rel=0.06)
    steps = ["elsewhere", "others_here", "others_against_elsewhere", "round_trip", "same_servers_here", "same_servers"]
    assert [c.control for c in slow.comparisons] == steps
    assert all(c.shift is not None and c.shift.ratio < 0.05 and c.shift.upper < 0.1 for c in slow.comparisons)
    assert (slow.kinds, slow.pairs) == ((2, 0), 30)
    said = [said_of(row) for row in controls_of(slow)]
    assert "4 networks of 4 other countries" in said[0]
    assert all(said)
    assert len(slow.measurements) == 6


def test_a_site_that_is_only_slower_keeps_a_mechanism_without_a_plateau() -> None:
    (slow,) = throttled(samples(world(lambda r: r | {"speed": float(str(r["speed"])) / 20} if is_here(r) else r)))
    assert (slow.state, mechanism(slow)) == ("throttled", "slower")


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
    assert slow.state == "insufficient"
    assert "merely far" in missing(slow)


def test_without_round_trips_its_own_past_is_a_control() -> None:
    def change(row: Row) -> Row:
        return (held(row) if row["hour"] == 24 * 20_001 else row) | {"round_trip_s": math.nan}

    (slow,) = throttled(samples(world(change, days=2)))
    assert (slow.state, slow.start_at.day) == ("throttled", datetime.fromtimestamp(86400 * 20_001, UTC).day)
    assert "before" in [c.control for c in slow.comparisons]


def test_a_network_that_was_always_slow_to_a_site_and_has_no_round_trips_stays_open() -> None:
    found = throttled(samples(world(lambda r: held(r) | {"round_trip_s": math.nan}, days=3)))
    assert states(found) == [("insufficient", "slow.example", 1)] * 3


def test_a_missing_control_elsewhere_is_named_and_does_not_accuse() -> None:
    (slow,) = throttled(samples(world(lambda r: held(r) if r["probe_cc"] == "RU" else None)))
    assert slow.state == "insufficient"
    assert missing(slow) == "a control is missing: the target was not measured on 3 networks of 2 other countries"
    assert slow.measurements


def test_a_missing_control_of_other_targets_is_named_and_does_not_accuse() -> None:
    (slow,) = throttled(samples(world(lambda r: held(r) if r["target"] == "slow.example" else None)))
    assert slow.state == "insufficient"
    assert "fewer than 3 other targets" in missing(slow)


def test_a_test_of_the_line_stands_for_other_targets() -> None:
    def change(row: Row) -> Row | None:
        if row["target"] == "a.example":
            return row | {"target": "ndt/download", "server": "203.0.113"}
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
    assert (slow.state, slow.layer, mechanism(slow)) == ("throttled", "tls", "slower")
    assert {row.layer for row in controls_of(slow)} == {"tls"}


def test_what_was_found_is_told_as_rows_with_figures() -> None:
    (slow,) = throttled(samples(world(held)))
    rows = controls_of(slow, slow.measurements[0], first=7)
    assert [(c.number, c.step, c.lineage) for c in rows][:2] == [
        (7, "elsewhere", "speeds"),
        (8, "others_here", "speeds"),
    ]
    assert (rows[0].networks, rows[0].countries, rows[0].sessions, rows[0].succeeded) == (4, 4, 6, 20)
    assert (rows[0].slower or 0) > (rows[0].slower_least or 0) > 20


def test_the_more_pairs_are_looked_at_the_more_sessions_a_proof_takes() -> None:
    (slow,) = throttled(samples(world(held)))
    assert slow.chance == pytest.approx(30 / 924), "six sessions here against six of others here"
    (among_many,) = corrected([msgspec.structs.replace(slow, chance=1 / 924)], 1000)
    assert among_many.chance == 1
    assert "1000 targets on networks that were looked at, chance" in missing(among_many)


def test_the_correction_is_that_of_holm() -> None:
    (slow,) = throttled(samples(world(held)))
    chances = [0.012, 0.001, 0.04]
    made = corrected([msgspec.structs.replace(slow, chance=c) for c in chances], 5)
    assert [m.chance for m in made] == pytest.approx([0.048, 0.005, 0.12])


def test_forged_slow_sessions_of_one_software_accuse_nobody() -> None:
    rows = world()
    fake = [r | {"session": f"forged/{n}", "speed": 1e5, "software": "forged"} for n in range(500) for r in rows[:1]]
    forged = [r | {"measurement_id": f"forged{n}"} for n, r in enumerate(fake)]
    (beside_real,) = throttled(samples(rows + forged))
    assert "another probe software on the network are not slow" in missing(beside_real)
    alone = [r for r in rows if not is_here(r)] + forged
    assert [missing(slow) for slow in throttled(samples(alone))] == [
        "all slow sessions come from one probe software, or from too few of another"
    ]


def test_real_sessions_that_are_slow_by_chance_do_not_carry_a_forgery() -> None:
    rows = world(lambda r: r | {"speed": 1e5} if is_here(r) and str(r["session"]) == "1/0/0" else r)
    rows = [r for r in rows if not is_here(r) or str(r["session"]) == "1/0/0"]
    one = next(r for r in rows if is_here(r))
    forged = [one | {"session": f"f{n}", "software": "forged", "measurement_id": f"f{n}"} for n in range(100)]
    assert {s.state for s in throttled(samples(rows + forged))} == {"insufficient"}


def test_a_congested_way_to_one_service_is_not_throttling_where_others_share_it() -> None:
    def change(row: Row) -> Row:
        shared = row["target"] in ("slow.example", "a.example") and is_here(row, None)
        return row | {"speed": float(str(row["speed"])) / 12} if shared else row

    found = throttled(samples(world(change)))
    assert {s.state for s in found} == {"insufficient"}
    assert all("at the same servers are slow here too" in missing(s) for s in found)


def test_a_congested_way_that_nobody_else_shares_stays_open() -> None:
    def change(row: Row) -> Row:
        row = row | {"server": str(row["target"])}
        return row | {"speed": float(str(row["speed"])) / 12} if is_here(row) else row

    (slow,) = throttled(samples(world(change)))
    assert slow.state == "insufficient"
    assert "bad peering" in missing(slow)


def test_sessions_held_to_one_rate_are_no_congested_way() -> None:
    (slow,) = throttled(samples(world(lambda r: held(r) | {"server": str(r["target"])})))
    assert (slow.state, mechanism(slow)) == ("throttled", "plateau")


@pytest.mark.parametrize("seed", range(15))
def test_networks_with_uneven_ways_to_services_are_not_accused(seed: int) -> None:
    """SYNTHETIC: each network reaches each place of servers at its own pace, over factors of ten and more."""
    dice = random.Random(seed)
    pace = {(asn, site): math.exp(dice.gauss(0, 1)) for _, asn in PLACES for site in SITES}

    def change(row: Row) -> Row:
        place = "slow.example" if row["server"] == "192.0.2" else str(row["target"])
        return row | {"speed": float(str(row["speed"])) * pace[int(str(row["probe_asn"])), place]}

    assert [s for s in throttled(samples(world(change, seed=seed, sessions=10))) if s.state == "throttled"] == []


def test_a_flood_of_pairs_can_silence_and_never_accuse() -> None:
    extra = [
        r | {"target": f"t{n}.example", "measurement_id": f"{r['measurement_id']}/{n}", "server": f"{n}"}
        for n in range(60)
        for r in world(seed=9)
        if r["target"] == "b.example"
    ]
    found = throttled(samples(world(held) + extra))
    assert {(s.target, s.state) for s in found} == {("slow.example", "insufficient")}
    assert found[0].pairs == 390


def line(change: Change = lambda row: row, days: int = 10) -> list[Row]:
    return [r | {"target": "ndt/download"} for r in world(change, days=days) if r["target"] == "a.example"]


def slowed(row: Row) -> Row:
    last = row["hour"] == 24 * 20_009
    return row | {"speed": float(str(row["speed"])) / 30} if is_here(row, None) and last else row


def test_a_line_that_slowed_while_others_did_not_is_found_and_the_cause_stays_open() -> None:
    (slow,) = slow_lines(samples(line(slowed)))
    assert (slow.state, slow.target, slow.probe_asn) == ("insufficient", "ndt/download", 1)
    assert missing(slow) == LINE_ONLY


def test_lines_that_all_slowed_together_are_not_throttled() -> None:
    everywhere = line(lambda r: r | {"speed": float(str(r["speed"])) / 30} if r["hour"] == 24 * 20_009 else r)
    assert slow_lines(samples(everywhere)) == []


def test_a_line_without_others_to_compare_with_is_insufficient() -> None:
    (slow,) = slow_lines(samples([r for r in line(slowed) if r["probe_cc"] == "RU"]))
    assert slow.state == "insufficient"
    assert "other countries have a past" in missing(slow)


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


@pytest.mark.parametrize(("here", "there"), [(3, 5), (6, 20), (30, 90)])
def test_the_chance_is_that_of_the_test_of_mann_and_whitney(here: int, there: int) -> None:
    dice = np.random.default_rng(there)
    for shift in (0.5, 1.5, 3.0):
        a, b = dice.normal(-shift, 1, here), dice.normal(0, 1, there)
        found = shift_of(a, b)
        assert found is not None
        p = mannwhitneyu(a + math.log(3), b, alternative="less", method="auto").pvalue
        assert found.chance == pytest.approx(p, rel=0.05, abs=1e-9)


def test_far_out_the_chance_is_never_taken_for_too_small() -> None:
    exact = 1 / math.comb(40, 10)
    assert chance_of(300, (10, 30)) == pytest.approx(exact)
    assert chance_of(420, (10, 42)) > 1 / math.comb(52, 10)


def test_the_bound_is_too_low_as_seldom_as_it_says() -> None:
    dice = np.random.default_rng(7)
    drawn = [shift_of(dice.standard_t(2, 5) + 1, dice.standard_t(2, 12)) for _ in range(3000)]
    assert np.mean([s is not None and s.upper < math.e for s in drawn]) == pytest.approx(0.02, abs=0.01)


def test_in_blocks_only_pairs_of_one_block_count_and_their_chances_multiply() -> None:
    slow, fast = np.array([-3.0, -3.1]), np.array([0.0, 0.1])
    found = shift_in([(slow, fast), (slow + 9, fast + 9), (slow, fast[:0])])
    assert found is not None
    assert (found.here, found.there) == (4, 4)
    assert found.ratio == pytest.approx(math.exp(-3.1))
    assert found.chance == pytest.approx(1 / math.comb(4, 2) ** 2)
    assert shift_in([(slow[:0], fast)]) is None


@pytest.mark.parametrize("sizes", [((2, 3), (3, 2)), ((1, 1),) * 6, ((4, 5),)])
def test_the_bound_in_blocks_is_too_low_as_seldom_as_it_says(sizes: tuple[tuple[int, int], ...]) -> None:
    dice, hours = np.random.default_rng(3), np.linspace(0, 40, len(sizes))
    drawn = [
        shift_in([(dice.normal(h + 1, 1, m), dice.normal(h, 1, n)) for h, (m, n) in zip(hours, sizes, strict=True)])
        for _ in range(1500)
    ]
    assert np.mean([s is not None and s.upper < math.e for s in drawn]) == pytest.approx(0.02, abs=0.012)


def test_groups_too_small_for_a_bound_have_none() -> None:
    assert bound_rank((3, 4)) == bound_rank((2, 7)) == 0
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
                    | {"software": "", "server": ""}
                )
    assert len(rows) > 5000
    assert 0.5 * MBIT < float(np.median([float(str(r["speed"])) for r in rows])) < 2 * MBIT
    assert all(slow.state == "insufficient" for slow in slow_lines(samples(rows)))
    planted = [r | {"speed": float(str(r["speed"])) / 10} if int(str(r["hour"])) // 24 == 16140 else r for r in rows]
    assert [(s.state, s.start_at.date().isoformat()) for s in slow_lines(samples(planted))] == [
        ("insufficient", "2014-03-11")
    ]
