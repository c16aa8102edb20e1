"""NDT, on records with the fields and figures of the example in ts-022."""

from __future__ import annotations

import json
from typing import Any

import pytest

from lightkeeper.model import Observation
from lightkeeper.observe.nettests import observe
from observe.synthetic import CUT, Record, record


def counted(size: int, micros: int, test: str = "download") -> Record:
    return {"AppInfo": {"NumBytes": size, "ElapsedTime": micros}, "Origin": "client", "Test": test}


SERVER_SIDE = {"Origin": "server", "Test": "download", "TCPInfo": {"BytesAcked": 876930, "ElapsedTime": 202574}}
SPEC: Record = {
    "download": [counted(1703936, 250466), counted(4456448, 500177), SERVER_SIDE],
    "failure": None,
    "protocol": 7,
    "server": {"hostname": "ndt-iupui-mlab1-mil02.measurement-lab.org"},
    "summary": {"avg_rtt": 44.282, "download": 86735.17865757788, "min_rtt": 23.172, "upload": 19788.436651446274},
    "upload": [counted(656384, 250563, "upload")],
}


def rows(keys: Record) -> list[Observation]:
    return observe(json.dumps(record("ndt", keys)).encode(), file_sha256="0" * 64, line=1).observations


def test_the_example_of_the_specification_gives_both_directions_in_bits_bytes_and_seconds() -> None:
    down, up = rows(SPEC)
    assert (down.target, up.target) == ("ndt/download", "ndt/upload")
    assert down.rate_bits_per_s == pytest.approx(86_735_178.66)
    assert (down.rate_bytes, down.rate_duration_s) == (4456448, pytest.approx(0.500177))
    assert up.rate_bits_per_s == pytest.approx(19_788_436.65)
    assert (up.rate_bytes, up.rate_duration_s) == (656384, pytest.approx(0.250563))


def test_without_a_summary_the_last_count_of_the_probe_gives_the_speed() -> None:
    down, _ = rows(SPEC | {"summary": None})
    assert down.rate_bits_per_s == pytest.approx(4456448 * 8 / 0.500177)


def test_what_the_server_counted_is_not_the_speed() -> None:
    (row,) = rows({"download": [SERVER_SIDE], "failure": None, "summary": {"download": 0}})
    assert (row.rate_failure, row.rate_bits_per_s) == ("no_speed", None)


def test_a_failure_after_a_download_is_that_of_the_upload() -> None:
    down, up = rows(SPEC | {"failure": CUT, "upload": None, "summary": {"download": 1000.0, "upload": 0}})
    assert (down.rate_failure, down.rate_bits_per_s) == (None, 1e6)
    assert (up.target, up.rate_failure, up.rate_bits_per_s) == ("ndt/upload", CUT, None)


def test_a_failure_before_the_download_is_the_only_row() -> None:
    assert [(r.target, r.rate_failure) for r in rows({"failure": CUT, "download": None})] == [("ndt/download", CUT)]


def test_the_older_protocol_has_its_speeds_in_simple() -> None:
    down, up = rows({"failure": None, "test_s2c": [], "simple": {"download": 1000.0, "upload": 300.0, "ping": 40}})
    assert (down.rate_bits_per_s, up.rate_bits_per_s) == (1e6, 3e5)


@pytest.mark.parametrize(
    "odd",
    [
        {"download": [{"AppInfo": {"NumBytes": -1, "ElapsedTime": 0}}] * 5000},
        {"summary": {"download": -5.0}, "download": [counted(10**18, 1)]},
        {"summary": {"download": "x"}, "download": [counted(8000, 1_000_000)]},
    ],
)
def test_hostile_figures_give_no_impossible_speed(odd: Any) -> None:
    for row in rows({"failure": None} | odd):
        assert row.rate_bits_per_s is None or 0 < row.rate_bits_per_s < 1e12
