"""What looks like a block and is something else: records that mislead, one kind after another."""

from __future__ import annotations

import copy
import json
from typing import Any

import pytest

from judge.web_records import SITE, Record, answered_with, load, lookups_fail, page, verdict_of
from lightkeeper.model.verdict import DOUBTS
from lightkeeper.run.judging import Judged, judge_paths
from lightkeeper.run.sessions import in_sessions
from places import DATA

HOST = "www.example.com"
BLOCKED_BY_NAME = "dnsBlockingBOGON"
RESET = "tlsBlockingConnectionResetWithConsistentDNS"
TIMES_OUT = "redirectWithConsistentDNSAndThenTimeoutForHTTPS"
PAGE = "httpDiffWithConsistentDNS"
STATES = ("blocked", "throttled", "down", "ok", "insufficient")


def rows(path: str) -> list[list[str]]:
    text = (DATA / path).read_text(encoding="utf-8")
    return [line.split("\t") for line in text.splitlines()[1:]]


def judged(path: str) -> list[Judged]:
    return [r for r in in_sessions(judge_paths([str(DATA / path)])) if isinstance(r, Judged)]


@pytest.mark.parametrize(
    ("name", "right", "why"), rows("doubt/expected.tsv"), ids=[r[0] for r in rows("doubt/expected.tsv")]
)
def test_a_record_that_looks_like_something_else_is_judged_as_what_it_is(name: str, right: str, why: str) -> None:
    wanted = {s for s in STATES if s in right.split("(")[0]}
    if wanted:
        assert {one.verdicts[-1].state for one in judged(f"doubt/{name}")} <= wanted, why


def test_a_record_of_an_emulated_censor_is_judged_as_one_record_can_be() -> None:
    said = {one.line: one.verdicts[-1] for one in judged("lab/records.jsonl")}
    wrong = [r[1] for r in rows("lab/truth.tsv") if said[int(r[0])].state not in r[6].split("|")]
    # a server that drops a country's packets and a block of its address leave the same record, but for its times
    assert wrong == ["geoblock_by_server_drop"]


def with_line(record: Record, **more: Any) -> Record:
    """The outer record says this of the probe's line."""
    record |= more
    return record


def noted(record: Record, **annotations: str) -> Record:
    record["annotations"] = annotations
    return record


def test_a_vpn_shows_its_far_end_and_accuses_nobody() -> None:
    verdict = verdict_of(noted(load(RESET), network_type="vpn"))
    assert (verdict.state, verdict.validity) == ("insufficient", "vpn")
    assert verdict_of(noted(load(RESET), network_type="wifi")).state == "blocked"


def test_what_came_through_a_vpn_came_through_and_has_no_voice() -> None:
    verdict = verdict_of(noted(load("successWithHTTP"), network_type="vpn"))
    assert (verdict.state, verdict.validity) == ("ok", "vpn")


QUAD9 = {"resolver_asn": "AS19281"}


def test_what_a_chosen_resolver_answers_is_not_the_networks() -> None:
    verdict = verdict_of(with_line(load(BLOCKED_BY_NAME), **QUAD9))
    assert (verdict.state, verdict.validity) == ("insufficient", "chosen_resolver")


@pytest.mark.parametrize("failure", ["dns_nxdomain_error", "dns_refused_error", "dns_no_answer"])
def test_what_a_chosen_resolver_denies_is_not_the_networks(failure: str) -> None:
    record = lookups_fail(load("successWithHTTP"), failure, HOST, ("getaddrinfo",))
    assert verdict_of(record).state == "blocked"
    assert verdict_of(with_line(record, **QUAD9)).state == "insufficient"


def test_injection_hits_a_chosen_resolver_too_and_shows_in_plain_look_ups_to_another() -> None:
    record = with_line(answered_with(load(BLOCKED_BY_NAME), "10.1.2.3", 0), **QUAD9)
    assert verdict_of(record).mechanism == "dns.injection.bogon"


