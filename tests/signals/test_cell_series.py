"""Cells as series: a share of what was measured, and how much that was."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from lightkeeper.model import Cell, Signal
from lightkeeper.signals.cell_series import LEAST_MEASURED, cell_series

BEGIN = datetime(2031, 3, 1, tzinfo=UTC)
END = BEGIN + timedelta(days=1)


def cell(hour: int, blocked: int = 0, ok: int = 4, **more: object) -> Cell:
    facts: dict[str, object] = {
        "target": "signal", "probe_cc": "XA", "probe_asn": 44244, "layer": "all", "hour": BEGIN + timedelta(hours=hour),
        "measurements": blocked + ok, "sessions": blocked + ok, "blocked": blocked, "ok": ok, "state": "ok",
        "blocked_share": blocked / (blocked + ok),
    }  # fmt: skip
    return Cell(**{**facts, **more})  # type: ignore[arg-type]


def series(cells: list[Cell]) -> dict[str, list[Signal]]:
    found: dict[str, list[Signal]] = {}
    for row in cell_series(cells, "XA", BEGIN, END, lambda target: {"signal": "signal"}.get(target)):
        found.setdefault(row.series, []).append(row)
    return found


def test_an_hour_without_measurements_has_a_volume_of_zero_and_no_share() -> None:
    found = series([cell(3), cell(4, blocked=2, ok=2), cell(9), cell(10)])
    assert {name: len(rows) for name, rows in found.items()} == {
        "ooni_cells/measurements/AS44244": 24,
        "ooni_cells/blocked_share/signal/AS44244": 24,
    }
    share = {r.step_at.hour: r for r in found["ooni_cells/blocked_share/signal/AS44244"]}
    assert (share[4].value, share[4].n) == (0.5, 4.0)
    assert (share[5].value, share[5].n, share[5].missing) == (None, 0.0, "no_measurements")
    volume = {r.step_at.hour: r.value for r in found["ooni_cells/measurements/AS44244"]}
    assert (volume[4], volume[5]) == (4.0, 0.0)
    assert {r.lineage for rows in found.values() for r in rows} == {"in_country"}


def test_one_session_that_sends_many_measurements_is_one_witness() -> None:
    found = series([cell(h, blocked=50, ok=0, sessions=2) for h in range(20)])
    assert {r.n for r in found["ooni_cells/blocked_share/signal/AS44244"]} == {2.0, 0.0}


def test_what_was_hardly_measured_has_no_share_and_targets_of_no_service_count_as_volume() -> None:
    found = series([cell(1, ok=LEAST_MEASURED - 1), cell(2, target="example.org")])
    assert list(found) == ["ooni_cells/measurements/AS44244"]


def test_a_country_speaks_by_its_networks_and_only_where_there_are_three() -> None:
    country = {"probe_asn": None, "scope": "country", "blocked_share": 0.5}
    found = series(
        [cell(h, blocked=9, ok=9, networks=5, **country) for h in range(6)] + [cell(8, networks=2, **country)]
    )
    share = {r.step_at.hour: r for r in found["ooni_cells/blocked_share/signal/XA"]}
    assert (share[0].value, share[0].n, share[0].entity_type) == (0.5, 5.0, "country")
    assert share[8].value is None
    assert "ooni_cells/blocked_share/signal/AS0" not in found


def test_other_countries_layers_and_unknown_networks_are_left_out() -> None:
    assert series([cell(1, probe_cc="XB"), cell(1, layer="dns"), cell(1, probe_asn=None)]) == {}
