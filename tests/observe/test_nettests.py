"""The nettests beside Web Connectivity and the messengers, on SYNTHETIC records; the real ones are in tests/judge."""

from __future__ import annotations

import json

import pytest

from lightkeeper.judge.proof import failure_of, key_of, kind_made_by_network, layers_tried
from lightkeeper.judge.verdicts import judge
from lightkeeper.model import Control, Verdict
from lightkeeper.observe import decode
from lightkeeper.observe.facts import Seen
from lightkeeper.observe.nettests import NETTESTS, observe
from lightkeeper.observe.resolvers import resolver_target
from lightkeeper.observe.targets import _EXACT, target_of
from lightkeeper.run.judging import Judged, judge_paths
from observe import synthetic
from observe.synthetic import CUT, PROBE, RESET, SERVER, Record, connect, get, query, record, shake, tor_endpoint
from observe.synthetic_more import MORE, bridge, ech, getter, host_header, lantern, middlebox
from places import DATA

SYNTHETIC = synthetic.SYNTHETIC | MORE


def seen_of(made: Record) -> Seen:
    return observe(json.dumps(made).encode(), file_sha256="0" * 64, line=1)


def verdict_of(made: Record) -> Verdict:
    return judge(seen_of(made))[-1]


@pytest.mark.parametrize("name", SYNTHETIC)
def test_a_synthetic_record_is_judged_as_a_reader_of_it_would(name: str) -> None:
    made, state, layer, rule = SYNTHETIC[name]
    verdict = verdict_of(made)
    assert (verdict.state, verdict.deciding_layer, verdict.rule) == (state, layer, rule), verdict.reasons


def test_every_nettest_that_is_read_has_a_record_here_or_a_real_one() -> None:
    real = {json.loads(path.read_bytes())["test_name"] for path in (DATA / "ooni").glob("*/*.json")}
    here = {NETTESTS[made["test_name"]].NAME for made, *_ in SYNTHETIC.values()}
    assert {nettest.NAME for nettest in NETTESTS.values()} - here - real == set()


@pytest.mark.parametrize("name", SYNTHETIC)
def test_no_address_of_the_probe_reaches_a_row(name: str) -> None:
    seen = seen_of(SYNTHETIC[name][0])
    assert PROBE not in repr(seen)
    assert PROBE not in repr(judge(seen))


def test_an_address_in_an_unclassified_failure_is_taken_out() -> None:
    failure = f"unknown_failure: read udp {PROBE}:5000->192.0.2.1:53: broken; [2001:db8::7]:443"
    assert decode.failure(failure) == "unknown_failure: read udp [address]:5000->[address]:53: broken; [address]:443"
    assert decode.failure(CUT) == CUT
    made = record("tor", {"targets": {"a": tor_endpoint("obfs4", failure)}})
    assert PROBE not in repr(judge(seen_of(made)))


@pytest.mark.parametrize("name", [n for n, (_, state, *_) in SYNTHETIC.items() if state == "insufficient"])
def test_a_failure_without_a_control_names_no_mechanism(name: str) -> None:
    assert verdict_of(SYNTHETIC[name][0]).mechanism is None


@pytest.mark.parametrize("name", SYNTHETIC)
def test_targets_are_names_and_never_addresses(name: str) -> None:
    seen = seen_of(SYNTHETIC[name][0])
    targets = {seen.measurement.target, *(o.target for o in seen.observations)}
    assert not any(part.replace(".", "").isdigit() for target in targets for part in target.split("/")), targets
    assert "unknown" not in {o.target for o in seen.observations}


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("vanilla_tor_stalls", "tor/bootstrap (bootstrap at 14 % (handshake): generic_timeout_error)"),
        ("vanilla_tor_old", "tor/bootstrap (bootstrap at 14 % (handshake): timeout-reached)"),
        ("torsf_stalls", "tor/snowflake (bootstrap at 50 % (loading_descriptors): generic_timeout_error)"),
        ("tor_no_connection", "tor/obfs4 at 93.184.216.35:9001 (tcp: generic_timeout_error)"),
        ("tor_handshake_cut", "tor/or_port at 93.184.216.35:443 (tls: connection_reset)"),
        ("tor_obfs4_cut", "tor/obfs4 (obfs4 handshake: generic_timeout_error)"),
        ("openvpn_handshake_cut", "openvpn/riseupvpn (openvpn over tcp handshake: generic_timeout_error)"),
        ("psiphon_stalls", "psiphon/bootstrap (bootstrap: generic_timeout_error)"),
    ],
)
def test_the_reason_says_which_protocol_failed_at_which_step(name: str, words: str) -> None:
    assert any(reason.startswith(words) for reason in verdict_of(SYNTHETIC[name][0]).reasons)


