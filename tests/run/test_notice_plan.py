"""What is due on a channel: filters, quiet hours, digests, heartbeats, another try. A pure function."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lightkeeper.model import Delivery, Told
from lightkeeper.model.channel import Channel
from lightkeeper.run.notice_plan import ONE_BY_ONE, Due, boundary, due, next_try, past_of
from publish.notices.entries import AT, entry, silent
from publish.notices.servers import channel

DAY = timedelta(days=1)


def row(state: str, *entries: int, at: datetime = AT, **more: Any) -> Delivery:
    name = f"lk-IR-desk-{entries[0]}" if entries and state not in ("begun", "left_out") else ""
    filled = {"notice": name, "purpose": "notice", "attempt": 1} if name else {}
    return Delivery(
        country="IR", seq=0, at=at, channel="desk", kind="telegram", state=state, entries=list(entries), **filled | more
    )


BEGUN = row("begun", at=AT - 2 * DAY)


def desk(**more: Any) -> Channel:
    return channel("telegram", 1, "desk", **more)


def planned(entries: list[Told], rows: list[Delivery], now: datetime = AT, again: bool = False, **more: Any) -> Due:
    return due(desk(**more), entries, past_of(rows, "desk", again=again), now, "IR")


def test_each_entry_is_a_notice_of_its_own_and_a_retraction_is_a_correction() -> None:
    found = planned([entry(1), entry(2, change="withdrawn", event_id="IR-e1")], [BEGUN])
    assert [(d.notice, d.purpose, d.entries, d.attempt) for d in found.drafts] == [
        ("lk-IR-desk-1", "notice", (1,), 1), ("lk-IR-desk-2", "correction", (2,), 1),
    ]  # fmt: skip


def test_a_new_channel_gets_only_what_comes() -> None:
    assert [d.entries for d in planned([entry(1), entry(2), entry(3)], [row("begun", 2)]).drafts] == [(3,)]


def test_many_at_once_go_in_one_message() -> None:
    many = [entry(n) for n in range(1, ONE_BY_ONE + 2)]
    (draft,) = planned(many, [BEGUN]).drafts
    assert (draft.purpose, draft.entries, draft.notice) == ("digest", (1, 2, 3, 4, 5, 6), "lk-IR-desk-1-6")


@pytest.mark.parametrize(
    ("filters", "passing"),
    [
        ({"kinds": ["blocking"]}, []),
        ({"kinds": ["outage"]}, [1, 3]),
        ({"scopes": ["source"]}, [2]),
        ({"least_severity": 0.99}, [2]),
        ({"least_severity": 0.9}, [1, 2]),
        ({}, [1, 2, 3]),
    ],
)
def test_filters_leave_out_and_an_unknown_depth_is_not_a_small_one(filters: dict[str, Any], passing: list[int]) -> None:
    found = planned([entry(1, severity=0.95), silent(2), entry(3, severity=0.1)], [BEGUN], **filters)
    assert [d.entries[0] for d in found.drafts] == passing
    assert sorted({1, 2, 3} - set(passing)) == list(found.left_out)


def test_who_was_told_of_an_event_hears_that_it_was_wrong_whatever_the_filters_say() -> None:
    entries = [entry(1, severity=0.9), entry(2, event_id="IR-e1", change="withdrawn", severity=0.1), entry(3)]
    found = planned(entries, [BEGUN, row("sent", 1)], least_severity=0.5)
    assert [d.entries for d in found.drafts] == [(2,), (3,)]
    other = planned(entries[1:2], [BEGUN], least_severity=0.5)
    assert (other.drafts, other.left_out) == ((), (2,))


def test_what_was_left_out_stays_out_when_the_filters_change() -> None:
    assert planned([entry(1)], [BEGUN, row("left_out", 1)]).drafts == ()


@pytest.mark.parametrize(("hour", "sent"), [(21, True), (22, False), (3, False), (6, False), (7, True)])
def test_nothing_goes_out_in_the_quiet_hours_of_the_readers_zone(hour: int, sent: bool) -> None:
    now = datetime(2026, 11, 25, hour, 30, tzinfo=UTC) - timedelta(hours=3, minutes=30)
    found = planned([entry(1)], [BEGUN], now, quiet="22:00-07:00", time_zone="Asia/Tehran")
    assert bool(found.drafts) is sent
    assert found.held == (() if sent else (1,))


def test_a_deep_cut_breaks_the_quiet_where_the_channel_says_so() -> None:
    more = {"quiet": "00:00-23:59", "quiet_unless": 0.9}
    found = planned([entry(1, severity=0.95), entry(2, severity=0.3), silent(3)], [BEGUN], **more)
    assert ([d.entries for d in found.drafts], found.held) == ([(1,)], (2, 3))


@pytest.mark.parametrize("when", ["hourly", "daily"])
def test_a_digest_waits_for_its_time_and_then_goes_once(when: str) -> None:
    step = timedelta(hours=1) if when == "hourly" else DAY
    slot = boundary(desk(when=when), AT)
    before = [row("begun", at=slot - step), row("sent", at=slot + timedelta(minutes=1), notice="x", purpose="digest")]
    assert planned([entry(1)], before, AT, when=when).held == (1,)
    found = planned([entry(1)], before, slot + step, when=when)
    assert [(d.purpose, d.entries) for d in found.drafts] == [("digest", (1,))]


def test_a_daily_digest_is_due_at_its_hour_in_its_zone_also_when_the_clocks_change() -> None:
    berlin = desk(when="daily", daily_at="08:00", time_zone="Europe/Berlin")
    before, after = datetime(2026, 10, 24, 12, tzinfo=UTC), datetime(2026, 10, 26, 12, tzinfo=UTC)
    assert boundary(berlin, before) == datetime(2026, 10, 24, 6, tzinfo=UTC)
    assert boundary(berlin, after) == datetime(2026, 10, 26, 7, tzinfo=UTC)


def test_a_heartbeat_says_once_a_day_that_nothing_was_told() -> None:
    (beat,) = planned([], [BEGUN], heartbeat=True).drafts
    assert (beat.purpose, beat.entries, beat.since) == ("heartbeat", (), BEGUN.at)
    sent = row("sent", notice=beat.notice, purpose="heartbeat")
    assert planned([], [BEGUN, sent], AT + timedelta(hours=5), heartbeat=True).drafts == ()
    assert len(planned([], [BEGUN, sent], AT + DAY, heartbeat=True).drafts) == 1
    assert planned([], [BEGUN], heartbeat=False).drafts == ()
    assert [d.purpose for d in planned([entry(1)], [BEGUN], heartbeat=True).drafts] == ["notice"]


def test_what_was_not_taken_is_tried_again_after_a_pause_under_the_same_name() -> None:
    failed = row("failed", 1, next_try_at=AT + timedelta(minutes=1))
    assert planned([entry(1), entry(2)], [BEGUN, failed]).held == (1, 2)
    found = planned([entry(1), entry(2)], [BEGUN, failed], AT + timedelta(minutes=1))
    assert [(d.notice, d.attempt) for d in found.drafts] == [("lk-IR-desk-1", 2), ("lk-IR-desk-2", 1)]


def test_pauses_double_up_to_six_hours_and_never_undercut_what_the_other_side_asks() -> None:
    waits = [(next_try(AT, n, None) - AT).total_seconds() for n in (1, 2, 3, 9, 99)]
    assert waits == [60, 120, 240, 15360, 21600]
    assert (next_try(AT, 1, 500.0) - AT).total_seconds() == 500
    assert (next_try(AT, 1, 1e12) - AT).total_seconds() == 86_400


def test_a_next_try_that_a_wrong_clock_set_does_not_hold_for_ever() -> None:
    failed = row("failed", 1, next_try_at=AT + 400 * DAY)
    assert len(planned([entry(1)], [BEGUN, failed]).drafts) == 1


def test_what_is_in_doubt_is_sent_again_only_where_a_person_asks() -> None:
    rows = [BEGUN, row("in_doubt", 1)]
    assert planned([entry(1)], rows).drafts == ()
    assert [d.attempt for d in planned([entry(1)], rows, again=True).drafts] == [2]


OUTCOMES = st.lists(st.sampled_from(["sent", "failed", "in_doubt"]), min_size=1, max_size=40)


@given(OUTCOMES, st.integers(1, 12), st.booleans(), st.sampled_from(["now", "hourly", "daily"]))
@settings(max_examples=150, deadline=None)
def test_however_it_goes_each_entry_is_taken_at_most_once_and_in_the_end_has_a_fate(
    outcomes: list[str], entries: int, filtered: bool, when: str
) -> None:
    told = [entry(n, severity=n / 20) for n in range(1, entries + 1)]
    ours = desk(when=when, least_severity=0.3 if filtered else 0.0)
    rows, now, n = [BEGUN], AT, 0
    taken: list[int] = []
    for _ in range(200):
        found = due(ours, told, past_of(rows, "desk"), now, "IR")
        if found.left_out:
            rows.append(row("left_out", *found.left_out, at=now))
        for draft in found.drafts:
            state = outcomes[n] if n < len(outcomes) else "sent"
            n += 1
            later = now + timedelta(minutes=5) if state == "failed" else None
            made = {"notice": draft.notice, "purpose": draft.purpose, "attempt": draft.attempt, "next_try_at": later}
            rows.append(row(state, *draft.entries, at=now, **made))
            taken += draft.entries if state != "failed" else ()
            if state == "failed":
                break
        now += timedelta(hours=3)
    left = {n for r in rows if r.state == "left_out" for n in r.entries}
    assert sorted(taken) == sorted(set(taken))
    assert sorted([*taken, *left]) == list(range(1, entries + 1))
