"""Rows of OONI's observation tables become the facts that a raw record of the same measurement gives, and no more."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from lightkeeper.model import Observation
from lightkeeper.observe.facts import Seen
from lightkeeper.observe.nettests import observe
from lightkeeper.sources.ooni import Record, read
from places import DATA

KENYA = DATA / "observations" / "kenya-2024-telegram.csv"
UID = "20241112095947.693656_KE_telegram_b9d3ac2a79f2e1e0"
NO_SUCH_COLUMN = ["tls_server_name"]


def seen_of(*rows: dict[str, str], lacks: list[str] = NO_SUCH_COLUMN, repeated: int = 0, **more: Any) -> Seen:
    """The facts in rows of one measurement; by default with the columns of the tables of Kenya."""
    table = {"rows": rows, "lacks": lacks, "repeated": repeated}
    record = {"measurement_uid": UID, "test_name": "telegram", "observation_table": table} | more
    return observe(msgspec.json.encode(record), file_sha256="0" * 64, line=1)


def of(seen: Seen, layer: str) -> list[Observation]:
    return [
        o for o in seen.observations if (o.dns_engine is not None if layer == "dns" else getattr(o, f"{layer}_tried"))
    ]


def real(uid: str) -> Seen:
    [record] = [r for r in read(KENYA) if isinstance(r, Record) and uid in r.data.decode()]
    return observe(record.data, file_sha256="0" * 64, line=record.line)


def test_the_measurement_has_its_own_id_times_and_circumstances() -> None:
    row = real(UID).measurement
    assert (row.measurement_id, row.test_name, row.target) == (UID, "telegram", "telegram")
    assert (row.probe_cc, row.probe_asn, row.resolver_asn, row.network_type) == ("KE", 33771, 33771, None)
    assert f"{row.started_at}" == "2024-11-12 09:59:30+00:00"
    assert f"{row.received_at}" == "2024-11-12 09:59:47+00:00"
    assert (row.software, row.platform) == (None, None)


def test_data_centres_and_the_web_client_are_named_as_in_raw_records() -> None:
    seen = real(UID)
    assert {o.target for o in of(seen, "tcp")} == {"telegram/dc"}
    assert {o.target for o in of(seen, "dns")} == {"telegram/web"}
    pages = {o.http_url: o.target for o in of(seen, "http")}
    assert pages["https://web.telegram.org/"] == "telegram/web"
    assert pages["http://149.154.167.51:443/"] == "telegram/dc"


def test_every_connection_of_a_block_in_part_is_on_record() -> None:
    tried = {(o.ip, o.port): o.tcp_failure for o in of(real(UID), "tcp")}
    assert len(tried) == 12
    assert sum(failure is None for failure in tried.values()) == 5
    assert tried["149.154.167.91", 443] == "generic_timeout_error"


def test_the_answers_of_one_look_up_stand_together() -> None:
    asked = {"hostname": "web.telegram.org", "dns_engine": "system"}
    seen = seen_of(
        asked | {"dns_answer": "149.154.167.99", "ip": "149.154.167.99", "ip_asn": "62041.0"},
        asked | {"dns_answer": "2001:67c:4e8:f004::9", "ip": "2001:67c:4e8:f004::9"},
    )
    [lookup] = of(seen, "dns")
    assert lookup.dns_answers == ["149.154.167.99", "2001:67c:4e8:f004::9"]
    assert (lookup.dns_failure, lookup.dns_answer_asns) == (None, [62041])


def test_a_failed_look_up_stands_beside_one_that_was_answered() -> None:
    asked = {"hostname": "web.telegram.org", "dns_engine": "system"}
    seen = seen_of(asked | {"dns_answer": "149.154.167.99"}, asked | {"dns_failure": "dns_nxdomain_error"})
    assert [(o.dns_failure, o.dns_answers) for o in of(seen, "dns")] == [
        (None, ["149.154.167.99"]),
        ("dns_nxdomain_error", []),
    ]


def test_a_connection_takes_its_name_from_the_look_up_that_leads_to_it() -> None:
    [tried] = of(
        seen_of({"hostname": "web.telegram.org", "ip": "149.154.167.99", "port": "443.0", "tcp_success": "1.0"}), "tcp"
    )
    assert (tried.hostname, tried.target, tried.port) == ("web.telegram.org", "telegram/web", 443)


def test_a_zero_without_a_failure_is_a_blank_and_no_failure() -> None:
    """Some tables write 0 where a layer was not tried at all, as `tls_success` of those of Kenya."""
    seen = seen_of({"ip": "149.154.167.51", "port": "443", "tcp_success": "0", "tls_success": "0"})
    assert seen.observations == []


def test_a_failure_decides_over_a_mark_of_success() -> None:
    row = {"hostname": "web.telegram.org", "ip": "149.154.167.99", "port": "443.0", "dns_answer": "149.154.167.99"}
    seen = seen_of(row | {"tls_success": "1", "tls_handshake_time": "0.2", "tls_failure": "connection_reset"})
    [shake] = of(seen, "tls")
    assert (shake.tls_failure, shake.tls_server_name, shake.ip) == (
        "connection_reset",
        "web.telegram.org",
        "149.154.167.99",
    )


def test_a_blank_says_nothing_where_the_table_has_no_such_column() -> None:
    rows = (
        {"hostname": "web.telegram.org", "dns_engine": "system"},
        {"ip": "149.154.167.51", "port": "443"},
        {"hostname": "web.telegram.org", "ip": "149.154.167.99", "tls_success": "1", "tls_handshake_time": "0.2"},
        {"http_request_url": "http://149.154.167.51/"},
    )
    lacks = ["dns_failure", "dns_answer", "tcp_success", "tcp_failure", "tls_failure", "http_failure"]
    assert seen_of(*rows, lacks=lacks).observations == []


def test_an_exchange_without_a_failure_got_through_and_its_status_is_not_known() -> None:
    [page] = of(seen_of({"http_request_url": "http://149.154.167.51/"}), "http")
    assert (page.http_failure, page.http_status, page.http_body_bytes, page.http_title) == (None, None, None, None)


def test_status_length_and_location_are_taken_where_the_table_has_them() -> None:
    row = {
        "http_request_url": "http://example.org/",
        "http_response_status_code": "302",
        "http_response_body_length": "154.0",
        "http_response_header_location": "https://example.org/",
        "http_response_header_server": "nginx",
    }
    [page] = of(seen_of(row, test_name="web_connectivity", input="http://example.org/"), "http")
    assert (page.http_status, page.http_body_bytes, page.http_location) == (302, 154, "https://example.org/")
    assert (page.http_server, page.http_simhash) == ("nginx", None)


@pytest.mark.parametrize(
    ("valid", "lacks", "unverified"),
    [("1.0", [], False), ("0.0", [], True), (None, [], True), (None, ["tls_is_certificate_valid"], False)],
)
def test_the_probes_word_on_a_certificate_is_no_check_of_ours(
    valid: str | None, lacks: list[str], unverified: bool
) -> None:
    row = {"ip": "149.154.167.99", "port": "443", "tls_server_name": "web.telegram.org", "tls_version": "TLSv1.3"}
    [shake] = of(seen_of(row | ({"tls_is_certificate_valid": valid} if valid else {}), lacks=lacks), "tls")
    assert (shake.tls_failure, shake.tls_certificate_check, shake.tls_unverified) == (None, None, unverified)


def test_the_issuer_reads_as_that_of_a_certificate() -> None:
    [shake] = [o for o in of(real("c39b148f058aa5d8"), "tls") if o.port == 443]
    assert shake.tls_issuer == "GoDaddy.com, Inc., Go Daddy Secure Certificate Authority - G2"
    assert shake.tls_certificate_sha256 is None


def test_a_handshake_that_was_joined_to_port_80_has_no_port() -> None:
    """OONI's pipeline joins a handshake to a connection by the address alone."""
    shakes = of(real("c39b148f058aa5d8"), "tls")
    assert [(o.ip, o.port) for o in shakes] == [("149.154.167.99", 443), ("149.154.167.99", None)]


