"""Write fetched rows: to parts by source, country, place and month, each in place of the row with the same key."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

from lightkeeper.model import Event, Signal
from lightkeeper.store.lake import Lake

HELD_MAX = 300_000
"""Rows kept in memory before they are written."""
_NO_NAME = re.compile(r"[^A-Za-z0-9_=-]+")


class Writer:
    """Takes rows in any order; `close` writes what is left. `until` is the end of the time that was asked for, UTC."""

    def __init__(self, root: Path, source: str, country: str, until: datetime) -> None:
        self._lake = Lake(root)
        self._name = f"fetch-{source}-{country}"
        self._until = until
        self._signals: dict[str, dict[tuple[str, datetime], Signal]] = {}
        self._events: dict[str, Event] = {}
        self._held = 0
        self.signals = self.without_value = 0

    @property
    def events(self) -> int:
        """How many events came, each counted once."""
        return len(self._events)

    def add(self, row: Signal | Event) -> None:
        """Take a row; of two with the same key, the later one stays."""
        if isinstance(row, Event):
            self._events[row.event_id] = row
            return
        place = _NO_NAME.sub("_", f"{row.entity_type}-{row.entity}")[:80]
        part = f"{self._name}-{place}-{row.step_at:%Y-%m}"
        self._signals.setdefault(part, {})[row.series, row.step_at] = row
        self.signals += 1
        self.without_value += row.value is None
        self._held += 1
        if self._held >= HELD_MAX:
            self._write_signals()

    def close(self, taken_back: Callable[[Event], bool] | None = None) -> None:
        """Write all that is left. Of earlier events that did not come again, those go that `taken_back` names."""
        self._write_signals()
        old = {event.event_id: event for event in self._lake.read(Event, self._name)}
        new = {key: _fuller(old.get(key), event, self._until) for key, event in self._events.items()}
        gone = {key for key, event in old.items() if key not in new and taken_back and taken_back(event)}
        if new or gone:
            self._lake.write(Event, [e for key, e in (old | new).items() if key not in gone], part=self._name)

    def _write_signals(self) -> None:
        for part, rows in self._signals.items():
            old = {(row.series, row.step_at): row for row in self._lake.read(Signal, part)}
            self._lake.write(Signal, (old | rows).values(), part=part)
        self._signals, self._held = {}, 0


def _fuller(old: Event | None, new: Event, until: datetime) -> Event:
    """The new record, unless it lacks an end only because a shorter time was asked for."""
    seen_before = old is not None and old.end_latest is not None and old.end_latest >= until
    return old if old is not None and seen_before and new.end_latest is None else new