def test_a_known_block_address_of_the_country_is_injection_whatever_the_resolver() -> None:
    record = with_line(load(BLOCKED_BY_NAME), probe_cc="IR", **QUAD9)
    assert verdict_of(record).mechanism == "dns.injection.fingerprint"


def test_a_resolver_of_the_same_country_is_no_choice() -> None:
    record = with_line(load(BLOCKED_BY_NAME), probe_cc="RU", resolver_asn="AS13238")
    assert verdict_of(record).state == "blocked"


def test_a_block_address_of_another_country_accuses_no_line_that_is_not_known() -> None:
    record = with_line(load(BLOCKED_BY_NAME), probe_asn="AS0")
    verdict = verdict_of(record)
    assert (verdict.state, verdict.validity) == ("insufficient", "other_line")


def test_an_odd_answer_that_the_encrypted_look_up_gets_too_is_the_owners() -> None:
    record = load(BLOCKED_BY_NAME)
    for query in record["test_keys"]["queries"]:
        if query["engine"] == "doh" and query["answers"]:
            query["answers"][0] |= {"ipv4": "127.0.0.1", "asn": None}
    assert verdict_of(record).state == "insufficient"


@pytest.mark.parametrize("failure", ["dns_nxdomain_error", "android_dns_cache_no_data", "dns_no_answer"])
def test_android_calls_every_failure_so_and_alone_accuses_nobody(failure: str) -> None:
    record = noted(lookups_fail(load("successWithHTTP"), failure, HOST, ("getaddrinfo",)), platform="android")
    verdict = verdict_of(record)
    assert (verdict.state, verdict.validity) == ("insufficient", "android_resolver")


@pytest.mark.parametrize("failure", ["dns_nxdomain_error", "dns_refused_error"])
def test_androids_word_counts_where_a_second_plain_look_up_is_denied(failure: str) -> None:
    record = noted(
        lookups_fail(load("successWithHTTP"), "dns_nxdomain_error", HOST, ("getaddrinfo",)), platform="android"
    )
    assert verdict_of(lookups_fail(record, failure, HOST, ("udp",))).mechanism == "dns.nxdomain"


def connecting(record: Record, failure: str, address: str = SITE) -> Record:
    """All connections fail like this, at this address, and nothing came of them."""
    keys = record["test_keys"]
    for connect in keys["tcp_connect"]:
        connect |= {"ip": address, "status": {"failure": failure, "success": False}}
    keys["control"]["tcp_connect"] = {f"{address}:{p}": {"status": True, "failure": None} for p in (80, 443)}
    keys["control"]["dns"]["addrs"] = [address]
    for query in keys["queries"]:
        for answer in query["answers"] or []:
            answer |= {"answer_type": "AAAA" if ":" in address else "A", "ipv4": None, "ipv6": None}
            answer["ipv6" if ":" in address else "ipv4"] = address
    return keys and record | {"test_keys": keys | {"tls_handshakes": [], "requests": []}}


@pytest.mark.parametrize("failure", ["network_unreachable", "host_unreachable"])
def test_a_probe_without_a_route_accuses_nobody(failure: str) -> None:
    record = connecting(load("successWithHTTP"), failure)
    record["test_keys"]["queries"] = [q for q in record["test_keys"]["queries"] if q["engine"] != "udp"]
    verdict = verdict_of(record)
    assert (verdict.state, verdict.validity) == ("insufficient", "no_route")


def test_an_answer_that_a_host_cannot_be_reached_accuses_where_others_are_reached() -> None:
    verdict = verdict_of(connecting(load("successWithHTTP"), "host_unreachable"))
    assert verdict.mechanism == "tcp.unreachable"


@pytest.mark.parametrize("failure", ["generic_timeout_error", "connection_refused", "connection_reset"])
def test_a_line_without_ipv6_that_works_accuses_nobody(failure: str) -> None:
    verdict = verdict_of(connecting(load("successWithHTTP"), failure, "2606:2800:220:1::1"))
    assert (verdict.state, verdict.validity) == ("insufficient", "ipv6")


