"""What was found slow, against which controls, and the control rows that say so of its measurements."""

from __future__ import annotations

import math
from datetime import datetime
from typing import Literal

import msgspec
import numpy as np

from lightkeeper.judge.shift import Shift, Values
from lightkeeper.judge.slowness import BESIDE, KINDS, ONE_RATE, PAIRS, SPEEDS, Name, missing_in
from lightkeeper.model import Control

PLATEAU_SESSIONS, PLATEAU_SPREAD = 5, 1.2
"""Sessions are held to one rate if two thirds of all such sessions surely lie within this factor: Xue et al. (IMC 2021)
saw 130 to 150 kbit/s, a factor of 1.09 for two thirds. Simulated paths that lose 10 % of the packets come to 1.2, all
others spread more, and the quartiles of a few such sessions often lie within 1.1: so it is the bound that must hold."""
_NORMAL = -1.959964
"""Quantile of the normal distribution for the bound, 2.5 %."""

State = Literal["throttled", "insufficient"]


class Comparison(msgspec.Struct, frozen=True):
    """The network against one control. Without a shift the control is missing, and `missing` says of what."""

    control: Name
    shift: Shift | None
    missing: str
    networks: int = 0
    countries: int = 0


class Slow(msgspec.Struct, frozen=True, kw_only=True):
    """One target, or a line as a whole, that is slow on one network in one window.

    `speed` is the median of its sessions, in the metric: bit/s, or round trips over the time of a handshake.
    `measurements` are those that are slow themselves: at most half as fast as the control's median. `spread` is the
    factor within which two thirds of such sessions lie at most, none where they are not held to one rate. `chance` is
    that of the weakest comparison, and after `corrected` for the number of pairs that were looked at.
    """

    target: str
    probe_cc: str
    probe_asn: int
    start_at: datetime
    end_at: datetime
    metric: str
    sessions: int
    speed: float
    comparisons: tuple[Comparison, ...]
    measurements: tuple[str, ...]
    kinds: tuple[int, int] = (0, 0)
    """Kinds of sessions (probe software) that are slow, and that are not."""
    spread: float | None = None
    pairs: int = 1
    chance: float = 1.0

    @property
    def layer(self) -> str:
        """The layer of its rows."""
        return "tls" if self.metric == "handshake" else "rate"

    @property
    def state(self) -> State:
        """Throttled where its own rows prove it."""
        return "insufficient" if missing_in({c.step or "": c for c in controls_of(self)}) else "throttled"


def spread_of(metric: str, speeds: Values) -> float | None:
    """The factor within which two thirds of sessions lie that are held to one rate; none where they are not.

    `speeds` are logarithms. The factor is a 97.5 % bound: two standard deviations, by the chi-square distribution
    (Wilson and Hilferty 1931, a little too wide for few sessions). A path that loses packets by chance seldom seems so.
    """
    free = len(speeds) - 1
    if metric == "handshake" or len(speeds) < PLATEAU_SESSIONS:
        return None
    least = free * (1 - 2 / (9 * free) + _NORMAL * math.sqrt(2 / (9 * free))) ** 3
    bound = math.exp(2 * float(np.std(speeds, ddof=1)) * math.sqrt(free / least))
    return bound if bound <= PLATEAU_SPREAD else None


def shows_slow(comparisons: list[Comparison]) -> bool:
    """Whether one control at least shows it, and none speaks against it.

    Other names at the same servers that are slow too speak against a slowed name, and yet leave it open: a person
    should see that.
    """
    shifts = [c.shift for c in comparisons if c.control not in BESIDE]
    return any(shifts) and all(s is None or s.looks_slow for s in shifts)


def corrected(found: list[Slow], pairs: int) -> list[Slow]:
    """The same with chances corrected for `pairs` that were looked at (Holm 1979, valid however they depend).

    Pairs that are not among the found do not look slow: their chances are greater than all of these.
    """
    order = sorted(range(len(found)), key=lambda n: found[n].chance)
    worst, made = 0.0, list(found)
    for rank, place in enumerate(order):
        worst = max(worst, min(1.0, (pairs - rank) * found[place].chance))
        made[place] = msgspec.structs.replace(found[place], pairs=pairs, chance=worst)
    return made


def controls_of(slow: Slow, measurement_id: str = "", *, first: int = 0) -> list[Control]:
    """What was found, as rows of one of its measurements, numbered from `first`. A missing control is a row, too."""
    rows = [_row_of(slow, c) for c in slow.comparisons]
    base = Control(
        measurement_id="", number=0, target=slow.target, layer=slow.layer, lineage=SPEEDS, sessions=slow.sessions
    )
    if any(slow.kinds):
        rows.append(msgspec.structs.replace(base, step=KINDS, succeeded=slow.kinds[0], failed=slow.kinds[1]))
        rows.append(msgspec.structs.replace(base, step=PAIRS, succeeded=slow.pairs, chance=slow.chance))
    if slow.spread is not None:
        rows.append(msgspec.structs.replace(base, step=ONE_RATE, slower=slow.spread))
    return [
        msgspec.structs.replace(row, measurement_id=measurement_id, number=first + n, hour=slow.start_at)
        for n, row in enumerate(rows)
    ]


def _row_of(slow: Slow, found: Comparison) -> Control:
    shift = found.shift
    sure = shift is not None and math.isfinite(shift.upper)
    return Control(
        measurement_id="",
        number=0,
        target=slow.target,
        step=found.control,
        layer=slow.layer,
        lineage=SPEEDS,
        succeeded=shift.there if shift else 0,
        sessions=shift.here if shift else 0,
        failure=None if shift else found.missing,
        networks=found.networks,
        countries=found.countries,
        slower=1 / shift.ratio if shift else None,
        slower_least=1 / shift.upper if shift and sure else None,
        chance=shift.chance if shift else None,
    )
