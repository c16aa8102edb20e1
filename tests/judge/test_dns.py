"""Rules for look-ups: other networks, proxies, caches, NAT64, and names on the way."""

from __future__ import annotations

import copy

import pytest

from judge.web_records import (
    PROXY,
    SITE,
    answered_with,
    load,
    lookups_fail,
    page,
    reached_through,
    verdict_of,
    verdicts_of,
)
from lightkeeper.model import Verdict

REDIRECTED = "redirectWithConsistentDNSAndThenConnectionResetForHTTP"


def dns_of(verdicts: list[Verdict]) -> Verdict:
    return next(v for v in verdicts if v.layer == "dns")


@pytest.mark.parametrize("failure", ["dns_nxdomain_error", "dns_no_answer", "dns_refused_error"])
def test_a_resolver_that_denies_a_name_that_exists_blocks_it(failure: str) -> None:
    record = lookups_fail(load("successWithHTTP"), failure, "www.example.com", ("getaddrinfo",))
    verdict = verdict_of(record)
    assert (verdict.state, verdict.deciding_layer) == ("blocked", "dns")


@pytest.mark.parametrize("failure", ["generic_timeout_error", "dns_server_failure", "dns_temporary_failure"])
def test_a_resolver_that_is_weak_does_not_accuse(failure: str) -> None:
    record = lookups_fail(load("successWithHTTP"), failure, "www.example.com", ("getaddrinfo",))
    assert verdict_of(record).state != "blocked"


def test_a_redirect_to_a_name_that_the_resolver_denies_breaks_at_dns() -> None:
    record = lookups_fail(load(REDIRECTED), "dns_nxdomain_error", "www.example.com")
    record["test_keys"]["requests"] = record["test_keys"]["requests"][1:]
    verdict = verdict_of(record)
    assert (verdict.state, verdict.mechanism, verdict.deciding_layer) == ("blocked", "dns.nxdomain", "dns")


def test_a_redirect_to_a_name_that_is_gone_does_not_accuse_without_a_control_that_got_there() -> None:
    record = lookups_fail(load(REDIRECTED), "dns_nxdomain_error", "www.example.com")
    record["test_keys"]["requests"] = record["test_keys"]["requests"][1:]
    record["test_keys"]["control"]["http_request"] |= {"failure": "dns_lookup_error", "status_code": -1}
    assert verdict_of(record).state != "blocked"


def test_an_answer_in_the_probes_own_network_that_shows_a_valid_certificate_is_good() -> None:
    record = reached_through(answered_with(load("successWithHTTP"), PROXY, 137), PROXY)
    assert dns_of(verdicts_of(record)).state == "ok"
    assert verdict_of(record).state == "ok"


def test_a_cache_in_the_probes_own_network_does_not_accuse_where_resolvers_do_not_differ() -> None:
    record = answered_with(load("successWithHTTP"), PROXY, 137)
    keys = record["test_keys"]
    keys["queries"] = [q for q in keys["queries"] if q["engine"] != "doh"]
    keys["tls_handshakes"] = []
    verdict = dns_of(verdicts_of(record))
    assert (verdict.state, verdict.rule) == ("insufficient", "dns.answer_in_the_probes_own_network")


def test_a_notice_behind_an_injected_answer_is_blocked_at_whichever_layer_proves_it() -> None:
    record = reached_through(answered_with(load("httpDiffWithConsistentDNS"), PROXY, 137), PROXY)
    assert verdict_of(record).state == "blocked"
    record["test_keys"]["tls_handshakes"] = []
    assert verdict_of(record).mechanism == "dns.injection.wrong_address"


def test_an_injected_address_of_an_unknown_network_is_never_the_sites_own_fault() -> None:
    record = load("tlsBlockingConnectionResetWithConsistentDNS")
    other = "104.154.89.105"
    answered_with(record, other, 15169)
    keys = record["test_keys"]
    shake = copy.deepcopy(keys["tls_handshakes"][0])
    keys["tls_handshakes"] = [shake | {"address": f"{other}:443", "failure": "ssl_unknown_authority"}]
    keys["tcp_connect"].append({"ip": other, "port": 443, "status": {"failure": None, "success": True}})
    keys["control"]["tls_handshake"][f"{other}:443"] = {"status": False, "failure": "ssl_unknown_authority"}
    assert verdict_of(record).mechanism == "dns.injection.wrong_address"
    del keys["control"]["ip_info"][other]
    verdict = verdict_of(record)
    assert (verdict.state, verdict.rule) == ("insufficient", "dns.address_does_not_serve_the_name")


def test_an_answer_that_dns64_made_of_the_controls_is_the_controls() -> None:
    record = load("successWithHTTP")
    for query in record["test_keys"]["queries"]:
        if query["answers"]:
            query["answers"] = [{"answer_type": "AAAA", "ipv6": "2001:67c:2960:6464::5db8:d822", "asn": 137}]
    verdict = dns_of(verdicts_of(record))
    assert (verdict.state, verdict.rule) == ("ok", "dns.agrees_with_control"), SITE


def test_a_bogon_in_the_clothes_of_nat64_is_a_bogon() -> None:
    record = page(load("dnsBlockingBOGON"))
    for query in record["test_keys"]["queries"]:
        for answer in query["answers"] or []:
            if answer.get("ipv4") == "10.10.34.35":
                answer |= {"answer_type": "AAAA", "ipv4": None, "ipv6": "64:ff9b::a0a:2223"}
    assert verdict_of(record).mechanism == "dns.injection.bogon"
