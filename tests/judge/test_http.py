"""Rules for pages: refusals by servers, long files, stalls, notices."""

from __future__ import annotations

import pytest

from judge.web_records import load, page, verdict_of

NOTICE = "<html><title>Blocked</title>By order of the court, this page may not be shown to you.</html>"


@pytest.mark.parametrize(
    "headers", [{"Server": "cloudflare", "CF_Ray": "x"}, {"Server": "AkamaiGHost"}, {"X_Sucuri_ID": "11014"}]
)
def test_a_refusal_without_encryption_is_neither_blocking_nor_openness(headers: dict[str, str]) -> None:
    verdict = verdict_of(page(load("successWithHTTP"), 403, "denied", **headers))
    assert (verdict.state, verdict.rule) == ("insufficient", "http.refused_by_service")


def test_a_refusal_under_a_valid_certificate_shows_that_the_network_let_it_pass() -> None:
    record = load("controlFailureWithSuccessfulHTTPSWebsite")
    verdict = verdict_of(page(record, 503, "Attention Required!", Server="cloudflare"))
    assert (verdict.state, verdict.rule) == ("ok", "http.refused_by_service_over_https")


def test_marks_of_a_service_on_a_page_that_is_no_refusal_excuse_nothing() -> None:
    record = page(load("httpDiffWithConsistentDNS"), 200, NOTICE, Server="cloudflare")
    assert verdict_of(record).rule == "http.other_page_than_control"


def test_a_page_withheld_for_legal_reasons_is_the_servers_doing_only_over_https() -> None:
    assert verdict_of(page(load("successWithHTTP"), 451)).rule == "http.withheld_without_encryption"
    verdict = verdict_of(page(load("controlFailureWithSuccessfulHTTPSWebsite"), 451))
    assert (verdict.state, verdict.rule) == ("ok", "http.withheld_by_server")


def test_a_long_file_that_the_probe_cut_without_saying_so_is_the_same_file() -> None:
    record = page(load("successWithHTTP"), 200, "A" * (1 << 19))
    record["test_keys"]["control"]["http_request"] |= {"body_length": 1 << 24, "title": ""}
    assert verdict_of(record).rule == "http.same_page_as_control"


def test_a_page_longer_than_any_notice_does_not_accuse() -> None:
    record = page(load("httpDiffWithConsistentDNS"), 200, "A" * 200_000)
    assert verdict_of(record).state == "insufficient"


def test_a_page_that_stalls_after_its_head_is_slow_or_blocked_and_nobody_can_tell() -> None:
    record = page(load("successWithHTTP"), 200, failure="generic_timeout_error")
    verdict = verdict_of(record)
    assert (verdict.state, verdict.rule) == ("insufficient", "http.stalled_after_its_head")


@pytest.mark.parametrize("failure", ["connection_reset", "generic_timeout_error", "eof_error"])
def test_a_request_that_is_cut_before_any_answer_is_blocked(failure: str) -> None:
    verdict = verdict_of(page(load("successWithHTTP"), 0, failure=failure))
    assert (verdict.state, verdict.deciding_layer) == ("blocked", "http")


def test_more_redirects_than_a_probe_follows_show_nothing() -> None:
    record = page(load("successWithHTTP"), 302, Location="/again")
    assert verdict_of(record).state == "insufficient"