def test_ipv6_that_works_elsewhere_on_the_line_accuses() -> None:
    record = connecting(load("successWithHTTP"), "connection_reset", "2606:2800:220:1::1")
    other = {"ip": "2a00:1450::1", "port": 443, "status": {"failure": None, "success": True}}
    record["test_keys"]["tcp_connect"].append(other)
    assert verdict_of(record).mechanism == "tcp.reset"


NOTICE = "<title>Access denied</title><p>This site is blocked by order of the court.</p>"
SOFT = "<title>Sorry</title><p>Our licence does not allow us to serve your country.</p>"


def test_another_page_alone_accuses_nobody() -> None:
    for body in (SOFT, "<title>Web Filter Violation</title><p>Your usage policy does not allow this.</p>"):
        verdict = verdict_of(page(load(PAGE), 200, body, Server="nginx", Date="x"))
        assert (verdict.state, verdict.rule) == ("insufficient", "http.other_page_than_control")


def test_words_of_an_order_alone_accuse_nobody_since_sites_write_them_too() -> None:
    assert verdict_of(page(load(PAGE), 200, NOTICE, Server="nginx", Date="x")).state == "insufficient"


def test_a_notice_whose_head_no_server_of_the_site_wrote_is_a_block() -> None:
    assert verdict_of(page(load(PAGE), 200, NOTICE)).mechanism == "http.diff"
    assert verdict_of(page(load(PAGE), 200, SOFT)).state == "insufficient"


def led_to(host: str, address: str, asn: int) -> Record:
    """The plain page redirects to another site, which answers with a short page."""
    record = with_line(load(PAGE), probe_cc="IR", probe_asn="AS44244", resolver_asn="AS44244")
    keys = record["test_keys"]
    [first] = keys["requests"]
    other = copy.deepcopy(first)
    other["request"]["url"], other["address"] = f"http://{host}/", f"{address}:80"
    other["response"] = {"code": 200, "body": SOFT, "headers": {"Server": "nginx", "Date": "x"}}
    first["response"] = {"code": 302, "body": "", "headers": {"Location": f"http://{host}/"}}
    keys["requests"] = [other, first]
    look_up = {"engine": "getaddrinfo", "hostname": host, "query_type": "A", "failure": None}
    keys["queries"].append(look_up | {"answers": [{"answer_type": "A", "ipv4": address, "asn": asn}]})
    return record


def test_a_plain_redirect_to_a_site_on_a_network_of_the_country_is_a_block() -> None:
    assert verdict_of(led_to("notice.blocked.org", "5.202.9.9", 44244)).rule == "http.led_to_a_site_at_home"


def test_a_plain_redirect_to_a_site_elsewhere_accuses_nobody() -> None:
    assert verdict_of(led_to("parked.elsewhere.org", "46.165.231.9", 28753)).state == "insufficient"


def test_a_site_of_the_same_name_in_the_country_is_the_sites_own() -> None:
    assert verdict_of(led_to("www.example.ir", "5.202.9.9", 44244)).state == "insufficient"


def test_a_page_that_quotes_a_block_page_and_is_the_controls_is_the_sites() -> None:
    quote = '<html><title>How it looks</title><iframe src="http://10.10.34.34?type=x"></html>'
    record = page(with_line(load(PAGE), probe_cc="IR"), 200, quote)
    assert verdict_of(record).rule == "http.block_page"
    record["test_keys"]["control"]["http_request"] |= {"title": "How it looks", "body_length": len(quote)}
    assert verdict_of(record).state == "ok"


def test_a_length_alone_is_not_the_same_page_where_the_titles_differ() -> None:
    record = page(load(PAGE), 200, "<title>Surf safely</title>" + "x" * 1500)
    assert verdict_of(record).state == "insufficient"
    record["test_keys"]["control"]["http_request"]["title"] = ""
    assert verdict_of(record).state == "ok"


