"""Detection: what a detector says, in one form for ours and for its peers."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

from lightkeeper.signals.matrix import Matrix
from lightkeeper.signals.naming import Named, named


class Detection(NamedTuple):
    """A disruption as a detector reports it. Times are seconds since 1970."""

    series: tuple[str, ...]
    direction: str
    """down or up"""
    onset_earliest_s: int
    """Begin of the last normal step,"""
    onset_latest_s: int
    """end of the first one beyond."""
    begin_s: int
    """Begin of the first step beyond: the best single guess of the onset."""
    end_s: int
    """End of the last step beyond; the end of the data where it is still open."""


MatrixFinder = Callable[[Matrix, Sequence[Named]], list[Detection]]
"""From a matrix and what its names tell to the detections."""
Finder = Callable[[Sequence[Matrix]], list[Detection]]
"""From all matrices of a panel to the detections."""


class Detector(NamedTuple):
    """A way to detect, and the series that it is made for."""

    name: str
    find: Finder
    applies: Callable[[Named, bool], bool]
    """Whether it is made for a series; the second argument says if it is one of shares."""
    groups: bool = False
    """Whether one detection is meant to hold all series of one event."""
    about: str = ""


def alone(find: MatrixFinder) -> Finder:
    """For detectors that look at one matrix at a time."""

    def find_all(matrices: Sequence[Matrix]) -> list[Detection]:
        return [d for matrix in matrices for d in find(matrix, [named(name) for name in matrix.names])]

    return find_all


def any_series(_name: Named, _share: bool) -> bool:
    """For detectors that take whatever comes."""
    return True


def any_level(_name: Named, share: bool) -> bool:
    """For detectors of levels only."""
    return not share


def runs(beyond: Sequence[bool], known: Sequence[bool], allowed: int) -> list[tuple[int, int, int]]:
    """Runs of steps beyond, as (last known step before, first, last). Up to `allowed` normal steps do not part a run.

    Unknown steps neither make a run nor end one.
    """
    found: list[tuple[int, int, int]] = []
    before, first, last, normal = -1, -1, -1, 0
    seen = -1
    for i, (is_known, is_beyond) in enumerate(zip(known, beyond, strict=True)):
        if not is_known:
            continue
        if is_beyond:
            if first < 0:
                before, first = seen, i
            last, normal = i, 0
        elif first >= 0:
            normal += 1
            if normal > allowed:
                found.append((before, first, last))
                first = -1
        seen = i
    if first >= 0:
        found.append((before, first, last))
    return found


def detection(matrix: Matrix, row: int, before: int, first: int, last: int, direction: str = "down") -> Detection:
    """The detection of a run of steps in one row."""
    begin, step = matrix.begin_s, matrix.step_s
    return Detection(
        series=(matrix.names[row],),
        direction=direction,
        onset_earliest_s=begin + (before if before >= 0 else first) * step,
        onset_latest_s=begin + (first + 1) * step,
        begin_s=begin + first * step,
        end_s=begin + (last + 1) * step,
    )
