"""Drops of one series, on series made for the purpose."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lightkeeper.detect import detect_drops
from lightkeeper.errors import InputError
from lightkeeper.model import Signal

BEGIN = datetime(2025, 12, 1, tzinfo=UTC)


def series(values: list[float | None], step_s: int = 86_400, lineage: str = "circumvention") -> list[Signal]:
    return [
        Signal(
            series="tor_users/tor_direct_users/IR", step_at=BEGIN + timedelta(seconds=i * step_s), step_s=step_s,
            source="tor_users", lineage=lineage, entity_type="country", entity="IR", metric="tor_direct_users",
            unit="users", value=value,
        )
        for i, value in enumerate(values)
    ]  # fmt: skip


def day(number: int) -> datetime:
    return BEGIN + timedelta(days=number)


QUIET: list[float | None] = [100.0, 104.0, 97.0, 101.0, 95.0] * 6


def test_a_fall_is_bracketed_between_the_last_normal_and_the_first_low_step() -> None:
    (event,), _ = detect_drops(series([*QUIET, 20.0, 5.0, 30.0, 99.0, 101.0, 100.0]))
    assert (event.onset_earliest, event.onset_latest) == (day(29), day(31))
    assert (event.end_earliest, event.end_latest) == (day(32), day(34))
    assert event.severity == pytest.approx(0.95, abs=0.01)
    assert (event.kind, event.lineages, event.country) == ("circumvention_drop", ["circumvention"], "IR")


def test_a_quiet_series_raises_nothing() -> None:
    assert detect_drops(series(QUIET * 3))[0] == []


def test_a_drop_that_is_open_at_the_end_of_the_data_has_no_end() -> None:
    (event,), _ = detect_drops(series([*QUIET, 5.0, 5.0, 5.0]))
    assert event.end_earliest is None
    assert event.end_latest is None
    assert event.flags == ["open_at_end_of_data"]


def test_a_long_shutdown_does_not_teach_the_baseline() -> None:
    (event,), rows = detect_drops(series([*QUIET, *[5.0] * 200, 99.0, 101.0, 100.0]))
    assert event.end_latest == day(231)
    assert all(r.expected is not None and 95 < r.expected < 105 for r in rows[31:231]), "what was before the shutdown"


def test_a_missing_step_is_neither_low_nor_normal() -> None:
    assert detect_drops(series([*QUIET, None, None, None, *QUIET]))[0] == []
    (event,), _ = detect_drops(series([*QUIET, None, 5.0, None, None, 5.0, None, 100.0, 100.0]))
    assert (event.onset_earliest, event.onset_latest) == (day(29), day(32))
    assert (event.end_earliest, event.end_latest) == (day(34), day(37))


def test_an_open_drop_stays_open_while_nothing_is_known() -> None:
    (event,), _ = detect_drops(series([*QUIET, 5.0, 5.0, *[None] * 30]))
    assert event.end_latest is None


def test_a_short_return_does_not_cut_a_drop_in_two() -> None:
    events, _ = detect_drops(series([*QUIET, 5.0, 5.0, 100.0, 5.0, 5.0, 100.0, 100.0, 100.0]))
    assert len(events) == 1


def half_hours(days: int) -> list[float | None]:
    return [50.0 + (i % 48) for i in range(48 * days)]


def test_a_single_low_step_of_a_half_hourly_series_is_a_blip() -> None:
    values = half_hours(14)
    values[500] = 20.0
    assert detect_drops(series(values, 1800, "traffic"))[0] == []


def test_a_single_step_that_falls_to_almost_nothing_is_not_ignored() -> None:
    values = half_hours(14)
    values[500] = 1.0
    (event,), _ = detect_drops(series(values, 1800, "traffic"))
    assert "single_step" in event.flags


def test_a_small_fall_of_routes_is_told_with_its_small_severity() -> None:
    values = [99.9 + 0.01 * (i % 5) for i in range(48 * 14)]
    values[500:560] = [96.6] * 60
    (event,), _ = detect_drops(series(values, 1800, "control_plane"))
    assert event.severity == pytest.approx(0.033, abs=0.002)


def test_nothing_is_raised_before_there_is_a_past() -> None:
    assert detect_drops(series([5.0] * 5 + [100.0] * 8))[0] == []


@settings(max_examples=30, deadline=None)
@given(st.data())
def test_the_same_events_whatever_order_rows_come_in(data) -> None:
    dips = data.draw(st.lists(st.integers(28, 70), max_size=12))
    gaps = data.draw(st.lists(st.integers(0, 75), max_size=12))
    values: list[float | None] = (QUIET * 3)[:76]
    for i in dips:
        values[i] = 10.0
    rows = [r for i, r in enumerate(series(values)) if i not in gaps]
    assert detect_drops(data.draw(st.permutations(rows))) == detect_drops(rows)


@settings(max_examples=30, deadline=None)
@given(st.integers(40, 75))
def test_what_comes_later_does_not_move_an_onset(cut: int) -> None:
    values: list[float | None] = [*QUIET, *[5.0] * 6, *QUIET, *[4.0] * 12]
    whole, _ = detect_drops(series(values))
    part, _ = detect_drops(series(values[:cut]))
    assert [e.event_id for e in part] == [e.event_id for e in whole][: len(part)]


def test_a_series_of_a_network_needs_its_country() -> None:
    rows = [Signal(**{**{f: getattr(r, f) for f in Signal.__struct_fields__}, "entity_type": "asn", "entity": "44244"})
            for r in series([*QUIET, 5.0, 5.0])]  # fmt: skip
    with pytest.raises(InputError, match="country"):
        detect_drops(rows)
    (event,), _ = detect_drops(rows, country="IR")
    assert (event.country, event.entity) == ("IR", "44244")
