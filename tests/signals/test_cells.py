"""Cells: the evidence floor, and floods."""

from __future__ import annotations

from datetime import UTC, datetime

from hypothesis import given, settings
from hypothesis import strategies as st

from lightkeeper.model import Measurement, Verdict
from lightkeeper.signals import cells

AT = datetime(2021, 6, 18, 12, 34, 56, tzinfo=UTC)


def seen(number: int, state: str, report: str | None, **more: str) -> tuple[Measurement, Verdict]:
    name = f"m{number}"
    measurement = Measurement(
        measurement_id=name, report_id=report, test_name="signal", probe_cc="IR", probe_asn=44244, target="signal",
        started_at=AT, file_sha256="0" * 64, file_line=number,
    )  # fmt: skip
    mechanism = "tls.reset" if state == "blocked" else None
    verdict = {"measurement_id": name, "target": "signal", "layer": "all", "state": state, "rule": "r", "ruleset": "1"}
    return measurement, Verdict(mechanism=mechanism, **{**verdict, **more})


def counted(pairs: list[tuple[Measurement, Verdict]]):
    (cell,) = cells([m for m, _ in pairs], [v for _, v in pairs])
    return cell


def test_three_measurements_of_two_sessions_make_a_cell() -> None:
    cell = counted([seen(1, "blocked", "a"), seen(2, "blocked", "b"), seen(3, "blocked", "b")])
    assert (cell.state, cell.mechanism, cell.measurements, cell.sessions) == ("blocked", "tls.reset", 3, 2)
    assert cell.hour == datetime(2021, 6, 18, 12, tzinfo=UTC)


def test_two_measurements_are_below_the_floor() -> None:
    assert counted([seen(1, "blocked", "a"), seen(2, "blocked", "b")]).state == "insufficient"


def test_one_chatty_probe_is_one_witness() -> None:
    assert counted([seen(i, "blocked", "a") for i in range(50)]).state == "insufficient"


def test_a_flood_of_false_blocked_from_one_session_does_not_outvote_others() -> None:
    flood = [seen(i, "blocked", "flood") for i in range(500)]
    honest = [seen(1000 + i, "ok", f"probe{i}") for i in range(4)]
    assert counted(flood + honest).state == "ok"


def test_a_flood_of_false_ok_from_one_session_does_not_hide_a_block() -> None:
    flood = [seen(i, "ok", "flood") for i in range(500)]
    honest = [seen(1000 + i, "blocked", f"probe{i}") for i in range(4)]
    assert counted(flood + honest).state == "blocked"


def test_an_even_split_decides_nothing() -> None:
    pairs = [seen(i, "ok" if i % 2 else "blocked", f"p{i}") for i in range(4)]
    assert counted(pairs).state == "insufficient"


def test_without_a_report_each_measurement_is_a_session_of_its_own() -> None:
    assert counted([seen(i, "ok", None) for i in range(3)]).sessions == 3


def test_a_broken_instrument_counts_for_nothing() -> None:
    pairs = [seen(i, "blocked", f"p{i}", validity="clock_wrong") for i in range(5)]
    assert cells([m for m, _ in pairs], [v for _, v in pairs]) == []


def test_a_doubt_of_the_whole_takes_the_voice_of_its_layers_too() -> None:
    """Rows of layers say nothing of validity themselves; a VPN's end must not accuse a network at the layer of TCP."""
    pairs = [seen(i, "blocked", f"p{i}", validity="the probe sits among servers") for i in range(4)]
    layers = [seen(i, "blocked", f"p{i}", layer="tcp")[1] for i in range(4)]
    assert cells([m for m, _ in pairs], [*(v for _, v in pairs), *layers]) == []
    fine = [seen(i, "insufficient", f"p{i}") for i in range(4)]
    assert [c.layer for c in cells([m for m, _ in fine], [*(v for _, v in fine), *layers])] == ["all", "tcp"]


def test_the_same_row_twice_counts_once() -> None:
    pairs = [seen(1, "blocked", "a"), seen(2, "blocked", "b")]
    assert counted(pairs * 3).measurements == 2


@settings(deadline=None, max_examples=20)
@given(st.permutations([seen(i, "blocked" if i < 4 else "ok", f"p{i % 5}") for i in range(7)]))
def test_the_order_of_rows_does_not_show(pairs) -> None:
    usual = [seen(i, "blocked" if i < 4 else "ok", f"p{i % 5}") for i in range(7)]
    assert counted(pairs) == counted(usual)
