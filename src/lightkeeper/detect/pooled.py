"""Pooled: several networks of one country, counted alike, taken together as one series.

A fall of a third for two hours is noise in one mobile network, and none in all of them together. The pool says nothing
by itself: it bears out a weak fall of a network that began in the same hour.
"""

from __future__ import annotations

import warnings
from collections import defaultdict
from collections.abc import Mapping, Sequence

import msgspec
import numpy as np

from lightkeeper.detect.changes import PUBLIC, Change, row_changes, slots_of
from lightkeeper.signals.holidays import Calendar
from lightkeeper.signals.matrix import Matrix
from lightkeeper.signals.memory import Floats, Slots, new_memory
from lightkeeper.signals.naming import Named

LEAST_NETWORKS = 2


def borne_out(
    matrix: Matrix, names: Sequence[Named], changes: Sequence[Change], calendar: Calendar = PUBLIC
) -> list[Change]:
    """The changes, with weak falls of networks made strong that began with a strong fall of all alike together."""
    weak: defaultdict[str, list[int]] = defaultdict(list)
    for place, change in enumerate(changes):
        if change.is_weak and change.kind == "drop" and not change.within:
            weak[change.series].append(place)
    made = list(changes)
    when: Mapping[str, Slots] = {}
    for rows in _alike(names):
        places = [place for row in rows for place in weak.get(names[row].series, ())]
        if not places:
            continue
        when = when or slots_of(matrix, names, calendar)
        one = names[rows[0]]
        pool = _pool(matrix.values[rows])
        found, _ = row_changes(pool, matrix.begin_s, matrix.step_s, one, new_memory(matrix.step_s), when[one.country])
        strong = [c.onset_latest for c in found if c.kind == "drop" and not c.is_weak and not c.within]
        for place in places:
            if any(abs(made[place].onset_latest - onset) <= matrix.step_s for onset in strong):
                made[place] = msgspec.structs.replace(made[place], strength=1.0)
    return made


def _alike(names: Sequence[Named]) -> list[list[int]]:
    """Rows of networks of one country that are counted alike: their names differ in the network alone."""
    groups: defaultdict[tuple[str, str], list[int]] = defaultdict(list)
    for row, name in enumerate(names):
        if name.entity_type == "asn" and name.country and not name.target:
            alike = "/".join(part for part in name.series.split("/") if part.upper() != f"AS{name.entity}")
            groups[name.country, alike].append(row)
    return [rows for _, rows in sorted(groups.items()) if len(rows) >= LEAST_NETWORKS]


def _pool(values: Floats) -> Floats:
    """The mean of some rows, each by its own usual level, over those that have a value."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)
        usual = np.nanmedian(values, axis=1, keepdims=True)
        pool = np.nanmean(np.where(usual > 0, values / usual, np.nan), axis=0)
    return np.asarray(pool, np.float32)
