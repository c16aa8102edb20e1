"""What other measurements prove, and what they do not. All rows are synthetic."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lightkeeper.judge.around import is_prompt
from lightkeeper.judge.everywhere import fails_in_most
from lightkeeper.judge.interval import share_at_most
from lightkeeper.judge.lines import Lines, Traffic
from lightkeeper.judge.proof import MOST_FAILING, Others, failure_of, key_of, kind_made_by_network, works
from lightkeeper.judge.verdicts import judge
from lightkeeper.model import Control, Measurement, Observation
from lightkeeper.observe.addresses import prefix_of
from lightkeeper.observe.facts import Seen

PLACE: dict[str, Any] = {"target": "signal/chat", "hostname": "chat.signal.org", "ip": "76.223.92.165", "port": 443}
CUT = Observation(measurement_id="m", number=0, tls_tried=True, tls_failure="connection_reset", **PLACE)
MEASURED = Measurement(
    measurement_id="m", test_name="signal", target="signal", probe_cc="IR", file_sha256="0" * 64, file_line=1
)


def row(lineage: str, succeeded: int, failed: int = 0, **more: Any) -> Control:
    facts: dict[str, Any] = {"measurement_id": "m", "number": 0, "layer": "tls", "lineage": lineage}
    return Control(**facts | PLACE | {"succeeded": succeeded, "failed": failed} | more)


def line(succeeded: int, failed: int = 0, layer: str = "tls") -> Control:
    return row("same_line", succeeded, failed, hostname=None, ip=None, port=None, layer=layer)


WORLD = row("same_window", 20, 0, networks=8, countries=5)
HERE = row("same_network", 0, 2, failure="reset")
PROOF = [WORLD, HERE, line(3)]


def state(rows: list[Control], seen: Observation = CUT) -> str:
    return judge(Seen(MEASURED, [seen], [], []), rows)[-1].state


def test_all_three_together_are_a_proof() -> None:
    assert state(PROOF) == "blocked"


@pytest.mark.parametrize("left_out", range(3))
def test_whatever_is_missing_masks(left_out: int) -> None:
    assert state([r for n, r in enumerate(PROOF) if n != left_out]) == "insufficient"


@pytest.mark.parametrize(
    "world",
    [
        row("same_window", 50, 0, networks=2, countries=2),
        row("same_window", 50, 0, networks=9, countries=1),
        row("same_window", 8, 0, networks=8, countries=5),
        row("same_window", 20, 4, networks=8, countries=5),
        row("history", 50, 0, networks=9, countries=5),
    ],
    ids=["two networks", "one country", "eight sessions", "a sixth fails", "only before"],
)
def test_a_world_that_is_too_small_or_unsure_masks(world: Control) -> None:
    assert not works(world) or world.lineage == "history"
    assert state([world, HERE, line(3)]) == "insufficient"


def test_nine_sessions_that_all_got_through_are_just_enough() -> None:
    assert share_at_most(0, 9, MOST_FAILING)
    assert not share_at_most(0, 8, MOST_FAILING)
    assert not share_at_most(0, 0, MOST_FAILING)


def test_the_control_of_the_record_comes_first() -> None:
    down = Control(measurement_id="m", number=0, layer="tls", ip=PLACE["ip"], port=443, failed=1, lineage="test_helper")
    found = judge(Seen(MEASURED, [CUT], [down], []), PROOF)
    assert found[-1].state == "down"


@pytest.mark.parametrize("failure", ["ssl_unknown_authority", "ssl_invalid_hostname", "host_unreachable", "odd"])
def test_a_failure_that_no_network_makes_is_not_accused(failure: str) -> None:
    refused = Observation(measurement_id="m", number=0, tls_tried=True, tls_failure=failure, **PLACE)
    assert state(PROOF, refused) == "insufficient"


def test_a_helper_that_is_asked_under_another_name_proves_nothing() -> None:
    seen = Observation(
        measurement_id="m", number=0, tls_tried=True, tls_failure="connection_reset", **PLACE | {"target": "sni/x.org"}
    )
    assert key_of("tls", seen) is None


def test_other_addresses_of_the_name_speak_only_for_a_name_that_fails_at_two_places() -> None:
    by_name = row("same_window", 20, 0, networks=8, countries=5, ip=None)
    others = Others([CUT], [by_name, HERE, line(3)])
    assert others.prove("tls", CUT)
    assert prefix_of("76.223.92.165") == prefix_of("76.223.92.1") != prefix_of("76.223.93.1")
    assert prefix_of("no address") == ""


def test_an_answer_that_no_server_can_have_is_a_failure_of_the_look_up() -> None:
    seen = Observation(
        measurement_id="m", number=0, target="t", hostname="h", dns_engine="system", dns_answers=["10.10.34.35"]
    )
    assert failure_of("dns", seen) is None
    marked = Observation(**{f: getattr(seen, f) for f in seen.__struct_fields__} | {"dns_answer_kinds": ["bogon"]})
    assert kind_made_by_network("dns", failure_of("dns", marked)) == "bogon"


def lines(*rows: tuple[int, int, int, bool]) -> Lines:
    """Lines of one network out of (hour, session, part, ok), all at the level of TLS."""
    hour, session, part, ok = (np.array(column) for column in zip(*rows, strict=True))
    zero = np.zeros(len(rows), np.int64)
    parts = {f"part-{n}": n for n in range(int(part.max()) + 1)}
    return Lines(Traffic(zero, hour, session, part, zero + 2, ok.astype(bool), parts))


def test_a_session_whose_other_parts_all_failed_had_a_dead_line_whatever_its_neighbours_saw() -> None:
    seen = lines((0, 7, 0, False), (0, 7, 1, False), (0, 8, 1, True), (0, 9, 1, True))
    assert not seen.is_open("tls", "part-0", 0, 7, 0)
    assert seen.is_open("tls", "part-0", 0, 99, 0)


def test_a_line_is_open_only_near_the_hour() -> None:
    seen = lines((0, 7, 1, True), (5, 8, 0, False))
    assert seen.is_open("tls", "part-0", 0, 9, 1)
    assert not seen.is_open("tls", "part-0", 0, 9, 5)


def test_behind_a_captive_portal_connections_alone_open_no_line() -> None:
    seen = lines((0, 7, 1, True))
    connected = Lines(
        Traffic(
            *(getattr(seen._traffic, n) for n in ("network", "hour", "session", "part")),
            np.ones(1, np.int64),
            np.ones(1, bool),
            {"part-1": 1},
        )
    )
    assert connected.is_open("tcp", "part-0", 0, 7, 0)
    assert not connected.is_open("tls", "part-0", 0, 7, 0)


@given(st.integers(0, 60), st.integers(0, 60))
def test_more_failures_elsewhere_never_make_the_world_surer(passed: int, failed: int) -> None:
    if share_at_most(failed + 1, passed, MOST_FAILING):
        assert share_at_most(failed, passed, MOST_FAILING)


def test_a_receipt_within_a_minute_shows_that_the_line_was_open() -> None:
    receipt = Control(measurement_id="m", number=0, layer="tls", lineage="receipt", succeeded=1)
    assert state([WORLD, HERE, receipt]) == "blocked"
    assert state([WORLD, HERE, line(0, 5), receipt]) == "blocked"


def test_a_receipt_says_nothing_of_the_resolver() -> None:
    place: dict[str, Any] = {"target": "signal/chat", "hostname": "chat.signal.org"}
    failed = Observation(
        measurement_id="m", number=0, dns_engine="system", dns_failure="dns_nxdomain_error", dns_query_type="A", **place
    )
    rows = [
        row("same_window", 20, networks=8, countries=5, layer="dns", ip=None, port=None),
        row("same_network", 0, 2, failure="nxdomain", layer="dns", ip=None, port=None),
    ]
    receipt = Control(measurement_id="m", number=0, layer="tls", lineage="receipt", succeeded=1)
    assert state([*rows, receipt], failed) == "insufficient"
    assert state([*rows, line(3, layer="dns")], failed) == "blocked"


def test_only_what_the_collector_had_at_once_is_a_receipt() -> None:
    began = datetime(2026, 1, 10, 12, 0, tzinfo=UTC)
    exact = "20260110120050.123456_IR_signal_0123456789abcdef"
    facts = {f: getattr(MEASURED, f) for f in MEASURED.__struct_fields__} | {"started_at": began}
    soon, late = began + timedelta(seconds=50), began + timedelta(minutes=5)
    assert is_prompt(Measurement(**facts | {"measurement_id": exact, "received_at": soon}))
    assert not is_prompt(Measurement(**facts | {"measurement_id": exact, "received_at": late}))
    assert not is_prompt(Measurement(**facts | {"received_at": soon}))


def test_two_of_three_endpoints_that_time_out_may_be_lost_packets() -> None:
    def seen(failure: str, *more: Observation) -> list[Observation]:
        places = [PLACE | {"ip": f"76.223.92.{n}"} for n in (165, 166)]
        tried = [
            Observation(measurement_id="m", number=n, tls_tried=True, tls_failure=failure, **p)
            for n, p in enumerate(places)
        ]
        return [*tried, *more]

    third = Observation(measurement_id="m", number=3, tls_tried=True, **PLACE | {"ip": "76.223.92.167"})
    rows = [row("same_window", 20, networks=8, countries=5, ip=f"76.223.92.{n}") for n in (165, 166)]
    for failure, another, told in (
        ("generic_timeout_error", True, False),
        ("generic_timeout_error", False, True),
        ("connection_reset", True, True),
    ):
        observed = seen(failure, third) if another else seen(failure)
        assert Others(observed, [*rows, line(3)]).prove("tls", observed[0]) is told


def test_what_fails_in_three_of_three_countries_is_nobodys_block_and_in_four_of_five_it_is_not_sure() -> None:
    def of(failed: int, succeeded: int) -> bool:
        return fails_in_most(row("everywhere", succeeded, failed))

    assert [of(3, 0), of(5, 1), of(19, 1)] == [True] * 3
    assert [of(2, 0), of(4, 1), of(10, 10)] == [False] * 3


def test_what_fails_in_most_countries_accuses_nobody_though_the_record_has_a_control_that_works() -> None:
    works = Control(
        measurement_id="m", number=0, layer="tls", ip=PLACE["ip"], port=443, succeeded=1, lineage="test_helper"
    )
    assert judge(Seen(MEASURED, [CUT], [works], []))[-1].state == "blocked"
    told = row("everywhere", 0, 19, networks=19, countries=19, failure="cut")
    found = judge(Seen(MEASURED, [CUT], [works], []), [told])[-1]
    assert (found.state, found.rule) == ("insufficient", "tls.fails_in_most_countries")
    assert "19 of 19 other countries" in found.reasons[0]
