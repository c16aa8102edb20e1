"""Bytes against time of pages, on SYNTHETIC events after the example of ts-017, and on real records."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lightkeeper.judge.verdicts import judge
from lightkeeper.model import Observation, Verdict
from lightkeeper.observe.facts import Seen
from lightkeeper.observe.nettests import observe
from lightkeeper.observe.transfers import HEAD_BYTES, LEAST_BYTES, Clock, bytes_and_seconds
from observe.synthetic import CUT, PROBE, SERVER, Record, get, record
from places import DATA, SHARED

NUMBER = 50001
AT = f"{SERVER}:443"
PIECE = 8192


def event(operation: str, t: float, size: int | None = None, number: int | None = NUMBER) -> Record:
    made = {"address": AT, "failure": None, "operation": operation, "proto": "tcp", "t0": t, "t": t, "tags": []}
    return made | ({"num_bytes": size} if size else {}) | ({"transaction_id": number} if number else {})


def transfer(pieces: int, gap_s: float, *, number: int | None = NUMBER, done: float | None = None) -> list[Record]:
    """SYNTHETIC: a handshake of 4 KB, a head after half a second, then pieces of 8 KiB, one each `gap_s`."""
    made = [event("connect", 0.1, None, number), event("tls_handshake_start", 0.1, None, number)]
    made += [event("read", 0.2, 4000, number), event("tls_handshake_done", 0.21, None, number)]
    made += [event("read", 0.8, HEAD_BYTES, number)]
    made += [event("read", 0.8 + gap_s * (i + 1), PIECE, number) for i in range(pieces)]
    made += [event("bytes_received_cumulative", 0.9, 10**9, number)]
    ended = 0.8 + gap_s * pieces if done is None else done
    return [
        event("http_transaction_start", 0.22, None, number),
        event("http_transaction_done", ended, None, number),
        *made,
    ]


def page(events: Any, failure: str | None = None, number: int | None = NUMBER) -> Record:
    asked = get("https://www.site.example/", failure, body="x")
    asked |= {"address": AT} | ({"transaction_id": number} if number else {})
    connected = {"ip": SERVER, "port": 443, "t0": 0.05, "t": 0.1, "status": {"failure": None, "success": True}}
    keys = {"requests": [asked], "network_events": events, "tcp_connect": [connected]}
    return record("web_connectivity", keys, "https://www.site.example/")


def seen_of(made: Record) -> Seen:
    return observe(json.dumps(made).encode(), file_sha256="0" * 64, line=1)


def speeds(made: Record) -> list[Observation]:
    return [o for o in seen_of(made).observations if o.rate_tried]


def told(verdicts: list[Verdict]) -> tuple[Any, ...]:
    whole = verdicts[-1]
    return whole.state, whole.rule, whole.mechanism, whole.deciding_layer, whole.reasons, whole.rules_fired


def test_a_page_has_its_bytes_and_seconds_after_the_handshake_and_the_head() -> None:
    (row,) = speeds(page(transfer(10, 0.1)))
    assert (row.rate_bytes, row.rate_failure) == (10 * PIECE, None)
    assert row.rate_duration_s == pytest.approx(1.0)
    assert row.rate_bits_per_s == pytest.approx(10 * PIECE * 8)
    assert (row.hostname, row.ip, row.port, row.hop, row.target) == (
        "www.site.example", SERVER, 443, 0, seen_of(page([])).measurement.target,
    )  # fmt: skip


def test_the_time_that_a_server_thinks_is_not_the_time_of_the_transfer() -> None:
    events = transfer(10, 0.1)
    waits = [e | {"t": e["t"] + (5 if e["t"] >= 0.8 else 0)} for e in events]
    assert speeds(page(waits))[0].rate_duration_s == pytest.approx(1.0)


def test_a_small_page_shows_no_speed() -> None:
    assert speeds(page(transfer(LEAST_BYTES // PIECE - 1, 0.1))) == []
    assert len(speeds(page(transfer(LEAST_BYTES // PIECE, 0.1)))) == 1


def test_a_transfer_that_stands_still_is_timed_to_its_end_and_keeps_its_failure() -> None:
    (row,) = speeds(page(transfer(3, 0.01, done=10.8), CUT))
    assert row.rate_failure == CUT
    assert row.rate_duration_s == pytest.approx(10.8 - 0.8)
    assert row.rate_bits_per_s == pytest.approx(3 * PIECE * 8 / 10.0)


def test_reads_after_the_exchange_and_of_other_transactions_do_not_count() -> None:
    events = [*transfer(4, 0.1), event("read", 50.0, 10**6), *transfer(100, 0.001, number=7)]
    assert [o.rate_bytes for o in speeds(page(events))] == [4 * PIECE]


def test_events_without_a_transaction_are_put_to_no_page() -> None:
    assert speeds(page(transfer(10, 0.1, number=None), number=None)) == []
    assert speeds(page(transfer(10, 0.1, number=None))) == []


def test_bytes_that_waited_in_the_buffer_do_not_make_an_infinite_speed() -> None:
    (row,) = speeds(page(transfer(10, 0.0)))
    assert row.rate_bits_per_s == pytest.approx(10 * PIECE * 8 / 0.001)


def test_a_timed_page_changes_no_verdict_of_the_whole() -> None:
    with_events, without = judge(seen_of(page(transfer(10, 0.1)))), judge(seen_of(page(None)))
    assert told(with_events) == told(without)
    assert {v.layer: (v.state, v.rule) for v in with_events}["rate"] == ("insufficient", "rate.page_timed")


@pytest.mark.parametrize("path", sorted((DATA / "ooni" / "wc05_qa").glob("*.json")), ids=lambda p: p.stem)
def test_no_verdict_of_an_emulated_network_turns_on_the_speed_of_its_page(path: Any) -> None:
    made = json.loads(path.read_bytes())
    for place, asked in enumerate(made["test_keys"].get("requests") or []):
        number = asked.get("transaction_id") or 1000 + place
        asked["transaction_id"] = number
        made["test_keys"]["network_events"] = [
            *(made["test_keys"]["network_events"] or []),
            *transfer(9, 1.0, number=number),
        ]
    assert told(judge(seen_of(made))) == told(judge(seen_of(json.loads(path.read_bytes()))))


def test_the_time_of_a_connection_is_kept_where_it_was_made() -> None:
    rows = [o for o in seen_of(page([])).observations if o.tcp_tried]
    assert [o.tcp_connect_s for o in rows] == [pytest.approx(0.05)]
    for odd in ({"t": 0.01}, {"t0": None}, {"status": {"failure": CUT, "success": False}}, {"t": 1e300}):
        made = page([])
        made["test_keys"]["tcp_connect"][0] |= odd
        assert [o.tcp_connect_s for o in seen_of(made).observations if o.tcp_tried] == [None]


@pytest.mark.parametrize(
    "odd",
    [
        {},
        "x",
        [None, 1, "x", {}],
        [{"operation": "read", "t": "x", "num_bytes": "y", "transaction_id": [1]}],
        [{"operation": 1, "t": 1e308, "num_bytes": 1e308, "transaction_id": 2**80}],
        [*transfer(10, -0.1), *transfer(10, 1e300)],
        [event("read", 0.3, -5), *[event("read", 0.5, 2**62)] * 5],
        [event("read", 0.1, 9)] * 50_000,
    ],
)
def test_hostile_events_raise_nothing_and_give_no_impossible_speed(odd: Any) -> None:
    for row in speeds(page(odd)):
        assert row.rate_bits_per_s is None or 0 < row.rate_bits_per_s < 1e12


reads = st.lists(st.tuples(st.floats(0, 30), st.floats(1, 1e6)), max_size=30)


@given(reads, st.booleans())
def test_bytes_never_exceed_what_was_read_nor_seconds_the_exchange(
    found: list[tuple[float, float]], failed: bool
) -> None:
    got = bytes_and_seconds(Clock(found, 1.0, 20.0), failed=failed)
    if got is not None:
        assert LEAST_BYTES <= got[0] <= sum(size for _, size in found) - HEAD_BYTES + 1e-6 * got[0]
        assert 0.001 <= got[1] <= 19.0


def test_real_records_are_read_with_their_events() -> None:
    files = sorted((SHARED / "ooni").glob("*/*.json"))
    if not files:
        pytest.skip("the shared OONI records are not at hand")
    events = 0
    for path in files:
        made = json.loads(path.read_bytes())
        if isinstance(made, dict) and isinstance(made.get("test_keys"), dict):
            events += len(made["test_keys"].get("network_events") or [])
            for row in seen_of(made).observations:
                assert not row.rate_tried or row.rate_bytes is None or row.rate_bytes >= LEAST_BYTES
    assert events > 300


def test_no_address_of_the_probe_comes_from_the_events() -> None:
    made = page([*transfer(10, 0.1), event("read", 0.9, 10) | {"address": f"{PROBE}:1"}])
    assert PROBE not in repr(seen_of(made))
