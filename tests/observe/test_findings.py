"""The findings that OONI published (shared data, see its SOURCES.md): each can be said in our words."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest

import lightkeeper.judge.verdicts  # noqa: F401  (it fills the rules)
from lightkeeper.judge.mechanisms import MEANINGS, WORDS, meaning, named_in
from lightkeeper.judge.rule import RULES
from lightkeeper.observe.decode import asn, country
from lightkeeper.observe.nettests import NETTESTS
from lightkeeper.observe.platforms import platform_of
from lightkeeper.observe.targets import registered_domain, target_of
from lightkeeper.observe.wire import Envelope
from places import SHARED

PATH = SHARED / "ooni" / "incidents.json"
SERVICES = {"telegram", "whatsapp", "signal", "facebook_messenger"}
KIND = "reset"


def findings() -> list[dict[str, Any]]:
    if not PATH.exists():
        return []
    found = json.loads(PATH.read_bytes())
    return found["incidents"] if isinstance(found, dict) else found


FINDINGS = findings()
needs_findings = pytest.mark.skipif(not FINDINGS, reason="the shared data with OONI's findings is not here")


def produced() -> set[str]:
    """Every mechanism that a rule can give, with a kind of failure for an example."""
    return {r.mechanism.format(kind=KIND) for rules in RULES.values() for r in rules if r.mechanism}


@needs_findings
def test_all_findings_are_read() -> None:
    assert len(FINDINGS) == 67


@needs_findings
@pytest.mark.parametrize("finding", FINDINGS, ids=lambda f: f["id"])
def test_a_finding_names_nettests_targets_and_networks_that_we_have(finding: dict[str, Any]) -> None:
    assert set(finding["test_names"]) <= NETTESTS.keys()
    assert finding["CCs"] == [country(code) for code in finding["CCs"]]
    assert all(asn(number) for number in finding["ASNs"])
    targets = {target_of(host) for host in finding["domains"]}
    for name in SERVICES & set(finding["test_names"]):
        targets.add(NETTESTS[name].target(Envelope(test_name=name)))
    assert targets
    for target in targets:
        assert platform_of(target) or "/" in target or target == registered_domain(target)


@needs_findings
@pytest.mark.parametrize("finding", FINDINGS, ids=lambda f: f["id"])
def test_a_mechanism_that_a_finding_names_is_one_that_a_rule_can_give(finding: dict[str, Any]) -> None:
    for mechanism in named_in(f"{finding['title']} {finding['short_description']} {' '.join(finding['tags'])}"):
        assert meaning(mechanism)
        assert any(made == mechanism or made.startswith(f"{mechanism}.") for made in produced()), mechanism


@needs_findings
def test_the_finding_that_names_mechanisms_is_understood() -> None:
    (turkey,) = [f for f in FINDINGS if "throttling" in f["short_description"]]
    assert turkey["CCs"] == ["TR"]
    assert named_in(turkey["short_description"]) == ["dns", "rate.throttle"]


TECHNICAL = re.compile(
    r"\b(dns|sni|tls|https?|quic|tcp|udp|ip|dpi|throttl\w*|slow\w*|reset\w*|inject\w*|block ?pages?|redirect\w*|"
    r"timeouts?|intercept\w*|mitm|certificates?|bgp|hijack\w*)\b",
    re.IGNORECASE,
)
"""Words by which a report could name a mechanism, whether or not our vocabulary has them."""


def words_of(finding: dict[str, Any]) -> str:
    return f"{finding['title']} {finding['short_description']} {' '.join(finding['tags'])}"


@needs_findings
def test_the_other_66_findings_name_no_mechanism_at_all() -> None:
    """Their texts say that something was blocked, and no more; the reports that they link to are not at hand."""
    unnamed = [f for f in FINDINGS if not named_in(words_of(f))]
    assert len(unnamed) == 66
    assert {f["id"]: TECHNICAL.findall(words_of(f)) for f in unnamed if TECHNICAL.search(words_of(f))} == {}


def test_every_mechanism_of_a_rule_has_a_meaning() -> None:
    assert produced()
    assert [m for m in sorted(produced()) if meaning(m) is None] == []
    assert meaning("unheard.of") is None


def test_a_word_within_another_word_names_nothing() -> None:
    assert named_in("DNS-based blocking, and SNI filtering") == ["dns", "tls"]
    assert named_in("The sniper httpd blocked") == []


def test_every_word_stands_for_a_mechanism_with_a_meaning() -> None:
    assert set(WORDS.values()) <= set(MEANINGS)
    assert all(named_in(f"blocked by {word}, it says") == [mechanism] for word, mechanism in WORDS.items())
