"""Names of targets, and the platforms that they make up."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lightkeeper.observe.addresses import hostname
from lightkeeper.observe.nettests import NETTESTS
from lightkeeper.observe.platforms import parts_of, platform_of, platforms
from lightkeeper.observe.targets import _DOMAINS, _EXACT, UNNAMED, registered_domain, target_of
from lightkeeper.observe.wire import Envelope

FROM_NETTESTS = {"telegram/dc", "tor/dirauth", "tor/dir_port", "tor/or_port", "tor/obfs4", "psiphon/bootstrap"}
"""Targets that have no host name."""


@pytest.mark.parametrize(
    ("host", "domain"),
    [
        ("m.example.co.uk", "example.co.uk"),
        ("english.cambodiadaily.com", "cambodiadaily.com"),
        ("www.example.org", "example.org"),
        ("one.blogspot.com", "one.blogspot.com"),
        ("a.two.github.io", "two.github.io"),
        ("www.farsi.khamenei.ir", "khamenei.ir"),
        ("blogspot.com", "blogspot.com"),
        ("localhost", "localhost"),
        ("www.site.example", "site.example"),
    ],
)
def test_an_unknown_host_has_the_target_of_its_registered_domain(host: str, domain: str) -> None:
    assert registered_domain(host) == target_of(host) == domain


@pytest.mark.parametrize("host", ["192.0.2.7", "2001:db8::7", "[2001:db8::7]"])
def test_an_address_is_no_name(host: str) -> None:
    assert target_of(host) == UNNAMED


def test_a_known_host_goes_before_its_domain() -> None:
    assert target_of("www.google.com") == "google/website"
    assert target_of("play.google.com") == "google_play/website"
    assert target_of("p16-sign-sg.tiktokcdn.com") == "tiktok/cdn"


@given(st.text(max_size=300))
def test_any_text_that_can_be_a_host_has_a_target_of_one_line(text: str) -> None:
    host = hostname(text)
    target = target_of(host)
    assert target.isprintable()
    assert target
    assert target_of(host) == target


def test_a_platform_is_the_first_part_of_its_targets() -> None:
    assert platform_of("signal/chat") == platform_of(target_of("cdn2.signal.org")) == "signal"
    assert platform_of("example.org") is None
    assert platform_of("signal") is None
    assert parts_of("instagram") == ("instagram/website", "instagram/cdn")
    assert parts_of("nobody") == ()


@pytest.mark.parametrize("platform", platforms())
def test_every_part_of_a_platform_is_a_target_that_something_measures(platform: str) -> None:
    known = {*_EXACT.values(), *_DOMAINS.values(), *FROM_NETTESTS}
    parts = parts_of(platform)
    assert parts
    assert set(parts) <= known
    assert {platform_of(part) for part in parts} == {platform}
    assert platforms()[platform].source


def test_the_targets_without_a_host_name_come_from_nettests() -> None:
    fixed = {NETTESTS[name].target(Envelope(test_name=name)) for name in ("psiphon", "tor", "torsf", "vanilla_tor")}
    assert {platform_of(target) for target in fixed} == {"psiphon", "tor"}
