"""Truth: what really happened in some series, as far as that is known, and the panel of series it happened in."""

from __future__ import annotations

from typing import NamedTuple

import msgspec

from lightkeeper.signals.matrix import Matrix, rows_of


class Span(NamedTuple):
    """From the first second to the one after the last, since 1970, UTC."""

    begin_s: int
    end_s: int

    def overlap_s(self, begin_s: int, end_s: int) -> int:
        """Seconds that both have."""
        return max(0, min(self.end_s, end_s) - max(self.begin_s, begin_s))


class Moved(msgspec.Struct, frozen=True, kw_only=True):
    """A series that moved: when, how far, and whether anybody could have seen it."""

    series: str
    spans: tuple[Span, ...]
    """When it was off: several for a cut that comes back each evening."""
    depth: float
    """Share of what was normal that was lost; for shares, points gained."""
    direction: str = "down"
    observable: bool = True
    """Whether a sparse series had the least number of measurements, or a gap left anything to see."""


class Truth(msgspec.Struct, frozen=True, kw_only=True):
    """One thing in the world: its onset as a bracket, and the series that it moved."""

    name: str
    kind: str
    """national, regional, mobile, service, vpn, throttling, curfew, stealth, disaster, circumvention"""
    depth: float
    onset_earliest_s: int
    onset_latest_s: int
    end_s: int
    moved: tuple[Moved, ...]
    touched: frozenset[str] = frozenset()
    """Further series that may show it, so that a detection there is no false alarm; nor is it asked for."""
    tolerance_steps: int = 2
    source: str = ""
    """Where it can be read; empty for synthetic truth."""

    @property
    def duration_s(self) -> int:
        """From the latest onset to the end."""
        return self.end_s - self.onset_latest_s

    @property
    def series(self) -> frozenset[str]:
        """All series that may show it."""
        return self.touched | {m.series for m in self.moved}


class Panel(msgspec.Struct, frozen=True, kw_only=True):
    """Series that are looked at together, with what is known of them."""

    name: str
    synthetic: bool
    matrices: tuple[Matrix, ...]
    truths: tuple[Truth, ...]
    quiet: tuple[Span, ...]
    """Where an alarm that belongs to no truth is false. Time outside is uncertain and not scored."""
    note: str = ""

    @property
    def names(self) -> list[str]:
        """All series, in the order of the matrices."""
        return [name for matrix in self.matrices for name in matrix.names]


def end_of(matrix: Matrix) -> int:
    """The end of the last step of a matrix, seconds since 1970."""
    return matrix.begin_s + int(matrix.values.shape[1]) * matrix.step_s


def only(matrix: Matrix, wanted: frozenset[str]) -> Matrix:
    """The rows of the wanted series."""
    return rows_of(matrix, [i for i, name in enumerate(matrix.names) if name in wanted])


def part(matrix: Matrix, series: int = 2, steps: int = 500) -> Matrix:
    """A corner of a matrix: enough to run a detector once."""
    trials = None if matrix.trials is None else matrix.trials[:series, :steps]
    return Matrix(matrix.names[:series], matrix.step_s, matrix.begin_s, matrix.values[:series, :steps], trials)


def until(matrix: Matrix, second: int) -> Matrix:
    """The steps that had ended by `second`: what was known then."""
    steps = max(0, min(int(matrix.values.shape[1]), (second - matrix.begin_s) // matrix.step_s))
    trials = None if matrix.trials is None else matrix.trials[:, :steps]
    return Matrix(matrix.names, matrix.step_s, matrix.begin_s, matrix.values[:, :steps], trials)
