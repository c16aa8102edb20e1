"""Past: a network's own sessions by the hour, and a month in which it got through."""

from __future__ import annotations

import msgspec
import numpy as np
import numpy.typing as npt

from lightkeeper.judge.home import LEAST_VOICES, MOST_FAILING, PAST
from lightkeeper.judge.interval import share_at_most
from lightkeeper.judge.lines import Codes

Flags = npt.NDArray[np.bool_]

PAST_HOURS = 30 * 24
"""How much of a network's own past is looked at, and how far back such a month may lie, in steps of half of it."""
PASTS_LOOKED_AT = 12
VOICES_A_DAY = 2
"""Sessions of one kind of probe that count in a day: one chatty probe is one witness."""


class Own(msgspec.Struct, frozen=True):
    """Sessions of one network at one endpoint that speak, by hour; some neither `passed` nor `failed` as was asked."""

    hour: Codes
    local: Codes
    kind: Codes
    failed: Flags
    passed: Flags

    def at(self, chosen: Flags | slice) -> Own:
        """The chosen ones of them."""
        return Own(*(getattr(self, name)[chosen] for name in self.__struct_fields__))

    def between(self, first: int, last: int) -> Own:
        """Those from one hour to another, both included."""
        low, high = np.searchsorted(self.hour, (first, last + 1))
        return self.at(slice(int(low), int(high)))


class Past(msgspec.Struct, frozen=True):
    """A month in which the network got through, or the last one that was looked at: all hours, and the same hours."""

    passed: int
    failed: int
    passed_then: int
    failed_then: int
    days: int
    when: str


def past_of(own: Own, first: int, last: int, hours: Codes) -> Past | None:
    """The last month before a spell in which the network surely got through; where too little was measured before, the
    month after. None where it never did, or where nothing is known.
    """
    known = False
    for step in range(PASTS_LOOKED_AT):
        end = first - step * PAST_HOURS // 2
        month = own.between(end - PAST_HOURS, end - 1)
        if len(month.hour) >= LEAST_VOICES:
            known = True
            if (found := _past_in(month, hours, PAST[0])) is not None:
                return found
    return None if known else _past_in(own.between(last + 1, last + PAST_HOURS), hours, PAST[1])


def _past_in(month: Own, hours: Codes, when: str) -> Past | None:
    then = np.isin(month.local % 24, hours)
    failed, every = voices_of(month, ~month.passed, then)
    if not share_at_most(failed, every - failed, MOST_FAILING):
        return None
    failed_then, every_then = voices_of(month.at(then), ~month.passed[then], then[then])
    days = len(np.unique(month.local // 24))
    return Past(every - failed, failed, every_then - failed_then, failed_then, days, when)


def voices_of(own: Own, failed: Flags, inside: Flags) -> tuple[int, int]:
    """Voices that failed and all voices: at most two a day of one kind of probe, in the hours and outside of them."""
    if not len(failed):
        return 0, 0
    groups = ((own.local // 24) * (int(own.kind.max()) + 2) + own.kind + 1) * 2 + inside
    _, which = np.unique(groups, return_inverse=True)
    size = np.bincount(which)
    voices = np.minimum(size, VOICES_A_DAY)
    return int(np.round(np.bincount(which, weights=failed) * voices / size).sum()), int(voices.sum())
