"""Lost packets: a line that loses them and no censor must not read as one."""

from __future__ import annotations

from collections import Counter
from random import Random

import pytest

from judge.lossy_records import Line, record
from lightkeeper.judge.line import Line as Signs
from lightkeeper.judge.verdicts import judge
from lightkeeper.model import Observation
from lightkeeper.observe.nettests import observe

RECORDS = 600


@pytest.mark.parametrize(
    ("lost", "waits_s", "most"), [(0.1, 10, 0.005), (0.3, 10, 0.005), (0.3, 2, 0.02), (0.5, 2, 0.01)]
)
def test_a_line_that_loses_packets_is_hardly_ever_a_block(lost: float, waits_s: float, most: float) -> None:
    random, states = Random(20261130), Counter[str]()
    for n in range(RECORDS):
        data = record(Line(lost, waits_s, random), "https" if n % 2 else "http")
        states[judge(observe(data, file_sha256="0" * 64, line=1))[-1].state] += 1
    assert states["insufficient"] > 0
    assert states["blocked"] <= most * RECORDS


def seen(**facts: object) -> Observation:
    return Observation(measurement_id="m", number=0, target="x", **facts)  # type: ignore[arg-type]


DROPPED = seen(hostname="a.example", ip="1.2.3.4", port=443, tcp_tried=True, tcp_failure="generic_timeout_error")
DOH = {"hostname": "a.example", "dns_engine": "doh", "dns_answers": ["1.2.3.4"]}


def test_an_encrypted_look_up_in_time_is_a_sign_of_a_good_line() -> None:
    assert Signs([DROPPED, seen(**DOH, dns_lookup_s=0.2)]).was_good("tcp", DROPPED)
    assert not Signs([DROPPED]).was_good("tcp", DROPPED)


def test_what_took_as_long_as_a_packet_that_is_sent_again_is_a_sign_of_loss() -> None:
    other = {"hostname": "b.example", "ip": "5.6.7.8", "port": 443, "tcp_tried": True}
    assert Signs([DROPPED, seen(**other, tcp_connect_s=0.2)]).was_good("tcp", DROPPED)
    resent = [DROPPED, seen(**other, tcp_connect_s=1.2), seen(**DOH, dns_lookup_s=0.2)]
    assert not Signs(resent).was_good("tcp", DROPPED)


def test_a_handshake_that_took_many_round_trips_is_a_sign_of_loss() -> None:
    end = {"hostname": "b.example", "ip": "5.6.7.8", "port": 443}
    connects = seen(**end, tcp_tried=True, tcp_connect_s=0.03)
    for taken, good in ((0.1, True), (0.4, False)):
        shakes = seen(**end, tls_tried=True, tls_handshake_s=taken)
        assert Signs([DROPPED, connects, shakes]).was_good("tcp", DROPPED) is good


def test_two_silent_addresses_of_a_name_are_a_retry_where_the_helper_was_reached() -> None:
    second = seen(hostname="a.example", ip="1.2.3.5", port=443, tcp_tried=True, tcp_failure="generic_timeout_error")
    assert Signs([DROPPED, second], helped=True).was_good("tcp", DROPPED)
    assert not Signs([DROPPED, second], helped=False).was_good("tcp", DROPPED)
    assert not Signs([DROPPED], helped=True).was_good("tcp", DROPPED)
