"""Verdicts of real and emulated measurements, and of records made to mislead."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from lightkeeper.judge.control import View
from lightkeeper.judge.proof import layers_tried
from lightkeeper.judge.rule import RULES, decide, rules_for, ruleset
from lightkeeper.judge.verdicts import judge
from lightkeeper.model import Verdict
from lightkeeper.observe.nettests import observe
from places import DATA

EXPECTED = [
    line.split("\t")
    for line in (Path(__file__).parent / "expected.tsv").read_text().splitlines()
    if line and not line.startswith("#")
]
QA = DATA / "ooni" / "wc05_qa"


def verdict_of(record: dict[str, Any]) -> Verdict:
    return judge(observe(json.dumps(record).encode(), file_sha256="0" * 64, line=1))[-1]


def load(name: str) -> dict[str, Any]:
    return json.loads((QA / f"{name}.json").read_bytes())


@pytest.mark.parametrize(("name", "state", "layer", "mechanism", "why"), EXPECTED, ids=[e[0] for e in EXPECTED])
def test_a_measurement_is_judged_as_a_reader_of_it_would(
    name: str, state: str, layer: str, mechanism: str, why: str
) -> None:
    verdict = verdict_of(json.loads((DATA / "ooni" / name).read_bytes()))
    got = (verdict.state, verdict.deciding_layer or "", verdict.mechanism or "")
    assert got == (state, layer, mechanism), why


def test_every_measurement_at_hand_has_an_expected_verdict() -> None:
    at_hand = {f"{p.parent.name}/{p.name}" for p in (DATA / "ooni").glob("*/*.json")}
    assert at_hand == {e[0] for e in EXPECTED}


BLOCKED = [e[0].split("/")[1][:-5] for e in EXPECTED if e[1] == "blocked" and e[0].startswith("wc05_qa")]


@pytest.mark.parametrize("name", [n for n in BLOCKED if "BOGON" not in n and "Localhost" not in n])
def test_a_missing_control_masks_and_does_not_accuse(name: str) -> None:
    record = load(name)
    record["test_keys"] |= {"control": None, "control_failure": "generic_timeout_error"}
    assert verdict_of(record).state != "blocked"


@pytest.mark.parametrize("name", [p.stem for p in sorted(QA.glob("*.json"))])
def test_what_the_probe_concluded_itself_changes_nothing(name: str) -> None:
    record = load(name)
    before = verdict_of(record)
    record["test_keys"] |= {"blocking": "tcp_ip", "accessible": False, "dns_consistency": "inconsistent"}
    after = verdict_of(record)
    assert (after.state, after.rule, after.mechanism) == (before.state, before.rule, before.mechanism)


def test_a_control_that_fails_the_same_way_means_down() -> None:
    record = load("tlsBlockingConnectionResetWithConsistentDNS")
    record["test_keys"]["control"]["tls_handshake"]["93.184.216.34:443"] = {
        "status": False,
        "failure": "connection_reset",
    }
    assert verdict_of(record).state == "down"


def test_a_server_that_refuses_is_not_a_network_that_blocks() -> None:
    record = load("httpDiffWithConsistentDNS")
    record["test_keys"]["requests"][0]["response"]["code"] = 503
    assert verdict_of(record).state == "insufficient"


def test_a_known_block_page_needs_no_control() -> None:
    record = load("httpDiffWithConsistentDNS") | {"probe_cc": "IR"}
    record["test_keys"]["control_failure"] = "generic_timeout_error"
    page = '<html><head><title>10.10.34.34</title></head><body><iframe src="http://10.10.34.34?type=Invalid Site">'
    record["test_keys"]["requests"][0]["response"]["body"] = page
    verdict = verdict_of(record)
    assert (verdict.state, verdict.mechanism) == ("blocked", "http.blockpage")


def test_a_block_page_of_one_country_is_no_block_page_in_another() -> None:
    record = load("httpDiffWithConsistentDNS") | {"probe_cc": "IT"}
    record["test_keys"]["control_failure"] = "generic_timeout_error"
    record["test_keys"]["requests"][0]["response"]["body"] = '<iframe src="http://10.10.34.34">'
    assert verdict_of(record).state == "insufficient"


def test_broken_ipv6_at_the_probe_is_not_blocking() -> None:
    record = load("successWithHTTP")
    failed = {"ip": "2606:2800:220:1::1", "port": 80, "status": {"failure": "network_unreachable", "success": False}}
    record["test_keys"]["tcp_connect"].append(failed)
    assert verdict_of(record).state == "ok"


def test_one_address_that_works_is_enough_for_a_site() -> None:
    record = load("successWithHTTP")
    keys = record["test_keys"]
    for query in keys["queries"]:
        if query["answers"]:
            query["answers"].append({"answer_type": "A", "ipv4": "93.184.216.35"})
    keys["control"]["dns"]["addrs"].append("93.184.216.35")
    keys["control"]["tcp_connect"]["93.184.216.35:80"] = {"status": True, "failure": None}
    keys["tcp_connect"].append(
        {"ip": "93.184.216.35", "port": 80, "status": {"failure": "generic_timeout_error", "success": False}}
    )
    verdict = verdict_of(record)
    assert verdict.state == "ok"
    assert any("93.184.216.35:80" in reason for reason in verdict.reasons), "the address that fails is named"


def test_signals_heartbeat_at_localhost_is_not_hijacking() -> None:
    record = json.loads((DATA / "ooni" / "measurements" / "signal_022.json").read_bytes())
    assert verdict_of(record).state == "ok"


def test_an_unknown_nettest_is_kept_and_says_so() -> None:
    verdict = verdict_of({"test_name": "of_tomorrow", "test_keys": {"x": 1}})
    assert (verdict.state, verdict.rule) == ("insufficient", "unknown_nettest")


def test_rule_ids_are_unique_and_every_rule_says_why() -> None:
    rules = [rule for found in RULES.values() for rule in found]
    assert len({r.id for r in rules}) == len(rules)
    assert all(r.why.endswith(".") for r in rules)


def test_the_ruleset_is_named_by_what_it_holds() -> None:
    assert ruleset() == ruleset()
    assert ruleset().startswith(f"lk-{sum(map(len, RULES.values()))}-")


def test_a_rule_about_failures_never_fires_on_a_success() -> None:
    record = load("successWithHTTP")
    for verdict in judge(observe(json.dumps(record).encode(), file_sha256="0" * 64, line=1)):
        assert verdict.state == "ok"
        assert not [r for r in verdict.rules_fired if "fail" in r or "without_control" in r or "other_page" in r]


def test_a_rule_of_last_resort_fires_only_where_no_other_did() -> None:
    last = {rule.id for rules in RULES.values() for rule in rules if rule.otherwise}
    for path in sorted((DATA / "ooni").glob("*/*.json")):
        for verdict in judge(observe(path.read_bytes(), file_sha256="0" * 64, line=1)):
            if verdict.rule in last:
                assert verdict.state in ("insufficient", "ok")
            if verdict.state == "blocked":
                assert verdict.rule not in last


def test_what_rules_say_together_is_what_each_says_of_the_very_observation() -> None:
    odd = {
        "dns": "dns_answer_kinds",
        "http": "http_fingerprint http_refusal",
        "tls": "tls_failure tls_certificate_check",
    }
    tried = set()
    for path in sorted((DATA / "ooni").glob("*/*.json")):
        seen = observe(path.read_bytes(), file_sha256="0" * 64, line=1)
        view = View(seen.observations, seen.controls)
        for one in seen.observations:
            for layer in layers_tried(one):
                worked = getattr(one, f"{layer}_failure") is None
                marks = [getattr(one, name) for name in odd.get(layer, "").split()]
                first, last = rules_for(layer, worked, any(m and m != "valid" for m in marks), view.compared)
                fires = [r for r in first if r.fires(one, view)] or [r for r in last if r.fires(one, view)]
                said = decide(layer, one, view, worked)
                assert (said.rule, list(said.fired)) == (fires[0], [r.id for r in fires]) if said else not fires
                tried.add((layer, tuple(r.id for r in fires)))
    assert len(tried) > 20
