"""Which events are one disruption: a sweep over onsets that gives what holding each against each would give."""

from __future__ import annotations

import time
from datetime import timedelta
from itertools import combinations

from hypothesis import given, settings
from hypothesis import strategies as st

from incidents.incident_rows import BEGIN, outage
from lightkeeper.incidents.group import CHAIN_SPAN, ONSET_NEAR, group_events
from lightkeeper.model import Event


def held_each_against_each(events: list[Event]) -> list[list[str]]:
    """The same by the plain rule: all pairs, the nearest first."""
    found = sorted(events, key=lambda e: (e.onset_latest, e.event_id))
    groups = [[i] for i in range(len(found))]
    pairs = sorted(
        combinations(range(len(found)), 2), key=lambda p: (found[p[1]].onset_latest - found[p[0]].onset_latest, p)
    )
    for one, other in pairs:
        a, b = found[one], found[other]
        ends = a.end_latest is not None and a.end_latest <= b.onset_earliest
        if b.onset_latest - a.onset_latest > ONSET_NEAR or ends:
            continue
        first, second = (next(g for g in groups if i in g) for i in (one, other))
        onsets = [found[i].onset_latest for i in (*first, *second)]
        if first is not second and max(onsets) - min(onsets) <= CHAIN_SPAN:
            groups = [g for g in groups if g not in (first, second)] + [first + second]
    return sorted(sorted(found[i].event_id for i in g) for g in groups)


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 400), st.sampled_from([0.4, 2.0, None])), max_size=14))
def test_a_sweep_finds_what_holding_each_against_each_would(drawn) -> None:
    events = [outage(f"e{n:02}", BEGIN + timedelta(minutes=m), hours) for n, (m, hours) in enumerate(drawn)]
    assert sorted(sorted(e.event_id for e in g) for g in group_events(events)) == held_each_against_each(events)


def test_a_year_of_outages_in_each_hour_is_grouped_at_once() -> None:
    events = [outage(f"e{n}", BEGIN + timedelta(hours=n), 0.5) for n in range(8760)]
    begin = time.monotonic()
    assert len(group_events(events)) == 8760
    assert time.monotonic() - begin < 5


def test_the_block_of_a_service_is_not_the_outage_that_began_with_it() -> None:
    block = outage("block", kind="blocking", targets=["signal"])
    assert len(group_events([block, outage("cut")])) == 2
    assert len(group_events([block, outage("same", kind="blocking", targets=["signal", "telegram"])])) == 1


def test_a_rise_of_use_is_a_sign_and_no_incident() -> None:
    assert group_events([outage("more-tor", kind="circumvention_rise")]) == []
