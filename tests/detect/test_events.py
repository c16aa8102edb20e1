"""Changes of many series as one event, on changes made for the purpose."""

from __future__ import annotations

import random

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from lightkeeper.detect.changes import Change
from lightkeeper.detect.events import WorldEvent, world_events
from lightkeeper.detect.periodic import join_periodic
from lightkeeper.signals.naming import named

H = 3600
T0 = 1_704_067_200


def change(series: str, at: int, until: int | None = None, **other: object) -> Change:
    """A drop of `series` from hour `at` to hour `until`."""
    made = Change(
        series=series, kind="drop", direction="down", step_s=H, severity=0.9, mean=0.8, score=20.0, steps=5,
        onset_earliest=T0 + (at - 1) * H, onset_latest=T0 + (at + 1) * H, expected=100.0,
        end_earliest=None if until is None else T0 + (until - 1) * H,
        end_latest=None if until is None else T0 + until * H,
    )  # fmt: skip
    return msgspec.structs.replace(made, **other)


def events(changes: list[Change], others: tuple[str, ...] = ()) -> list[WorldEvent]:
    names = sorted({c.series for c in changes} | set(others))
    found, _ = world_events(changes, [named(n) for n in names], lambda *_: True)
    return found


COUNTIES = [f"x/probing/IR/P{i % 5}/C{i}" for i in range(20)]


def test_a_cut_that_rolls_over_the_counties_is_one_national_event() -> None:
    (event,) = events([change(c, 100 + i) for i, c in enumerate(COUNTIES[:18])], tuple(COUNTIES))
    assert (event.scope, len(event.series), event.stayed) == ("national", 18, tuple(sorted(COUNTIES[18:])))
    assert event.joined[COUNTIES[3]] == T0 + 104 * H
    assert event.stagger_s == 14 * H


def test_a_few_counties_are_a_region() -> None:
    (event,) = events([change(c, 100) for c in COUNTIES[:3]], tuple(COUNTIES))
    assert event.scope == "regional"


def test_one_operator_among_calm_ones_is_an_operator() -> None:
    (event,) = events([change("x/AS1", 5)], ("x/AS2", "x/AS3", "x/AS4"))
    assert event.scope == "operator"


def test_only_the_mobile_networks() -> None:
    (event,) = events([change("mobile/AS1", 5), change("mobile/AS2", 5)], ("fixed/AS3", "fixed/AS4"))
    assert event.scope == "mobile"


def test_a_service_alone_and_the_ways_around_alone() -> None:
    (event,) = events([change("google/youtube/RU", 5)], ("google/search/RU",))
    assert (event.scope, event.kind) == ("service", "service_drop")
    (event,) = events([change("psiphon/users/IR", 5)], ("google/search/IR",))
    assert event.scope == "vpn"


def test_slow_transfers_are_a_slowdown_and_no_outage() -> None:
    (event,) = events([change("mlab/throughput/p50/VE", 5)], ("ioda/bgp/VE",))
    assert (event.scope, event.kind, event.silent) == ("one_witness", "slowdown", ("control_plane",))


def test_series_of_one_lineage_are_one_witness_and_not_the_nation() -> None:
    calm = ("ioda/bgp/IR", "ioda/active_probing/IR")
    (event,) = events([change("ioda/mozilla/IR", 5)], calm)
    assert (event.scope, event.series) == ("one_witness", ("ioda/mozilla/IR",))
    (event,) = events([change("ioda/mozilla/IR", 5), change("google/search/IR", 5)], calm)
    assert event.scope == "one_witness"
    (event,) = events([change("ioda/mozilla/IR", 5), change("ioda/telescope/IR", 5)], calm)
    assert event.scope == "national"


def test_depth_makes_no_nation_of_one_witness() -> None:
    (event,) = events([change("ioda/active_probing/IR", 5, severity=1.0, mean=1.0)])
    assert event.scope == "one_witness"


def test_many_places_stand_for_the_country_beside_a_series_of_all_of_it() -> None:
    (event,) = events([change(c, 100) for c in [*COUNTIES[:18], "x/probing/IR"]], tuple(COUNTIES))
    assert event.scope == "national"


def test_two_series_of_no_known_lineage_are_no_two_witnesses() -> None:
    (event,) = events([change("a/calls/IR", 5), change("b/payments/IR", 5)])
    assert event.scope == "one_witness"


