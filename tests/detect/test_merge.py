"""Drops of several series of one place, side by side."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from lightkeeper.detect import detect_all, national_events
from lightkeeper.model import Event, Signal

BEGIN = datetime(2025, 12, 1, tzinfo=UTC)


def series(name: str, lineage: str, values: list[float]) -> list[Signal]:
    return [
        Signal(
            series=f"ioda/{name}/IR", step_at=BEGIN + timedelta(days=i), step_s=86_400, source="ioda", lineage=lineage,
            entity_type="country", entity="IR", metric=name, unit="normalised 0-100", value=value,
        )
        for i, value in enumerate(values)
    ]  # fmt: skip


def drop(name: str, at: datetime) -> Event:
    return Event(
        event_id=name, kind="outage", source="lightkeeper.detect", country="IR", entity_type="country", entity="IR",
        onset_earliest=at - timedelta(minutes=30), onset_latest=at,
    )  # fmt: skip


FLAT = [100.0] * 30


def test_each_series_keeps_its_own_recovery() -> None:
    fast, slow = [*FLAT, *[5.0] * 3, *[100.0] * 9], [*FLAT, *[5.0] * 9, *[100.0] * 3]
    events, _ = detect_all([*series("google", "traffic", fast), *series("probing", "active_probing", slow)])
    assert [e.onset_latest for e in events] == [BEGIN + timedelta(days=31)] * 2
    assert {e.end_latest for e in events} == {BEGIN + timedelta(days=34), BEGIN + timedelta(days=40)}
    assert len(national_events(events)) == 1


def test_a_lineage_that_was_looked_at_and_did_not_move_is_named() -> None:
    rows = [*series("google", "traffic", [*FLAT, *[5.0] * 6]), *series("bgp", "control_plane", [*FLAT, *[100.0] * 6])]
    (event,), _ = detect_all(rows)
    assert event.lineages_silent == ["control_plane"]


def test_a_series_without_data_is_not_silent() -> None:
    rows = [*series("google", "traffic", [*FLAT, *[5.0] * 6]), *series("bgp", "control_plane", FLAT[:20])]
    (event,), _ = detect_all(rows)
    assert event.lineages_silent == []


def test_drops_two_days_apart_are_two_disruptions() -> None:
    first, near, far = (drop(n, BEGIN + timedelta(hours=h)) for n, h in (("a", 0), ("b", 47), ("c", 49)))
    assert [[e.event_id for e in g] for g in national_events([far, near, first])] == [["a", "b"], ["c"]]
