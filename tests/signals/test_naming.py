"""What the name of a series tells."""

from __future__ import annotations

import pytest

from lightkeeper.signals.naming import named


@pytest.mark.parametrize(
    ("series", "lineage", "kind", "entity", "country"),
    [
        ("ioda/bgp/IR", "control_plane", "country", "IR", "IR"),
        ("google_search/IR", "traffic", "country", "IR", "IR"),
        ("tor_users/IR", "circumvention", "country", "IR", "IR"),
        ("ioda/active_probing/IR-13", "active_probing", "region", "IR-13", "IR"),
        ("blocked_share/signal/AS44244", "in_country", "asn", "44244", ""),
        ("ooni/blocked_share/x/IR/AS44244", "in_country", "asn", "44244", "IR"),
        ("monash/IR/Tehran/Rey", "active_probing", "county", "Tehran/Rey", "IR"),
        ("anything at all", "unknown", "series", "anything at all", ""),
    ],
)
def test_a_name_tells_lineage_entity_and_country(
    series: str, lineage: str, kind: str, entity: str, country: str
) -> None:
    told = named(series)
    assert (told.lineage, told.entity_type, told.entity, told.country) == (lineage, kind, entity, country)


def test_the_target_of_a_share_is_what_stands_before_the_network() -> None:
    assert named("blocked_share/signal/AS44244").target == "signal"
    assert named("blocked_share/womenonwaves/BR").target == "womenonwaves"
    assert named("ioda/bgp/IR").target == ""


def test_what_a_person_says_comes_before_the_words() -> None:
    told = named("ours/number/7", country="ir", lineages={"ours/*": "traffic"})
    assert (told.lineage, told.country) == ("traffic", "IR")
