"""Floods of forged measurements. All rows here are synthetic."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from itertools import count

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lightkeeper.model import Cell, Measurement, Verdict
from lightkeeper.signals import cells, country_cells
from lightkeeper.signals.witnesses import BAD, DISSENT, KIND_CAP, LEAD, decide, interval

AT = datetime(2022, 9, 21, 14, 5, tzinfo=UTC)
FLOOD = 10_000
Rows = list[tuple[Measurement, Verdict]]
_number = count()


def rows(state: str, n: int, software: str, *, asn: int | None = 44244, hours: int = 0, report: str = "") -> Rows:
    """`n` measurements, each with a report of its own unless one is given."""
    made = []
    for _ in range(n):
        i = next(_number)
        m = Measurement(
            measurement_id=f"m{i:07}", report_id=report or f"r{i}", test_name="signal", probe_cc="IR", probe_asn=asn,
            target="signal/chat", started_at=AT + timedelta(hours=hours), software=software, file_sha256="0" * 64,
            file_line=i,
        )  # fmt: skip
        mechanism = "tls.reset" if state == "blocked" else None
        v = Verdict(
            measurement_id=m.measurement_id, target=m.target, layer="all", state=state, mechanism=mechanism,
            rule=f"rule.{state}", ruleset="1",
        )  # fmt: skip
        made.append((m, v))
    return made


def counted(*some: Rows) -> list[Cell]:
    pairs = [pair for one in some for pair in one]
    return cells([m for m, _ in pairs], [v for _, v in pairs])


def state(*some: Rows) -> tuple[str, str | None]:
    cell = counted(*some)[-1]
    return cell.state, cell.reason


def honest(state: str, **more: int) -> Rows:
    return rows(state, 3, "android 3.8", **more) + rows(state, 3, "ios 3.8", **more)


@pytest.mark.parametrize("software", ["forged 1", "android 3.8"])
@pytest.mark.parametrize(("true", "false"), [("ok", "blocked"), ("blocked", "ok"), ("blocked", "down")])
def test_ten_thousand_forged_rows_leave_what_two_kinds_of_witnesses_saw(true: str, false: str, software: str) -> None:
    assert state(honest(true), rows(false, FLOOD, software)) == (true, None)


def test_one_kind_of_witness_against_a_flood_that_looks_like_it_is_insufficient_and_says_why() -> None:
    assert state(rows("ok", 5, "a"), rows("blocked", FLOOD, "a")) == ("insufficient", "flood")
    assert state(rows("ok", 5, "a"), rows("blocked", 30, "a")) == ("insufficient", "divided")


def test_a_flood_where_nobody_else_measures_is_no_block() -> None:
    assert state(rows("blocked", FLOOD, "forged")) == ("insufficient", "flood")


def test_a_flood_with_many_made_up_kinds_is_no_block_and_hides_none() -> None:
    flood = {s: [r for i in range(1000) for r in rows(s, 10, f"forged {i}")] for s in ("blocked", "ok")}
    assert state(flood["blocked"]) == ("insufficient", "flood")
    before = {s: honest(s, hours=-24) for s in ("blocked", "ok")}
    assert state(before["ok"], honest("ok"), flood["blocked"]) == ("ok", None)
    assert state(before["blocked"], honest("blocked"), flood["ok"]) == ("blocked", None)


def test_a_usual_volume_is_no_flood() -> None:
    usual = [r for day in range(1, 8) for r in rows("ok", 10, "a", hours=-24 * day)]
    assert state(usual, rows("blocked", 150, "a")) == ("blocked", None)
    assert state(usual, rows("blocked", 250, "a")) == ("insufficient", "flood")


def test_a_flood_does_not_become_the_usual_volume() -> None:
    floods = [r for day in range(1, 8) for r in rows("blocked", 200, "forged", hours=-24 * day)]
    assert state(floods, rows("blocked", 200, "forged")) == ("insufficient", "flood")


def test_rows_from_which_nothing_follows_are_no_flood_and_silence_nobody() -> None:
    assert state(rows("blocked", 3, "a"), rows("insufficient", FLOOD, "a")) == ("blocked", None)


def test_forged_rows_under_the_report_of_an_honest_session_take_no_voice_away() -> None:
    honest_rows = rows("blocked", 1, "a", report="x") + rows("blocked", 1, "a", report="y") + honest("blocked")
    forged = rows("ok", 500, "a", report="x") + rows("ok", 500, "a", report="y")
    assert state(honest_rows, forged) == ("blocked", None)


def test_records_that_bring_a_forged_control_are_one_more_flood() -> None:
    """A forger who writes the control into the record gets `blocked` of that record, and no more."""
    assert state(honest("ok"), rows("blocked", FLOOD, "forged")) == ("ok", None)
    assert country_cells(counted(rows("blocked", FLOOD, "forged")))[0].state == "insufficient"


HOME = (44244, 197207, 58224, 57218, 31549, 12880, 48159, 16322, 25184)
"""Networks of Iran."""


def test_one_network_never_makes_nor_turns_the_state_of_a_country() -> None:
    def country(true: str, networks: int, forged: Rows) -> str:
        some = [honest(true, asn=n) for n in HOME[:networks]]
        return country_cells(counted(*some, forged))[0].state

    for n in (1, 2, 3, 4, 9):
        assert country("ok", n, [r for i in range(20) for r in rows("blocked", 2, f"f{i}", asn=HOME[0])]) != "blocked"
        assert country("blocked", n, [r for i in range(20) for r in rows("ok", 2, f"f{i}", asn=HOME[0])]) != "ok"
    many = [r for i in range(20) for r in rows("ok", 2, f"f{i}", asn=HOME[0])]
    assert country("blocked", 4, many) == "blocked"
    split = [*honest("ok", asn=HOME[1]), *honest("ok", asn=HOME[2]), *honest("blocked", asn=HOME[3])]
    assert country_cells(counted(split))[0].reason == "divided", "one network more would turn it"
    assert country("blocked", 3, []) == "blocked"
    assert country("blocked", 2, []) == "insufficient"


def test_networks_that_are_none_of_the_country_have_no_voice_in_it() -> None:
    foreign = [r for asn in (64512, 3356, 4_294_967_294, 13335) for r in honest("blocked", asn=asn)]
    (country,) = country_cells(counted(foreign))
    assert (country.state, country.networks, country.blocked) == ("insufficient", 0, 24)
    true = [r for asn in HOME[:3] for r in honest("ok", asn=asn)]
    assert country_cells(counted([*foreign, *true]))[0].state == "ok"


def test_an_unknown_network_is_not_the_country_and_has_no_voice_in_it() -> None:
    unknown = counted(rows("blocked", 6, "a", asn=None))
    assert (unknown[0].scope, unknown[0].state, unknown[0].networks) == ("network", "blocked", 0)
    (country,) = country_cells(unknown)
    assert (country.scope, country.state, country.reason, country.measurements) == (
        "country", "insufficient", "floor", 6,
    )  # fmt: skip


def test_a_cell_shows_its_rules_witnesses_and_interval() -> None:
    (cell,) = counted(rows("blocked", 4, "a"), rows("ok", 1, "a"))
    assert (cell.state, cell.rules, cell.witnesses) == ("blocked", ["rule.blocked=4", "rule.ok=1"], "sessions")
    assert (cell.networks, cell.kinds, cell.mechanism) == (1, 1, "tls.reset")
    assert cell.blocked_share == pytest.approx(0.8)
    assert (cell.blocked_share_low, cell.blocked_share_high) == (
        pytest.approx(0.3755, abs=1e-4),
        pytest.approx(0.9638, abs=1e-4),
    )
    assert counted(rows("insufficient", 4, "a"))[0].blocked_share is None


def test_the_outcome_comes_first_and_the_mechanism_second() -> None:
    mixed = rows("blocked", 2, "a") + rows("throttled", 2, "b") + rows("ok", 2, "c")
    assert state(mixed)[0] == "throttled"
    assert state(mixed, rows("blocked", 2, "d"))[0] == "blocked"


def test_the_interval_stands_where_wilson_put_it() -> None:
    share, low, high = interval(np.array([0.0, 5.0]), np.array([10.0, 10.0]))
    assert share.tolist() == [0.0, 0.5]
    assert low == pytest.approx([0.0, 0.2366], abs=1e-4)
    assert high == pytest.approx([0.2775, 0.7634], abs=1e-4)


KINDS = st.lists(st.tuples(*[st.integers(0, 6)] * 3), min_size=1, max_size=6)
FORGED = st.tuples(*[st.one_of(st.integers(0, 8), st.just(FLOOD))] * 3)


def outcome(kinds: Iterable[tuple[int, ...]]) -> int:
    voices = np.array(list(kinds), dtype=np.int64)
    return int(decide(np.zeros(len(voices), dtype=np.int64), voices, np.array([float(voices.sum())])).outcome[0])


def test_the_constants_allow_the_proof() -> None:
    assert KIND_CAP + DISSENT < 2 * LEAD


@settings(max_examples=500)
@given(KINDS, FORGED, st.integers(0, 6))
def test_no_number_of_rows_of_one_kind_turns_one_outcome_into_another(kinds, forged, joins: int) -> None:
    before = outcome(kinds)
    others = [k for i, k in enumerate(kinds) if i != joins]
    joined = tuple(np.add(kinds[joins] if joins < len(kinds) else (0, 0, 0), forged).tolist())
    after = outcome([*others, joined])
    assert before == -1 or after in (before, -1)


@settings(max_examples=500)
@given(st.lists(st.integers(2, 50), min_size=2, max_size=6), FORGED, st.integers(0, 6))
def test_what_two_kinds_saw_with_two_voices_each_stays(sizes: list[int], forged, joins: int) -> None:
    kinds = [(n, 0, 0) for n in sizes]
    joined = tuple(np.add(kinds[joins] if joins < len(kinds) else (0, 0, 0), forged).tolist())
    assert outcome([*[k for i, k in enumerate(kinds) if i != joins], joined]) == BAD


SESSIONS = st.lists(
    st.tuples(st.sampled_from(["blocked", "ok", "down", "insufficient"]), st.sampled_from("abc")),
    min_size=5,
    max_size=12,
)


@settings(max_examples=20, deadline=None)
@given(SESSIONS, st.sampled_from("abcz"), st.sampled_from(["blocked", "ok"]), st.sampled_from([1, 5, 30, 60, 400]))
def test_a_flood_of_whole_rows_turns_no_cell(some, software: str, false: str, n: int) -> None:
    true = [r for s, kind in some for r in rows(s, 1, kind)]
    before, after = state(true)[0], state(true, rows(false, n, software))[0]
    assert after in (before, "insufficient") or before == "insufficient"
