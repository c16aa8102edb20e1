"""Doubts about the instrument: clocks, captive portals, networks of servers."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from lightkeeper.judge.validity import captive_portal, clock, doubt, hosting, unattributed
from lightkeeper.model import Measurement, Observation

RECEIVED = datetime(2026, 1, 10, 10, tzinfo=UTC)


def row(**more: object) -> Measurement:
    made: dict[str, object] = {
        "measurement_id": "20260110100000.123456_IR_webconnectivity_5a37ec909dbf14e3",
        "test_name": "web_connectivity",
        "target": "example.org",
        "probe_asn": 58224,
        "started_at": RECEIVED - timedelta(minutes=1),
        "received_at": RECEIVED,
        "file_sha256": "0" * 64,
        "file_line": 1,
    }
    return Measurement(**(made | more))  # type: ignore[arg-type]


def seen(number: int, host: str, **facts: object) -> Observation:
    return Observation(measurement_id="m", number=number, target=host, hostname=host, **facts)  # type: ignore[arg-type]


def test_nothing_speaks_against_a_plain_measurement() -> None:
    assert doubt(row(), []) is None


def test_a_measurement_from_the_future_is_in_doubt() -> None:
    assert "30 days after" in (clock(row(stated_at=RECEIVED + timedelta(days=30))) or "")


def test_a_clock_in_another_time_zone_does_not_put_an_instrument_in_doubt() -> None:
    assert clock(row(started_at=RECEIVED, stated_at=RECEIVED + timedelta(hours=5))) is None


def test_a_clock_that_stands_in_another_year_is_in_doubt() -> None:
    assert "before" in (clock(row(stated_at=datetime(1970, 1, 1, tzinfo=UTC))) or "")
    unknown = row(received_at=None, started_at=None, stated_at=datetime(1400, 3, 28, tzinfo=UTC))
    assert "in the year 1400" in (clock(unknown) or "")


def redirect(number: int, host: str, to: str) -> Observation:
    url = f"http://{host}/"
    return seen(number, host, http_tried=True, http_url=url, http_status=302, http_location=to)


def test_unrelated_sites_that_all_redirect_to_one_login_page_are_behind_a_captive_portal() -> None:
    login = "http://login.hotel.example/"
    assert captive_portal([redirect(0, "one.example", login), redirect(1, "two.example", login)])


def test_one_site_that_redirects_is_no_captive_portal() -> None:
    assert captive_portal([redirect(0, "one.example", "http://www.one.example/")]) is None


def test_unrelated_names_at_one_private_address_are_behind_a_captive_portal_unless_the_address_is_known() -> None:
    facts = {"dns_engine": "system", "dns_answers": ["192.168.1.1"], "dns_answer_kinds": ["bogon"]}
    both = [seen(0, "one.example", **facts), seen(1, "two.example", **facts)]
    assert captive_portal(both)
    known = facts | {"dns_answer_kinds": ["bogon", "fingerprint:ir.block_address_34"]}
    assert captive_portal([seen(0, "one.example", **known), seen(1, "two.example", **known)]) is None


def test_names_of_one_service_at_one_private_address_may_be_blocked_and_are_not_excused() -> None:
    facts = {"dns_engine": "system", "dns_answers": ["10.0.0.1"], "dns_answer_kinds": ["bogon"]}
    parts = [
        Observation(measurement_id="m", number=n, target=f"whatsapp/{n}", hostname=f"e{n}.whatsapp.net", **facts)
        for n in range(3)
    ]
    assert captive_portal(parts) is None


@pytest.mark.parametrize("status", [200, 302, 511])
def test_a_check_for_captive_portals_that_finds_one_says_so(status: int) -> None:
    url = "http://connectivitycheck.gstatic.com/generate_204"
    assert captive_portal([seen(0, "connectivitycheck.gstatic.com", http_tried=True, http_url=url, http_status=status)])


def test_a_check_for_captive_portals_that_finds_none_says_nothing() -> None:
    url = "http://connectivitycheck.gstatic.com/generate_204"
    assert (
        captive_portal([seen(0, "connectivitycheck.gstatic.com", http_tried=True, http_url=url, http_status=204)])
        is None
    )


def test_a_probe_among_servers_does_not_speak_for_people() -> None:
    assert "Hetzner" in (hosting(row(probe_asn=24940)) or "")
    assert hosting(row()) is None


def test_a_probe_of_an_unknown_network_counts_for_none_and_is_not_in_doubt() -> None:
    assert unattributed(row(probe_asn=None))
    assert doubt(row(probe_asn=None), []) is None