def test_other_endpoints_that_answer_show_that_the_probe_was_online_and_no_more() -> None:
    keys = {"targets": {"a": tor_endpoint("or_port_dirauth"), "b": tor_endpoint("obfs4", CUT)}}
    verdict = verdict_of(record("tor", keys))
    assert (verdict.state, verdict.mechanism) == ("insufficient", None)
    assert any(reason.startswith("The probe was online") for reason in verdict.reasons)


def test_how_many_endpoints_of_a_pool_answered_is_said() -> None:
    reasons = verdict_of(SYNTHETIC["tor_one_authority_of_two_works"][0]).reasons
    assert "Of 2 endpoints of tor/dirauth, 1 answered." in reasons


@pytest.mark.parametrize("name", ["vanilla_tor_stalls", "openvpn_handshake_cut", "riseupvpn_no_gateway", "meek_cut"])
def test_what_the_probe_concluded_itself_is_not_read(name: str) -> None:
    made, state, *_ = SYNTHETIC[name]
    for said in (True, False, None, "ok", "blocked"):
        concluded = dict.fromkeys(("success", "api_status", "ca_cert_status", "success_any", "transport_status"), said)
        assert verdict_of(made | {"test_keys": made["test_keys"] | concluded}).state == state


def test_one_provider_has_one_name() -> None:
    for label in ("riseup", "riseupvpn", "RiseupVPN"):
        made = record("openvpn", {}, f"openvpn://{label}.corp/?address=192.0.2.1:1194&transport=udp")
        assert seen_of(made).measurement.target == "openvpn/riseupvpn"
    assert seen_of(record("openvpn", {}, "openvpn://192.0.2.1/")).measurement.target == "openvpn/unknown"
    hidden = record("openvpn", {}, "openvpn+obfs4://riseup.corp/?address=192.0.2.1:1194&transport=tcp")
    assert seen_of(hidden).measurement.target == "openvpn/riseupvpn-obfs4"


def test_a_resolver_given_by_a_well_known_address_has_its_name() -> None:
    assert seen_of(record("dnscheck", {}, "dot://8.8.4.4:853")).measurement.target == "dns/dns.google"
    assert seen_of(record("dnscheck", {}, "dot://[2001:db8::1]:853")).measurement.target == "dns/unnamed"
    assert seen_of(record("dnscheck", {}, "dot://[::1")).measurement.target == "dns/unnamed"


def test_a_speed_is_said_and_not_judged() -> None:
    reasons = verdict_of(SYNTHETIC["ndt7"][0]).reasons
    assert "ndt/download (12.35 Mbit/s): A speed was measured; whether it is throttled takes a comparison." in reasons
    rows = seen_of(SYNTHETIC["ndt7"][0]).observations
    assert [(o.rate_bytes, o.rate_duration_s) for o in rows] == [(15_000_000, 10.0), (None, None)]


def test_a_middlebox_is_not_blocking() -> None:
    for name in ("echo_by_a_proxy", "echo_changed", "headers_with_one_more"):
        verdict = verdict_of(SYNTHETIC[name][0])
        assert verdict.state == "insufficient"
        assert any("A middlebox changed the request" in reason for reason in verdict.reasons)


def test_a_certificate_that_was_not_checked_authenticates_no_page() -> None:
    made = json.loads(json.dumps(SYNTHETIC["urlgetter_well"][0]))
    made["test_keys"]["tls_handshakes"][0]["no_tls_verify"] = True
    verdict = verdict_of(made)
    assert (verdict.state, verdict.rule) == ("insufficient", "http.page_without_control")


@pytest.mark.parametrize(
    ("name", "state", "rule", "why"),
    [
        (
            "http_invalid_request_line",
            "insufficient",
            "app.request_changed",
            "12 bytes of one line came back as others.",
        ),
        ("dns_n_http_bin_body", "insufficient", "http.page_without_control", "A page, and no control."),
        ("binary_city", "insufficient", "nothing_to_judge", "The sample was cut: it holds no request."),
    ],
)
def test_a_real_record_of_the_old_form_is_judged_as_a_reader_of_it_would(
    name: str, state: str, rule: str, why: str
) -> None:
    (found,) = judge_paths([str(DATA / "ooni" / "measurements" / f"{name}.yaml")])
    assert isinstance(found, Judged)
    assert (found.verdicts[-1].state, found.verdicts[-1].rule) == (state, rule), why


