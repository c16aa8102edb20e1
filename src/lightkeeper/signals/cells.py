"""Verdicts counted into cells: target × network × layer × hour. What they agree on is decided in `witnesses`."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from lightkeeper.model import Cell, Measurement, Verdict
from lightkeeper.signals.counting import OF_MEASUREMENT, OF_VERDICT, counting
from lightkeeper.signals.floods import silent
from lightkeeper.signals.witnesses import (
    BAD,
    DOWN,
    KIND_CAP,
    OK,
    Flags,
    Floats,
    Ints,
    decide,
    interval,
)
from lightkeeper.store.schema import arrow_schema

__all__ = ["cells", "cells_of"]

KIND_SHARE_CAP = 10
"""In the share of blocked, one kind counts for at most this many measurements."""
_SHARES = ("blocked_share", "blocked_share_low", "blocked_share_high")


def cells(measurements: Iterable[Measurement], verdicts: Iterable[Verdict]) -> list[Cell]:
    """Count verdicts into cells, sorted by key. Only verdicts of a valid instrument count, and only with a time.

    A verdict whose measurement is not given is left out. Rows that stand twice count once.
    """
    found = cells_of(_columns(Measurement, measurements), _columns(Verdict, verdicts))
    rows = zip(*(column.to_pylist() for column in found.columns), strict=True)
    return [Cell(**dict(zip(found.column_names, row, strict=True))) for row in rows]


def cells_of(measurement: pa.Table, verdict: pa.Table) -> pa.Table:
    """The same from whole tables to a whole table, with the columns of `Cell`; for a million verdicts and more."""
    with counting(measurement, verdict) as counts:
        cell, kind = counts.cells(), counts.kinds()
        decided, counted = _decided(cell, kind)
        heard = kind.select(["cell", "name"]).filter(pa.array(counted))
        named = counts.mechanisms(decided.select(["cell", "state"]), heard)
        return _table(cell, decided, counts.rules(), named)


def _decided(cell: pa.Table, kind: pa.Table) -> tuple[pa.Table, Flags]:
    """State, reason and share of each cell; and which kinds had a voice."""
    at, size = _ints(kind, "cell"), cell.num_rows
    muted = silent(_ints(cell, "series"), _ints(cell, "hour"), at, _ints(kind, "kind"), _ints(kind, "telling_sessions"))
    voices = np.stack([_ints(kind, name) for name in ("bad", "ok", "down")], axis=1)
    voices[muted] = 0
    telling = _floats(kind, "telling") * ~muted
    outcome, divided = decide(at, voices, _sums(size, at, telling))
    heavier = [
        _sums(size, at, np.where(muted, 0, np.minimum(_ints(kind, name), KIND_CAP)))
        for name in ("blocked", "throttled")
    ]
    state = np.select(
        [outcome == OK, outcome == DOWN, (outcome == BAD) & (heavier[0] > heavier[1]), outcome == BAD],
        ["ok", "down", "blocked", "throttled"],
        "insufficient",
    )
    flooded = _sums(size, at, muted) > 0
    reason = np.select([outcome >= 0, flooded, divided], ["", "flood", "divided"], "floor")
    scale = np.minimum(1, KIND_SHARE_CAP / np.maximum(telling, 1))
    bad = _sums(size, at, _floats(kind, "bad_telling") * ~muted * scale)
    share, low, high = interval(bad, _sums(size, at, telling * scale))
    columns = {"cell": np.arange(size), "state": state, "reason": [r or None for r in reason.tolist()]}
    shares = {
        name: pa.array(values, from_pandas=True) for name, values in zip(_SHARES, (share, low, high), strict=True)
    }
    return pa.table({**columns, **shares}), ~muted


def _table(cell: pa.Table, decided: pa.Table, rules: pa.Table, named: pa.Table) -> pa.Table:
    """All columns of `Cell`, in order."""
    mechanism = np.full(cell.num_rows, None, dtype=object)
    mechanism[_ints(named, "cell")] = named["mechanism"].to_pylist()
    known = cell["probe_asn"].is_valid()
    made: dict[str, Any] = {name: cell[name] for name in cell.column_names}
    made |= {name: decided[name] for name in decided.column_names}
    made |= {
        "hour": pa.array(_ints(cell, "hour") * 3_600_000_000).cast(pa.timestamp("us", tz="UTC")),
        "scope": pa.repeat("network", cell.num_rows),
        "witnesses": pa.repeat("sessions", cell.num_rows),
        "networks": known.cast(pa.int64()),
        "rules": rules["rules"],
        "mechanism": pa.array(mechanism, pa.string()),
    }
    schema = arrow_schema(Cell)
    return pa.table([made[field.name].cast(field.type) for field in schema], schema=schema)


def _columns(table: type[Measurement | Verdict], rows: Iterable[Measurement | Verdict]) -> pa.Table:
    names = OF_MEASUREMENT if table is Measurement else OF_VERDICT
    kept, schema = list(rows), arrow_schema(table)
    return pa.table({name: pa.array([getattr(row, name) for row in kept], schema.field(name).type) for name in names})


def _sums(size: int, at: Ints, values: npt.NDArray[Any]) -> Floats:
    """The sum of the values of each cell."""
    return np.bincount(at, weights=values, minlength=size).astype(np.float64)


def _ints(table: pa.Table, name: str) -> Ints:
    return np.array(table[name].to_numpy(), dtype=np.int64)


def _floats(table: pa.Table, name: str) -> Floats:
    return np.array(table[name].to_numpy(), dtype=np.float64)
