"""Decide: what the witnesses of a cell agree on, however many of them somebody has made up.

Whoever forges measurements forges any number of them. So numbers alone decide nothing. Sessions with the same probe
software are one *kind*. A session has one voice for each outcome that it saw, and no voice is ever taken back.

- A kind speaks for the outcome of most of its voices, unless two or more of its voices say otherwise: then it is
  silent, however many the others are.
- A kind counts for at most two.
- A cell takes an outcome that leads all others together by at least two.

From this follows: rows of one kind, in any number, never turn a cell from one outcome into another. Say s leads by two
or more; then any other t trails by two or more. New rows of one kind give t at most two more, or three where that kind
had one voice for s. So t never leads by more than one, and the cell is s or `insufficient`. It stays s where two kinds
say s with two voices each and none says otherwise; and wherever s leads by four without the forger's kind.

It does not hold against a forger who imitates several kinds: `floods` catches him where he is too loud, and `countries`
asks for several networks.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

Ints = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]
Floats = npt.NDArray[np.float64]

BAD, OK, DOWN = 0, 1, 2
"""Outcomes: blocked or throttled; ok; down."""
LEAST_MEASUREMENTS = 3
"""Below this many telling measurements, each session counted up to `SESSION_CAP`, a cell says nothing."""
SESSION_CAP = 3
DISSENT = 1
"""Voices of a kind that may contradict the rest of it: one, for a network that blocks leaks now and then."""
KIND_CAP = 2
"""A kind counts for at most this many, however many sessions it has."""
LEAD = 2
"""By this much an outcome must lead all others together. `KIND_CAP + DISSENT < 2 * LEAD` is what the proof needs."""
Z95 = 1.959963984540054
"""Two-sided 95 % point of the normal distribution."""


class Decided(NamedTuple):
    """For each cell."""

    outcome: Ints
    """BAD, OK or DOWN; -1 where nothing was decided."""
    divided: Flags
    """Witnesses contradict each other."""


def weights(voices: Ints) -> tuple[Ints, Ints, Flags]:
    """What each kind speaks for, what it counts for (0 to `KIND_CAP`), and whether it contradicts itself.

    `voices` has a row for each kind: sessions that saw it bad, ok and down.
    """
    top = voices.max(axis=1, initial=0)
    against = voices.sum(axis=1) - top
    speaks = (against <= DISSENT) & (top > against)
    return voices.argmax(axis=1), np.where(speaks, np.minimum(top, KIND_CAP), 0), (against > 0) & ~speaks


def decide(cell: Ints, voices: Ints, telling: Floats) -> Decided:
    """The outcome of each cell from its kinds.

    `cell` is the cell of each kind, `voices` as for `weights`, `telling` the capped measurements of each cell that tell
    anything: the length of `telling` is the number of cells.
    """
    spoken, weight, torn = weights(voices)
    support = np.zeros((len(telling), 3), dtype=np.int64)
    np.add.at(support, (cell, spoken), weight)
    lead = 2 * support.max(axis=1, initial=0) - support.sum(axis=1)
    decided = (lead >= LEAD) & (telling >= LEAST_MEASUREMENTS)
    divided = (support > 0).sum(axis=1) > 1
    np.logical_or.at(divided, cell, torn)
    return Decided(np.where(decided, support.argmax(axis=1), -1), divided)


def interval(bad: Floats, all_: Floats) -> tuple[Floats, Floats, Floats]:
    """Share of `bad` among `all_`, with its 95 % Wilson interval; NaN where `all_` is 0.

    Brown, Cai and DasGupta ("Interval estimation for a binomial proportion", Statistical Science 16, 2001) advise
    Wilson or Jeffreys for up to 40 trials. Wilson has a closed form, which also takes capped, broken counts. Witnesses
    of one network are not quite independent, so the true interval is wider.
    """
    with np.errstate(divide="ignore", invalid="ignore"):
        share = np.where(all_ > 0, bad / all_, np.nan)
        scale = 1 + Z95**2 / all_
        middle = (share + Z95**2 / (2 * all_)) / scale
        half = Z95 * np.sqrt(np.maximum(share * (1 - share), 0) / all_ + Z95**2 / (4 * all_**2)) / scale
    return share, np.clip(middle - half, 0, 1), np.clip(middle + half, 0, 1)
