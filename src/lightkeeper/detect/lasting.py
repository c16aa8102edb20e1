"""Lasting: what the days of one series say of its changes that last.

A fall may be let go (see `detect.rebase`); one that undoes a rise is told by itself; and what lies within another is
over when that is.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import cached_property
from typing import TYPE_CHECKING

import msgspec
import numpy as np
import numpy.typing as npt

from lightkeeper.detect import scan as column
from lightkeeper.detect.rebase import (
    BEFORE_RISE,
    HELD_DAYS,
    RE_BASED,
    UNDONE,
    WEEK,
    YEAR,
    Rebase,
    before_rise,
    held,
    levels,
    rebase,
    regained,
    undoes,
)
from lightkeeper.detect.slow import daily
from lightkeeper.signals.memory import DAY_S, Floats

if TYPE_CHECKING:
    from lightkeeper.detect.changes import Change

OPEN = "open_at_end_of_data"


class Days:
    """The means of the days of one row and their levels, which are only worked out where a change lasts."""

    def __init__(self, values: Floats, begin_s: int, step_s: int) -> None:
        self.begin_s, self.step_s, self.first_day = begin_s, step_s, begin_s // DAY_S
        self._values = values
        self._rises: list[tuple[int, int]] = []

    @cached_property
    def means(self) -> npt.NDArray[np.float64]:
        """The mean of each day, NaN where too little of it is known."""
        return np.asarray(daily(self._values[None, :], self.begin_s, self.step_s)[0][0], np.float64)

    @cached_property
    def level(self) -> npt.NDArray[np.float64]:
        """The level of the week that ends on each day."""
        return levels(self.means)

    def day(self, second: int) -> int:
        """Which day a time lies on, counted as the levels are."""
        return second // DAY_S - self.first_day

    def place(self, day: int) -> int:
        """The first step of a day."""
        return max(0, -(-((self.first_day + day) * DAY_S - self.begin_s) // self.step_s))

    def lasts(self, first: int, end: int) -> bool:
        """Whether so many steps are long enough to hold a level."""
        return self.step_s <= DAY_S and (end - first) * self.step_s >= HELD_DAYS * DAY_S

    def rose(self, first: int, end: int) -> None:
        """Keep in mind a rise between two steps."""
        self._rises.append((self.day(self.begin_s + first * self.step_s), self.day(self.begin_s + end * self.step_s)))

    def before_rise(self, day: int) -> float:
        """The lowest level from before a rise that lasted, or ended, within the year before a day."""
        begins = [begin for begin, end in self._rises if end >= day - YEAR]
        past = [self.level[max(begin - HELD_DAYS, 0) : begin] for begin in begins]
        lows = [float(np.median(some[~np.isnan(some)])) for some in past if not np.all(np.isnan(some))]
        lows += [low for low in [before_rise(self.level, day)] if not np.isnan(low)]
        return min(lows, default=np.nan)

    def ended(self, block: Change) -> Change:
        """A fall that undoes a rise, with the end that it has where half was regained for two weeks, though the rise
        itself went on to sink."""
        first = self.day(block.onset_latest - block.step_s)
        since = regained(self.level, first, block.severity)
        if block.until is not None or since is None:
            return block
        flags = tuple(f for f in block.flags if f != OPEN)
        begins, ends = (self.first_day + since - WEEK + 1) * DAY_S, (self.first_day + since + 1) * DAY_S
        return msgspec.structs.replace(
            block, end_earliest=max(begins, block.onset_latest), end_latest=ends, flags=flags
        )

    def undoes(self, fall: Change) -> bool:
        """Whether a change is a sudden fall of two thirds from a level that had held."""
        if fall.direction == "up" or fall.is_weak or self.step_s > DAY_S:
            return False
        first = self.day(fall.onset_latest - fall.step_s)
        if undoes(self.means, self.level, first):
            return True
        short = self.step_s < DAY_S and fall.sharp_latest - fall.onset_latest <= DAY_S
        return short and fall.severity >= UNDONE and not np.isnan(held(self.level, first))

    def let_go(self, row: npt.NDArray[np.float64], end: int) -> Rebase | None:
        """Where a fall that ends before the step `end` is let go."""
        first = int(row[column.FIRST])
        if not self.lasts(first, end):
            return None
        begun, ended = (self.day(self.begin_s + place * self.step_s) for place in (first, end))
        undone = undoes(self.means, self.level, begun)
        before = np.nan if undone else self.before_rise(begun)
        return rebase(self.level, begun, ended, float(row[column.EXPECTED]), before)

    def without(self, change: Change, gone: Rebase) -> Change:
        """The change with an end where it was let go."""
        flags = (*(f for f in change.flags if f != OPEN), gone.why)
        until = (self.first_day + gone.at + 1) * DAY_S
        ends: tuple[int, int | None] = (until, None)
        if gone.why != RE_BASED:
            back = self.first_day + gone.since
            ends = max((back - WEEK + 1) * DAY_S, change.onset_latest), (back + 1) * DAY_S
        return msgspec.structs.replace(change, end_earliest=ends[0], end_latest=ends[1], flags=flags)


def over_with(outer: Change, inner: Change) -> Change:
    """The change within another, which is over when that is."""
    if inner.until is not None or outer.until is None:
        return inner
    gone = [f for f in outer.flags if f in (RE_BASED, BEFORE_RISE)]
    flags = (*(f for f in inner.flags if f != OPEN), *gone)
    begun = max(inner.onset_latest, outer.end_earliest or 0)
    return msgspec.structs.replace(inner, end_earliest=begun, end_latest=outer.end_latest, flags=flags)


def with_undone(found: list[Change], undone: Iterable[Change]) -> list[Change]:
    """Add falls that undo a rise. One that the old level shows too, for it goes deeper, has its end by that level."""
    for fall in undone:
        same = [
            c for c in found
            if c.direction == "down" and c.within == fall.within
            and -fall.step_s <= c.onset_latest - fall.onset_latest <= WEEK * DAY_S
        ]  # fmt: skip
        if same:
            old = same[0]
            ends = {"end_earliest": old.end_earliest, "end_latest": old.end_latest, "flags": old.flags}
            found[found.index(old)] = msgspec.structs.replace(fall, **ends)
        else:
            found.append(fall)
    return found
