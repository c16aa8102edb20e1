"""Shares of Google's traffic: a month's end that was not downloaded is a gap and no fall; bins of several lengths."""

from __future__ import annotations

from collections import Counter
from contextlib import suppress
from datetime import UTC, datetime
from itertools import pairwise
from pathlib import Path

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lightkeeper.errors import InputError
from lightkeeper.model.signal import LINEAGES, Signal
from lightkeeper.sources import google_traffic
from lightkeeper.sources.rows import Unreadable

HOUR_MS = 3_600_000
BEGIN_MS = 1_719_784_800_000
"""2024-06-30 22:00 UTC. All points made here are synthetic."""


def reply(points: list[object]) -> bytes:
    return b")]}'\n\n" + msgspec.json.encode([["tr.atsr", points, None, [1230796800000, 1735898400000]]])


def every(hours: float, count: int, begin: int = BEGIN_MS) -> list[object]:
    return [[int(begin + n * hours * HOUR_MS), [[None, 50.0 + n]]] for n in range(count)]


def signals(body: bytes) -> list[Signal]:
    return [row for row in google_traffic.parse(body, "ru") if isinstance(row, Signal)]


def test_a_stamp_is_the_end_of_its_bin() -> None:
    first = signals(reply(every(2, 6)))[0]
    assert (first.step_at, first.step_s, first.value) == (datetime(2024, 6, 30, 20, tzinfo=UTC), 7200, 50)
    assert (first.series, first.lineage in LINEAGES) == ("google_traffic/youtube/RU", True)


def test_a_day_that_is_left_out_is_rows_without_value_on_the_grid() -> None:
    points = every(2, 6) + every(2, 6, BEGIN_MS + 36 * HOUR_MS)
    found = signals(reply(points))
    assert [s.missing for s in found].count("gap_in_source") == 12
    assert [b.step_at - a.step_at for a, b in pairwise(found)] == [found[1].step_at - found[0].step_at] * 23


def test_a_null_and_a_zero_are_no_gap() -> None:
    points = every(2, 4)
    points[1], points[2] = [BEGIN_MS + 2 * HOUR_MS, [[None, None]]], [BEGIN_MS + 4 * HOUR_MS, [[None, 0]]]
    assert [(s.value, s.missing) for s in signals(reply(points))][1:3] == [(None, "null_at_source"), (0.0, None)]


def test_the_step_is_found_for_each_stretch() -> None:
    points = every(2, 6) + every(1.5, 6, BEGIN_MS + int(11.5 * HOUR_MS))
    found = signals(reply(points))
    assert Counter(s.step_s for s in found) == {7200: 6, 5400: 6}
    assert all(s.value is not None for s in found)
    begins = [s.step_at for s in found]
    assert begins == sorted(begins)


@pytest.mark.parametrize(
    "point",
    [
        [BEGIN_MS, [[None, 1.0]]],
        ["x", [[None, 1]]],
        [BEGIN_MS + 1, [[None, -1]]],
        [BEGIN_MS + 1, [[None, "<b>"]]],
        [],
        [True, [[None, 1]]],
        [10**30, [[None, 1]]],
        [86_400_000, [[None, 1]]],
        [BEGIN_MS + 60_000, [[None, 1]]],
        None,
    ],
)
def test_a_hostile_point_is_set_aside_and_the_others_stay(point: object) -> None:
    rows = list(google_traffic.parse(reply([*every(2, 6), point]), "RU"))
    assert len([r for r in rows if isinstance(r, Unreadable)]) == 1
    assert len([r for r in rows if isinstance(r, Signal)]) == 6


@pytest.mark.parametrize("body", [b"", b")]}'\n", b"[]", b"{}", b"[[]]", b"[" * 5000, b'[["tr.atsr"]]', b"<html>"])
def test_what_is_no_reply_is_an_error_with_a_remedy(body: bytes) -> None:
    with pytest.raises(InputError, match="no reply of Google"):
        signals(body)


@given(st.lists(st.one_of(st.integers(), st.lists(st.lists(st.none() | st.floats(allow_nan=False)))), max_size=20))
def test_no_nesting_makes_the_reader_crash(points: list[object]) -> None:
    with suppress(InputError):
        signals(reply(points))


def test_a_product_or_a_country_that_is_none_is_refused() -> None:
    with pytest.raises(InputError, match="not a product"):
        list(google_traffic.parse(reply(every(2, 6)), "RU", "orkut\x00"))
    with pytest.raises(InputError, match="not the code of a country"):
        list(google_traffic.parse(reply(every(2, 6)), "Russia"))


def test_a_csv_is_read_in_the_zone_of_the_machine_that_made_it(tmp_path: Path) -> None:
    path = tmp_path / "RU.csv"
    rows = "".join(f"2024-01-01 {hour:02}:00:00.000,{hour}\n" for hour in range(2, 12, 2))
    path.write_text("date and time,value\n" + rows + "noon,3\n2024-01-01 12:00:00.000,nan\n")
    found = list(google_traffic.read(path, "RU", zone="Asia/Tashkent"))
    first = next(row for row in found if isinstance(row, Signal))
    assert first.step_at == datetime(2023, 12, 31, 19, tzinfo=UTC)
    assert len([row for row in found if isinstance(row, Unreadable)]) == 2
    with pytest.raises(InputError, match="not a time zone"):
        list(google_traffic.read(path, "RU", zone="../etc/passwd"))


def test_the_recorded_reply_has_three_hourly_bins_without_gap(shared: Path) -> None:
    found = signals((shared / "api_shapes" / "google_atsr.txt").read_bytes())
    assert (len(found), {s.step_s for s in found}) == (336, {10800})
    assert all(s.value is not None for s in found)


@pytest.mark.parametrize("country", ["RU", "NL"])
def test_the_month_ends_that_were_not_downloaded_are_gaps_of_a_day(shared: Path, country: str) -> None:
    rows = list(google_traffic.read(shared / "series" / "google-youtube" / f"{country}.csv.gz", country))
    found = [row for row in rows if isinstance(row, Signal)]
    assert len(found) == len(rows)
    gone = [s for s in found if s.value is None]
    assert (len(found) - len(gone), len(gone)) == (25_760, 72 * 12)
    assert {s.missing for s in gone} == {"gap_in_source"}
    assert Counter(s.step_s for s in found if s.value is not None) == {7200: 25_440, 5400: 320}
    assert all((b.step_at - a.step_at).total_seconds() == a.step_s for a, b in pairwise(found))
