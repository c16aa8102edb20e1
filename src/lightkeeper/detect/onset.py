"""Onset: when an event of many series began, by those that agree.

Some series of a country always has a blip somewhere, and may not yet be over it when the cut comes. So an event does
not begin with its earliest member, but where at least four tenths as much evidence begins together as where most of it
does. A member speaks for the begin of its change and for its sharpest part: a cut within a blip is dated by the others.
What rolls over a country begins with the first places: there, nowhere does much begin together. And an event has begun,
at the latest, once the last of the members that date it has joined.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple

from lightkeeper.detect.changes import Change

FOREVER = 1 << 60
QUORUM = 0.4
"""Share of the largest agreement that makes a begin: less would let blips in, more would leave out where a cut that
rolls over a country comes first."""
APART_STEPS, DOUBTED = 2, 1 / 3
"""A change whose sharpest part begins this many steps after its onset or more speaks for its onset only by this share:
often that is a blip on which a cut followed."""
FINE_SHARE = 0.25
"""Members of the finest step date an event if they are at least this share of all."""


class Onset(NamedTuple):
    """The begin of an event, and the change that it is taken from."""

    earliest: int
    latest: int
    by: Change


def onset_of(changes: Sequence[Change]) -> Onset:
    """The first begin of a member that enough others agree with."""
    first: dict[str, Change] = {}
    for change in sorted(changes, key=lambda c: (c.onset_latest, c.series, c.kind)):
        first.setdefault(change.series, change)
    members = list(first.values())
    finest = min(c.step_s for c in members)
    fine = [c for c in members if c.step_s == finest]
    able = fine if len(fine) >= FINE_SHARE * len(members) else members
    joined = max(c.onset_latest for c in able)
    begins = sorted(
        (o for c in able for o in _begins(c) if o.latest <= joined),
        key=lambda o: (o.latest, o.earliest, o.by.series, o.by.kind),
    )
    support = [_support(begin, members) for begin in begins]
    most = max(support)
    return next(o for o, s in zip(begins, support, strict=True) if s >= QUORUM * most)


def _begins(change: Change) -> list[Onset]:
    begins = [Onset(change.onset_earliest, change.onset_latest, change)]
    if change.sharp_latest > change.onset_latest:
        begins.append(Onset(change.sharp_latest - 2 * change.step_s, change.sharp_latest, change))
    return begins


def _support(begin: Onset, members: Sequence[Change]) -> float:
    """Evidence for a begin. A change counts for the root of its strength: one long series does not outvote all."""
    return sum(math.sqrt(c.strength) * _speaks_for(c, begin) for c in members)


def _speaks_for(change: Change, begin: Onset) -> float:
    """How far a change speaks for a begin: its first step beyond, or that of its sharpest part, is within a step."""
    room = max(change.step_s, begin.by.step_s)
    if abs(change.sharp_latest - begin.latest) <= room:
        return 1.0
    if abs(change.onset_latest - begin.latest) > room:
        return 0.0
    return DOUBTED if change.sharp_latest - change.onset_latest >= APART_STEPS * change.step_s else 1.0
