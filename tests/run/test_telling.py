"""What is told: once, as an update where it changed, and taken back where late data took it away. All is synthetic."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lightkeeper.cli.watching import told_line
from lightkeeper.detect.events import WorldEvent
from lightkeeper.detect.leading import Lead
from lightkeeper.model import Told
from lightkeeper.model.told import CHANGES
from lightkeeper.run.telling import QUIET, Window, telling

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
ONSET = NOW - timedelta(hours=6)
HOUR = timedelta(hours=1)
SERIES = ("ioda/bgp/IR", "ioda/probing/IR", "google/search/IR")
LINEAGE = {"ioda/bgp/IR": "control_plane", "ioda/probing/IR": "active_probing", "google/search/IR": "traffic"}


def event(
    members: Sequence[str] = SERIES, onset: datetime = ONSET, end: datetime | None = None, **more: Any
) -> WorldEvent:
    at = int(onset.timestamp())
    last = None if end is None else int(end.timestamp())
    values: dict[str, Any] = {
        "series": tuple(members), "kind": "outage", "direction": "down", "onset_earliest": at - 3600,
        "onset_latest": at, "end_earliest": None if last is None else last - 3600, "end_latest": last, "severity": 0.9,
        "score": 9.0, "country": "IR", "scope": "national", "joined": dict.fromkeys(members, at),
        "ended": dict.fromkeys(members, last), "stayed": (), "silent": (), "targets": (), "stagger_s": 0,
        "lineages": tuple(sorted({LINEAGE.get(m, "x") for m in members})),
    }  # fmt: skip
    return WorldEvent(**values | more)


def window(first: datetime = NOW - timedelta(days=60), blind: Sequence[str] = ()) -> Window:
    names = [*SERIES, "other/x/IR", "tor/users/IR", "x/throughput/youtube/IR", "g/traffic/whatsapp/IR"]
    seen = {name: first for name in names if name not in blind}
    return Window(first, NOW, "dt-0", "ab", seen, lambda name, _begin, _end: name in seen)


def tell(events: Sequence[WorldEvent], log: list[Told], at: datetime = NOW, of: Window | None = None) -> list[str]:
    """Tell, keep it in the log, and give what changes were told."""
    made = telling(events, log, of or window(), "IR", at)
    log += made
    return [entry.change for entry in made]


def test_an_event_is_told_once_however_often_detection_runs() -> None:
    log: list[Told] = []
    assert tell([event()], log) == ["new"]
    assert tell([event()], log, NOW + HOUR) == []
    assert tell([event()], log, NOW + 30 * HOUR) == []
    assert (log[0].seq, log[0].members, log[0].data_sha256) == (1, list(SERIES), "ab")


def test_late_data_that_add_a_witness_are_an_update_and_no_second_alarm() -> None:
    log: list[Told] = []
    tell([event(SERIES[:1])], log)
    assert tell([event()], log, NOW + HOUR) == ["grew"]
    assert len({entry.event_id for entry in log}) == 1
    assert "active_probing" in log[-1].note


def test_early_signs_are_told_with_the_event_and_bring_no_second_telling() -> None:
    log: list[Told] = []
    at = int((ONSET - timedelta(hours=5)).timestamp())
    lead = Lead(sign="ipv6_withdrawn", series="x/v6/IR", onset_latest=at, end_latest=None, before_s=5 * 3600)
    assert tell([event(leading=(lead,))], log) == ["new"]
    assert log[-1].leading == ["ipv6_withdrawn 5.0 h before, x/v6/IR"]
    assert "changed before it, which foretells nothing: ipv6_withdrawn 5.0 h before, x/v6/IR" in told_line(log[-1])
    assert tell([event()], log, NOW + HOUR) == []


def test_an_end_is_told_and_one_that_was_none_is_taken_back() -> None:
    log: list[Told] = []
    tell([event()], log)
    assert tell([event(end=NOW)], log, NOW + HOUR) == ["ended"]
    assert tell([event(end=NOW)], log, NOW + 2 * HOUR) == []
    assert tell([event()], log, NOW + 3 * HOUR) == ["reopened"]
    assert log[-1].end_latest is None


SPEED = ("x/throughput/youtube/IR",)


def test_a_fall_that_turns_out_to_be_throttling_is_corrected_once_and_keeps_its_name() -> None:
    log: list[Told] = []
    assert tell([event(SPEED, kind="slowdown", targets=("youtube",))], log) == ["new"]
    throttled = event(SPEED, kind="throttling", scope="throttling", targets=("youtube",))
    assert tell([throttled], log, NOW + HOUR) == ["renamed"]
    assert (log[-1].told_as, log[-1].kind, log[-1].note) == (
        "slowdown/national", "throttling",
        "it is throttling now, and was told as slowdown",
    )  # fmt: skip
    assert len({entry.event_id for entry in log}) == 1
    for hours in (2, 9, 40):
        assert tell([throttled], log, NOW + hours * HOUR) == []


def test_a_new_name_is_said_with_the_end_and_never_lost() -> None:
    log: list[Told] = []
    tell([event()], log)
    assert tell([event(kind="slowdown", end=NOW)], log, NOW + HOUR) == ["ended"]
    assert (log[-1].kind, log[-1].told_as) == ("slowdown", "outage/national")
    assert log[-1].note.endswith("it is slowdown now, and was told as outage")
    assert tell([event(kind="slowdown", end=NOW)], log, NOW + 9 * HOUR) == []


def test_an_event_whose_name_comes_and_goes_is_told_less_and_less() -> None:
    log: list[Told] = []
    tell([event()], log)
    kinds = itertools.cycle(["slowdown", "outage"])
    times = [n for n in range(1, 100) if tell([event(kind=next(kinds))], log, NOW + n * HOUR)]
    assert times[0] == 1, "the first time at once"
    waits = [later - earlier for earlier, later in itertools.pairwise(times)]
    assert waits == sorted(waits)
    assert len(times) < 8


def test_a_use_of_a_service_that_fell_and_is_found_blocked_is_one_event_named_anew() -> None:
    log: list[Told] = []
    fell = event(("g/traffic/whatsapp/IR",), kind="service_drop", scope="service", targets=("whatsapp",))
    tell([fell], log)
    blocked = event(
        ("blocked/whatsapp/IR", "g/traffic/whatsapp/IR"), kind="blocking", scope="service", targets=("whatsapp",)
    )
    assert tell([blocked], log, NOW + HOUR, window()) == ["renamed"]
    assert len({entry.event_id for entry in log}) == 1


def test_a_service_that_was_named_and_is_not_any_more_is_a_correction() -> None:
    log: list[Told] = []
    more: dict[str, Any] = {"kind": "throttling", "scope": "throttling"}
    tell([event(SPEED, targets=("tiktok", "youtube"), **more)], log)
    assert tell([event(SPEED, targets=("youtube",), **more)], log, NOW + HOUR) == [], "it may be jitter"
    assert tell([event(SPEED, targets=("youtube",), **more)], log, NOW + 7 * HOUR) == ["renamed"]
    assert "it is of youtube, and was told of tiktok, youtube" in log[-1].note


def test_an_event_that_reached_less_far_than_was_told_is_corrected_after_a_while() -> None:
    log: list[Told] = []
    tell([event()], log)
    assert tell([event(scope="mobile")], log, NOW + HOUR) == []
    assert tell([event(scope="mobile")], log, NOW + 7 * HOUR) == ["renamed"]


def test_what_late_data_take_away_is_withdrawn_and_says_so() -> None:
    log: list[Told] = []
    tell([event()], log)
    assert tell([], log, NOW + HOUR) == ["withdrawn"]
    assert "not found any more" in log[-1].note
    assert tell([], log, NOW + 2 * HOUR) == []
    assert tell([event()], log, NOW + 3 * HOUR) == ["returned"]
    assert len({entry.event_id for entry in log}) == 1


def test_what_comes_and_goes_with_each_reply_is_told_less_and_less_often() -> None:
    log: list[Told] = []
    for hour in range(48):
        tell([event()] if hour % 2 == 0 else [], log, NOW + hour * HOUR)
    assert len(log) <= 12


def test_an_event_is_not_withdrawn_because_its_data_are_gone() -> None:
    log: list[Told] = []
    tell([event()], log)
    assert tell([], log, NOW + HOUR, window(blind=SERIES)) == []


def test_an_event_is_not_withdrawn_because_the_window_moved_on() -> None:
    log: list[Told] = []
    tell([event(end=NOW)], log)
    assert tell([], log, NOW + HOUR, window(first=ONSET - timedelta(days=3))) == []


def test_at_the_begin_of_a_series_nothing_is_told() -> None:
    assert tell([event()], [], of=window(first=ONSET - timedelta(days=3))) == []


def test_a_bracket_that_jitters_is_not_told_and_one_that_moves_is() -> None:
    log: list[Told] = []
    tell([event()], log)
    later = NOW + QUIET + HOUR
    assert tell([event(onset=ONSET + timedelta(minutes=50))], log, later) == []
    assert tell([event(onset=ONSET - timedelta(hours=5))], log, later) == ["moved"]
    assert log[-1].onset_latest == ONSET - timedelta(hours=5)


def test_shifts_of_size_are_told_after_a_while_and_a_wider_scope_at_once() -> None:
    log: list[Told] = []
    tell([event(SERIES[:1], scope="regional", severity=0.4)], log)
    assert tell([event(SERIES[:1], scope="regional", severity=0.8)], log, NOW + HOUR) == []
    assert tell([event(SERIES[:1], scope="regional", severity=0.8)], log, NOW + QUIET) == ["grew"]
    assert tell([event(SERIES[:1], scope="national", severity=0.8)], log, NOW + QUIET + HOUR) == ["grew"]


def test_an_event_that_loses_a_witness_shrinks() -> None:
    log: list[Told] = []
    tell([event()], log)
    assert tell([event(SERIES[:2])], log, NOW + QUIET) == ["shrank"]
    assert "traffic" in log[-1].note


def test_two_events_that_late_data_make_one_are_merged_and_not_withdrawn() -> None:
    log: list[Told] = []
    tell([event(SERIES[:1]), event(SERIES[1:2], onset=ONSET - timedelta(hours=3), scope="regional")], log)
    assert len({entry.event_id for entry in log}) == 2
    told = tell([event(SERIES[:2])], log, NOW + QUIET)
    assert sorted(told) == ["grew", "merged"]
    merged = next(entry for entry in log if entry.change == "merged")
    assert merged.merged_into == next(e.event_id for e in log if e.change == "grew")


def test_an_event_that_splits_keeps_its_name_once_and_the_other_part_is_new() -> None:
    log: list[Told] = []
    tell([event()], log)
    parts = [event(SERIES[:2]), event(SERIES[2:], onset=ONSET + timedelta(hours=3))]
    assert sorted(tell(parts, log, NOW + QUIET)) == ["new", "shrank"]


def test_another_event_of_the_same_series_later_is_another_event() -> None:
    log: list[Told] = []
    first = event(end=ONSET + HOUR)
    tell([first], log)
    assert tell([first, event(onset=ONSET + 4 * HOUR)], log, NOW + HOUR) == ["new"]
    assert len({entry.event_id for entry in log}) == 2


def test_a_second_deeper_fall_inside_an_open_one_is_told_beside_it() -> None:
    log: list[Told] = []
    tell([event()], log)
    assert tell([event(), event(onset=ONSET + 2 * HOUR, within=1)], log, NOW + HOUR) == ["new"]
    assert tell([event(), event(onset=ONSET + 2 * HOUR, within=1)], log, NOW + 2 * HOUR) == []


def test_a_block_and_an_outage_at_the_same_time_are_two_things() -> None:
    log: list[Told] = []
    blocked = event(SERIES[:1], kind="blocking", direction="up", scope="service", targets=("telegram",))
    assert tell([event(), blocked], log) == ["new", "new"]
    assert tell([event(), blocked], log, NOW + HOUR) == []


def test_evenings_that_become_one_periodic_event_are_merged_into_it() -> None:
    log: list[Told] = []
    evenings = [event(onset=ONSET - timedelta(days=n), end=ONSET - timedelta(days=n) + 2 * HOUR) for n in (2, 1)]
    assert tell(evenings, log, NOW - timedelta(hours=12)) == ["new", "new"]
    joined = event(onset=ONSET - timedelta(days=2), end=ONSET + 2 * HOUR, kind="periodic")
    assert sorted(tell([joined], log, NOW)) == ["merged", "renamed"]


def test_a_clock_that_was_set_back_is_marked_and_silences_nothing() -> None:
    log: list[Told] = []
    tell([event()], log, NOW + timedelta(days=30))
    assert tell([event(end=NOW)], log, NOW) == ["ended"]
    assert log[-1].flags == ["clock_set_back"]
    assert tell([event(end=NOW + 5 * HOUR)], log, NOW + HOUR) == []
    assert tell([event(end=NOW + 5 * HOUR)], log, NOW + 9 * HOUR) == ["moved"]
    assert log[-1].flags == []


def test_every_change_that_can_be_told_has_its_meaning() -> None:
    assert {"new", "grew", "shrank", "moved", "renamed", "joined", "verified", "ended", "reopened", "merged",
            "withdrawn", "returned"} == set(CHANGES)  # fmt: skip


EVENTS = st.builds(
    lambda members, hours, lasts, within: event(
        sorted(members),
        ONSET + timedelta(hours=hours),
        None if lasts is None else ONSET + timedelta(hours=hours + lasts),
        within=within,
    ),
    st.sets(st.sampled_from(SERIES), min_size=1),
    st.integers(-200, 5),
    st.none() | st.integers(2, 100),
    st.integers(0, 1),
)


@given(st.lists(st.lists(EVENTS, max_size=4, unique_by=lambda e: (e.series, e.onset_latest, e.within)), max_size=5))
def test_whatever_was_told_before_a_second_run_on_the_same_data_has_nothing_to_say(
    rounds: list[list[WorldEvent]],
) -> None:
    log: list[Told] = []
    for n, found in enumerate(rounds):
        at = NOW + n * timedelta(hours=7)
        tell(found, log, at)
        assert tell(found, log, at) == []
        assert tell(list(reversed(found)), log, at) == []
    assert [entry.seq for entry in log] == list(range(1, len(log) + 1))


@pytest.mark.parametrize("order", list(itertools.permutations(range(3))))
def test_the_order_of_events_does_not_matter(order: tuple[int, ...]) -> None:
    events = [event(SERIES[:1]), event(SERIES[1:2], onset=ONSET - 9 * HOUR), event(SERIES[2:], within=1)]
    made = telling([events[i] for i in order], [], window(), "IR", NOW)
    assert {entry.event_id for entry in made} == {e.event_id for e in telling(events, [], window(), "IR", NOW)}


def test_a_cut_after_which_some_come_back_is_told_by_itself_and_the_cut_is_not_renamed() -> None:
    log: list[Told] = []
    assert tell([event()], log) == ["new"]
    opened = event(onset=ONSET + 12 * HOUR, kind="allowlisted", flags=("open_at_end_of_data",))
    assert tell([event(), opened], log, NOW + HOUR) == ["new"]
    assert [entry.kind for entry in log] == ["outage", "allowlisted"]
    assert tell([event(), opened], log, NOW + 30 * HOUR) == []


def test_one_witness_that_another_joins_is_told_as_wider() -> None:
    log: list[Told] = []
    tell([event(SERIES[:1], scope="one_witness")], log)
    assert tell([event(SERIES[:2], scope="national")], log, NOW + HOUR) == ["grew"]
