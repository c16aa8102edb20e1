"""How a verdict is told to a person."""

from __future__ import annotations

import json

import pytest

from lightkeeper.run.explain import explain
from lightkeeper.run.judging import Judged, judge_record
from places import DATA


@pytest.mark.parametrize("path", sorted((DATA / "ooni").glob("*/*.json")), ids=lambda p: p.stem)
def test_every_verdict_can_be_explained_with_its_rule_and_reasons(path) -> None:
    result = judge_record(json.dumps(json.loads(path.read_bytes())).encode(), path.name, 1)
    assert isinstance(result, Judged)
    text = "\n".join(explain(result))
    whole = result.verdicts[-1]
    assert f"Verdict: {whole.state}" in text
    assert whole.rule in text
    assert all(reason in text for reason in whole.reasons)


def test_an_explanation_shows_the_fact_and_the_control_side_by_side() -> None:
    data = (DATA / "ooni" / "wc05_qa" / "dnsBlockingBOGON.json").read_bytes()
    text = "\n".join(explain(judge_record(data, "x", 1)))
    assert (
        "look-up of www.example.com, ANY by getaddrinfo: 10.10.34.35 (bogon, fingerprint_elsewhere:ir.block_address_35)"
        in text
    )
    assert "dns www.example.com: 93.184.216.34" in text