MORE_NAMES = sorted({"quicping", "sni_blocking", *(made["test_name"] for made, *_ in MORE.values())})
HOSTILE = [
    b"{}",
    b"null",
    b'{"pings": [null, 1, {"tcp_connect": [1, null], "query": [[]], "tls_handshake": ["x"]}]}',
    b'{"tcp_connect": [null, {"ip": "x", "port": -1, "status": {}}, {"ip": "192.0.2.1", "port": 1e99}]}',
    b'{"iterative_trace": [null, {"address": "[::", "target_trace": {"iterations": [null, {"ttl": -1}]}}]}',
    b'{"requests": [{"failure": 1, "response": {"code": 200, "body": "{"}}], "tor_progress": "NaN"}',
    b'{"requests": [{"request": {"url": "http://a.example", "headers": {"Host": 5, "host": ["b.example"]}}}, {}]}',
    b'{"dns_cache": 5, "unexpected_responses": [null, {"response_data": []}, {"response_data": {}}]}',
    b'{"tls_handshakes": [{"server_name": "[::", "outer_server_name": "\\u0000", "echconfig": 7}, null]}',
    b'{"target": {"sni": [], "tls_handshakes": [null, {"address": 5}]}, "x_http3_enabled": 3, "lookups": {"": null}}',
    b'{"lantern --headless": {"stdout": 5}, "body": [], "connection": {}, "transport_name": "../x", "failure": {}}',
]


@pytest.mark.parametrize("name", MORE_NAMES)
@pytest.mark.parametrize("keys", HOSTILE)
@pytest.mark.parametrize("given", ["null", '"[::1"', '"\\u202e\\n"', "[1, null]", "7"])
def test_hostile_and_empty_test_keys_accuse_nobody(name: str, keys: bytes, given: str) -> None:
    data = b'{"test_name":"%s","input":%s,"test_keys":%s}' % (name.encode(), given.encode(), keys)
    verdict = judge(observe(data, file_sha256="0" * 64, line=1))[-1]
    assert verdict.state in ("ok", "insufficient")
    assert verdict.mechanism is None


def test_packets_that_were_sent_to_die_on_the_way_are_no_failure() -> None:
    shakes = [o for o in seen_of(middlebox([CUT, CUT, None])).observations if o.tls_tried]
    assert [(o.target, o.tls_failure) for o in shakes] == [("sni/control", None), ("sni/site.example", None)]
    shakes = [o for o in seen_of(middlebox([CUT, RESET, CUT])).observations if o.tls_tried]
    assert [(o.target, o.tls_failure) for o in shakes] == [("sni/control", None), ("sni/site.example", RESET)]


def test_an_open_port_says_nothing_of_another_port() -> None:
    seen = seen_of(SYNTHETIC["one_port_shut"][0])
    assert [(o.target, o.tcp_failure) for o in seen.observations] == [("ports/tcp-443", None), ("ports/tcp-587", CUT)]


def test_a_request_that_was_bent_to_pass_a_filter_is_not_read() -> None:
    assert len(seen_of(SYNTHETIC["host_header_well"][0]).observations) == 1
    assert [o.http_tried for o in seen_of(host_header("<html>x")).observations] == [False, True]


def test_the_address_of_a_bridge_is_not_kept_in_a_target_or_an_observation() -> None:
    seen = seen_of(bridge(25))
    assert seen.measurement.target == "tor/obfs3"
    assert "203.0.113.27" not in repr(seen.observations)
    assert seen_of(bridge(100, transport_name="vanilla")).measurement.target == "tor/bridge"


def test_a_tool_that_a_person_configured_by_hand_is_left_out() -> None:
    seen = seen_of(lantern("x", default_configuration=False))
    assert (seen.observations, len(seen.notes)) == ([], 1)


def test_pings_of_both_forms_give_the_same_facts() -> None:
    made = SYNTHETIC["tlsping_of_the_first_form"][0]
    ping = made["test_keys"]["pings"][0]
    now = {"pings": [{part: found[0] for part, found in ping.items()}]}
    old, new = (seen_of(record("tlsping", keys, made["input"])) for keys in (made["test_keys"], now))
    assert [o.tls_failure for o in old.observations] == [None, None]
    assert len(old.observations) == len(new.observations) == 2
    assert (old.notes, new.notes) == ([], [])


