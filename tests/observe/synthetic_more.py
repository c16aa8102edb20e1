"""More SYNTHETIC records, written by hand after the specifications: nettests of middleboxes, ports and early years."""

from __future__ import annotations

import json
from typing import Any

from observe.synthetic import (
    CUT,
    OPENVPN,
    PROBE,
    RESET,
    SERVER,
    Record,
    connect,
    get,
    query,
    record,
    shake,
    tor_endpoint,
)

REFUSED = "connection_refused"


def trace(name: str, ends: list[str | None]) -> Record:
    """Handshakes under one name, one for each TTL from 1."""
    tried = [{"ttl": n, "handshake": shake(end, name)} for n, end in enumerate(ends, 1)]
    return {"server_name": name, "iterations": tried}


def middlebox(ends: list[str | None], harmless: list[str | None] | None = None) -> Record:
    """A record of a tested name whose handshakes end like that, and of a harmless name that passes at the third hop."""
    hop = {"ttl": 1, "icmp_error": {"source_ip_prefix": f"{PROBE}/24", "timeout": "no"}}
    traced = {
        "address": f"{SERVER}:443",
        "tcp_traceroute": {"server_name": "example.com", "iterations": [hop]},
        "control_trace": trace("example.org", harmless or [CUT, CUT, None]),
        "target_trace": trace("site.example", ends),
    }
    keys = {"queries": [query("example.com")], "tcp_connect": [connect()], "iterative_trace": [traced]}
    return record("tlsmiddlebox", keys, "tlstrace://site.example")


def host_header(body: str, **more: Any) -> Record:
    """A record of a tested name in the Host header and the answer; the second request bends the request."""
    asked = get("http://192.0.2.20:80", body=body) | more
    bent = get("http://192.0.2.20:80", body="<html>other")
    return record("http_host", {"requests": [asked, bent], "transparent_http_proxy": True}, "site.example\n")


def bridge(percent: float, **more: Any) -> Record:
    """A record of Tor over a bridge."""
    keys = {"transport_name": "obfs3", "bridge_address": "203.0.113.27:1828", "tor_progress": percent, "error": None}
    return record("bridge_reachability", keys | {"timeout": 120} | more, "obfs3 203.0.113.27:1828")


def lantern(stdout: str, **more: Any) -> Record:
    """A record of Lantern and what it wrote."""
    said = {"stdout": f"{stdout} from {PROBE}", "stderr": ""}
    return record("lantern_circumvention_tool_test", {"lantern --headless": said, "default_configuration": True} | more)


def ech(*ends: tuple[str | None, str | None]) -> Record:
    """Handshakes with one server: the outer name of those with Encrypted Client Hello, and how they ended."""
    made = [
        shake(end, "cloudflare-ech.com", **({"echconfig": "GREASE", "outer_server_name": outer} if outer else {}))
        for outer, end in ends
    ]
    return record("echcheck", {"tls_handshakes": made}, "https://cloudflare-ech.com/cdn-cgi/trace")


def getter(url: str = "https://site.example/", **keys: Any) -> Record:
    """A record of the URL getter, all well but for `keys`."""
    well = {
        "queries": [query("site.example", answer=SERVER)],
        "tcp_connect": [connect()],
        "tls_handshakes": [shake(None, "site.example")],
        "requests": [get("https://site.example/")],
    }
    return record("urlgetter", well | keys, url)


ECHO = json.dumps({"headers_dict": {"Host": ["site.example"]}, "request_line": "GET / HTTP/1.1", "request_headers": []})
PAGE = "Google is built by a large team of engineers"

# name → record, state, layer, rule


def wireguard(**keys: Any) -> Record:
    """A record of WireGuard, whose `success` is that of the probe's own interface."""
    return record("wireguard", {"success": True, "failure": None, **keys}, "wireguard://example.corp/")


def openvpn_2022(**keys: Any) -> Record:
    """A record of OpenVPN in its first form."""
    keys = {"provider": "riseup", "transport": "tcp", "remote": f"{SERVER}:443", "obfuscation": "none", **keys}
    keys |= {"failure": keys.get("failure"), "tcp_connect": connect()}
    return record("openvpn", keys, f"vpn://openvpn.riseup/?addr={SERVER}:443&transport=tcp")


