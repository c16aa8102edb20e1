"""The lake: what is written comes back, with the same bytes for the same rows."""

from __future__ import annotations

import os
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lightkeeper.errors import InputError
from lightkeeper.model import Control, Document, Event, Signal
from lightkeeper.store import Lake
from lightkeeper.store.columns import Columns

TIMES = st.datetimes(min_value=datetime(1990, 1, 1), max_value=datetime(2100, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001
TEXT = st.text(alphabet=st.characters(exclude_categories=["Cs"]), max_size=20)
NUMBERS = st.none() | st.floats(allow_nan=False)


def signal(at: datetime, value: float | None = 1.0, series: str = "ioda/bgp/IR") -> Signal:
    return Signal(
        series=series, step_at=at, step_s=1800, source="ioda", lineage="control_plane", entity_type="country",
        entity="IR",
        metric="bgp", unit="count", value=value, missing=None if value is not None else "gap_in_source",
    )  # fmt: skip


@settings(max_examples=40, deadline=None)
@given(rows=st.lists(st.builds(signal, TIMES, NUMBERS, TEXT), max_size=20, unique_by=lambda s: (s.series, s.step_at)))
def test_what_is_written_comes_back_in_the_order_of_its_key(tmp_path_factory, rows) -> None:
    lake = Lake(tmp_path_factory.mktemp("lake"))
    lake.write(Signal, rows, part="p")
    assert lake.read(Signal) == sorted(rows, key=lambda s: (s.series, s.step_at))


@settings(max_examples=20, deadline=None)
@given(rows=st.lists(st.builds(signal, TIMES, NUMBERS, TEXT), max_size=10, unique_by=lambda s: (s.series, s.step_at)))
def test_the_order_of_arrival_does_not_change_a_byte(tmp_path_factory, rows) -> None:
    lake = Lake(tmp_path_factory.mktemp("lake"))
    one, other = lake.write(Signal, rows, part="a"), lake.write(Signal, rows[::-1], part="b")
    assert one.read_bytes() == other.read_bytes()


@pytest.mark.parametrize("at_a_time", [1, 700, 1024, 2500])
def test_rows_come_out_the_same_in_whatever_heaps_they_come_in(tmp_path: Path, at_a_time: int) -> None:
    first = datetime(2021, 1, 1, tzinfo=UTC)
    rows = [signal(first + timedelta(hours=n), float(n % 7), f"s{n // 500}" * 40) for n in range(2500)]
    columns: Columns[Signal] = Columns(Signal)
    for start in range(0, len(rows), at_a_time):
        columns.add(rows[start : start + at_a_time])
    lake, names = Lake(tmp_path), rows[0].__struct_fields__
    heaps = lake.write(Signal, columns, part="heaps").read_bytes()
    assert lake.read(Signal) == rows
    assert heaps == lake.write(Signal, {n: [getattr(r, n) for r in rows] for n in names}, part="whole").read_bytes()
    assert heaps == lake.write(Signal, rows[::-1], part="backwards").read_bytes()


def test_lists_days_times_and_empty_columns_come_back(tmp_path: Path) -> None:
    row = Document(
        document_id="d", kind="news", publisher="p", title="t", claim="c", country="IR", services=["signal", "tor"],
        published_on=datetime(2021, 6, 20, tzinfo=UTC).date(), onset_earliest=datetime(2021, 6, 20, tzinfo=UTC),
        acknowledged=False,
    )  # fmt: skip
    lake = Lake(tmp_path)
    lake.write(Document, [row], part="case")
    assert lake.read(Document, part="case") == [row]


def test_whole_columns_can_be_written(tmp_path: Path) -> None:
    row = signal(datetime(2021, 1, 1, tzinfo=UTC))
    lake = Lake(tmp_path)
    lake.write(Signal, {name: [getattr(row, name)] for name in row.__struct_fields__}, part="p")
    assert lake.read(Signal) == [row]


def test_a_part_replaces_the_one_before_it_and_leaves_no_half_file(tmp_path: Path) -> None:
    lake = Lake(tmp_path)
    lake.write(Signal, [signal(datetime(2021, 1, 1, tzinfo=UTC))], part="p")
    lake.write(Signal, [], part="p")
    assert lake.read(Signal) == []
    assert [p.name for p in (tmp_path / "signal").iterdir()] == ["p.parquet"]


def test_a_failed_write_leaves_the_old_part(tmp_path: Path) -> None:
    lake = Lake(tmp_path)
    good = signal(datetime(2021, 1, 1, tzinfo=UTC))
    lake.write(Signal, [good], part="p")
    with pytest.raises(InputError, match=r"signal\.value"):
        lake.write(Signal, [signal(good.step_at, value="no number")], part="p")
    assert lake.read(Signal) == [good]


@pytest.mark.parametrize("part", ["", ".", "..", "../x", "a/b", "a b", ".hidden", "a\x00"])
def test_the_name_of_a_part_cannot_leave_its_folder(tmp_path: Path, part: str) -> None:
    with pytest.raises(InputError, match="name of a part"):
        Lake(tmp_path).write(Signal, [], part=part)


def test_a_time_without_a_zone_is_not_guessed(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="without a zone"):
        Lake(tmp_path).write(Signal, [signal(datetime(2021, 1, 1))], part="p")  # noqa: DTZ001


def test_a_table_that_was_never_written_is_empty(tmp_path: Path) -> None:
    assert Lake(tmp_path).read(Event) == []


def test_a_damaged_part_is_named(tmp_path: Path) -> None:
    lake = Lake(tmp_path)
    lake.write(Signal, [], part="p").write_bytes(b"PAR1 not parquet")
    with pytest.raises(InputError, match=r"p\.parquet.*cannot be read"):
        lake.read(Signal)


def test_some_columns_of_some_parts_are_read_and_a_part_that_is_not_there_has_none(tmp_path: Path) -> None:
    lake = Lake(tmp_path)
    lake.write(Signal, [signal(datetime(2021, 1, 1, tzinfo=UTC))], part="p")
    found = lake.columns(Signal, ["p", "not-there"], ["series", "value"])
    assert (found.column_names, found.num_rows) == (["series", "value"], 1)
    assert lake.columns(Signal, ["not-there"], ["value"]).num_rows == 0
    (tmp_path / "signal" / "p.parquet").write_bytes(b"PAR1 not parquet")
    with pytest.raises(InputError, match=r"p\.parquet.*cannot be read"):
        lake.columns(Signal, ["p"], ["value"])


def test_rows_of_some_measurements_are_those_that_a_whole_reading_gives(tmp_path: Path) -> None:
    lake = Lake(tmp_path)
    rows = [Control(measurement_id=f"m{n // 2}", number=n % 2, layer="tcp", target="t", lineage="l") for n in range(10)]
    lake.write(Control, rows, part="p")
    wanted = {"m1", "m4", "not there"}
    assert lake.read(Control, "p", measurements=wanted) == [r for r in rows if r.measurement_id in wanted]
    assert lake.read(Control, "p", measurements=[]) == []


def test_what_a_killed_process_left_is_swept_away_and_what_is_being_written_is_not(tmp_path: Path) -> None:
    lake = Lake(tmp_path)
    lake.write(Signal, [], part="p")
    old, new = tmp_path / "signal" / ".p.1.tmp", tmp_path / "signal" / ".p.2.tmp"
    for left in (old, new):
        left.write_bytes(b"half")
    os.utime(old, (1e9, 1e9))
    lake.sweep()
    assert (old.exists(), new.exists(), lake.parts(Signal)) == (False, True, ["p"])
