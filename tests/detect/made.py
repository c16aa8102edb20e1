"""Synthetic series, and called so: a small generator for the tests of detection."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from lightkeeper.detect.changes import Change, level_changes
from lightkeeper.signals.matrix import Floats, Matrix
from lightkeeper.signals.naming import named

BEGIN_S = 1_704_067_200
HOUR_S = 3600


def hourly(series: int, days: int, *, seed: int, noise: float = 0.04) -> Floats:
    """Rhythms of the day and the week, a trend, days off, gaps, and noise with heavy tails that remembers itself."""
    rng = np.random.default_rng(seed)
    steps = days * 24
    day = np.arange(steps) / 24
    rows = np.empty((series, steps), np.float32)
    for row in range(series):
        rhythm = 1 + rng.uniform(0.1, 0.5) * np.sin(2 * np.pi * (day - rng.random()))
        rhythm *= 1 + rng.uniform(-0.3, 0.1) * (np.floor(day) % 7 >= 5)
        drawn = rng.standard_t(4, steps) / np.sqrt(2)
        for i in range(1, steps):
            drawn[i] = 0.3 * drawn[i - 1] + np.sqrt(1 - 0.09) * drawn[i]
        values = 1000 * rhythm * (1 + rng.uniform(-0.2, 0.2) * day / days) * np.exp(noise * drawn)
        for off in rng.integers(30, days - 2, max(days // 90, 1)):
            values[off * 24 : off * 24 + 24] *= 1 - rng.uniform(0.05, 0.15)
        values[rng.random(steps) < 0.01] = np.nan
        gap = rng.integers(0, steps - 30)
        values[gap : gap + rng.integers(2, 26)] = np.nan
        rows[row] = values
    return rows


def changes_of(rows: Floats, *, name: str = "synthetic/traffic/s{}/XA", step_s: int = HOUR_S) -> list[list[Change]]:
    """The changes of each row, of a country that nobody knows holidays of."""
    matrix = Matrix([name.format(f"{i:04d}") for i in range(len(rows))], step_s, BEGIN_S, rows.astype(np.float32), None)
    found, _ = level_changes(matrix, [named(n) for n in matrix.names])
    return [[c for c in found if c.series == n] for n in matrix.names]


def write(path: Path, rows: list[tuple[object, ...]], header: str = "series,hour,value") -> Path:
    """A CSV file of series."""
    path.write_text("\n".join([header, *(",".join("" if c is None else str(c) for c in row) for row in rows)]) + "\n")
    return path