def test_another_outer_name_is_a_part_of_its_own_and_the_certificate_is_checked_against_it() -> None:
    seen = seen_of(ech((None, None), ("cloudflare-ech.com", RESET), ("cloudflare.com", None)))
    assert [(o.target, o.tls_server_name, o.tls_failure) for o in seen.observations] == [
        ("cloudflare-ech.com", "cloudflare-ech.com", None),
        ("ech/cloudflare-ech.com", "cloudflare-ech.com", RESET),
        ("ech/cloudflare-ech.com/cloudflare.com", "cloudflare.com", None),
    ]


def test_a_record_that_names_no_server_is_of_no_server() -> None:
    assert seen_of(record("echcheck", {})).measurement.target == "ech/unknown"


def test_a_name_that_the_record_gives_once_is_that_of_its_handshakes() -> None:
    old = shake(RESET) | {"server_name": None, "address": None}
    keys = {"target": {"sni": "site.example", "th_address": f"{SERVER}:443", "failure": RESET, "tls_handshakes": [old]}}
    (found,) = seen_of(record("sni_blocking", keys, "site.example")).observations
    assert (found.tls_server_name, found.ip, found.target) == ("site.example", SERVER, "sni/site.example")


def test_packets_that_answer_no_ping_are_counted_and_not_judged() -> None:
    stray = {"response_data": {"data": "AAAA", "format": "base64"}, "failure": "unknown_failure", "t": 1.0}
    waits = {"response_data": None, "failure": CUT, "t": 2.0}
    keys = {"pings": [{"failure": None, "responses": [{"failure": None}]}], "unexpected_responses": [stray, waits]}
    seen = seen_of(record("quicping", keys, "site.example"))
    assert seen.notes == ["1 packets came that answer none of the pings"]
    assert judge(seen)[-1].state == "ok"


def test_what_went_to_the_resolver_is_nothing_of_the_site() -> None:
    asked = [query("site.example", answer=SERVER, engine="doh") | {"resolver_address": "https://dns.example/dns-query"}]
    keys = {
        "queries": asked,
        "tcp_connect": [connect(CUT, ip="9.9.9.9"), connect()],
        "tls_handshakes": [shake(RESET, "dns.example", "9.9.9.9:443"), shake(None, "site.example")],
        "requests": [get("https://site.example/"), get("https://dns.example/dns-query", RESET)],
    }
    seen = seen_of(getter(**keys))
    assert {o.ip for o in seen.observations if o.tcp_tried} == {SERVER}
    assert {o.hostname for o in seen.observations} == {"site.example"}
    assert judge(seen)[-1].state == "ok"
    over_tls = [query("site.example", answer=SERVER, engine="dot") | {"resolver_address": "9.9.9.9:853"}]
    seen = seen_of(getter(queries=over_tls, tcp_connect=[connect(CUT, 853, "9.9.9.9"), connect()]))
    assert {o.ip for o in seen.observations if o.tcp_tried} == {SERVER}


@pytest.mark.parametrize("name", [n for n in MORE if n.startswith("urlgetter_a")])
def test_what_a_person_made_the_getter_do_is_not_laid_to_the_site(name: str) -> None:
    seen = seen_of(SYNTHETIC[name][0])
    assert "site.example" not in {seen.measurement.target, *(o.target for o in seen.observations)}
    assert "site.example" not in {o.hostname for o in seen.observations}


def test_a_redirect_is_no_other_name() -> None:
    moved = get("https://site.example/", code=301) | {
        "response": {"code": 301, "headers": {"Location": "https://www.other.example/"}}
    }
    shakes = [shake(None, "site.example"), shake(RESET, "www.other.example")]
    seen = seen_of(getter(requests=[get("https://www.other.example/", RESET), moved], tls_handshakes=shakes))
    assert seen.measurement.target == target_of("site.example")
    assert {o.target for o in seen.observations if o.tls_failure} == {target_of("www.other.example")}


RESOLVERS = {host for host, named in _EXACT.items() if named.startswith("dns/")}


def test_the_resolvers_that_people_use_most_are_targets() -> None:
    known = {"dns.google", "cloudflare-dns.com", "dns.quad9.net", "dns.adguard-dns.com", "doh.opendns.com"}
    assert known <= RESOLVERS
    assert resolver_target("dot://94.140.14.14:853") == "dns/dns.adguard-dns.com"


