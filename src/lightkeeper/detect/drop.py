"""Drops of one series below what its own past leads one to expect, as rows of the tables."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec
import numpy as np

from lightkeeper.detect.changes import LEAST_RISE, MOST_CHANGES, Change, back_steps, change_of, is_count, least_fall_of
from lightkeeper.detect.scan import COLUMNS, DEEPEST_AT, DIRECTION, scan
from lightkeeper.errors import InputError
from lightkeeper.model import Event, Signal
from lightkeeper.signals.grid import Grid, at, grid
from lightkeeper.signals.memory import new_memory, slots

BAND_SPREADS = 4.0
"""Half-width of the band that is drawn, in spreads; at least the least fall."""


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
    values = series.values.astype(np.float32)
    begin_s, least = int(series.times[0]), least_fall_of(series.rows[0].lineage)
    band, kept = np.zeros((len(values), 2), np.float32), np.zeros((MOST_CHANGES, COLUMNS))
    number = scan(
        values, series.step_s, slots(begin_s, series.step_s, len(values)), np.array([least, LEAST_RISE]),
        is_count(values), back_steps(series.step_s),
        new_memory(series.step_s), band, kept,
    )  # fmt: skip
    events = []
    for row in kept[: min(number, MOST_CHANGES)]:
        if row[DIRECTION] < 0:
            change = change_of(row, begin_s, series.step_s, series.series, 0)
            events.append(_event(series, change, int(row[DEEPEST_AT]), place))
    return events, [_filled(row, pair[0], pair[1], least) for row, pair in zip(series.rows, band.tolist(), strict=True)]


def country_of(row: Signal) -> str:
    """The country of a series of a country (IR) or of one of its regions (IR-13, 4419 is not). Raises InputError."""
    code = row.entity[:2]
    if row.entity_type in ("country", "region") and code.isalpha() and row.entity[2:3] in ("", "-"):
        return code.upper()
    raise InputError(f"The country of {row.series} is not known", remedy="Say which country it is with `country`")


def _filled(row: Signal, expected: float, spread: float, least: float) -> Signal:
    if not expected > 0:
        return msgspec.structs.replace(row, expected=None, expected_low=None, expected_high=None)
    half = max(BAND_SPREADS * spread, least) * expected
    return msgspec.structs.replace(
        row, expected=expected, expected_low=max(expected - half, 0.0), expected_high=expected + half
    )


def _event(series: Grid, change: Change, deepest: int, country: str) -> Event:
    row = series.rows[0]
    onset = at(change.onset_latest - series.step_s)
    return Event(
        event_id=f"{series.series}/{onset:%Y%m%dT%H%MZ}",
        kind="circumvention_drop" if row.lineage == "circumvention" else "outage",
        source="lightkeeper.detect",
        country=country,
        entity_type=row.entity_type,
        entity=row.entity,
        onset_earliest=at(change.onset_earliest),
        onset_latest=at(change.onset_latest),
        end_earliest=None if change.end_earliest is None else at(change.end_earliest),
        end_latest=None if change.end_latest is None else at(change.end_latest),
        lineages=[row.lineage],
        members=[series.series],
        severity=change.severity,
        flags=list(change.flags),
        note=_note(series.rows[deepest], change),
    )


def _note(row: Signal, change: Change) -> str:
    if row.value is None:
        return ""
    return (
        f"{row.metric} fell to {row.value:,.4g} where {change.expected:,.4g} was expected"
        f" ({change.severity:.0%} below) in the step that began on {row.step_at:%d %B %Y, %H:%M} UTC."
    )
