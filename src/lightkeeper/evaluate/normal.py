"""Normal life of SYNTHETIC series: days, weeks, trend, holidays, noise with heavy tails, gaps.

The parameters were set by hand to look like public series (IODA, Tor Metrics, OONI volume), before any detector was run
on them, and are not tuned to one.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
HOUR_S, DAY_H, WEEK_H = 3600, 24, 168
AR = 0.7
"""Share of the noise of one hour that stays in the next: noise comes in spells."""
TAIL_DF = 4
"""Degrees of freedom of the noise: Student's t, whose tails are heavy."""


class Shape(NamedTuple):
    """How a kind of series lives."""

    level: float
    day: float
    """Swing of the day: 0 for none, 1 for nights at almost nothing."""
    rest: float
    """A day of rest, as a multiple of a working day."""
    noise: float
    """Standard deviation of the noise, as a share."""
    counted: bool = False
    """Whether values are numbers of things, with the chance that goes with it."""
    gaps: float = 0.01
    """Share of hours that the source lacks."""


SHAPES = {
    "bgp": Shape(9000.0, 0.0, 1.0, 0.001),
    "active_probing": Shape(6000.0, 0.01, 1.0, 0.008),
    "region_probing": Shape(400.0, 0.03, 1.0, 0.025),
    "telescope": Shape(900.0, 0.15, 0.97, 0.10, counted=True, gaps=0.02),
    "traffic": Shape(100.0, 0.65, 0.85, 0.05),
    "service": Shape(60.0, 0.7, 1.05, 0.06),
    "tor": Shape(800.0, 0.3, 0.95, 0.07, counted=True),
    "throughput": Shape(12.0, 0.15, 1.0, 0.08, gaps=0.03),
    "volume": Shape(4.0, 0.4, 0.95, 0.0, counted=True),
}


class Country(NamedTuple):
    """What the series of one synthetic country have in common."""

    offset_h: int
    """Local time, ahead of UTC."""
    rest_days: tuple[int, ...]
    """Days of the week, 0 for Monday."""
    holidays: tuple[int, ...]
    """Days since the begin."""
    holiday: float
    """A holiday, as a multiple of a day of rest."""


def country(dice: np.random.Generator, days: int) -> Country:
    """Roll one."""
    rest = ((4, 5), (5, 6), (4,), (6,))[int(dice.integers(4))]
    number = int(dice.integers(1, 4))
    return Country(
        offset_h=int(dice.integers(-5, 10)),
        rest_days=rest,
        holidays=tuple(int(d) for d in dice.choice(np.arange(21, days), number, replace=False)),
        holiday=float(dice.uniform(0.85, 1.08)),
    )


def expected(shape: Shape, place: Country, hours: int, dice: np.random.Generator) -> Floats:
    """What one series would be without noise: hours long, from a Monday, 0:00 UTC."""
    level = shape.level * float(dice.lognormal(0.0, 0.5))
    local = np.arange(hours) + place.offset_h
    of_day, of_week, day = local % DAY_H, (local // DAY_H) % 7, np.arange(hours) // DAY_H
    swing = 0.75 * np.cos(2 * np.pi * (of_day - 20) / DAY_H) + 0.25 * np.cos(4 * np.pi * (of_day - 13) / DAY_H)
    cycle = 1.0 + shape.day * swing * float(dice.uniform(0.85, 1.1))
    rest = np.where(np.isin(of_week, place.rest_days), shape.rest, 1.0)
    affected = 1.0 + (place.holiday - 1.0) * min(1.0, shape.day)
    holiday = np.where(np.isin(day, place.holidays), shape.rest * affected / rest, 1.0)
    weekly_growth = float(dice.normal(0.0, 0.004 if shape.day < 0.05 else 0.012))
    made: Floats = level * np.maximum(cycle, 0.05) * rest * holiday * np.exp(weekly_growth * np.arange(hours) / WEEK_H)
    return made


def noise(shape: Shape, hours: int, dice: np.random.Generator) -> Floats:
    """A factor about 1 for each hour, in spells, with heavy tails."""
    from scipy.signal import lfilter

    shocks = dice.standard_t(TAIL_DF, hours) * np.sqrt((TAIL_DF - 2) / TAIL_DF) * np.sqrt(1 - AR**2)
    spells = np.asarray(lfilter([1.0], [1.0, -AR], shocks), np.float64)
    return np.asarray(np.exp(np.clip(shape.noise * spells, -1.5, 1.5)), np.float64)


def observed(mean: Floats, shape: Shape, dice: np.random.Generator) -> Floats:
    """What is counted where `mean` is to be expected."""
    return dice.poisson(np.maximum(mean, 0.0)).astype(np.float64) if shape.counted else mean


def gaps(shape: Shape, hours: int, dice: np.random.Generator) -> npt.NDArray[np.bool_]:
    """Hours that the source lacks: single ones, and now and then up to 30 in a row."""
    lost = dice.random(hours) < shape.gaps / 2
    mean_length = 10.0
    for begin in np.flatnonzero(dice.random(hours) < shape.gaps / 2 / mean_length):
        lost[begin : begin + int(np.clip(dice.exponential(mean_length), 2, 30))] = True
    return np.asarray(lost)