MORE: dict[str, tuple[Record, str, str | None, str]] = {
    "middlebox_none": (middlebox([CUT, CUT, None]), "ok", "tls", "tls.completes"),
    "middlebox_cuts": (middlebox([CUT, RESET]), "insufficient", "tls", "tls.fails_with_another_name"),
    "middlebox_cuts_far_from_the_server": (
        middlebox([CUT, RESET], [CUT] * 11 + [None]),
        "blocked",
        "tls",
        "tls.cut_before_the_server",
    ),
    "the_users_own_router_cuts": (
        middlebox([RESET], [CUT] * 11 + [None]),
        "insufficient",
        "tls",
        "tls.fails_with_another_name",
    ),
    "a_silent_hop_is_no_cut": (
        middlebox([CUT, CUT], [CUT] * 11 + [None]),
        "insufficient",
        "tls",
        "tls.fails_with_another_name",
    ),
    "middlebox_where_the_harmless_name_fails_too": (
        middlebox([CUT, RESET], [CUT] * 12),
        "insufficient",
        "tls",
        "tls.fails_with_another_name",
    ),
    "middlebox_drops": (middlebox([CUT, CUT, CUT]), "insufficient", "tls", "tls.fails_with_another_name"),
    "ports_open": (
        record("portfiltering", {"tcp_connect": [connect(None, 23), connect(None, 587)]}),
        "ok",
        "tcp",
        "tcp.connects",
    ),
    "one_port_shut": (
        record("portfiltering", {"tcp_connect": [connect(None, 443), connect(CUT, 587)]}),
        "insufficient",
        "tcp",
        "tcp.fails_without_control",
    ),
    "old_connection_well": (
        record("tcp_connect", {"connection": "success"}, "site.example:443\n"),
        "ok",
        "tcp",
        "tcp.connects",
    ),
    "old_connection_refused": (
        record("tcp_connect", {"connection": "connection_refused_error"}, "site.example:443\n"),
        "insufficient",
        "tcp",
        "tcp.fails_without_control",
    ),
    "old_connection_without_a_name": (
        record("tcp_connect", {"connection": "dns_lookup_error"}, "site.example:443"),
        "insufficient",
        "dns",
        "dns.failed_without_proof",
    ),
    "host_header_well": (host_header(ECHO), "ok", "app", "app.completes"),
    "host_header_other_answer": (
        host_header("<html>Welcome to the proxy"),
        "insufficient",
        "app",
        "app.middlebox_answers",
    ),
    "host_header_cut": (
        host_header("", response=None, failure=RESET),
        "insufficient",
        "app",
        "app.fails_without_control",
    ),
    "bridge_well": (bridge(100), "ok", "app", "app.completes"),
    "bridge_stalls": (bridge(25, success=True), "insufficient", "app", "app.bootstrap_stalls"),
    "bridge_without_software": (
        bridge(0, error="missing-pyobfsproxy"),
        "insufficient",
        None,
        "nothing_to_judge",
    ),
    "lantern_well": (lantern("Successfully dialed via", body=PAGE), "ok", "app", "app.completes"),
    "lantern_stalls": (lantern("Starting", bootstrapped=True), "insufficient", "app", "app.bootstrap_stalls"),
    "lantern_without_a_page": (
        lantern("Successfully dialed via", failure=CUT),
        "insufficient",
        "app",
        "app.fails_without_control",
    ),
    "stun_by_its_first_name": (
        record("stun_reachability", {"endpoint": "stun.l.google.com:19302", "failure": None}, None),
        "ok",
        "app",
        "app.completes",
    ),
    "tlsping_of_the_first_form": (
        record(
            "tlsping",
            {"pings": [{"tcp_connect": [connect()], "tls_handshake": [shake(None, "site.example")]}]},
            f"tlshandshake://{SERVER}:443",
        ),
        "ok",
        "tls",
        "tls.completes",
    ),
    "wireguard_answered": (
        wireguard(network_events=[{"operation": "SEND_HANDSHAKE_INIT"}, {"operation": "RECV_HANDSHAKE_RESP"}]),
        "ok",
        "app",
        "app.completes",
    ),
    "wireguard_page_through_it": (
        wireguard(urlget=[{"url": "https://info.cern.ch/", "failure": None, "status_code": 200}]),
        "ok",
        "app",
        "app.completes",
    ),
    "wireguard_in_vain": (
        wireguard(network_events=[{"operation": "SEND_HANDSHAKE_INIT"}], urlget=[{"failure": CUT, "status_code": 0}]),
        "insufficient",
        "app",
        "app.handshake_fails",
    ),
    "wireguard_with_its_own_interface_alone": (
        wireguard(network_events=None, urlget=[]),
        "insufficient",
        None,
        "nothing_to_judge",
    ),
    "wireguard_without_its_own_interface": (
        wireguard(success=False, failure="unknown_failure: no route"),
        "insufficient",
        None,
        "nothing_to_judge",
    ),
    "wireguard_as_openvpn_has_it": (
        wireguard(wireguard_handshake=[{"failure": CUT, "ip": SERVER, "port": 51820}]),
        "insufficient",
        "app",
        "app.handshake_fails",
    ),
    "random_bytes_pass": (
        record("randomtraffic", {"success": True, "connection_count": 19, "censorship": False, "error": None}),
        "ok",
        "app",
        "app.completes",
    ),
    "random_bytes_stop": (
        record("shadowsocks", {"success": True, "connection_count": 3, "censorship": True, "error": None}),
        "insufficient",
        "app",
        "app.random_bytes_stop_connections",
    ),
    "random_bytes_and_an_error": (
        record("randomtraffic", {"success": False, "connection_count": 0, "censorship": False, "error": RESET}),
        "insufficient",
        None,
        "nothing_to_judge",
    ),
    "openvpn_of_2022": (openvpn_2022(bootstrap_time=1.2), "ok", "app", "app.completes"),
    "openvpn_of_2022_by_its_steps": (
        openvpn_2022(
            network_events=[{"operation": "ready", "t": 0.1}, {"operation": "vpn_handshake_done", "t": 1200.1}]
        ),
        "ok",
        "app",
        "app.completes",
    ),
    "openvpn_of_2022_cut": (
        openvpn_2022(network_events=[{"operation": "vpn_handshake_start"}], failure=CUT),
        "insufficient",
        "app",
        "app.handshake_fails",
    ),
    "openvpn_of_2022_stalls": (
        openvpn_2022(network_events=[{"operation": "vpn_handshake_start"}]),
        "insufficient",
        "app",
        "app.handshake_fails",
    ),
    "openvpn_with_a_status_cut": (
        record(
            "openvpn",
            {"openvpn_handshake": [{"ip": SERVER, "port": 1194, "status": {"failure": CUT, "success": False}}]},
            OPENVPN,
        ),
        "insufficient",
        "app",
        "app.handshake_fails",
    ),
    "openvpn_with_a_status": (
        record(
            "openvpn",
            {"openvpn_handshake": [{"ip": SERVER, "port": 1194, "status": {"failure": "", "success": True}}]},
            OPENVPN,
        ),
        "ok",
        "app",
        "app.completes",
    ),
    "tor_endpoints_as_a_list": (
        record("tor", {"targets": [tor_endpoint("or_port", summary=None), tor_endpoint("obfs4", summary=None)]}),
        "ok",
        "app",
        "app.completes",
    ),
    "tor_endpoints_as_a_list_cut": (
        record("tor", {"targets": [tor_endpoint("or_port", None, RESET, summary=None)]}),
        "insufficient",
        "tls",
        "tls.fails_without_control",
    ),
    "dnsping_of_the_first_form": (
        record("dnsping", {"pings": [{"query": [query("site.example", engine="udp")]}]}, "udp://8.8.8.8:53"),
        "ok",
        "dns",
        "dns.answered",
    ),
    "ech_all_well": (
        ech((None, None), ("cloudflare-ech.com", None), ("cloudflare.com", None)),
        "ok",
        "tls",
        "tls.completes",
    ),
    "ech_cut_under_the_name_that_is_announced": (
        ech(("cloudflare.com", None), (None, None), ("cloudflare-ech.com", RESET)),
        "insufficient",
        "tls",
        "tls.fails_with_ech",
    ),
    "urlgetter_another_name_cut": (
        getter(tls_handshakes=[shake(RESET, "blocked.example")], requests=[], failure=RESET),
        "insufficient",
        "tls",
        "tls.fails_with_another_name",
    ),
    "urlgetter_another_host_asked": (
        getter(requests=[get("https://site.example/", RESET, headers={"Host": "blocked.example"})]),
        "insufficient",
        None,
        "nothing_to_judge",
    ),
    "urlgetter_at_an_address_that_was_given": (
        getter(dns_cache=["site.example 192.0.2.9"], tcp_connect=[connect(CUT)], requests=[]),
        "insufficient",
        None,
        "nothing_to_judge",
    ),
    "urlgetter_over_quic": (
        getter(
            tcp_connect=[],
            tls_handshakes=[shake(CUT, "site.example")],
            requests=[get("https://site.example/", CUT, x_transport="udp")],
        ),
        "insufficient",
        "http",
        "http.fails_without_proof",
    ),
    "torsf_ready_though_its_log_ends_early": (
        record("torsf", {"bootstrap_time": 30.5, "failure": None, "tor_progress": 95, "tor_logs": []}),
        "ok",
        "app",
        "app.completes",
    ),
    "psiphon_without_time_and_failure": (
        record("psiphon", {"bootstrap_time": 0, "failure": None}),
        "insufficient",
        None,
        "nothing_to_judge",
    ),
    "dnscheck_over_quic": (
        record(
            "dnscheck",
            {"x_http3_enabled": True, "lookups": {"https://8.8.8.8/": {"tls_handshakes": [shake(CUT, "dns.google")]}}},
            "https://dns.google/dns-query",
        ),
        "insufficient",
        "quic",
        "quic.fails_without_control",
    ),
    "dnscheck_under_another_name": (
        record(
            "dnscheck",
            {
                "x_tls_server_name": "a.example",
                "lookups": {"dot://8.8.8.8:853": {"tls_handshakes": [shake(RESET, "a.example")]}},
            },
            "dot://dns.google:853",
        ),
        "insufficient",
        None,
        "nothing_to_judge",
    ),
    "injected_the_address_of_a_block": (
        record(
            "dns_injection", {"injected": True, "queries": [query("site.example", None, "10.10.34.36")]}, "site.example"
        ),
        "blocked",
        "dns",
        "dns.known_block_address",
    ),
    "injected_another_address": (
        record("dns_injection", {"queries": [{"addrs": ["93.184.216.34"], "query_type": "A"}]}, "site.example\n"),
        "insufficient",
        "app",
        "app.fails_without_control",
    ),
    "not_injected": (
        record("dns_injection", {"injected": True, "queries": [query("site.example", CUT, None)]}, "site.example"),
        "insufficient",
        None,
        "nothing_to_judge",
    ),
}