def test_a_handshake_is_left_out_where_two_names_have_its_address() -> None:
    at = {"ip": "157.240.1.60", "port": "443"}
    rows = [at | {"hostname": name, "dns_answer": "157.240.1.60"} for name in ("web.whatsapp.com", "v.whatsapp.net")]
    rows[0] |= {"tls_failure": "connection_reset"}
    seen = seen_of(*rows, test_name="whatsapp")
    assert of(seen, "tls") == []
    assert seen.notes == ["1 handshakes were left out: the table does not tell for which name they were"]
    asked = seen_of(*rows, {"http_request_url": "https://v.whatsapp.net/v2/register"}, test_name="whatsapp")
    assert [o.tls_server_name for o in of(asked, "tls")] == ["v.whatsapp.net"]


def test_a_redirect_is_a_hop_whatever_the_order_of_the_rows() -> None:
    first, second = "http://example.org/", "https://www.example.org/"
    rows = [{"http_request_url": second, "http_request_redirect_from": first}, {"http_request_url": first}]
    for order in (rows, rows[::-1]):
        pages = of(seen_of(*order, test_name="web_connectivity", input=first), "http")
        assert {o.http_url: o.hop for o in pages} == {first: 0, second: 1}


def test_answers_beside_a_portals_page_are_left_out_where_no_status_tells_them_apart() -> None:
    """Requests that a portal redirects look answered: OONI's tables have the failure, not the status."""
    answered = {"http_request_url": "http://149.154.167.51/"}
    failed = {"http_request_url": "http://149.154.167.91/", "http_failure": "generic_timeout_error"}
    for portal in (
        "http://10.100.110.1/UserCheck",
        "http://192.0.2.1/",
        "http://41.90.0.1/login",
        "http://isp.example/",
    ):
        seen = seen_of(answered, failed, {"http_request_url": portal})
        assert [o.http_url for o in of(seen, "http")] == ["http://149.154.167.91/"]
        assert seen.notes[-1].startswith("2 answers without a status were left out")
    assert len(of(seen_of(answered, failed), "http")) == 2
    assert [o.target for o in of(real("0c81546511b7994d"), "http")] == ["telegram/web"]


