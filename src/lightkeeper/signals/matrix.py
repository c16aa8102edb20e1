"""A matrix: many series on one dense grid, a row each, NaN where there is no value."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from lightkeeper.errors import InputError
from lightkeeper.sources.series_files import Points

DEFAULT_STEP_S = 3600
LEAST_STEP_S = 60
USUAL = 0.1
"""A distance between neighbouring rows that at least this share of them has is one that the source means."""
ON_GRID = 0.9
"""A series of which this share of rows lies on one grid is one of that grid."""
CELLS_MAX = 500_000_000
"""Cells of one matrix: 2 GB."""

Floats = npt.NDArray[np.float32]
Seconds = npt.NDArray[np.int64]


class Matrix(NamedTuple):
    """Series of one step length, on one grid."""

    names: list[str]
    step_s: int
    begin_s: int
    """Begin of the first step, seconds since 1970, UTC."""
    values: Floats
    """series × steps"""
    trials: Floats | None
    """What the values are shares of, for series of shares; 0 or NaN where there is none."""


def matrices(points: Points) -> list[Matrix]:
    """Put the rows of all series on dense grids: one matrix for each step length, kind (level or share) and phase.

    Rows may come in any order. Of two values for one step the larger stays, for a share the one of more trials. A row
    off the grid of its series is left out where nearly all lie on it, for it is of another length; else it counts for
    the step in which it lies. Raises InputError for a grid too large to hold.
    """
    order = np.lexsort((points.value, np.nan_to_num(points.n), points.second, points.code))
    code, second = points.code[order], points.second[order]
    value, n = points.value[order], points.n[order]
    edges = np.flatnonzero(np.diff(code, prepend=-1, append=np.iinfo(np.int32).max))
    groups: dict[tuple[int, int, bool], list[tuple[int, int, int]]] = {}
    for begin, end in zip(edges[:-1].tolist(), edges[1:].tolist(), strict=True):
        step_s = step_of(second[begin:end])
        phase = _usual(second[begin:end] % step_s)
        key = (step_s, phase, is_share(value[begin:end], n[begin:end]))
        groups.setdefault(key, []).append((int(code[begin]), begin, end))
    made = []
    for (step_s, phase, share), members in sorted(groups.items()):
        members.sort(key=lambda m: points.names[m[0]])
        made.append(_matrix(points.names, step_s, phase, share, members, second, value, n))
    return made


def rows_of(matrix: Matrix, rows: Sequence[int]) -> Matrix:
    """Some rows of a matrix, in the given order."""
    places = list(rows)
    trials = None if matrix.trials is None else matrix.trials[places]
    names = [matrix.names[i] for i in places]
    return Matrix(names, matrix.step_s, matrix.begin_s, matrix.values[places], trials)


def step_of(seconds: Seconds) -> int:
    """The length of the step of one series, from its times in order: the least distance that is usual among them."""
    apart = np.diff(seconds)
    apart = apart[apart >= LEAST_STEP_S]
    if not len(apart):
        return DEFAULT_STEP_S
    distances, counts = np.unique(apart, return_counts=True)
    return int(distances[counts >= USUAL * counts.sum()].min(initial=distances[counts.argmax()]))


def is_share(value: npt.NDArray[np.float64], n: npt.NDArray[np.float64]) -> bool:
    """Whether a series is one of shares: it has trials, and its values lie between 0 and 1."""
    known = value[~np.isnan(value)]
    return bool((n > 0).any() and len(known) and known.min() >= 0 and known.max() <= 1)


def _usual(phases: Seconds) -> int:
    found, counts = np.unique(phases, return_counts=True)
    return int(found[counts.argmax()])


def _matrix(
    names: list[str], step_s: int, phase: int, share: bool, members: list[tuple[int, int, int]],
    second: Seconds, value: npt.NDArray[np.float64], n: npt.NDArray[np.float64],
) -> Matrix:  # fmt: skip
    first = min(int((second[b] - phase) // step_s) for _, b, _ in members)
    last = max(int((second[e - 1] - phase) // step_s) for _, _, e in members)
    steps = last - first + 1
    if steps * len(members) > CELLS_MAX:
        raise InputError(
            f"{len(members):,} series of {steps:,} steps of {step_s} s do not fit into memory",
            remedy="Correct times that lie far from the others, or give fewer series at a time",
        )
    values = np.full((len(members), steps), np.nan, np.float32)
    trials = np.full((len(members), steps), np.nan, np.float32) if share else None
    for row, (_, b, e) in enumerate(members):
        on = (second[b:e] - phase) % step_s == 0
        on |= on.mean() < ON_GRID
        seen = b + np.flatnonzero(on if trials is not None else on & ~np.isnan(value[b:e]))
        place = (second[seen] - phase) // step_s - first
        values[row, place] = value[seen]
        if trials is not None:
            trials[row, place] = n[seen]
    return Matrix([names[c] for c, _, _ in members], step_s, first * step_s + phase, values, trials)
