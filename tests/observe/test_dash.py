"""DASH, on records with the fields and figures of the example in ts-021."""

from __future__ import annotations

import json

import pytest

from lightkeeper.model import Observation
from lightkeeper.observe.nettests import observe
from observe.synthetic import CUT, PROBE, Record, record

PIECE: Record = {
    "connect_time": 0.019882652,
    "elapsed": 0.17025906,
    "elapsed_target": 2,
    "iteration": 0,
    "rate": 3000,
    "received": 750000,
    "real_address": PROBE,
    "server_url": "https://neubot-mlab-mlab3-mil02.measurement-lab.org/dash/download/750000",
    "timestamp": 1587376362,
}
SIMPLE = {"connect_latency": 0.019882652, "median_bitrate": 83985, "min_playout_delay": 0}


def row_of(keys: Record) -> Observation:
    (row,) = observe(json.dumps(record("dash", keys)).encode(), file_sha256="0" * 64, line=1).observations
    return row


def test_the_speed_is_what_came_and_not_the_rate_that_was_asked_for() -> None:
    row = row_of({"failure": None, "receiver_data": [PIECE], "simple": SIMPLE | {"median_bitrate": 3000}})
    assert row.rate_bits_per_s == pytest.approx(750000 * 8 / 0.17025906)
    assert (row.target, row.rate_bytes, row.rate_duration_s) == ("dash/download", 750000, pytest.approx(0.17025906))


def test_one_stall_does_not_make_the_speed() -> None:
    pieces = [PIECE | {"elapsed": 2.0}] * 14 + [PIECE | {"elapsed": 200.0}]
    row = row_of({"failure": None, "receiver_data": pieces, "simple": SIMPLE})
    assert row.rate_bits_per_s == pytest.approx(3_000_000)
    assert (row.rate_bytes, row.rate_duration_s) == (15 * 750000, pytest.approx(228.0))


def test_without_pieces_the_median_of_the_nettest_stands_in() -> None:
    assert row_of({"failure": None, "receiver_data": [], "simple": SIMPLE}).rate_bits_per_s == pytest.approx(83_985_000)


def test_a_failure_is_kept_and_no_speed_made_up() -> None:
    row = row_of({"failure": CUT, "receiver_data": [], "simple": {"median_bitrate": 0}})
    assert (row.rate_failure, row.rate_bits_per_s) == (CUT, None)


@pytest.mark.parametrize("odd", [{"received": -1}, {"elapsed": 0}, {"received": 1e300}, {"elapsed": "x"}])
def test_hostile_pieces_give_no_impossible_speed(odd: Record) -> None:
    row = row_of({"failure": None, "receiver_data": [PIECE | odd], "simple": None})
    assert row.rate_bits_per_s is None or 0 < row.rate_bits_per_s < 1e12
