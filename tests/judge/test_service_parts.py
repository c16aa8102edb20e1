"""Parts of a service that only have to answer, such as a data centre, and answers that may be another's."""

from __future__ import annotations

import json
from typing import Any

import pytest

from lightkeeper.judge.verdicts import judge
from lightkeeper.model import Verdict
from lightkeeper.observe.nettests import observe
from lightkeeper.observe.platforms import networks_of, parts_of, platforms

BARE = {"code": 404, "headers": {"Server": "nginx/0.3.33"}, "body": "<html><title>404 Not Found</title></html>"}


def exchange(url: str, response: dict[str, Any] | None, failure: str | None = None) -> dict[str, Any]:
    return {"failure": failure, "request": {"url": url, "method": "POST"}, "response": response}


def whole(test_name: str, **keys: Any) -> Verdict:
    made = {"test_name": test_name, "probe_cc": "KE", "probe_asn": "AS33771", "test_keys": keys}
    return judge(observe(json.dumps(made).encode(), file_sha256="0" * 64, line=1))[-1]


def telegram(response: dict[str, Any] | None, failure: str | None = None) -> Verdict:
    return whole("telegram", requests=[exchange("http://149.154.167.51/", response, failure)])


@pytest.mark.parametrize(
    "response",
    [
        BARE,
        {"code": 501, "body": "<html><title>501 Not Implemented</title></html>"},
        {"code": 405, "body": ""},
        {"code": 200, "headers": {}, "body": ""},
    ],
)
def test_any_answer_of_its_own_shows_that_a_data_centre_works(response: dict[str, Any]) -> None:
    found = telegram(response)
    assert (found.state, found.rule) == ("ok", "http.endpoint_answers")


@pytest.mark.parametrize(
    "response",
    [
        {"code": 200, "body": "<title>Welcome</title>"},
        {"code": 200, "body": "please pay"},
        {"code": 302, "headers": {"Location": "http://notice.example/"}},
        {"code": 403, "body": "<title>403 Forbidden</title>"},
        {"code": 404, "body": "<title>Blocked by order</title>"},
        {"code": 451, "body": ""},
        {"code": 503, "body": "<title>503 Service Unavailable</title>"},
    ],
)
def test_what_a_middlebox_may_have_written_opens_no_data_centre(response: dict[str, Any]) -> None:
    found = telegram(response)
    assert (found.state, found.rule) == ("insufficient", "http.answer_may_be_of_another")


def test_a_block_page_that_is_known_here_accuses_at_a_data_centre_too() -> None:
    made = {
        "test_name": "telegram",
        "probe_cc": "IR",
        "probe_asn": "AS58224",
        "test_keys": {
            "requests": [
                exchange(
                    "http://149.154.167.51/",
                    {"code": 403, "body": '<iframe src="http://10.10.34.34?type=Invalid Site&policy=MainPolicy "'},
                )
            ]
        },
    }
    found = judge(observe(json.dumps(made).encode(), file_sha256="0" * 64, line=1))[-1]
    assert (found.state, found.rule) == ("blocked", "http.block_page")


def test_an_answer_of_which_the_form_tells_no_more_counts_where_any_answer_does() -> None:
    assert telegram(None).rule == "http.endpoint_answers_somehow"


def test_an_exchange_of_which_the_form_tells_no_more_is_open_after_a_handshake_with_its_name() -> None:
    page = exchange("https://web.telegram.org/", None)
    shake = {"address": "149.154.167.99:443", "server_name": "web.telegram.org", "failure": None}
    assert whole("telegram", requests=[page], tls_handshakes=[shake]).rule == "http.exchange_over_https"
    for other in (shake | {"no_tls_verify": True}, shake | {"server_name": "example.org"}, shake | {"failure": "eof"}):
        assert whole("telegram", requests=[page], tls_handshakes=[other]).state == "insufficient"


def test_one_data_centre_that_answers_is_enough_and_none_is_not() -> None:
    dead = exchange("http://149.154.175.50/", None, "generic_timeout_error")
    alive = exchange("http://149.154.167.51/", BARE)
    assert whole("telegram", requests=[dead, alive]).state == "ok"
    assert whole("telegram", requests=[dead]).state == "insufficient"


