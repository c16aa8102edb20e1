"""SYNTHETIC records, written by hand after the nettest specifications, for nettests without a real sample at hand.

`SERVER` stands for any server; it has to be a public address, for others prove nothing. `PROBE` is the address of the
pretended probe (RFC 5737), put where real records may hold it.
"""

from __future__ import annotations

import json
from typing import Any

PROBE = "198.51.100.77"
SERVER = "93.184.216.35"
Record = dict[str, Any]


def record(test_name: str, test_keys: Record, value: Any = None) -> Record:
    """A whole record around the test keys."""
    return {
        "test_name": test_name,
        "input": value,
        "probe_ip": PROBE,
        "probe_cc": "IR",
        "probe_asn": "AS58224",
        "measurement_start_time": "2026-01-10 10:00:00",
        "report_id": "synthetic",
        "test_keys": {"client_resolver": PROBE, **test_keys},
    }


def connect(failure: str | None = None, port: int = 443, ip: str = SERVER) -> Record:
    """One TCP connection."""
    return {"ip": ip, "port": port, "status": {"failure": failure, "success": failure is None}}


def shake(failure: str | None = None, name: str = "", address: str = f"{SERVER}:443", **more: Any) -> Record:
    """One TLS or QUIC handshake."""
    certificates = [{"data": "bGVhZg==", "format": "base64"}]
    return {
        "address": address,
        "server_name": name,
        "failure": failure,
        "t0": 0.1,
        "t": 0.2,
        "peer_certificates": certificates,
    } | more


def query(
    host: str, failure: str | None = None, answer: str | None = "93.184.216.34", engine: str = "system"
) -> Record:
    """One look-up of an IPv4 address."""
    answers = [{"answer_type": "A", "ipv4": answer}] if answer else None
    return {"hostname": host, "query_type": "A", "engine": engine, "failure": failure, "answers": answers}


def get(url: str, failure: str | None = None, code: int = 200, body: str = "", **more: Any) -> Record:
    """One HTTP exchange."""
    response = {"code": code, "body": body, "headers": {"X-Seen": PROBE}} if failure is None else None
    return {"failure": failure, "request": {"url": url, "method": "GET"} | more, "response": response}


def tor_endpoint(protocol: str, connected: str | None = None, shaken: str | None = None, **more: Any) -> Record:
    """One endpoint of the Tor nettest."""
    summary: Record = {"connect": {"failure": connected}}
    if connected is None:
        summary["handshake"] = {"failure": shaken}
    return {
        "failure": connected or shaken,
        "summary": summary,
        "target_address": f"{SERVER}:9001",
        "target_protocol": protocol,
        "tcp_connect": [connect(connected, 9001)],
        "tls_handshakes": [shake(shaken)] if protocol.startswith("or_port") and connected is None else None,
    } | more


LOG = ["Jan 10 10:00:00.000 [notice] Bootstrapped 14% (handshake): Handshaking with a relay", f"my address is {PROBE}"]
ODD = {"AccEPT": "text/html", "HOSt": "abc.com", "useR-agEnT": "x"}
OPENVPN = f"openvpn://riseupvpn.corp/?address={SERVER}:1194&transport=tcp"


def tunnel(failure: str | None, transport: str = "tcp") -> Record:
    """One attempt to set up an OpenVPN tunnel."""
    return {
        "failure": failure,
        "ip": SERVER,
        "port": 1194,
        "transport": transport,
        "provider": "riseup",
        "handshake_time": 0.2,
    }


def echo(received: list[Any], sent: list[str] | None = None) -> Record:
    """A record of broken requests and what came back."""
    return record(
        "http_invalid_request_line",
        {"sent": sent or ["ABCD / HTTP/1.1\n\r", "GET / HTTP/xyz\n\r"]} | {"received": received, "tampering": False},
    )


def headers(got: Record, line: str = "GeT / HTTP/1.1") -> Record:
    """A record of odd headers and what the server received."""
    body = json.dumps({"headers_dict": {k: [v] for k, v in got.items()}, "request_line": line})
    sent = {"url": "http://192.0.2.20:80", "method": "GeT", "headers": ODD}
    asked = {"failure": None, "request": sent, "response": {"code": 200, "body": body}}
    return record("http_header_field_manipulation", {"requests": [asked]})


