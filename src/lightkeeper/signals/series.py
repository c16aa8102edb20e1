"""Series: rows of the table `signal` as matrices, and what each series is."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence

import msgspec
import numpy as np

from lightkeeper.model import Signal
from lightkeeper.signals.grid import Grid, at, grid
from lightkeeper.signals.matrix import Matrix, matrices
from lightkeeper.signals.naming import Named, named
from lightkeeper.sources.series_files import Points


def grids_of(signals: Iterable[Signal]) -> dict[str, Grid]:
    """Each series on its dense grid, by name. A row of another step length than most of its series is left out."""
    by_series: defaultdict[str, list[Signal]] = defaultdict(list)
    for row in signals:
        by_series[row.series].append(row)
    return {name: grid(_of_one_step(by_series[name])) for name in sorted(by_series)}


def matrices_of(grids: Mapping[str, Grid]) -> list[Matrix]:
    """The same as matrices: one for each step length, kind (level or share) and phase."""
    names = list(grids)
    if not names:
        return []
    trials = [np.array([math.nan if row.n is None else row.n for row in g.rows]) for g in grids.values()]
    return matrices(
        Points(
            names,
            np.repeat(np.arange(len(names), dtype=np.int32), [len(g.times) for g in grids.values()]),
            np.concatenate([g.times for g in grids.values()]),
            np.concatenate([g.values for g in grids.values()]),
            np.concatenate(trials),
        )
    )


def named_row(row: Signal, country: str) -> Named:
    """What a series is, from a row of it. What the row states goes before what its name tells.

    `country` is that of a series of a network, whose row does not say.
    """
    told = named(row.series, country=country)
    about = "" if row.lineage == "circumvention" else told.target
    if row.entity_type in ("series", "world"):
        return told._replace(lineage=row.lineage, target=about)
    own = row.entity[:2].upper() if row.entity_type == "country" else told.country or country
    return told._replace(
        lineage=row.lineage, country=own, entity_type=row.entity_type, entity=row.entity, target=about,
        parent=told.parent if told.entity_type == row.entity_type else own,
    )  # fmt: skip


def _of_one_step(rows: Sequence[Signal]) -> list[Signal]:
    lengths: defaultdict[int, int] = defaultdict(int)
    for row in rows:
        lengths[row.step_s] += 1
    step_s = max(lengths, key=lambda s: (lengths[s], -s))
    kept = [row for row in rows if row.step_s == step_s]
    phases: defaultdict[int, int] = defaultdict(int)
    for row in kept:
        phases[int(row.step_at.timestamp()) % step_s] += 1
    phase = max(phases, key=lambda p: (phases[p], -p))
    return [row for row in kept if int(row.step_at.timestamp()) % step_s == phase]


def with_band(rows: Sequence[Signal], begin_s: int, expected: Sequence[float], low: Sequence[float],
              high: Sequence[float]) -> list[Signal]:  # fmt: skip
    """Dense rows with what was expected of each step. The numbers are those of a grid that begins at `begin_s`."""
    first = (int(rows[0].step_at.timestamp()) - begin_s) // rows[0].step_s
    made = []
    for place, row in enumerate(rows, start=first):
        known = not math.isnan(expected[place])
        made.append(
            msgspec.structs.replace(
                row,
                expected=expected[place] if known else None,
                expected_low=low[place] if known else None,
                expected_high=high[place] if known else None,
            )
        )
    return made


def rows_of_points(points: Points, *, country: str, lineage: str, unit: str, source: str = "csv") -> Iterator[Signal]:
    """Points of anyone's series as rows, dense. What a series is about, its name tells: `requests/IR-13`, `users/IR`.

    A name without a place is of the country.
    """
    for matrix in matrices(points):
        for row, series in enumerate(matrix.names):
            told = named(series, country=country)
            kind, entity = (told.entity_type, told.entity) if told.entity_type != "series" else ("country", country)
            seen = np.flatnonzero(~np.isnan(matrix.values[row]))
            for place in range(seen[0], seen[-1] + 1) if len(seen) else ():
                value = float(matrix.values[row, place])
                n = None if matrix.trials is None else float(matrix.trials[row, place])
                yield Signal(
                    series=f"{source}/{series}",
                    step_at=at(matrix.begin_s + int(place) * matrix.step_s),
                    step_s=matrix.step_s,
                    source=source,
                    lineage=lineage,
                    entity_type=kind,
                    entity=entity,
                    metric=series.split("/")[0],
                    unit=unit,
                    value=None if math.isnan(value) else value,
                    n=None if n is None or math.isnan(n) else n,
                    missing=("no_measurements" if n == 0 else "gap_in_source") if math.isnan(value) else None,
                )
