"""Early signs: named with how long before, where they are smaller and came before, and only before a cut."""

from __future__ import annotations

from detect.test_events import COUNTIES, H, change, events
from lightkeeper.detect.leading import early_signs
from lightkeeper.publish.words import EARLY_SIGNS

CUT = [change(f"x/traffic_{i}/IR/AS{i}", 200, 400) for i in range(1, 9)]


def leads(*before: object, cut: object = tuple(CUT)) -> list[tuple[str, str, float]]:
    found = events([*before, *cut])  # type: ignore[misc]
    wide = max(found, key=lambda e: len(e.series))
    return [(lead.sign, lead.series, lead.before_s / H) for lead in wide.leading]


def test_each_kind_has_a_source_says_how_sure_it_is_and_has_words_on_the_pages() -> None:
    ids = [sign.id for sign in early_signs()]
    assert len(set(ids)) == len(ids) == 5
    assert set(ids) == set(EARLY_SIGNS)
    assert all("https://" in sign.source and sign.sure and sign.within_h > 0 for sign in early_signs())
    assert all(bool(sign.words) + sign.around + (sign.networks > 0) == 1 for sign in early_signs())


def test_ipv6_that_goes_hours_before_the_rest_leads_the_event_that_it_is_a_member_of() -> None:
    assert leads(change("x/prefixes_v6/IR", 195, 500)) == [("ipv6_withdrawn", "x/prefixes_v6/IR", 5.0)]


def test_what_is_cut_first_and_long_before_is_an_event_of_its_own_and_leads() -> None:
    assert leads(change("x/http3/IR", 60, 900)) == [("quic_blocked", "x/http3/IR", 140.0)]


def test_a_short_cut_of_few_networks_leads_and_one_of_many_or_a_long_one_does_not() -> None:
    sign = "short_cut_of_few_networks"
    assert leads(change("y/AS77/IR/AS77", 100, 103)) == [(sign, "y/AS77/IR/AS77", 100.0)]
    assert leads(change("y/AS77/IR/AS77", 100, 130)) == []
    assert leads(*(change(f"y/t/IR/AS7{i}", 100, 103) for i in range(5))) == []


def test_a_blocked_vpn_leads_and_what_rose_or_came_long_ago_or_after_does_not() -> None:
    vpn = "blocked_share/openvpn/IR"
    blocked = {"kind": "blocked", "direction": "up"}
    assert leads(change(vpn, 100, 130, **blocked)) == [("circumvention_blocked", vpn, 100.0)]
    assert leads(change(vpn, 20, 30, **blocked)) == []
    assert leads(change(vpn, 250, 260, **blocked)) == []
    assert leads(change("tor_users/IR", 100, 130, kind="rise", direction="up")) == []


def test_what_is_no_cut_has_no_leads() -> None:
    sign = change("x/prefixes_v6/IR", 100, 110)
    assert all(not e.leading for e in events([sign, change("x/openvpn/IR", 150), change("x/psiphon/IR", 150)]))
    assert all(not e.leading for e in events([sign]))


def test_another_country_leads_nothing() -> None:
    away = change("x/prefixes_v6/TR", 195, 500)
    assert leads(away) == []


def test_a_cut_that_rolls_over_counties_is_not_led_by_its_own_first_ones() -> None:
    (event,) = events([change(c, 100 + i) for i, c in enumerate(COUNTIES[:18])], tuple(COUNTIES))
    assert event.leading == ()
