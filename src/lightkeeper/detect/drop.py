"""Drops of one series below what its own past leads one to expect.

A plain robust threshold: a step is low when it lies below the band of `signals.baseline`. From the first low step to
the recovery the baseline is frozen, so that a shutdown does not teach it: a rule that keeps learning forgets a shutdown
within its own trailing window. The price: a series that falls for good stays in one open drop, and a second fall within
it is not told apart.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

import msgspec

from lightkeeper.errors import InputError
from lightkeeper.model import Event, Signal
from lightkeeper.signals.baseline import DAY_S, Baseline, Expectation, is_low, share_below
from lightkeeper.signals.grid import Grid, at, grid

LOW_STEPS_SUBDAILY = 3
"""Low steps, with no normal one between, that open a drop where a step is shorter than a day. Fewer are a blip."""
LOW_STEPS_DAILY = 2
VERY_DEEP = 0.9
"""A single step opens a drop where it falls by at least this share."""
RECOVERED_STEPS_SUBDAILY = 12
"""Recovered steps in a row that end a drop, where a step is shorter than a day."""
RECOVERED_STEPS_DAILY = 2
REGAINED = 0.5
"""A step has recovered when it is back in the frozen band and this share of the deepest fall is regained. The second
matters where the band is wide: at an hour at which the series was always restless, a value near zero is no recovery."""


@dataclass
class _Drop:
    """A drop under way. Numbers are places on the grid."""

    first_low: int
    last_normal: int
    low_steps: list[int] = field(default_factory=list)
    recovered: list[int] = field(default_factory=list)
    last_low: int = 0
    deepest: float = 0.0
    deepest_at: int = 0
    confirmed: bool = False
    ended: bool = False


def detect_drops(signals: Sequence[Signal], *, country: str | None = None) -> tuple[list[Event], list[Signal]]:
    """Find the drops of one series. Returns the events by onset, and the dense rows with their expected band.

    The rows may come in any order. A value speaks for its whole step, so a bracket runs from the begin of one step to
    the end of another: from the last normal step through the first low one, and from the last low one through the first
    recovered one. A missing step is neither low nor normal, and an open drop stays open through it. `country` is
    needed for a series of an AS. Raises InputError where it is not given,
    and for rows that are not one series.
    """
    series = grid(signals)
    place = country or country_of(series.rows[0])
    drops, expected = _scan(series)
    filled = [_filled(row, band) for row, band in zip(series.rows, expected, strict=True)]
    return [_event(series, drop, expected, place) for drop in drops], filled


def country_of(row: Signal) -> str:
    """The country of a series of a country (IR) or of one of its regions (IR-13, 4419 is not). Raises InputError."""
    code = row.entity[:2]
    if row.entity_type in ("country", "region") and code.isalpha() and row.entity[2:3] in ("", "-"):
        return code.upper()
    raise InputError(f"The country of {row.series} is not known", remedy="Say which country it is with `country`")


def _scan(series: Grid) -> tuple[list[_Drop], list[Expectation | None]]:
    """Walk the grid once, with a baseline that learns only from steps that belong to no drop."""
    baseline = Baseline(series.step_s, series.rows[0].lineage)
    steps = [int(t) for t in series.times]
    expected: list[Expectation | None] = []
    drops: list[_Drop] = []
    under_way: _Drop | None = None
    last_normal: int | None = None
    for i, (second, value) in enumerate(zip(steps, series.values.tolist(), strict=True)):
        band = baseline.expect(second)
        expected.append(band)
        if math.isnan(value):
            continue
        if under_way is None and band is not None and is_low(value, band):
            under_way = _Drop(first_low=i, last_normal=i - 1 if last_normal is None else last_normal)
        if under_way is None:
            baseline.learn(second, value)
            last_normal = i
            continue
        _extend(under_way, i, value, band, series.step_s)
        if not under_way.confirmed and under_way.recovered:
            back = i
        elif under_way.ended:
            drops.append(under_way)
            back = under_way.recovered[0]
        else:
            continue
        for j in range(back, i + 1):
            if not math.isnan(series.values[j]):
                baseline.learn(steps[j], float(series.values[j]))
        under_way, last_normal = None, i
    if under_way is not None and under_way.confirmed:
        drops.append(under_way)
    return drops, expected


def _extend(drop: _Drop, i: int, value: float, band: Expectation | None, step_s: int) -> None:
    """Take the next value into a drop: low, on its way back, or recovered."""
    if band is None:
        return
    subdaily = step_s < DAY_S
    fall = share_below(value, band)
    if fall > drop.deepest:
        drop.deepest, drop.deepest_at = fall, i
    if is_low(value, band):
        drop.low_steps.append(i)
    enough = len(drop.low_steps) >= (LOW_STEPS_SUBDAILY if subdaily else LOW_STEPS_DAILY)
    drop.confirmed = drop.confirmed or enough or drop.deepest >= VERY_DEEP
    back = not is_low(value, band) and fall <= (1 - REGAINED) * drop.deepest
    if back:
        drop.recovered.append(i)
    else:
        drop.recovered.clear()
        drop.last_low = i
    needed = RECOVERED_STEPS_SUBDAILY if subdaily else RECOVERED_STEPS_DAILY
    drop.ended = drop.confirmed and len(drop.recovered) >= needed


def _filled(row: Signal, band: Expectation | None) -> Signal:
    if band is None:
        return msgspec.structs.replace(row, expected=None, expected_low=None, expected_high=None)
    return msgspec.structs.replace(row, expected=band.value, expected_low=band.low, expected_high=band.high)


def _event(series: Grid, drop: _Drop, expected: list[Expectation | None], country: str) -> Event:
    row = series.rows[0]
    onset = _time(series, drop.first_low)
    ended = drop.ended
    flags = [] if ended else ["open_at_end_of_data"]
    if len(drop.low_steps) == 1:
        flags.append("single_step")
    return Event(
        event_id=f"{series.series}/{onset:%Y%m%dT%H%MZ}",
        kind="circumvention_drop" if row.lineage == "circumvention" else "outage",
        source="lightkeeper.detect",
        country=country,
        entity_type=row.entity_type,
        entity=row.entity,
        onset_earliest=_time(series, drop.last_normal),
        onset_latest=_time(series, drop.first_low + 1),
        end_earliest=_time(series, drop.last_low) if ended else None,
        end_latest=_time(series, drop.recovered[0] + 1) if ended else None,
        lineages=[row.lineage],
        members=[series.series],
        severity=round(drop.deepest, 4),
        flags=flags,
        note=_note(series, drop, expected),
    )


def _time(series: Grid, place: int) -> datetime:
    return at(int(series.times[0]) + place * series.step_s)


def _note(series: Grid, drop: _Drop, expected: list[Expectation | None]) -> str:
    row, band = series.rows[drop.deepest_at], expected[drop.deepest_at]
    if band is None or row.value is None:
        return ""
    return (
        f"{row.metric} fell to {row.value:,.4g} where {band.value:,.4g} was expected"
        f" ({drop.deepest:.0%} below) in the step that began on {row.step_at:%d %B %Y, %H:%M} UTC."
    )
