"""A series on a dense grid."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lightkeeper.errors import InputError
from lightkeeper.model import Signal
from lightkeeper.signals import grid

BEGIN = datetime(2026, 1, 1, tzinfo=UTC)


def row(step: int, value: float | None, sha: str | None = None, series: str = "ioda/bgp/IR") -> Signal:
    return Signal(
        series=series, step_at=BEGIN + timedelta(hours=step), step_s=3600, source="ioda", lineage="control_plane",
        entity_type="country", entity="IR", metric="bgp", unit="count", value=value, file_sha256=sha,
    )  # fmt: skip


def test_a_step_that_the_source_lacks_is_missing_with_a_reason_and_not_zero() -> None:
    found = grid([row(0, 5.0), row(3, 7.0)])
    assert len(found.rows) == 4
    assert np.isnan(found.values[1:3]).all()
    assert found.reasons == [None, "gap_in_source", "gap_in_source", None]
    assert found.rows[1].step_at == BEGIN + timedelta(hours=1)


def test_the_reason_of_the_source_is_kept() -> None:
    late = Signal(**{**{f: getattr(row(1, None), f) for f in Signal.__struct_fields__}, "missing": "not_yet_published"})
    assert grid([row(0, 1.0), late]).reasons == [None, "not_yet_published"]


def test_what_is_not_a_number_is_missing() -> None:
    found = grid([row(0, 1.0), row(1, float("nan")), row(2, float("inf"))])
    assert found.reasons == [None, "not_a_number", "not_a_number"]


@given(st.permutations([row(0, 1.0), row(1, None), row(1, 4.0, "b"), row(1, 3.0, "a"), row(2, 9.0)]))
def test_of_two_rows_for_one_step_the_same_one_stands_whatever_the_order(rows: list[Signal]) -> None:
    assert grid(rows).values.tolist() == [1.0, 4.0, 9.0]


def test_rows_of_two_series_are_refused() -> None:
    with pytest.raises(InputError, match="mixed"):
        grid([row(0, 1.0), row(0, 1.0, series="other")])


def test_a_time_off_the_grid_is_refused() -> None:
    odd = Signal(
        **{**{f: getattr(row(1, 2.0), f) for f in Signal.__struct_fields__}, "step_at": BEGIN + timedelta(minutes=7)}
    )
    with pytest.raises(InputError, match="one grid"):
        grid([row(0, 1.0), odd])


def test_no_rows_are_no_series() -> None:
    with pytest.raises(InputError, match="no series"):
        grid([])