def test_no_control_comes_with_the_rows() -> None:
    assert real(UID).controls == []


def test_rows_of_a_nettest_with_options_of_its_own_are_not_read() -> None:
    seen = seen_of({"ip": "1.1.1.1", "port": "443", "tcp_failure": "connection_reset"}, test_name="urlgetter")
    assert (seen.observations, seen.notes) == (
        [],
        ["the rows of this nettest do not tell how they were made, and are not read"],
    )


def test_endpoints_of_tor_stay_apart_and_of_no_known_kind() -> None:
    rows = [
        {"target_id": "a", "ip": "192.0.2.1", "port": "9001", "tcp_success": "1", "tls_failure": "connection_reset"},
        {"target_id": "b", "ip": "192.0.2.2", "port": "443", "tcp_failure": "generic_timeout_error"},
    ]
    seen = seen_of(*rows, test_name="tor", lacks=[])
    assert {o.target for o in seen.observations} == {"tor/other"}
    assert [(o.ip, o.tcp_failure) for o in of(seen, "tcp")] == [
        ("192.0.2.1", None),
        ("192.0.2.2", "generic_timeout_error"),
    ]
    assert [o.tls_failure for o in of(seen, "tls")] == ["connection_reset"]


@pytest.mark.parametrize(
    "table", ["[]", '"x"', "{}", '{"rows":{"ip":1}}', '{"rows":[{"ip":["1"],"port":{}}],"lacks":7}']
)
def test_a_forged_table_is_read_as_far_as_it_fits(table: str) -> None:
    text = f'{{"measurement_uid":"{UID}","test_name":"telegram","observation_table":{table}}}'
    assert observe(text.encode(), file_sha256="0" * 64, line=1).observations == []


@pytest.mark.parametrize("ip", ["not an address", "149.154.167.51\x00", "2001:db8::1", ""])
@pytest.mark.parametrize("port", ["-1", "99999999999999999999", "4.43e2", "port", ""])
def test_forged_endpoints_raise_nothing(ip: str, port: str) -> None:
    row = {"hostname": ip, "ip": ip, "port": port, "tcp_failure": "x", "tls_failure": "y", "dns_answer": ip}
    for name in ("telegram", "web_connectivity", "tor"):
        seen_of(row | {"http_request_url": f"http://{ip}:{port}/", "tls_handshake_time": "nan"}, test_name=name)
