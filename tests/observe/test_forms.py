"""Forms of records: old ones are read as the new ones are, and what is not read is counted and said."""

from __future__ import annotations

import json

import pytest

from lightkeeper.judge.verdicts import judge
from lightkeeper.model import Verdict
from lightkeeper.observe.facts import MAX_ROWS, Seen
from lightkeeper.observe.nettests import observe
from lightkeeper.observe.tunnels import is_tunnel, provider_of, tunnels
from observe.synthetic import CUT, SERVER, Record, connect, get, query, record, tor_endpoint
from observe.synthetic_more import openvpn_2022, wireguard


def seen_of(made: Record) -> Seen:
    return observe(json.dumps(made).encode(), file_sha256="0" * 64, line=1)


def whole(made: Record) -> Verdict:
    return judge(seen_of(made))[-1]


def test_endpoints_of_tor_as_a_list_are_judged_as_those_with_names() -> None:
    ends = [tor_endpoint("or_port"), tor_endpoint("obfs4", None, CUT), tor_endpoint("or_port_dirauth", CUT)]

    def parts(targets: object) -> list[tuple[str, str, str]]:
        found = judge(seen_of(record("tor", {"targets": targets})))
        return [(v.target, v.state, v.rule) for v in found]

    assert parts(ends) == parts({str(n): end for n, end in enumerate(ends)})


def test_the_first_form_of_openvpn_names_its_provider_in_its_keys() -> None:
    assert seen_of(openvpn_2022(bootstrap_time=1.2)).measurement.target == "openvpn/riseupvpn"
    hidden = seen_of(openvpn_2022(bootstrap_time=1.2, obfuscation="obfs4"))
    assert hidden.measurement.target == "openvpn/riseupvpn-obfs4"
    found = hidden.observations[-1]
    assert (found.app_step, found.ip, found.port) == ("openvpn over tcp handshake", SERVER, 443)


@pytest.mark.parametrize(
    ("value", "name"),
    [
        ("openvpn://riseupvpn.corp/?address=192.0.2.1:1194", "riseupvpn"),
        ("vpn://openvpn.riseup/?addr=192.0.2.1:1194", "riseupvpn"),
        ("vpn://riseup.openvpn/?address=192.0.2.1:1194&obfuscation=obfs4", "riseupvpn-obfs4"),
        ("openvpn://192.0.2.1:1194/", "unknown"),
        ("openvpn://[::1", "unknown"),
        (None, "unknown"),
    ],
)
def test_a_provider_is_named_in_the_input(value: str | None, name: str) -> None:
    assert provider_of(value, "openvpn") == name


def test_that_the_probe_made_its_own_interface_does_not_show_that_wireguard_works() -> None:
    assert whole(wireguard(network_events=None, urlget=[])).state == "insufficient"
    assert whole(wireguard(network_events=[{"operation": "RECV_HANDSHAKE_RESP", "t": 0.1}])).state == "ok"


def test_a_page_that_fails_inside_the_tunnel_takes_nothing_from_a_handshake_that_was_answered() -> None:
    made = wireguard(network_events=[{"operation": "RECV_HANDSHAKE_RESP"}], urlget=[{"failure": CUT}])
    assert whole(made).state == "ok"


def test_a_record_in_a_form_that_is_not_read_says_so() -> None:
    found = whole(record("openvpn", {"attempts": [{"result": "ok"}], "steps": {"a": 1}, "empty": []}, "openvpn://a/"))
    assert (found.state, found.rule) == ("insufficient", "nothing_to_judge")
    assert found.reasons[-1] == "The record has a form that is not read: 2 of its keys are not known."


def test_an_empty_record_is_no_unknown_form() -> None:
    keys = {"agent": "redirect", "queries": None, "requests": [], "retries": None}
    assert whole(record("telegram", keys)).reasons == ["The record holds nothing that can be judged."]


def test_parts_of_another_type_are_counted() -> None:
    keys = {"tcp_connect": [connect(), 7, "x"], "queries": {"hostname": "a.example"}}
    assert (
        "3 parts of the record had other types than the specification and were left out"
        in seen_of(record("telegram", keys)).notes
    )


def test_parts_without_what_makes_them_one_are_counted() -> None:
    keys = {"tcp_connect": [connect(), {"ip": SERVER, "port": 443, "result": "ok"}], "requests": [get("gopher://a/")]}
    assert seen_of(record("telegram", keys)).notes == ["2 parts have a form that is not read"]


