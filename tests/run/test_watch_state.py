"""When a source is asked: its pace, a pause that grows after failures, a clock that may lie."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from lightkeeper.errors import InputError
from lightkeeper.model.told import CHANGES
from lightkeeper.run import watch_state
from lightkeeper.run.silence import WORDS, condition
from lightkeeper.run.watch_sources import HEAVY, PACES, chosen_sources, heard_name, needs, span_of
from lightkeeper.run.watch_state import SourceState, WatchState, answered, failed, is_due, tried
from lightkeeper.settings import Settings
from places import ROOT

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)


def source(**more: object) -> SourceState:
    state = SourceState(name="ioda", first_tried_at=NOW - 30 * HOUR, last_tried_at=NOW)
    for name, value in more.items():
        setattr(state, name, value)
    return state


def test_a_source_that_was_never_asked_is_due_and_one_that_answered_waits_its_pace() -> None:
    state = SourceState(name="ioda")
    assert is_due(state, NOW)
    tried(state, NOW)
    answered(state, NOW, 3600.0, jitter=lambda: 0.0)
    assert not is_due(state, NOW + timedelta(minutes=59))
    assert is_due(state, NOW + timedelta(minutes=59), slack_s=120.0)
    assert is_due(state, NOW + HOUR)


def test_the_pause_after_failures_doubles_up_to_six_hours_and_an_answer_ends_it() -> None:
    state = source()
    pauses = []
    for _ in range(9):
        failed(state, NOW, "no answer", "wait", jitter=lambda: 1.0)
        assert state.next_try_at is not None
        pauses.append((state.next_try_at - NOW).total_seconds())
    assert pauses == [300, 600, 1200, 2400, 4800, 9600, 19200, 21600, 21600]
    answered(state, NOW, 3600.0)
    assert state.failures == 0


def test_pauses_are_spread_so_that_many_watches_do_not_come_back_together() -> None:
    pauses = set()
    for _ in range(50):
        state = source()
        failed(state, NOW, "no answer", "wait")
        assert state.next_try_at is not None
        pauses.add(state.next_try_at - NOW)
    assert len(pauses) > 40
    assert all(timedelta(seconds=150) <= pause <= timedelta(seconds=300) for pause in pauses)


def test_the_wait_that_a_source_asks_for_is_kept_and_an_absurd_one_is_cut() -> None:
    for asked, least in ((7200.0, 2 * HOUR), (1e12, timedelta(days=7))):
        state = source()
        failed(state, NOW, "429", "wait", asked)
        assert state.next_try_at is not None
        assert least <= state.next_try_at - NOW <= least + timedelta(seconds=30)


@pytest.mark.parametrize("ahead", [timedelta(days=9), timedelta(days=40_000)])
def test_a_next_try_set_by_a_clock_that_was_far_ahead_does_not_silence_a_source(ahead: timedelta) -> None:
    assert is_due(source(next_try_at=NOW + ahead), NOW)


def test_a_clock_that_was_set_back_makes_a_source_due() -> None:
    state = source(last_tried_at=NOW + timedelta(days=2), next_try_at=NOW + timedelta(days=2, hours=1))
    assert is_due(state, NOW)


def test_a_clock_that_jumped_ahead_asks_once_and_not_for_each_hour_it_missed() -> None:
    state = source(next_try_at=NOW + HOUR)
    late = NOW + timedelta(days=100)
    assert is_due(state, late)
    answered(state, late, 3600.0)
    assert not is_due(state, late)


def test_the_state_is_saved_and_read_back_and_a_broken_one_begins_anew(tmp_path: Path) -> None:
    state = WatchState(country="IR")
    tried(state.of("ioda"), NOW)
    watch_state.save(tmp_path, state, NOW)
    assert watch_state.load(tmp_path, "IR").of("ioda").last_tried_at == NOW
    path = tmp_path / "watch" / "IR.json"
    for broken in (b"", b"{", b"[]", path.read_bytes()[:40], path.read_bytes().replace(b'"IR"', b'"UG"')):
        path.write_bytes(broken)
        assert watch_state.load(tmp_path, "IR") == WatchState(country="IR")


@pytest.mark.parametrize(
    ("more", "how"),
    [
        ({"last_tried_at": None}, "not_asked"),
        ({"newest_step_at": NOW - HOUR}, "ok"),
        ({"newest_step_at": NOW - HOUR, "partly": True}, "partly"),
        ({"newest_step_at": NOW - HOUR, "failures": 2}, "failing"),
        ({"newest_step_at": NOW - 9 * HOUR}, "no_news"),
        ({"newest_step_at": NOW - 9 * HOUR, "failures": 2}, "no_delivery"),
        ({"failures": 3}, "never"),
        ({"failures": 1, "first_tried_at": NOW - HOUR}, "never"),
        ({"lacks": "a token"}, "lacks"),
    ],
)
def test_no_news_and_no_delivery_are_two_things_and_neither_is_fine(more: dict[str, object], how: str) -> None:
    assert condition(source(**more), NOW) == how
    assert how in WORDS


def test_all_light_sources_are_watched_unless_others_are_named() -> None:
    assert chosen_sources(None) == [name for name in PACES if name not in HEAVY]
    assert chosen_sources("tor, ioda,tor") == ["tor", "ioda"]
    for wrong in ("x", "", "ioda,../"):
        with pytest.raises(InputError, match="not a source"):
            chosen_sources(wrong)


def test_the_guide_names_every_source_condition_and_change() -> None:
    guide = (ROOT / "docs" / "guide" / "watching.md").read_text(encoding="utf-8")
    missing = [name for name in (*PACES, *WORDS, *CHANGES) if f"`{name}`" not in guide]
    assert missing == ["not_asked"]  # it lasts for a moment only


def test_a_source_without_a_token_says_how_to_get_one() -> None:
    assert "LIGHTKEEPER_RADAR_TOKEN" in (needs("radar", Settings(radar_token=None)) or "")
    assert needs("ioda", Settings()) is None


def test_the_first_round_fills_the_window_and_later_ones_ask_for_the_last_days() -> None:
    today = date(2026, 3, 1)
    tomorrow = date(2026, 3, 2)
    assert span_of("ioda", today, None, None) == (today - timedelta(days=60), tomorrow)
    covered = today - timedelta(days=60)
    assert span_of("ioda", today, covered, today) == (today - timedelta(days=2), tomorrow)


def test_a_watch_that_was_off_fills_the_time_it_missed() -> None:
    today = date(2026, 3, 1)
    since, _ = span_of("ioda", today, today - timedelta(days=80), today - timedelta(days=20))
    assert since == today - timedelta(days=22)
    since, _ = span_of("ioda", today, today - timedelta(days=800), today - timedelta(days=700))
    assert since == today - timedelta(days=60)


@pytest.mark.parametrize(
    ("source", "series", "metric", "unit", "place", "heard"),
    [
        ("ioda", "ioda_api/probing_loss/AS58224", "x", "percent", ("asn", "58224"), "ioda_api/probing_loss/IR/AS58224"),
        ("ioda", "ioda_api/bgp/region-1906", "x", "y", ("region", "1906"), "ioda_api/bgp/IR/region-1906"),
        ("radar", "radar/http/IR/2026-01-01_2026-02-01", "x", "y", ("country", "IR"), "radar/http/IR"),
        ("mlab", "mlab/ndt_p50/AS1/IR", "x", "Mbit/s", ("asn", "1"), "mlab/ndt_p50_throughput/IR/AS1"),
        ("ooni-counts", "ooni_api/measurements/IR/tor", "ooni_measurements", "y", ("country", "IR"),
         "ooni_api/measurements/tor/IR"),
        ("ooni-counts", "ooni_api/anomaly_share/IR/tor", "ooni_anomaly_share", "y", ("country", "IR"), None),
        ("tor", "tor_metrics/bridge_users_low/IR/obfs4", "tor_bridge_users_low_obfs4", "y", ("country", "IR"),
         "tor_metrics/bridge_users_low/obfs4/IR"),
        ("tor", "tor_metrics/bridge_users_high/IR/obfs4", "tor_bridge_users_high_obfs4", "y", ("country", "IR"), None),
    ],
)  # fmt: skip
def test_detection_hears_each_series_under_a_name_whose_place_comes_last(
    source: str, series: str, metric: str, unit: str, place: tuple[str, str], heard: str | None
) -> None:
    assert heard_name(source, series, metric, unit, place, "IR") == heard
