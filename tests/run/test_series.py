"""Rows of series to events, members and expected bands, on series made for the purpose."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lightkeeper.detect.elsewhere import ALONE
from lightkeeper.model import Event, Member, Signal
from lightkeeper.run.series import watch_rows

BEGIN = datetime(2025, 12, 1, tzinfo=UTC)


def series(values: list[float | None], step_s: int = 86_400, lineage: str = "circumvention") -> list[Signal]:
    name = "tor_users/tor_direct_users/IR" if lineage == "circumvention" else f"x/{lineage}/IR"
    return [
        Signal(
            series=name, step_at=BEGIN + timedelta(seconds=i * step_s), step_s=step_s,
            source="tor_users", lineage=lineage, entity_type="country", entity="IR", metric="tor_direct_users",
            unit="users", value=value,
        )
        for i, value in enumerate(values)
    ]  # fmt: skip


def drops(rows: list[Signal], country: str = "IR") -> tuple[list[Event], list[Signal]]:
    """The falls in the rows of one series, and its dense rows with their band."""
    found = watch_rows(rows, country)
    (filled,) = found.signals.values()
    return [e for e in found.events if e.kind in ("outage", "circumvention_drop")], filled


def moved(rows: list[Signal]) -> dict[str, Member]:
    """The series of the one event in the rows."""
    found = watch_rows(rows, "IR")
    assert len(found.events) == 1
    return {m.series: m for m in found.members if m.role == "moved"}


def day(number: int) -> datetime:
    return BEGIN + timedelta(days=number)


QUIET: list[float | None] = [100.0, 104.0, 97.0, 101.0, 95.0] * 6


def test_a_fall_is_bracketed_between_the_last_normal_and_the_first_low_step() -> None:
    (event,), _ = drops(series([*QUIET, 20.0, 5.0, 30.0, 99.0, 101.0, 100.0]))
    assert (event.onset_earliest, event.onset_latest) == (day(29), day(31))
    assert (event.end_earliest, event.end_latest) == (day(32), day(34))
    assert event.severity == pytest.approx(0.95, abs=0.01)
    assert (event.kind, event.lineages, event.country) == ("circumvention_drop", ["circumvention"], "IR")


def test_a_quiet_series_raises_nothing() -> None:
    assert drops(series(QUIET * 3))[0] == []


def test_a_drop_that_is_open_at_the_end_of_the_data_has_no_end() -> None:
    (event,), _ = drops(series([*QUIET, 5.0, 5.0, 5.0]))
    assert event.end_earliest is None
    assert event.end_latest is None
    assert event.flags == ["open_at_end_of_data", ALONE]


def test_a_long_shutdown_does_not_teach_the_baseline() -> None:
    (event,), rows = drops(series([*QUIET, *[5.0] * 200, 99.0, 101.0, 100.0]))
    assert event.end_latest == day(231)
    assert all(r.expected is not None and 95 < r.expected < 105 for r in rows[31:231]), "what was before the shutdown"


def test_a_missing_step_is_neither_low_nor_normal() -> None:
    assert drops(series([*QUIET, None, None, None, *QUIET]))[0] == []
    (event,), _ = drops(series([*QUIET, None, 5.0, None, None, 5.0, None, 100.0, 100.0]))
    assert (event.onset_earliest, event.onset_latest) == (day(29), day(32))
    assert (event.end_earliest, event.end_latest) == (day(34), day(37))


def test_an_open_drop_stays_open_while_nothing_is_known() -> None:
    (event,), _ = drops(series([*QUIET, 5.0, 5.0, *[None] * 30]))
    assert event.end_latest is None


def test_a_short_return_does_not_cut_a_drop_in_two() -> None:
    events, _ = drops(series([*QUIET, 5.0, 5.0, 100.0, 5.0, 5.0, 100.0, 100.0, 100.0]))
    assert len(events) == 1


def half_hours(days: int) -> list[float | None]:
    return [50.0 + (i % 48) for i in range(48 * days)]


def test_a_single_low_step_of_a_half_hourly_series_is_a_blip() -> None:
    values = half_hours(14)
    values[500] = 20.0
    assert drops(series(values, 1800, "traffic"))[0] == []


def test_a_single_step_that_falls_to_almost_nothing_is_not_ignored() -> None:
    values = half_hours(14)
    values[500] = 1.0
    (event,), _ = drops(series(values, 1800, "traffic"))
    assert "single_step" in event.flags


def test_a_small_fall_of_routes_is_told_with_its_small_severity() -> None:
    values = [99.9 + 0.01 * (i % 5) for i in range(48 * 14)]
    values[500:560] = [96.6] * 60
    (event,), _ = drops(series(values, 1800, "control_plane"))
    assert event.severity == pytest.approx(0.033, abs=0.002)


def test_nothing_is_raised_before_there_is_a_past() -> None:
    assert drops(series([5.0] * 5 + [100.0] * 8))[0] == []


@settings(max_examples=30, deadline=None)
@given(st.data())
def test_the_same_events_whatever_order_rows_come_in(data) -> None:
    dips = data.draw(st.lists(st.integers(28, 70), max_size=12))
    gaps = data.draw(st.lists(st.integers(0, 75), max_size=12))
    values: list[float | None] = (QUIET * 3)[:76]
    for i in dips:
        values[i] = 10.0
    rows = [r for i, r in enumerate(series(values)) if i not in gaps]
    assert drops(data.draw(st.permutations(rows))) == drops(rows)


@settings(max_examples=30, deadline=None)
@given(st.integers(40, 75))
def test_what_comes_later_does_not_move_an_onset(cut: int) -> None:
    values: list[float | None] = [*QUIET, *[5.0] * 6, *QUIET, *[4.0] * 12]
    whole, _ = drops(series(values))
    part, _ = drops(series(values[:cut]))
    assert [e.event_id for e in part] == [e.event_id for e in whole][: len(part)]


def test_a_series_of_a_network_is_of_the_country_that_it_was_taken_for() -> None:
    rows = [msgspec.structs.replace(r, entity_type="asn", entity="44244", lineage="traffic", source="x",
                                    series="x/traffic/AS44244", metric="traffic")
            for r in series([*QUIET, 5.0, 5.0])]  # fmt: skip
    (event,), _ = drops(rows)
    assert (event.country, event.entity_type, event.entity, event.scope) == ("IR", "asn", "44244", "operator")


def named(
    name: str, lineage: str, values: list[float], entity_type: str = "country", entity: str = "IR"
) -> list[Signal]:
    made = series(list(values), lineage=lineage)
    return [
        msgspec.structs.replace(r, series=name, metric=name.split("/")[1], entity_type=entity_type, entity=entity)
        for r in made
    ]


FLAT = [100.0] * 30


def test_each_series_keeps_its_own_recovery() -> None:
    fast, slow = [*FLAT, *[5.0] * 3, *[100.0] * 9], [*FLAT, *[5.0] * 9, *[100.0] * 3]
    rows = [*named("x/google/IR", "traffic", fast), *named("x/ping/IR", "active_probing", slow)]
    members = moved(rows)
    assert [m.onset_latest for m in members.values()] == [day(31)] * 2
    assert {n: m.end_latest for n, m in members.items()} == {"x/google/IR": day(34), "x/ping/IR": day(40)}
    (event,) = watch_rows(rows, "IR").events
    assert (event.end_earliest, event.end_latest) == (members["x/google/IR"].end_earliest, day(40))
    assert event.lineages == ["active_probing", "traffic"]


def test_a_lineage_that_was_looked_at_and_did_not_move_is_named() -> None:
    rows = [*named("x/google/IR", "traffic", [*FLAT, *[5.0] * 6])]
    rows += named("x/bgp/IR", "control_plane", [*FLAT, *[100.0] * 6])
    found = watch_rows(rows, "IR")
    assert [e.lineages_silent for e in found.events] == [["control_plane"]]
    assert [(m.series, m.onset_latest) for m in found.members if m.role == "stayed"] == [("x/bgp/IR", None)]


def test_a_series_without_data_is_not_silent() -> None:
    rows = [*named("x/google/IR", "traffic", [*FLAT, *[5.0] * 6]), *named("x/bgp/IR", "control_plane", FLAT[:20])]
    assert [e.lineages_silent for e in watch_rows(rows, "IR").events] == [[]]


def test_one_feed_of_routes_through_three_products_is_one_witness() -> None:
    fall = [*FLAT, *[60.0] * 9]
    rows = [r for source in ("ioda", "ripestat", "mrt") for r in named(f"{source}/bgp/IR", "control_plane", fall)]
    (event,) = watch_rows(rows, "IR").events
    assert len(event.members) == 3
    assert event.lineages == ["control_plane"]


def test_a_series_of_an_unknown_kind_is_no_witness() -> None:
    (event,) = watch_rows(named("x/strange/IR", "unknown", [*FLAT, *[5.0] * 9]), "IR").events
    assert event.lineages == []


def test_a_few_regions_among_calm_ones_are_one_event_with_its_places() -> None:
    rows = []
    for number in range(1, 9):
        left = 5.0 if number <= 2 else 100.0
        region = f"IR-{number:02d}"
        rows += named(f"x/traffic/{region}", "traffic", [*FLAT, *[left] * 4, *[100.0] * 6], "region", region)
    (event,) = watch_rows(rows, "IR").events
    assert (event.scope, event.entity_type) == ("regional", "region")
    assert event.places == ["region:IR-01", "region:IR-02"]


def test_the_band_of_a_share_ends_where_the_past_share_may_be_at_most() -> None:
    shares = [0.0, 0.1, 0.0, 0.05] * 60 + [0.9] * 24
    rows = [
        msgspec.structs.replace(r, series="ooni_cells/blocked_share/signal/AS44244", lineage="in_country", n=4.0)
        for r in series(list(shares), 3600)
    ]
    found = watch_rows(rows, "IR")
    (filled,) = found.signals.values()
    assert [(e.kind, e.targets) for e in found.events] == [("blocking", ["signal"])]
    assert filled[0].expected is None
    last = filled[-1]
    assert last.expected is not None
    assert last.expected_high is not None
    assert 0.02 < last.expected < last.expected_high < 0.1, "the block itself is not learnt"


@settings(max_examples=15, deadline=None)
@given(st.data())
def test_the_rows_of_events_do_not_depend_on_the_order_of_series(data) -> None:
    rows = named("x/google/IR", "traffic", [*FLAT, *[5.0] * 6])
    rows += named("x/bgp/IR", "control_plane", [*FLAT, *[80.0] * 6])
    assert watch_rows(data.draw(st.permutations(rows)), "IR") == watch_rows(rows, "IR")


def test_an_event_carries_the_flags_of_series_of_its_place_while_it_lasts() -> None:
    low = series([*QUIET, 20.0, 5.0, 30.0, 99.0, 101.0, 100.0])

    def routed(day_of_flag: int, entity: str = "IR") -> list[Signal]:
        rows = series([100.0] * 36, lineage="control_plane")
        flag = "origin_changed"
        return [
            msgspec.structs.replace(r, entity=entity, flag=flag if n == day_of_flag else None)
            for n, r in enumerate(rows)
        ]

    for at, expected in ((31, ["origin_changed"]), (5, [])):
        (event,) = [e for e in watch_rows([*low, *routed(at)], "IR").events if e.kind == "circumvention_drop"]
        assert [f for f in event.flags if f != ALONE] == expected