@pytest.mark.parametrize("host", sorted(RESOLVERS))
def test_a_resolver_has_one_name_by_whatever_nettest(host: str) -> None:
    for url in (f"https://{host}/dns-query", f"dot://{host}:853"):
        assert target_of(host) == resolver_target(url) == f"dns/{host}"


def of_signal(failure: str, version: str = "0.2.0") -> Record:
    """SYNTHETIC, after ts-029, Data analysis considerations: one server of Signal refused, the day after its change."""
    keys = {
        "queries": [query("sfu.voip.signal.org", answer=SERVER), query("storage.signal.org", answer="93.184.216.36")],
        "tcp_connect": [connect(), connect(ip="93.184.216.36")],
        "tls_handshakes": [
            shake(failure, "sfu.voip.signal.org"),
            shake(None, "storage.signal.org", "93.184.216.36:443"),
        ],
        "requests": [get("https://sfu.voip.signal.org/", failure), get("https://storage.signal.org/")],
        "signal_backend_status": "blocked",
        "signal_backend_failure": failure,
    }
    more = {"test_version": version, "measurement_start_time": "2022-10-20 12:00:00"}
    return record("signal", keys) | more


def with_others_that_get_through(seen: Seen) -> list[Control]:
    """All that other measurements can say against a network: everybody else gets through, and many here fail alike."""
    found = []
    for o in seen.observations:
        for layer in layers_tried(o):
            key = key_of(layer, o)
            if key is None:
                continue
            place = {"hostname": key[2] or None, "ip": key[3] or None, "port": key[4] or None, "step": key[5] or None}
            made = kind_made_by_network(layer, failure_of(layer, o))
            many = {"succeeded": 200, "failed": 0, "networks": 40, "countries": 20, "sessions": 200, "failure": None}
            here = {"succeeded": 0, "failed": 20, "sessions": 20, "failure": made}
            line = {"succeeded": 50, "failed": 0, "failure": None}
            facts = {"measurement_id": "m", "layer": layer, "target": o.target}
            found += [
                Control(**facts, number=len(found), lineage="same_window", **place, **many),
                Control(**facts, number=len(found), lineage="same_network", **place, **here),
                Control(**facts, number=len(found), lineage="same_line", **line),
            ]
    return found


@pytest.mark.parametrize("failure", ["ssl_unknown_authority", "ssl_invalid_certificate", "ssl_invalid_hostname"])
def test_signals_change_of_authority_does_not_accuse_whatever_others_saw(failure: str) -> None:
    seen = seen_of(of_signal(failure))
    for verdicts in (judge(seen), judge(seen, with_others_that_get_through(seen))):
        assert not [v for v in verdicts if v.state in ("blocked", "throttled")]


def test_a_handshake_with_signal_that_is_cut_accuses_where_others_get_through() -> None:
    seen = seen_of(of_signal(RESET))
    assert judge(seen)[-1].state == "insufficient"
    verdicts = judge(seen, with_others_that_get_through(seen))
    assert {(v.target, v.state) for v in verdicts if v.layer == "all"} >= {("signal/calls", "blocked")}


def lengths(*reads: int, failure: str | None = None, name: str) -> Record:
    """One attempt of the first SNI blocking nettest, which kept no certificate of a handshake that failed."""
    events = [{"operation": "read", "num_bytes": n} for n in reads]
    certificates = None if failure else [{"data": "bGVhZg==", "format": "base64"}]
    done = shake(failure, name, peer_certificates=certificates)
    return {"sni": name, "th_address": f"{SERVER}:443", "tls_handshakes": [done], "network_events": events}


@pytest.mark.parametrize(
    ("reads", "state"),
    [
        ((517, 923, 1440), "ok"),
        ((1440, 1440), "ok"),
        ((517, 923, 1200), "insufficient"),
        ((517,), "insufficient"),
        ((), "insufficient"),
    ],
)
def test_an_answer_as_long_as_that_under_a_harmless_name_is_the_helpers(reads: tuple[int, ...], state: str) -> None:
    keys = {
        "control": lengths(517, 923, 1440, 294, 43, name="ps.ooni.io"),
        "target": lengths(*reads, failure="ssl_invalid_hostname", name="blocked.com"),
    }
    assert verdict_of(record("sni_blocking", keys, "blocked.com")).state == state