def over_tor(direct: Record, tor_body: str = "x" * 1000) -> Record:
    """A record of one page, directly and over Tor."""
    tor = get("http://site.example/", body=tor_body, tor={"is_tor": True})
    return record("http_requests", {"requests": [direct, tor]}, "http://site.example/")


def sni(failure: str | None, certificate: str = "bGVhZg==") -> Record:
    """A record of a handshake under the tested name and one under a harmless name."""
    mine = shake(failure, "www.facebook.com", peer_certificates=[{"data": certificate, "format": "base64"}])
    keys = {
        "control": {"failure": None, "tcp_connect": [connect()], "tls_handshakes": [shake(None, "example.org")]},
        "target": {"failure": failure, "tcp_connect": [connect()], "tls_handshakes": [mine]},
        "result": "interference.reset",
    }
    return record("sni_blocking", keys, "www.facebook.com")


def consistency(answer: str | None, failure: str | None = None) -> Record:
    """A record of one name at a resolver at hand and at the control resolver."""
    near = query("site.example", failure, answer) | {"resolver_hostname": "192.168.1.1", "resolver_port": 53}
    far = query("site.example") | {"resolver_hostname": "37.218.247.110", "resolver_port": 57004}
    return record(
        "dns_consistency", {"control_resolver": "37.218.247.110:57004", "queries": [far, near]}, "site.example"
    )


DOT = "dot://dns.google:853"


def dnscheck(lookup: Record, bootstrap: Record | None = None) -> Record:
    """A record of a resolver over TLS."""
    start = {"queries": [bootstrap or query("dns.google", answer="8.8.8.8")]}
    return record("dnscheck", {"bootstrap": start, "lookups": {"dot://8.8.8.8:853": lookup}}, DOT)


CUT = "generic_timeout_error"
RESET = "connection_reset"

