"""Weight: how much the clues look like those of outages that were ordered. Learnt, calibrated, and never proof.

A logistic regression with four named features. Its numbers are data (`cause_weight.json`), with how they were learnt;
`lightkeeper evaluate cause --data FOLDER` learns them again. A feature that is not known counts as the average.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from functools import cache
from importlib.resources import files

import msgspec

from lightkeeper.incidents.clues import Clues, features

LEAST_KNOWN = 2
"""With fewer features known there is no weight."""
MOST_NULL = 2
"""With more of them at the value that they have where nothing was seen the weight is not said."""


class Feature(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One feature: its mean and spread where it was learnt, and its coefficient for the value so standardised."""

    mean: float
    spread: float
    coefficient: float


class Learnt(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The numbers of the weight, and where they come from."""

    how: str
    source: str
    learnt_on: str
    rows: int
    ordered: int
    countries: int
    intercept: float
    features: dict[str, Feature]


@cache
def learnt() -> Learnt:
    """The numbers that the program carries."""
    data = files("lightkeeper.incidents").joinpath("cause_weight.json").read_bytes()
    return msgspec.json.decode(data, type=Learnt)


def weight_of(clues: Clues, by: Learnt | None = None) -> float | None:
    """Of the outages of known cause with such clues, the share that was ordered, 0 to 1. None if too little is known.

    The share is that among the outages whose cause analysts came to know, which is no share of all outages.
    """
    numbers, values = by or learnt(), features(clues)
    if sum(value is not None for value in values.values()) < LEAST_KNOWN:
        return None
    return round(chance(values, numbers), 3)


def at_null(clues: Clues) -> int:
    """How many of the features are not known, or have the value that they have where nothing was seen.

    On the first day of a cut nothing can have come again, no end is known, and no other country fell: a weight made of
    that says how little was seen, and not what happened.
    """
    return sum(not value if name != "duration" else value is None for name, value in features(clues).items())


def chance(values: Mapping[str, float | None], numbers: Learnt) -> float:
    """The logistic function of the standardised features; one that is not known adds nothing."""
    total = numbers.intercept
    for name, feature in numbers.features.items():
        value = values[name]
        if value is not None:
            total += feature.coefficient * (value - feature.mean) / feature.spread
    return 1 / (1 + math.exp(-max(-30.0, min(30.0, total))))
