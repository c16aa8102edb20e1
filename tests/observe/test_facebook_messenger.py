"""Facebook Messenger, with SYNTHETIC records: no real one is at hand."""

from __future__ import annotations

import json
from typing import Any

from lightkeeper.judge.verdicts import judge
from lightkeeper.model import Verdict
from lightkeeper.observe.nettests import observe

HOSTS = {
    "stun.fbsbx.com": "157.240.1.1",
    "b-api.facebook.com": "157.240.1.2",
    "b-graph.facebook.com": "157.240.1.3",
    "edge-mqtt.facebook.com": "157.240.1.4",
    "external.xx.fbcdn.net": "157.240.1.5",
    "scontent.xx.fbcdn.net": "157.240.1.6",
    "star.c10r.facebook.com": "157.240.1.7",
}


def record(failure: str | None = None, answers: dict[str, str] = HOSTS) -> dict[str, Any]:
    """A synthetic record in which the edge server fails as given."""
    queries = [
        {"hostname": h, "query_type": "A", "engine": "system", "failure": None, "answers": [{"ipv4": a}]}
        for h, a in answers.items()
    ]
    connects = [
        {"ip": a, "port": 443, "status": {"failure": failure if "mqtt" in h else None, "success": not failure}}
        for h, a in answers.items()
        if not failure or "mqtt" in h
    ]
    keys = {"queries": queries, "tcp_connect": connects, "facebook_tcp_blocking": True}
    return {"test_name": "facebook_messenger", "probe_cc": "IR", "probe_asn": "AS58224", "test_keys": keys}


def verdict(made: dict[str, Any]) -> Verdict:
    return judge(observe(json.dumps(made).encode(), file_sha256="0" * 64, line=1))[-1]


def test_every_server_that_connects_is_ok_whatever_the_probe_concluded() -> None:
    assert (verdict(record()).state, verdict(record()).target) == ("ok", "facebook_messenger")


def test_a_server_that_does_not_connect_accuses_nobody_without_a_control() -> None:
    found = verdict(record("generic_timeout_error"))
    assert found.state == "insufficient"
    assert any("edge-mqtt.facebook.com" in reason for reason in found.reasons)


def test_a_known_block_address_is_blocking_without_a_control() -> None:
    found = verdict(record(answers=HOSTS | {"b-api.facebook.com": "10.10.34.35"}))
    assert (found.state, found.mechanism) == ("blocked", "dns.injection.fingerprint")
