"""Likewise: which of the other sessions of a network can stand beside a target's, by the hour and by the bytes."""

from __future__ import annotations

import math

import numpy as np

from lightkeeper.judge.shift import LEAST_FACTOR, Block, Values
from lightkeeper.judge.speeds import GENERAL, Codes, Witnesses

BLOCK_HOURS = 3
"""A line is busy in the evening and not in the morning: sessions are compared within blocks of so many hours."""
LEAST_SIZE = 0.9
"""Share of the bytes of a target that another must have carried. A token bucket lets the first bytes pass at full
speed, so a page that fits into it is no control for a larger one."""


def comparable(rows: Witnesses, mine: Codes, others: Codes) -> Codes:
    """Of `others`, the rows that carried as many bytes as the usual one of `mine`, and tests of the line.

    One that carried less and is slow too is kept: what was cut short by its slowness speaks against an accusation.
    """
    usual = float(np.median(rows.size[mine]))
    if not np.isfinite(usual):
        return others
    general = [n for n, target in enumerate(rows.targets) if target in GENERAL]
    slow = rows.speed[others] < float(np.median(rows.speed[mine])) + math.log(LEAST_FACTOR)
    large = rows.size[others] >= LEAST_SIZE * usual
    kept: Codes = others[large | slow | np.isin(rows.target[others], general)]
    return kept


def by_the_hour(here: Values, hours_here: Codes, there: Values, hours_there: Codes) -> list[Block]:
    """Both groups in blocks of hours; sessions of blocks that only one of them has are left out."""
    blocks_here, blocks_there = hours_here // BLOCK_HOURS, hours_there // BLOCK_HOURS
    shared = np.intersect1d(blocks_here, blocks_there)
    return [(here[blocks_here == block], there[blocks_there == block]) for block in shared.tolist()]