def test_an_address_elsewhere_that_serves_the_very_page_is_the_sites() -> None:
    record = answered_with(load("successWithHTTP"), "203.119.0.1", 64999 - 60000)
    for connect in record["test_keys"]["tcp_connect"]:
        connect["ip"] = "203.119.0.1"
    for exchange in record["test_keys"]["requests"]:
        exchange["address"] = "203.119.0.1:80"
    assert verdict_of(record).state == "ok"
    page(record, 200, "<title>Parked</title>")
    assert verdict_of(record).mechanism == "dns.injection.wrong_address"


def test_a_page_over_https_to_which_a_plain_redirect_led_elsewhere_is_not_the_sites() -> None:
    [r] = judged("doubt/25-redirect-to-https-blockpage-m.jsonl")
    assert r.verdicts[-1].rule == "http.led_to_another_site"


def test_a_redirect_to_a_known_block_address_is_blocking_at_http_and_not_at_dns() -> None:
    [record] = [r for r in judged("lab/records.jsonl") if r.line == 18]
    assert (record.verdicts[-1].deciding_layer, record.verdicts[-1].mechanism) == ("http", "http.blockpage")


def test_a_connection_alone_opens_nothing() -> None:
    record = load("successWithHTTP")
    record["test_keys"] |= {"requests": [], "tls_handshakes": []}
    verdict = verdict_of(record)
    assert (verdict.state, verdict.rule) == ("insufficient", "page.not_seen")


def test_a_handshake_with_the_name_opens_the_site() -> None:
    record = load("controlFailureWithSuccessfulHTTPSWebsite")
    record["test_keys"]["requests"] = []
    assert (verdict_of(record).state, verdict_of(record).deciding_layer) == ("ok", "tls")


@pytest.mark.parametrize("failure", ["dns_server_failure", "generic_timeout_error"])
def test_a_page_at_an_address_that_only_the_encrypted_look_up_gave_opens_nothing(failure: str) -> None:
    record = lookups_fail(load("successWithHTTP"), failure, HOST, ("getaddrinfo", "udp"))
    assert verdict_of(record).state == "insufficient"


def test_a_time_out_needs_a_sign_that_the_line_was_good() -> None:
    record = load(TIMES_OUT)
    assert verdict_of(record).mechanism == "tls.timeout"
    for query in record["test_keys"]["queries"]:
        if query["engine"] == "udp":
            query |= {"failure": "generic_timeout_error", "answers": None}
    verdict = verdict_of(record)
    assert (verdict.state, verdict.validity) == ("insufficient", "line")


def test_a_reset_needs_no_sign_of_the_line_for_somebody_sent_it() -> None:
    record = load(RESET)
    for query in record["test_keys"]["queries"]:
        if query["engine"] == "udp":
            query |= {"failure": "generic_timeout_error", "answers": None}
    assert verdict_of(record).state == "blocked"


def test_a_server_whose_network_turns_the_country_away_is_no_block() -> None:
    record = with_line(load(RESET), probe_cc="CU")
    assert verdict_of(record).state == "blocked"
    record["test_keys"]["control"]["ip_info"][SITE]["asn"] = 396982
    verdict = verdict_of(record)
    assert (verdict.state, verdict.validity) == ("insufficient", "refused_by_server")
    assert verdict_of(with_line(record, probe_cc="IT")).state == "blocked"


def test_a_body_that_was_cut_agrees_by_its_head() -> None:
    [r] = judged("doubt/http_truncated_body_control_has_page.json")
    assert r.verdicts[-1].rule == "http.head_as_at_control"


def test_a_body_that_was_cut_and_differs_is_said_to_be_cut() -> None:
    record = json.loads((DATA / "doubt" / "http_truncated_body_control_has_page.json").read_bytes())
    record["test_keys"]["requests"][0]["response"]["headers"] = {"Date": "x"}
    assert verdict_of(record).rule == "http.body_cut"


def test_every_doubt_that_a_rule_names_is_on_the_axis_of_validity() -> None:
    from lightkeeper.judge.rule import RULES

    assert {r.doubt for made in RULES.values() for r in made if r.doubt} <= set(DOUBTS)