def test_each_member_keeps_its_own_recovery() -> None:
    (event,) = events([change("ioda/bgp/IR", 5, 40), change("google_search/IR", 6, 90)])
    assert event.ended == {"google_search/IR": T0 + 90 * H, "ioda/bgp/IR": T0 + 40 * H}
    assert event.end_latest == T0 + 90 * H


def test_two_countries_are_two_events() -> None:
    assert len(events([change("ioda/bgp/IR", 5), change("ioda/bgp/IQ", 5)])) == 2


def test_a_change_in_many_countries_at_once_is_of_the_source() -> None:
    countries = ["IR", "IQ", "SY", "EG", "TR", "DE"]
    names = [named(f"tor_users/{c}") for c in countries]
    found, artefacts = world_events([change(f"tor_users/{c}", 5) for c in countries], names, lambda *_: True)
    assert found == []
    assert artefacts[0].countries == tuple(sorted(countries))


def test_the_order_of_changes_does_not_matter() -> None:
    changes = [change(c, 90 + 7 * i, 160 + i) for i, c in enumerate(COUNTIES)] + [change("ioda/bgp/IR", 95, 300)]
    mixed = changes.copy()
    random.Random(1).shuffle(mixed)
    assert events(mixed) == events(changes)


def test_cuts_of_every_evening_are_one_periodic_event() -> None:
    evenings = [change("mobile/AS1", 24 * d + 16, 24 * d + 22) for d in range(10, 16)]
    other = change("mobile/AS1", 24 * 40 + 3, 24 * 40 + 6)
    periodic, single = join_periodic(events([*evenings, other]))
    assert (periodic.kind, periodic.hours, len(periodic.days)) == ("periodic", (17,), 6)
    assert single.kind == "outage"


def test_the_next_evening_is_another_cut_though_a_series_is_not_over_the_first() -> None:
    evenings = [change("mobile/AS1", 24 * d + 16, 24 * d + 22) for d in range(10, 14)]
    slow_to_return = change("google_search/IR", 24 * 10 + 16, 24 * 12)
    names = [named("mobile/AS1", country="IR"), named("google_search/IR")]
    found, _ = world_events([*evenings, slow_to_return], names, lambda *_: True)
    assert [e.onset_latest for e in found] == [T0 + (24 * d + 17) * H for d in range(10, 14)]
    assert "google_search/IR" in found[0].series


def test_a_relapse_at_another_time_of_day_is_of_the_same_cut() -> None:
    relapses = [change("mobile/AS1", 240, 246), change("mobile/AS1", 257, 260)]
    names = [named("mobile/AS1", country="IR"), named("google_search/IR")]
    found, _ = world_events([*relapses, change("google_search/IR", 240, 300)], names, lambda *_: True)
    assert len(found) == 1


def test_evenings_are_held_against_their_usual_hour_and_not_the_first_one() -> None:
    begins = [(10, 14), (11, 16), (12, 16), (13, 17)]
    (periodic,) = join_periodic(events([change("mobile/AS1", 24 * d + h, 24 * d + 22) for d, h in begins]))
    assert (periodic.kind, len(periodic.days)) == ("periodic", 4)


def test_a_rise_right_after_a_cut_is_its_recovery() -> None:
    rise = change("google_search/IR", 100, 110, kind="rise", direction="up")
    assert [e.kind for e in events([change("google_search/IR", 5, 95), rise])] == ["outage"]


def test_a_tail_does_not_date_an_event_after_its_only_series_has_joined() -> None:
    (event,) = events([change("tor_users/IR", 5, sharp_latest=T0 + 600 * H)])
    assert event.onset_latest == event.joined["tor_users/IR"]


@given(
    st.lists(
        st.tuples(st.integers(0, 60), st.integers(0, 48), st.floats(0.3, 40.0), st.sampled_from([H, 24 * H])),
        min_size=1,
        max_size=8,
    )
)
def test_no_event_begins_after_the_last_of_its_members_has_joined(made: list[tuple[int, int, float, int]]) -> None:
    found = events(
        [
            change(
                COUNTIES[i], at, at + 120, step_s=step_s, strength=strength, sharp_latest=T0 + (at + 1 + sharp) * H,
                onset_earliest=T0 + (at + 1) * H - 2 * step_s,
            )
            for i, (at, sharp, strength, step_s) in enumerate(made)
        ]
    )  # fmt: skip
    for event in found:
        assert event.onset_earliest < event.onset_latest <= max(event.joined.values())