def test_an_error_of_another_site_still_opens_nothing() -> None:
    made = {"test_name": "http_requests", "input": "http://example.org/", "probe_cc": "KE"}
    made["test_keys"] = {"requests": [exchange("http://example.org/", BARE)]}  # type: ignore[assignment]
    assert judge(observe(json.dumps(made).encode(), file_sha256="0" * 64, line=1))[-1].state == "insufficient"


def test_a_plain_redirect_to_the_services_own_https_is_ok_and_one_elsewhere_is_not() -> None:
    def whatsapp_web(location: str) -> Verdict:
        there = exchange("http://web.whatsapp.com/", {"code": 301, "headers": {"Location": location}})
        return whole("whatsapp", requests=[there])

    assert whatsapp_web("https://web.whatsapp.com/").state == "ok"
    assert whatsapp_web("https://www.whatsapp.com/").state == "ok"
    found = whatsapp_web("http://notice.example/")
    assert (found.state, found.rule) == ("insufficient", "http.redirect_elsewhere")


def test_an_error_page_of_whatsapp_over_https_is_ok() -> None:
    page = exchange("https://web.whatsapp.com/", {"code": 400, "body": "<title>Unsupported browser</title>"})
    assert whole("whatsapp", requests=[page]).state == "ok"


def messenger(asn: int | None) -> Verdict:
    query = {
        "hostname": "b-api.facebook.com",
        "query_type": "A",
        "engine": "system",
        "failure": None,
        "answers": [{"answer_type": "A", "ipv4": "31.13.86.37", "asn": asn}],
    }
    connect = {"ip": "31.13.86.37", "port": 443, "status": {"failure": None, "success": True}}
    return whole("facebook_messenger", queries=[query], tcp_connect=[connect])


def test_a_messenger_is_open_where_its_own_network_accepts_the_connection() -> None:
    assert messenger(32934).state == "ok"
    assert messenger(None).state == "ok"


def test_a_connection_to_another_network_does_not_open_a_messenger() -> None:
    found = messenger(15169)
    assert (found.state, found.rule) == ("insufficient", "dns.answer_outside_the_service")


@pytest.mark.parametrize(
    ("answer", "state", "rule"),
    [
        ("127.0.0.1", "ok", "dns.heartbeat"),
        ("127.0.0.2", "insufficient", "dns.service_says_it_is_down"),
    ],
)
def test_signals_own_sign_of_life_is_a_loopback_address(answer: str, state: str, rule: str) -> None:
    found = heartbeat(answer)
    assert (found.state, found.rule) == (state, rule)


def test_another_address_in_the_place_of_signals_sign_of_life_is_no_sign_of_life() -> None:
    assert heartbeat("10.10.34.35").state != "ok"


def heartbeat(answer: str) -> Verdict:
    query = {"hostname": "uptime.signal.org", "query_type": "A", "engine": "system", "answers": [{"ipv4": answer}]}
    return whole("signal", queries=[query | {"failure": None}])


def test_the_same_redirect_plain_and_over_tor_is_the_sites_own() -> None:
    def over(tor: bool, location: str) -> dict[str, Any]:
        made = exchange("http://example.net", {"code": 302, "headers": {"Location": location}})
        made["request"]["tor"] = {"is_tor": tor}
        return made

    def verdict(plain: str, tor: str) -> Verdict:
        made = {"test_name": "http_requests", "input": "http://example.net", "probe_cc": "DE"}
        made["test_keys"] = {"requests": [over(False, plain), over(True, tor)]}  # type: ignore[assignment]
        return judge(observe(json.dumps(made).encode(), file_sha256="0" * 64, line=1))[-1]

    assert verdict("http://www.example.net/", "http://www.example.net/").state == "ok"
    assert verdict("http://notice.example/", "http://www.example.net/").state == "insufficient"


def test_what_a_platform_says_of_its_parts_is_about_parts_that_it_has() -> None:
    for name, platform in platforms().items():
        assert set(platform.answers) <= set(parts_of(name))
    assert networks_of("facebook_messenger/star") == (32934,)
    assert networks_of("facebook_messenger/website") == ()
    assert networks_of("example.org") == ()
