"""Rules that nearly accused: what would have followed, and for want of what."""

from __future__ import annotations

import json
from typing import Any

import msgspec
import pytest

from lightkeeper.judge.nearly import NO_CONTROL, NO_OTHERS, nearly
from lightkeeper.judge.verdicts import judge
from lightkeeper.model import Control
from lightkeeper.observe.facts import Seen
from lightkeeper.observe.nettests import observe
from observe.synthetic import SYNTHETIC
from places import DATA
from run.around_rows import CENSOR, Tables, signal

QA = DATA / "ooni" / "wc05_qa"


def seen_in(name: str) -> Seen:
    return observe((QA / f"{name}.json").read_bytes(), file_sha256="0" * 64, line=1)


def synthetic(facts: list[dict[str, Any]]) -> Seen:
    tables = Tables()
    tables.add(CENSOR, facts)
    return tables.seen[0]


def test_a_record_that_lost_its_control_says_that_a_control_would_have_decided() -> None:
    seen = seen_in("tlsBlockingConnectionResetWithConsistentDNS")
    whole = judge(seen)[-1]
    bare = msgspec.structs.replace(seen, controls=[])
    assert judge(bare)[-1].state == "insufficient"
    near = {(n.rule, n.mechanism, n.missing) for n in nearly(bare)}
    assert (whole.rule, whole.mechanism, NO_CONTROL) in near
    assert ("tls.cut_where_others_complete", "tls.reset", NO_OTHERS) in near


def test_what_was_decided_was_not_near() -> None:
    assert nearly(seen_in("tlsBlockingConnectionResetWithConsistentDNS")) == []
    assert nearly(seen_in("successWithHTTP")) == []


def test_a_control_that_failed_too_is_a_fact_and_not_wished_away() -> None:
    seen = seen_in("websiteDownNoAddrs")
    assert judge(seen)[-1].state == "down"
    assert [n for n in nearly(seen) if n.layer == "dns"] == []


def test_an_app_says_what_other_networks_lacked() -> None:
    seen = synthetic(signal(chat="connection_reset"))
    (near,) = [n for n in nearly(seen) if n.missing != NO_CONTROL]
    assert (near.state, near.mechanism, near.rule) == ("blocked", "tls.reset", "tls.cut_where_others_complete")
    assert (near.place, near.missing) == ("chat.signal.org", NO_OTHERS)
    few = Control(
        measurement_id="", number=0, layer="tls", target="signal/chat", hostname="chat.signal.org", ip="76.223.92.165",
        port=443, succeeded=2, networks=1, countries=1, lineage="same_window",
    )  # fmt: skip
    said = [n.missing for n in nearly(seen, [few]) if n.rule == near.rule]
    assert said == ["too few got through elsewhere to tell (2 of 2 sessions got through, on 1 networks in 1 countries)"]


@pytest.mark.parametrize("name", sorted(SYNTHETIC))
def test_a_near_accusation_never_stands_beside_what_was_open(name: str) -> None:
    """Where nothing failed nothing nearly accused, and each that did names a rule, a place and what was missing."""
    record, state, *_ = SYNTHETIC[name]
    seen = observe(json.dumps(record).encode(), file_sha256="0" * 64, line=1)
    found = nearly(seen)
    assert all(n.rule and n.place and n.missing and n.state in ("blocked", "throttled") for n in found)
    if state == "ok" and all(v.state == "ok" for v in judge(seen)):
        assert found == []


def test_a_slow_target_says_which_part_of_the_proof_is_missing() -> None:
    site = {"target": "slow.example", "hostname": "slow.example", "ip": "192.0.2.1", "port": 443}
    seen = synthetic([site | {"rate_tried": True, "rate_bits_per_s": 1e5, "rate_bytes": 400_000}])
    base = Control(measurement_id="", number=0, layer="rate", target="slow.example", lineage="speeds")
    rows = [msgspec.structs.replace(base, step="elsewhere", failure="the target was not measured there")]
    assert nearly(seen) == [], "without a comparison nothing says that it is slow"
    (near,) = nearly(seen, rows)
    assert (near.state, near.mechanism, near.rule) == ("throttled", "rate.throttle", "rate.slow_here_alone")
    assert near.missing == "a control is missing: the target was not measured there"
