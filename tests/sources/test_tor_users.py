"""Direct Tor users a day: dense, without the opinion of the peer whose output the file is."""

from __future__ import annotations

import gzip
from datetime import UTC, datetime
from pathlib import Path

import pytest

from lightkeeper.errors import InputError
from lightkeeper.model.signal import LINEAGES, Signal
from lightkeeper.sources import tor_users
from lightkeeper.sources.rows import Unreadable
from places import DATA, ROOT

SYNTHETIC = DATA / "tor" / "synthetic_users.csv"
CARRIED = ROOT / "cases" / "iran-2012-majlis-election" / "series" / "tor-users-ir.csv"


def signals(path: Path, country: str) -> list[Signal]:
    return [s for s in tor_users.read(path, country) if isinstance(s, Signal)]


def test_a_day_that_the_file_does_not_have_is_a_row_without_a_value() -> None:
    days = {s.step_at.day: (s.value, s.missing) for s in signals(SYNTHETIC, "ZZ")}
    assert list(days) == [1, 2, 3, 4, 5]
    assert days[2] == (None, "gap_in_source")
    assert days[1] == (101.0, None)


def test_rows_that_cannot_be_used_are_set_aside_with_line_and_reason() -> None:
    aside = [u for u in tor_users.read(SYNTHETIC, "ZZ") if isinstance(u, Unreadable)]
    assert [u.where.rpartition(":")[2] for u in aside] == ["5", "7", "8"]
    assert "stands twice" in aside[1].what
    assert "not a day" in aside[2].what


def test_the_range_of_the_peer_is_not_taken_over() -> None:
    assert all(s.expected_low is None and s.expected_high is None for s in signals(SYNTHETIC, "zz"))


def test_the_series_says_what_it_is() -> None:
    first = signals(SYNTHETIC, "zz")[0]
    assert (first.series, first.entity, first.unit) == ("tor_users/direct_users/ZZ", "ZZ", "users")
    assert first.lineage in LINEAGES
    assert (first.step_at, first.step_s) == (datetime(2020, 1, 1, tzinfo=UTC), 86400)


def test_a_country_that_the_file_does_not_have_is_an_error_not_an_empty_series() -> None:
    with pytest.raises(InputError, match="no row of `XX`"):
        signals(SYNTHETIC, "XX")


def test_a_file_without_the_column_of_users_names_the_column(tmp_path: Path) -> None:
    path = tmp_path / "other.csv"
    path.write_text("date,country\n2020-01-01,ir\n")
    with pytest.raises(InputError, match="`actual_users` is missing"):
        signals(path, "IR")


def test_a_wrong_century_does_not_make_a_million_rows(tmp_path: Path) -> None:
    path = tmp_path / "far.csv"
    path.write_text("date,country,actual_users\n0001-01-01,ir,1\n2020-01-01,ir,1\n")
    with pytest.raises(InputError, match="the days run from"):
        signals(path, "IR")


def test_a_gzipped_file_reads_the_same(tmp_path: Path) -> None:
    path = tmp_path / "users.csv.gz"
    path.write_bytes(gzip.compress(SYNTHETIC.read_bytes()))
    assert signals(path, "zz") == signals(SYNTHETIC, "zz")


def test_the_carried_series_of_iran_has_the_fall_of_february_2012() -> None:
    value = {s.step_at.date().isoformat(): s.value for s in signals(CARRIED, "IR")}
    assert [value[f"2012-02-{d:02}"] for d in (8, 9, 10, 11, 12)] == [65792, 23909, 3536, 27919, 98435]
    assert len(value) == 297
    assert [d for d, v in value.items() if v is None] == ["2011-09-10", "2012-01-08", "2012-01-15"]


def test_the_whole_file_has_iran_every_day_of_five_years(shared: Path) -> None:
    found = signals(shared / "series" / "tor-users-2011-2016.csv.gz", "IR")
    assert len(found) == 1765
    assert sum(s.value is None for s in found) == 9
