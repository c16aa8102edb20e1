"""Which services are tools to get past a block, by their names."""

from __future__ import annotations

import pytest

from incidents.incident_rows import case, document
from lightkeeper.incidents import join
from lightkeeper.incidents.services import is_platform, is_telephony, is_well_known_tool


@pytest.mark.parametrize("name", ["tor", "Psiphon", "vpn", "NordVPN", "protonvpn", "openvpn over tcp"])
def test_a_vpn_by_its_name_is_a_tool_and_no_platform(name: str) -> None:
    assert is_well_known_tool(name)


@pytest.mark.parametrize("name", ["telegram", "viber", "https", "play store"])
def test_an_app_is_no_tool(name: str) -> None:
    assert not is_well_known_tool(name)


@pytest.mark.parametrize("name", ["sms", "SMS", "calls", "Voice calls", "phone-calls", "text messages"])
def test_messages_and_calls_of_the_telephone_network_are_no_platform(name: str) -> None:
    assert is_telephony(case(), name)
    assert not is_platform(case(), name)


@pytest.mark.parametrize("name", ["telegram", "whatsapp calls", "google voice", "skype"])
def test_calls_of_an_app_are_the_apps(name: str) -> None:
    assert is_platform(case(), name)


def test_what_a_case_watches_as_telephony_is_no_platform_whatever_its_name() -> None:
    watched = [{"id": "shortcodes", "name": "Short codes", "kind": "telephony", "targets": ["shortcodes"]}]
    assert is_telephony(case(watched=watched), "shortcodes")
    assert not is_platform(case(watched=watched), "shortcodes")


def test_a_law_claims_no_disruption() -> None:
    law = document("law", kind="law", extent="service", services=["telegram"])
    assert join(case(), [], [law]) == []
