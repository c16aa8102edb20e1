"""What is drawn of a series: its points, its band and its gaps, no more of them than a screen can show."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

from lightkeeper.model import Signal
from lightkeeper.publish.words import flag_words, missing_words

MOST_PER_PX = 1.1
"""More steps than this a pixel are bunched."""


class Point(NamedTuple):
    """A value to draw. `part` numbers the unbroken stretch that it stands in."""

    at: datetime
    value: float
    part: int
    n: float | None


class Stretch(NamedTuple):
    """What was expected, or why nothing is known, from a time to another."""

    begin: datetime
    end: datetime
    low: float
    high: float
    reason: str
    part: int


class Drawn(NamedTuple):
    """All that a chart of one series shows."""

    points: list[Point]
    band: list[Stretch]
    gaps: list[Stretch]
    bunch: int
    """How many steps one bunch has; 1 where each step is drawn."""

    @property
    def alone(self) -> list[Point]:
        """Points with no neighbour: a line would not show them."""
        sizes = Counter(p.part for p in self.points)
        return [p for p in self.points if sizes[p.part] == 1]


def drawn(rows: Sequence[Signal], width: int) -> Drawn:
    """What to draw of dense rows of one series, in order of time, in a chart of this width.

    A bunch of a level keeps its lowest and its highest step, so that a short fall stays as deep as it was. A bunch of a
    share is the share of all its measurements together. A step without a value is never drawn as zero.
    """
    share = any(row.n is not None for row in rows)
    size = max(-(-len(rows) // int(width * MOST_PER_PX / (1 if share else 2))), 1)
    if len(rows) <= width * MOST_PER_PX:
        size = 1
    bunches = [rows[i : i + size] for i in range(0, len(rows), size)]
    points: list[Point] = []
    part, last = 0, False
    for bunch in bunches:
        kept = _of_share(bunch) if share else _of_level(bunch)
        part += bool(kept) and not last
        points += [p._replace(part=part) for p in kept]
        last = bool(kept)
    return Drawn(points, _band(bunches), gaps_of(rows), size)


def gaps_of(rows: Sequence[Signal]) -> list[Stretch]:
    """The stretches without a value, each with its reason in words."""
    found: list[Stretch] = []
    for row in rows:
        end = row.step_at + timedelta(seconds=row.step_s)
        if row.value is not None:
            continue
        reason = missing_words(row.missing)
        if found and found[-1].end == row.step_at and found[-1].reason == reason:
            found[-1] = found[-1]._replace(end=end)
        else:
            found.append(Stretch(row.step_at, end, 0.0, 0.0, reason, len(found)))
    return found


def describe(rows: Sequence[Signal], title: str) -> str:
    """The chart in words: from when to when, lowest and highest value, how many steps have none, and why."""
    seen = [(r.value, r.step_at) for r in rows if r.value is not None]
    if not seen:
        return f"{title}. No step has a value."
    low, high = min(seen), max(seen)
    text = f"{title}, {rows[0].step_at:%Y-%m-%d} to {rows[-1].step_at:%Y-%m-%d}, UTC. "
    text += f"Lowest {low[0]:,.6g} at {low[1]:%Y-%m-%d %H:%M}, highest {high[0]:,.6g} at {high[1]:%Y-%m-%d %H:%M}. "
    text += "".join(
        f"In {n} steps {flag_words(f)}. " for f, n in sorted(Counter(r.flag for r in rows if r.flag).items())
    )
    gaps = len(rows) - len(seen)
    if not gaps:
        return text + "Every step has a value."
    reasons = Counter(missing_words(r.missing) for r in rows if r.value is None)
    told = ", ".join(f"{name}: {n}" for name, n in sorted(reasons.items(), key=lambda r: (-r[1], r[0])))
    return f"{text}{gaps} of {len(rows)} steps have no value ({told})."


def _of_level(bunch: Sequence[Signal]) -> list[Point]:
    seen = [row for row in bunch if row.value is not None]
    if not seen:
        return []
    ends = {id(r): r for r in (min(seen, key=lambda r: r.value or 0.0), max(seen, key=lambda r: r.value or 0.0))}
    kept = seen if len(seen) == 1 else sorted(ends.values(), key=lambda r: r.step_at)
    return [Point(row.step_at, float(row.value or 0.0), 0, None) for row in kept]


def _of_share(bunch: Sequence[Signal]) -> list[Point]:
    seen = [(row, row.n or 0.0) for row in bunch if row.value is not None and (row.n or 0.0) > 0]
    total = sum(n for _, n in seen)
    if not total:
        return []
    return [Point(bunch[0].step_at, sum((row.value or 0.0) * n for row, n in seen) / total, 0, total)]


def _band(bunches: Sequence[Sequence[Signal]]) -> list[Stretch]:
    found: list[Stretch] = []
    part, last = 0, False
    for bunch in bunches:
        pairs = [(r.expected_low, r.expected_high) for r in bunch]
        known = [(low, high) for low, high in pairs if low is not None and high is not None]
        part += bool(known) and not last
        last = bool(known)
        if known:
            low, high = (sum(side) / len(known) for side in zip(*known, strict=True))
            end = bunch[-1].step_at + timedelta(seconds=bunch[-1].step_s)
            found.append(Stretch(bunch[0].step_at, end, low, high, "", part))
    return found
