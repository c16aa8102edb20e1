"""IODA's dashboard export: every series on a dense grid, every gap told, nothing guessed."""

from __future__ import annotations

from pathlib import Path

import pytest

from lightkeeper.errors import InputError
from lightkeeper.model.signal import LINEAGES, Signal
from lightkeeper.sources import ioda
from lightkeeper.sources.rows import Unreadable
from places import DATA

SYNTHETIC = DATA / "ioda" / "synthetic_dashboard.csv"


def signals(path: Path = SYNTHETIC) -> list[Signal]:
    return [s for s in ioda.read(path, "ir") if isinstance(s, Signal)]


def test_a_step_that_the_file_leaves_out_is_a_row_without_a_value() -> None:
    bgp = [(f"{s.step_at:%H:%M}", s.value) for s in signals() if s.metric == "bgp"]
    assert bgp == [("00:00", 99), ("00:30", 99), ("01:00", 99), ("01:30", None), ("02:00", 98), ("02:30", 5)]


def test_an_empty_cell_is_a_gap_and_a_zero_is_a_zero() -> None:
    telescope = {f"{s.step_at:%H:%M}": (s.value, s.missing) for s in signals() if s.metric == "telescope"}
    assert telescope["00:30"] == (None, "gap_in_source")
    assert telescope["01:00"] == (0.0, None)


def test_a_value_that_is_not_a_finite_number_is_missing_for_that_reason() -> None:
    at_two = {s.metric: (s.value, s.missing) for s in signals() if f"{s.step_at:%H:%M}" == "02:00"}
    assert at_two["google_search"] == (None, "unreadable_in_source")
    assert at_two["active_probing"] == (None, "unreadable_in_source")


def test_all_that_was_not_used_is_told_by_line() -> None:
    told = {u.where.rpartition(":")[2]: u.what for u in ioda.read(SYNTHETIC, "IR") if isinstance(u, Unreadable)}
    assert "Weather" in told["1"]
    assert "stands twice" in told["6"]
    assert "not a step" in told["7"]
    assert "not a time" in told["8"]
    assert "5" in told


def test_each_series_names_its_lineage() -> None:
    lineage = {s.series: s.lineage for s in signals()}
    assert lineage == {
        "ioda/google_search/IR": "traffic",
        "ioda/telescope/IR": "telescope",
        "ioda/bgp/IR": "control_plane",
        "ioda/active_probing/IR": "active_probing",
        "ioda/mozilla_city_count/IR": "traffic",
    }
    assert set(lineage.values()) <= set(LINEAGES)


def test_a_column_that_is_filled_every_second_row_has_steps_twice_as_long_and_no_gaps(tmp_path: Path) -> None:
    rows = [
        f'"2026-01-{1 + n // 48:02} {n % 48 // 2:02}:{n % 2 * 30:02}:00",{50 + n},{"" if n % 2 or n == 20 else n}'
        for n in range(96)
    ]
    file = tmp_path / "synthetic.csv"
    file.write_text("\n".join(['"Time (UTC)","BGP (#Visible /24s)","Mozilla (City Count)"', *rows]))
    assert len([s for s in signals(file) if s.metric == "bgp"]) == 96
    mozilla = [s for s in signals(file) if s.metric == "mozilla_city_count"]
    assert len(mozilla) == 48
    assert {s.step_s for s in mozilla} == {3600}
    assert [f"{s.step_at:%H:%M}" for s in mozilla if s.value is None] == ["10:00"]


def test_values_are_said_to_be_normalised() -> None:
    assert {(s.unit, s.step_s) for s in signals()} == {("normalised 0-100", 1800)}


@pytest.mark.parametrize(
    ("header", "what"),
    [
        ('"Time (Asia/Tehran)","BGP (#Visible /24s)"', "not UTC"),
        ('"Day","BGP (#Visible /24s)"', "no column `Time"),
        ('"Time (UTC)","Clouds"', "no column of a signal"),
    ],
)
def test_a_file_of_another_form_is_refused_with_a_remedy(tmp_path: Path, header: str, what: str) -> None:
    path = tmp_path / "export.csv"
    path.write_text(f'{header}\n"2020-01-01 00:00:00",1\n"2020-01-01 00:30:00",1\n')
    with pytest.raises(InputError, match=what) as caught:
        signals(path)
    assert caught.value.remedy
    assert caught.value.where == f"{path}:1"


def test_a_wrong_century_does_not_make_a_million_rows(tmp_path: Path) -> None:
    path = tmp_path / "far.csv"
    lines = ["2020-01-01 00:00:00,1", "2020-01-01 00:30:00,1", "2020-01-01 01:00:00,1", "2920-01-01 00:00:00,1"]
    path.write_text("Time (UTC),BGP\n" + "\n".join(lines) + "\n")
    with pytest.raises(InputError, match="every 0:30:00"):
        signals(path)


def test_the_real_export_of_january_2026_is_dense(shared: Path) -> None:
    path = shared / "series" / "ioda-iran-2026" / "half-hourly-2025-12-01-to-2026-01-29.csv"
    found = list(ioda.read(path, "IR"))
    missing = {m: sum(isinstance(s, Signal) and s.metric == m and s.value is None for s in found) for m in
               ("google_search", "telescope", "bgp", "active_probing", "mozilla_city_count")}  # fmt: skip
    assert len(found) == 4 * 2864 + 1432, "Mozilla's steps are hours"
    assert missing == {"google_search": 2, "telescope": 274, "bgp": 7, "active_probing": 2, "mozilla_city_count": 16}
