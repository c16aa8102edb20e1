"""Series of anyone, from CSV and Parquet."""

from __future__ import annotations

import gzip
from pathlib import Path

import numpy as np
import pytest

from lightkeeper.errors import InputError
from lightkeeper.sources.series_files import read_points


def read(path: Path, text: str):
    path.write_text(text, encoding="utf-8")
    return read_points([path])


def test_times_may_be_iso_or_seconds_and_an_empty_value_is_a_gap(tmp_path: Path) -> None:
    text = "series,hour,value\na,2026-01-08T16:30:00Z,1\na,1767891600,\n"
    text += "a,2026-01-08 17:30,0\na,2026-01-08T21:30:00+03:30,2\n"
    points, aside = read(tmp_path / "a.csv", text)
    assert aside == []
    assert points.second.tolist() == [1767889800, 1767891600, 1767893400, 1767895200]
    assert np.isnan(points.value[1])
    assert points.value[2] == 0


def test_a_bad_row_is_set_aside_with_its_line_and_a_remedy(tmp_path: Path) -> None:
    text = 'series,hour,value\na,nonsense,1\n"a\nb",2026-01-01,1\na,2026-01-02,x\na,2026-01-03,inf\na\n,2026-01-01,1\n'
    points, aside = read(tmp_path / "a.csv", text)
    assert points.names == ["a b"]
    assert [a.where.rsplit(":", 1)[1] for a in aside] == ["2", "5", "6", "7", "8"]
    assert all(a.remedy for a in aside)


@pytest.mark.parametrize("text", ["", "series,value\n", "series,hour,value,value\n", 'series,hour,value\n"a'])
def test_a_file_of_another_kind_is_refused(tmp_path: Path, text: str) -> None:
    with pytest.raises(InputError):
        read(tmp_path / "a.csv", text)


def test_a_missing_file_is_told(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="cannot be read"):
        read_points([tmp_path / "none.csv"])


def test_packed_csv_and_parquet_say_the_same(tmp_path: Path) -> None:
    import pyarrow as pa
    import pyarrow.parquet as pq

    with gzip.open(tmp_path / "a.csv.gz", "wt") as file:
        file.write("series,hour,value,n\na,2026-01-01T00:00:00Z,0.5,4\na,2026-01-01T01:00:00Z,,0\n")
    times = pa.array([1767225600, 1767229200], pa.timestamp("s", tz="UTC"))
    table = pa.table({"series": ["a", "a"], "hour": times, "value": [0.5, None], "n": [4, 0]})
    pq.write_table(table, tmp_path / "b.parquet")
    packed, _ = read_points([tmp_path / "a.csv.gz"])
    columns, aside = read_points([tmp_path / "b.parquet"])
    assert aside == []
    for one, other in zip(packed[1:], columns[1:], strict=True):
        np.testing.assert_array_equal(one, other)


def test_rows_of_parquet_without_a_time_are_set_aside(tmp_path: Path) -> None:
    import pyarrow as pa
    import pyarrow.parquet as pq

    table = pa.table({"series": ["a", None, "a"], "hour": ["2026-01-01", "2026-01-01", "never"], "value": [1, 2, 3]})
    pq.write_table(table, tmp_path / "b.parquet")
    points, aside = read_points([tmp_path / "b.parquet"])
    assert (points.names, points.value.tolist(), len(aside)) == (["a"], [1.0], 2)