# name → record, state, layer, rule
SYNTHETIC: dict[str, tuple[Record, str, str | None, str]] = {
    "tor_all_well": (
        record("tor", {"targets": {"a": tor_endpoint("or_port_dirauth"), "b": tor_endpoint("obfs4")}}),
        "ok",
        "app",
        "app.completes",
    ),
    "tor_one_authority_of_two_works": (
        record("tor", {"targets": {"a": tor_endpoint("or_port_dirauth", CUT), "b": tor_endpoint("or_port_dirauth")}}),
        "ok",
        "tls",
        "tls.completes",
    ),
    "tor_no_connection": (
        record("tor", {"targets": {"a": tor_endpoint("or_port_dirauth", CUT), "b": tor_endpoint("obfs4", CUT)}}),
        "insufficient",
        "tcp",
        "tcp.fails_without_control",
    ),
    "tor_handshake_cut": (
        record("tor", {"targets": {"a": tor_endpoint("or_port", None, RESET)}}),
        "insufficient",
        "tls",
        "tls.fails_without_control",
    ),
    "tor_obfs4_cut": (
        record("tor", {"targets": {"a": tor_endpoint("obfs4", None, CUT)}}),
        "insufficient",
        "app",
        "app.handshake_fails",
    ),
    "tor_private_bridge": (
        record("tor", {"targets": {"a": tor_endpoint("obfs4", CUT, tcp_connect=None, target_address="[scrubbed]")}}),
        "insufficient",
        "tcp",
        "tcp.fails_without_control",
    ),
    "vanilla_tor_stalls": (
        record(
            "vanilla_tor",
            {
                "bootstrap_time": 0,
                "failure": CUT,
                "tor_progress": 14,
                "tor_progress_tag": "handshake",
                "tor_logs": LOG,
                "success": True,
            },
        ),
        "insufficient",
        "app",
        "app.bootstrap_stalls",
    ),
    "vanilla_tor_old": (
        record("vanilla_tor", {"error": "timeout-reached", "success": False, "tor_log": "\n".join(LOG)}),
        "insufficient",
        "app",
        "app.bootstrap_stalls",
    ),
    "torsf_stalls": (
        record(
            "torsf",
            {"bootstrap_time": 0, "failure": CUT, "tor_progress": 50, "tor_progress_tag": "loading_descriptors"},
        ),
        "insufficient",
        "app",
        "app.bootstrap_stalls",
    ),
    "psiphon_well": (
        record(
            "psiphon", {"bootstrap_time": 6.6, "failure": None, "requests": [get("https://www.google.com/humans.txt")]}
        ),
        "ok",
        "app",
        "app.completes",
    ),
    "psiphon_stalls": (
        record("psiphon", {"bootstrap_time": 0, "failure": CUT, "requests": None}),
        "insufficient",
        "app",
        "app.bootstrap_stalls",
    ),
    "psiphon_without_a_page": (
        record(
            "psiphon",
            {"bootstrap_time": 6.6, "failure": CUT, "requests": [get("https://www.google.com/humans.txt", CUT)]},
        ),
        "insufficient",
        "app",
        "app.fails_without_control",
    ),
    "openvpn_well": (
        record("openvpn", {"openvpn_handshake": [tunnel(None)], "tcp_connect": [connect(None, 1194)]}, OPENVPN),
        "ok",
        "app",
        "app.completes",
    ),
    "openvpn_handshake_cut": (
        record(
            "openvpn",
            {"openvpn_handshake": [tunnel(CUT)], "tcp_connect": [connect(None, 1194)], "success": True},
            OPENVPN,
        ),
        "insufficient",
        "app",
        "app.handshake_fails",
    ),
    "openvpn_no_connection": (
        record("openvpn", {"openvpn_handshake": [], "tcp_connect": [connect(CUT, 1194)]}, OPENVPN),
        "insufficient",
        "tcp",
        "tcp.fails_without_control",
    ),
    "riseupvpn_no_gateway": (
        record(
            "riseupvpn",
            {
                "queries": [query("api.black.riseup.net", answer="198.252.153.107")],
                "requests": [get("https://api.black.riseup.net/3/config/eip-service.json", body="{}")],
                "tcp_connect": [connect(None, 443, "198.252.153.107"), connect(CUT, 1194), connect(CUT, 53)],
                "api_status": "blocked",
                "transport_status": {"openvpn": "blocked"},
            },
        ),
        "insufficient",
        "tcp",
        "tcp.fails_without_control",
    ),
    "dnscheck_well": (
        dnscheck(
            {
                "queries": [query("example.org", engine="dot")],
                "tcp_connect": [connect(None, 853)],
                "tls_handshakes": [shake(None, "dns.google")],
            }
        ),
        "ok",
        "tls",
        "tls.completes",
    ),
    "dnscheck_cut": (
        dnscheck(
            {
                "failure": RESET,
                "queries": [query("example.org", RESET, None, "dot")],
                "tcp_connect": [connect(None, 853)],
                "tls_handshakes": [shake(RESET, "dns.google")],
            }
        ),
        "insufficient",
        "tls",
        "tls.fails_without_control",
    ),
    "dnscheck_a_resolver_that_filters_by_itself": (
        dnscheck({"queries": [query("example.org", None, "10.10.34.36", "dot")]}),
        "ok",
        "dns",
        "dns.answered",
    ),
    "stun_well": (
        record(
            "stunreachability",
            {
                "endpoint": "stun.l.google.com:19302",
                "failure": None,
                "queries": [query("stun.l.google.com")],
                "network_events": [{"operation": "read", "address": PROBE}],
            },
            "stun://stun.l.google.com:19302",
        ),
        "ok",
        "app",
        "app.completes",
    ),
    "stun_cut": (
        record(
            "stunreachability",
            {"endpoint": "stun.l.google.com:19302", "failure": CUT, "queries": [query("stun.l.google.com")]},
            "stun://stun.l.google.com:19302",
        ),
        "insufficient",
        "app",
        "app.fails_without_control",
    ),
    "urlgetter_well": (
        record(
            "urlgetter",
            {
                "queries": [query("site.example")],
                "tcp_connect": [connect(None, 443, "93.184.216.34")],
                "tls_handshakes": [shake(None, "site.example", "93.184.216.34:443")],
                "requests": [get("https://site.example/")],
            },
            "https://site.example/",
        ),
        "ok",
        "http",
        "http.authenticated_page",
    ),
    "urlgetter_cut_after_a_redirect": (
        record(
            "urlgetter",
            {
                "requests": [
                    get("https://other.example/", RESET),
                    {
                        "failure": None,
                        "request": {"url": "http://site.example/"},
                        "response": {"code": 301, "headers": {"Location": "https://other.example/"}},
                    },
                ]
            },
            "http://site.example/",
        ),
        "insufficient",
        "http",
        "http.fails_without_proof",
    ),
    "urlgetter_handshake_only": (
        record(
            "urlgetter",
            {"failure": RESET, "tcp_connect": [connect()], "tls_handshakes": [shake(RESET, "site.example")]},
            "tlshandshake://93.184.216.35:443",
        ),
        "insufficient",
        "tls",
        "tls.fails_without_control",
    ),
    "urlgetter_through_a_tunnel": (
        record(
            "urlgetter",
            {"tunnel": "psiphon", "failure": CUT, "requests": [get("https://site.example/", CUT)]},
            "https://site.example/",
        ),
        "insufficient",
        "app",
        "app.fails_without_control",
    ),
    "echcheck_well": (
        record(
            "echcheck",
            {
                "control": shake(None, "crypto.cloudflare.com"),
                "target": shake(None, "crypto.cloudflare.com", echconfig="GREASE"),
            },
            "https://crypto.cloudflare.com/",
        ),
        "ok",
        "tls",
        "tls.completes",
    ),
    "echcheck_cut": (
        record(
            "echcheck",
            {
                "tls_handshakes": [
                    shake(None, "crypto.cloudflare.com"),
                    shake(RESET, "crypto.cloudflare.com", echconfig="GREASE"),
                ]
            },
            "https://crypto.cloudflare.com/",
        ),
        "insufficient",
        "tls",
        "tls.fails_with_ech",
    ),
    "echo_well": (echo(["ABCD / HTTP/1.1\n\r", "GET / HTTP/xyz\n\r"]), "ok", "app", "app.completes"),
    "echo_by_a_proxy": (
        echo(["HTTP/1.0 400 Bad Request\r\nVia: squid", ""]),
        "insufficient",
        "app",
        "app.middlebox_answers",
    ),
    "echo_changed": (
        echo(["ABCD / HTTP/1.1\r\nVia: x", "GET / HTTP/xyz\n\r"]),
        "insufficient",
        "app",
        "app.request_changed",
    ),
    "echo_missing": (echo(["", "GET / HTTP/xyz\n\r"]), "insufficient", "app", "app.echo_missing"),
    "headers_well": (headers(ODD | {"Connection": "close"}), "ok", "app", "app.completes"),
    "headers_with_one_more": (headers(ODD | {"X-Forwarded-For": PROBE}), "insufficient", "app", "app.request_changed"),
    "headers_in_other_capitals": (
        headers({k.title(): v for k, v in ODD.items()}),
        "insufficient",
        "app",
        "app.request_changed",
    ),
    "headers_of_a_silent_server": (
        record(
            "http_header_field_manipulation",
            {"requests": [{"failure": CUT, "request": {"headers": ODD}, "response": None}]},
        ),
        "insufficient",
        "app",
        "app.fails_without_control",
    ),
    "browser_error": (
        record("browser_web", {"result": "error", "load_time_ms": 30}, "https://site.example/"),
        "insufficient",
        "http",
        "http.fails_without_proof",
    ),
    "browser_without_encryption": (
        record("browser_web", {"result": "ok", "load_time_ms": 30}, "http://site.example/"),
        "insufficient",
        "http",
        "http.page_without_control",
    ),
    "old_page_same": (over_tor(get("http://site.example/", body="y" * 990)), "ok", "http", "http.same_page_as_control"),
    "old_page_other": (
        over_tor(get("http://site.example/", body="y" * 90)),
        "insufficient",
        "http",
        "http.other_page_than_over_tor",
    ),
    "old_page_reset": (
        over_tor(get("http://site.example/", RESET)),
        "blocked",
        "http",
        "http.cut_where_control_gets_page",
    ),
    "old_page_timeout": (
        over_tor(get("http://site.example/", CUT)),
        "insufficient",
        "http",
        "http.fails_without_proof",
    ),
    "old_names_agree": (consistency("93.184.216.34"), "ok", "dns", "dns.agrees_with_control"),
    "old_names_bogon": (consistency("10.0.0.1"), "blocked", "dns", "dns.bogon_where_control_has_public_address"),
    "old_names_fail": (consistency(None, "deferred_timeout_error"), "insufficient", "dns", "dns.failed_without_proof"),
    "dns_n_http": (
        record(
            "dns_n_http",
            {
                "queries": [{"addrs": ["93.184.216.34"], "query_type": "A"}],
                "requests": [get("http://site.example/", body="x")],
            },
            "http://site.example/",
        ),
        "insufficient",
        "http",
        "http.page_without_control",
    ),
    "ndt7": (
        record(
            "ndt",
            {
                "protocol": 7,
                "failure": None,
                "summary": {"download": 12345.6, "upload": 2000.0},
                "download": [
                    {
                        "AppInfo": {"NumBytes": 15000000, "ElapsedTime": 10000000},
                        "Origin": "client",
                        "connection_info": {"client": f"{PROBE}:5000"},
                    }
                ],
            },
        ),
        "ok",
        "rate",
        "rate.measured",
    ),
    "ndt_old": (
        record("ndt", {"failure": None, "simple": {"download": 1000.0, "upload": 300.0}}),
        "ok",
        "rate",
        "rate.measured",
    ),
    "ndt_failed": (record("ndt", {"failure": CUT, "download": None}), "insufficient", "rate", "rate.not_measured"),
    "dash": (
        record(
            "dash",
            {
                "failure": None,
                "simple": {"median_bitrate": 8000},
                "receiver_data": [
                    {"received": 2000000, "elapsed": 2.0, "real_address": PROBE, "internal_address": PROBE}
                ],
            },
        ),
        "ok",
        "rate",
        "rate.measured",
    ),
    "dash_failed": (record("dash", {"failure": CUT, "receiver_data": []}), "insufficient", "rate", "rate.not_measured"),
    "tcpping": (
        record(
            "tcpping",
            {"pings": [{"tcp_connect": connect(CUT)}, {"tcp_connect": connect()}]},
            "tcpconnect://93.184.216.35:443",
        ),
        "ok",
        "tcp",
        "tcp.connects",
    ),
    "tlsping": (
        record(
            "tlsping",
            {"pings": [{"tcp_connect": connect(), "tls_handshake": shake(RESET, "site.example")}]},
            "tlshandshake://93.184.216.35:443",
        ),
        "insufficient",
        "tls",
        "tls.fails_without_control",
    ),
    "quicping": (
        record(
            "quicping", {"domain": "site.example", "pings": [{"failure": CUT, "responses": []}]}, "quic://site.example"
        ),
        "insufficient",
        "app",
        "app.fails_without_control",
    ),
    "quicping_well": (
        record("quicping", {"pings": [{"failure": None, "responses": [{"failure": None}]}]}, "site.example"),
        "ok",
        "app",
        "app.completes",
    ),
    "simplequicping": (
        record(
            "simplequicping",
            {"pings": [{"quic_handshake": shake(CUT, "site.example")}]},
            "quichandshake://93.184.216.35:443",
        ),
        "insufficient",
        "quic",
        "quic.fails_without_control",
    ),
    "dnsping": (
        record("dnsping", {"pings": [{"query": query("site.example", engine="udp")}]}, "udp://8.8.8.8:53"),
        "ok",
        "dns",
        "dns.answered",
    ),
    "dnsping_injected": (
        record(
            "dnsping",
            {
                "pings": [
                    {"query": query("site.example", None, "10.10.34.36", "udp")},
                    {"query": query("site.example", "dns_no_answer", None, "udp") | {"query_type": "AAAA"}},
                ]
            },
            "udp://8.8.8.8:53",
        ),
        "blocked",
        "dns",
        "dns.known_block_address",
    ),
    "sni_passes": (sni("ssl_invalid_hostname"), "ok", "tls", "tls.completes"),
    "sni_cut": (sni(RESET), "insufficient", "tls", "tls.fails_with_another_name"),
    "sni_other_certificate": (
        sni("ssl_invalid_hostname", "b3RoZXI="),
        "insufficient",
        "tls",
        "tls.fails_with_another_name",
    ),
    "meek_cut": (
        record(
            "meek_fronted_requests_test",
            {"requests": [get("https://ajax.aspnetcdn.com", RESET)], "success": True},
            ["ajax.aspnetcdn.com", "meek.azureedge.net"],
        ),
        "insufficient",
        "http",
        "http.fails_without_proof",
    ),
}
