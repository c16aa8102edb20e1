"""Rows of series: what is expected of each step, the events in them, and the series that moved."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime

import msgspec

from lightkeeper.detect.artefacts import Artefact
from lightkeeper.detect.band import bands
from lightkeeper.detect.rows import event_rows
from lightkeeper.model import Event, Member, Signal
from lightkeeper.run.detecting import detect_matrices
from lightkeeper.signals.series import grids_of, matrices_of, named_row, with_band


class Watched(msgspec.Struct, frozen=True, kw_only=True):
    """What was found in some series."""

    signals: dict[str, list[Signal]]
    """Name of a series to its dense rows, with the expected band."""
    events: list[Event]
    members: list[Member]
    artefacts: list[Artefact]
    lost: int
    """Changes beyond those that are kept of one series."""


def watch_rows(signals: Iterable[Signal], country: str, *, locked: date | None = None) -> Watched:
    """The events of the series that the rows belong to, in whatever order they come: a pure function of the rows.

    `country` is that of networks and regions whose rows do not say. Raises InputError for times that lie on no grid.
    """
    grids = grids_of(signals)
    names = {name: named_row(g.rows[0], country) for name, g in grids.items()}
    matrices = matrices_of(grids)
    found = detect_matrices(matrices, country=country, known=names, locked=locked)
    events, members = event_rows(found.events, found.changes, names)
    events = flagged(events, (row for g in grids.values() for row in g.rows))
    filled: dict[str, list[Signal]] = {}
    for matrix in matrices:
        whole = bands(matrix, [names[n] for n in matrix.names], found.changes)
        for name, band in zip(matrix.names, whole, strict=True):
            columns = (band.expected.tolist(), band.low.tolist(), band.high.tolist())
            filled[name] = with_band(grids[name].rows, matrix.begin_s, *columns)
    return Watched(signals=filled, events=events, members=members, artefacts=found.artefacts, lost=found.lost)


def flagged(events: Iterable[Event], rows: Iterable[Signal]) -> list[Event]:
    """Events with the flags that steps of series of their places carry while they last."""
    at: dict[tuple[str, str], list[tuple[datetime, str]]] = {}
    for row in rows:
        if row.flag:
            at.setdefault((row.entity_type, row.entity), []).append((row.step_at, row.flag))
    return [_with_flags(event, at) for event in events] if at else list(events)


def _with_flags(event: Event, at: dict[tuple[str, str], list[tuple[datetime, str]]]) -> Event:
    places = {("country", event.country), (event.entity_type, event.entity)}
    places |= {(kind, entity) for kind, _, entity in (place.partition(":") for place in event.places)}
    more = {
        flag
        for place in places
        for step_at, flag in at.get(place, ())
        if event.onset_earliest <= step_at and (event.end_latest is None or step_at <= event.end_latest)
    }
    fresh = sorted(more - set(event.flags))
    return msgspec.structs.replace(event, flags=[*event.flags, *fresh]) if fresh else event
