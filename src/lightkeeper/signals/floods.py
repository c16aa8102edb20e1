"""Floods: sessions that are too many for their network, and which kinds of them fall silent.

The usual number of sessions of a series (target × network × layer) is the median of its measured hours in the four
weeks before, floods left out; only sessions that tell anything are counted. Two things are a flood in an hour:

- one kind (one probe software) with more sessions than the limit: that kind falls silent;
- many kinds that together have more than twice the limit: every kind that this series has not seen before, in an hour
  that was no flood, falls silent.

What this cannot see: a forger who stays below the limit with several kinds, or who sends ordinary measurements with his
kinds weeks ahead. On one network that is enough for a false state of an hour; a country's state takes several networks.
"""

from __future__ import annotations

import numpy as np

from lightkeeper.signals.witnesses import Flags, Ints

FLOOD_LEAST = 50
"""Sessions of one kind, on one network, of one target, in one hour: fewer are never a flood. Set by hand."""
FLOOD_TIMES = 20
"""Beyond `FLOOD_LEAST`, more than this many times the usual number is a flood. A crisis brings volunteers, too."""
HISTORY_H = 28 * 24
"""Hours back that the usual number is taken from."""


def silent(series: Ints, hour: Ints, cell: Ints, kind: Ints, sessions: Ints) -> Flags:
    """Which kinds fall silent.

    `series` and `hour` (hours since 1970) are of each cell, cells sorted by both. `cell`, `kind` (a number for each
    software) and `sessions` are of each kind in each cell, sorted by cell.
    """
    muted = np.zeros(len(cell), dtype=np.bool_)
    flooded = np.zeros(len(hour), dtype=np.bool_)
    total = np.bincount(cell, weights=sessions, minlength=len(hour)).astype(np.int64)
    for number in np.flatnonzero(total > FLOOD_LEAST):
        begin = int(np.searchsorted(series, series[number]))
        begin += int(np.searchsorted(hour[begin:number], hour[number] - HISTORY_H))
        earlier = begin + np.flatnonzero(~flooded[begin:number])
        limit = max(FLOOD_LEAST, FLOOD_TIMES * float(np.median(total[earlier]))) if len(earlier) else FLOOD_LEAST
        first, last = np.searchsorted(cell, [number, number + 1])
        too_many = sessions[first:last] > limit
        rest = sessions[first:last][~too_many].sum()
        if rest > 2 * limit:
            before = slice(int(np.searchsorted(cell, begin)), int(first))
            known = kind[before][~flooded[cell[before]]]
            too_many |= ~np.isin(kind[first:last], known)
        muted[first:last] = too_many
        flooded[number] = too_many.any()
    return muted