def test_no_failure_as_probes_of_2016_wrote_it_is_read() -> None:
    keys = {"tcp_connect": [connect() | {"status": {"failure": False, "success": True}}]}
    seen = seen_of(record("facebook_messenger", keys))
    assert ([o.tcp_failure for o in seen.observations], seen.notes) == ([None], [])


def test_a_second_answer_that_is_not_the_first_is_told_and_not_judged() -> None:
    first = query("site.example", answer="10.10.34.35", engine="udp") | {"resolver_address": "1.1.1.1:53"}
    late = query("site.example", engine="udp") | {"resolver_address": "1.1.1.1:53"}

    def notes(*more: Record) -> list[str]:
        keys = {"queries": [first], "x_dns_duplicate_responses": list(more)}
        return seen_of(record("web_connectivity", keys, "https://site.example/")).notes

    assert "1 look-ups were answered more than once, and not alike, as where an answer is injected" in notes(late)
    assert not [n for n in notes(first, late | {"resolver_address": "9.9.9.9:53"}) if "more than once" in n]


def test_a_bridge_without_its_address_is_of_a_form_that_is_read() -> None:
    made = tor_endpoint("obfs4", tcp_connect=[connect(ip="[scrubbed]")])
    assert not seen_of(record("tor", {"targets": {"a": made}})).notes


@pytest.mark.parametrize(
    "made",
    [
        record("tor", {"targets": [tor_endpoint("obfs4", summary=None, tcp_connect=[])] * (MAX_ROWS + 7)}),
        record("portfiltering", {"tcp_connect": [connect()] * (MAX_ROWS + 7)}),
        record("tcpping", {"pings": [{"tcp_connect": connect()}] * (MAX_ROWS + 7)}, "tcpconnect://site.example:443"),
        record("quicping", {"pings": [{"failure": None, "responses": []}] * (MAX_ROWS + 7)}, "site.example"),
    ],
    ids=lambda made: made["test_name"],
)
def test_what_lies_beyond_a_cap_is_counted(made: Record) -> None:
    assert "7 observations beyond the cap were cut" in seen_of(made).notes


def test_redirects_beyond_the_last_that_is_read_are_counted() -> None:
    hops = [get(f"https://site.example/{n}", code=302) for n in reversed(range(25))]
    made = record("web_connectivity", {"requests": hops}, "https://site.example/0")
    assert "5 observations beyond the cap were cut" in seen_of(made).notes


def test_tunnels_are_one_list_whatever_nettest_tried_them() -> None:
    assert {"shadowsocks", "outline", "vless", "trojan", "hysteria", "tuic", "ssh", "snowflake", "obfs4"} <= tunnels()
    for target in (
        "shadowsocks/unknown",
        "tor/obfs4",
        "wireguard/labvpn",
        "https/tunnel",
        "fully_encrypted/random_bytes",
    ):
        assert is_tunnel(target)
    for target in ("signal/chat", "dns/dns.google", "tor/website", "example.org", "stun/stun.l.google.com"):
        assert not is_tunnel(target)


@pytest.mark.parametrize(
    ("test_name", "keys"),
    [
        ("openvpn", {"openvpn_handshake": [{"endpoint": "x", "result": "ok"}]}),
        ("openvpn", {"openvpn_handshake": [{"ip": SERVER, "status": {"blocked": None}}]}),
        ("wireguard", {"wireguard_handshake": [{"ip": SERVER, "port": 51820, "outcome": "fine"}]}),
        ("tlsping", {"pings": [{"tls_handshake": {"address": f"{SERVER}:443", "server_name": "a.example"}}]}),
        ("telegram", {"requests": [{"request": {"url": "http://149.154.167.51/"}, "outcome": "ok"}]}),
        ("telegram", {"queries": [{"hostname": "web.telegram.org", "query_type": "A", "outcome": "ok"}]}),
        ("telegram", {"tcp_connect": [{"ip": SERVER, "port": 443, "status": {"outcome": "ok"}}]}),
        ("tor", {"targets": {"a": {"target_protocol": "obfs4", "summary": {"connect": {"outcome": "ok"}}}}}),
    ],
)
def test_what_does_not_say_how_it_ended_is_neither_a_success_nor_a_failure(test_name: str, keys: Record) -> None:
    seen = seen_of(record(test_name, keys))
    assert (seen.observations, seen.notes) == ([], ["1 parts have a form that is not read"])


def test_a_binding_of_stun_that_does_not_say_how_it_ended_is_not_read() -> None:
    seen = seen_of(
        record("stunreachability", {"endpoint": "stun.example:3478", "outcome": "ok"}, "stun://stun.example")
    )
    assert (seen.observations, seen.notes) == (
        [],
        ["the record has a form that is not read: 1 of its keys are not known"],
    )
