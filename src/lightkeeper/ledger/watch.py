"""Watch: which kinds of witness watched the window in series, for how many of its hours, and with what gaps.

Only a step that has a value, and of which something was expected, can show a disruption: only such hours count.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import NamedTuple

from lightkeeper.model import Signal
from lightkeeper.model.case import Case, Operator
from lightkeeper.signals.naming import named

HOUR = timedelta(hours=1)
REACH = frozenset({"control_plane", "active_probing", "telescope", "traffic"})
"""Lineages in which a cut shows."""
LONGEST_STEP_S = 6 * 3600
"""A longer step cannot show a cut of hours; for speeds, days are the usual step."""
LONGEST_STEP_SPEED_S = 86_400
LEAST_SHARE = 0.9
"""A lineage watched the window if it did so in this share of its hours,"""
LONGEST_GAP_H = 24
"""and was never without a value for longer."""
LEAST_LINEAGES = 2
"""So many independent lineages must have watched before it can be said that nothing was found."""


class LineageWatch(NamedTuple):
    """How one lineage watched the window."""

    lineage: str
    series: int
    hours: int
    """Hours with a value of which something was expected."""
    longest_gap_h: int
    hours_in_window: int

    @property
    def share(self) -> float:
        """Share of the hours of the window that it watched."""
        return self.hours / self.hours_in_window if self.hours_in_window else 0.0

    @property
    def is_enough(self) -> bool:
        """Whether a disruption in the window would have shown in it."""
        return self.share >= LEAST_SHARE and self.longest_gap_h <= LONGEST_GAP_H


class Watch(NamedTuple):
    """How the window was watched: for cuts, and for slow-downs."""

    reach: list[LineageWatch]
    speed: list[LineageWatch]

    @property
    def saw_anything(self) -> bool:
        """Whether any hour of the window was watched."""
        return any(w.hours for w in (*self.reach, *self.speed))

    @property
    def is_enough_for_reach(self) -> bool:
        """Whether at least two independent lineages would have shown a cut."""
        return sum(w.is_enough for w in self.reach) >= LEAST_LINEAGES

    @property
    def is_enough_for_speed(self) -> bool:
        """Whether a slow-down would have shown."""
        return any(w.is_enough for w in self.speed)


def watch(case: Case, operator: Operator | None, signals: Iterable[Signal]) -> Watch:
    """How the series of the country, or of an operator's networks, watched the window.

    Series of one lineage are one witness. Shares of measurements watch services, not the network, and are left out; so
    are regions, which are not the country.
    """
    begin, end = case.window
    total = (end - begin) // HOUR
    seen: defaultdict[tuple[bool, str], defaultdict[str, dict[int, float]]] = defaultdict(lambda: defaultdict(dict))
    for row in signals:
        if not _is_of(case, operator, row) or row.n is not None:
            continue
        is_speed = named(row.series).is_speed or row.unit == "Mbit/s"
        longest = LONGEST_STEP_SPEED_S if is_speed else LONGEST_STEP_S
        if row.step_s > longest or not (is_speed or row.lineage in REACH):
            continue
        hours = seen[is_speed, row.lineage][row.series]
        if row.value is not None and row.expected is not None:
            _count(hours, row, begin, total)
    made = {key: _watch(key[1], of, total) for key, of in sorted(seen.items())}
    return Watch([w for (fast, _), w in made.items() if not fast], [w for (fast, _), w in made.items() if fast])


def _is_of(case: Case, operator: Operator | None, row: Signal) -> bool:
    if operator is None:
        return row.entity_type == "country" and row.entity == case.country
    return row.entity_type == "asn" and row.entity.isdigit() and int(row.entity) in operator.asns


def _count(hours: dict[int, float], row: Signal, begin: datetime, total: int) -> None:
    """Add the seconds of a step to the hours of the window in which it lies."""
    first, last = row.step_at, row.step_at + timedelta(seconds=row.step_s)
    for hour in range(max((first - begin) // HOUR, 0), min(-((begin - last) // HOUR), total)):
        inside = min(last, begin + (hour + 1) * HOUR) - max(first, begin + hour * HOUR)
        hours[hour] = hours.get(hour, 0.0) + inside.total_seconds()


def _watch(lineage: str, series: dict[str, dict[int, float]], total: int) -> LineageWatch:
    watched = {hour for hours in series.values() for hour, seconds in hours.items() if seconds >= 1800}
    longest = run = 0
    for hour in range(total):
        run = 0 if hour in watched else run + 1
        longest = max(longest, run)
    return LineageWatch(lineage, len(series), len(watched), longest, total)
