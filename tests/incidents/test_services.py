"""Which services are tools to get past a block, by their names."""

from __future__ import annotations

import pytest

from lightkeeper.incidents.services import is_well_known_tool


@pytest.mark.parametrize("name", ["tor", "Psiphon", "vpn", "NordVPN", "protonvpn", "openvpn over tcp"])
def test_a_vpn_by_its_name_is_a_tool_and_no_platform(name: str) -> None:
    assert is_well_known_tool(name)


@pytest.mark.parametrize("name", ["telegram", "viber", "https", "play store"])
def test_an_app_is_no_tool(name: str) -> None:
    assert not is_well_known_tool(name)
