"""A world: the series of one SYNTHETIC country, and those of its neighbour, before and during what is done to it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from lightkeeper.evaluate.normal import DAY_H, HOUR_S, SHAPES, Country, country, expected, gaps, noise, observed
from lightkeeper.evaluate.truth import Span
from lightkeeper.signals.matrix import Matrix

BEGIN_S = 1_704_067_200
"""Monday, 1 January 2024, 0:00 UTC."""
HOURS = 2016
"""Twelve weeks."""
HOME, NEIGHBOUR = "XA", "XB"
"""Codes that ISO 3166-1 leaves to users."""
MOBILE, FIXED = ("AS64500", "AS64501"), ("AS64502", "AS64503")
"""Numbers that RFC 5398 keeps for documentation."""
REGIONS = tuple(f"{HOME}-0{i}" for i in range(1, 7))
MESSENGER, TUNNEL = "whatsapp", "openvpn"
PROBES_AN_HOUR = (0.1, 12.0)
FALSE_BLOCKED = (0.01, 0.06)
"""Share of measurements that say `blocked` where nothing is."""
SAME_PROBE = 0.05
"""Correlation of the measurements of one hour: one odd probe speaks several times."""

Floats = npt.NDArray[np.float64]


class Effect(NamedTuple):
    """What is done to one series, and when."""

    factor: float
    """What is left of a level; for shares, the share of blocked."""
    spans: tuple[Span, ...]


def level_names() -> list[tuple[str, str]]:
    """All series of levels, and the shape of each."""
    found = [
        (f"synthetic/bgp/{HOME}", "bgp"),
        (f"synthetic/active_probing/{HOME}", "active_probing"),
        (f"synthetic/telescope/{HOME}", "telescope"),
        (f"synthetic/search_traffic/{HOME}", "traffic"),
        (f"synthetic/traffic/youtube/{HOME}", "service"),
        (f"synthetic/traffic/{MESSENGER}/{HOME}", "service"),
        (f"synthetic/tor_users/{HOME}", "tor"),
        (f"synthetic/throughput/{HOME}", "throughput"),
        (f"synthetic/throughput/youtube/{HOME}", "throughput"),
        (f"synthetic/active_probing/{NEIGHBOUR}", "active_probing"),
        (f"synthetic/search_traffic/{NEIGHBOUR}", "traffic"),
    ]
    found += [(f"synthetic/probing/{region}", "region_probing") for region in REGIONS]
    found += [(f"synthetic/mobile_traffic/{HOME}/{asn}", "traffic") for asn in MOBILE]
    return found + [(f"synthetic/fixed_traffic/{HOME}/{asn}", "traffic") for asn in FIXED]


def share_names() -> list[str]:
    """All series of blocked shares."""
    by_operator = [f"synthetic/blocked_share/{MESSENGER}/{HOME}/{asn}" for asn in MOBILE + FIXED]
    return [*by_operator, f"synthetic/blocked_share/{TUNNEL}/{HOME}"]


def covered(spans: Sequence[Span]) -> Floats:
    """The part of each hour that lies within the spans, 0 to 1."""
    begins = BEGIN_S + HOUR_S * np.arange(HOURS, dtype=np.float64)
    part = np.zeros(HOURS)
    for span in spans:
        part += np.clip(np.minimum(begins + HOUR_S, span.end_s) - np.maximum(begins, span.begin_s), 0, HOUR_S) / HOUR_S
    return np.minimum(part, 1.0)


def world(seed: int, number: int, effects: Mapping[str, Effect]) -> tuple[Matrix, Matrix]:
    """The matrix of levels and that of shares of world `number`. The same arguments give the same world.

    Each series has dice of its own, so that what is done to one changes no other.
    """
    place = country(np.random.default_rng([seed, number, 0]), HOURS // DAY_H)
    levels = [
        _level(shape, place, effects.get(name), np.random.default_rng([seed, number, 1, i]))
        for i, (name, shape) in enumerate(level_names())
    ]
    shares = [
        _share(place, effects.get(name), np.random.default_rng([seed, number, 2, i]))
        for i, name in enumerate(share_names())
    ]
    return (
        Matrix([name for name, _ in level_names()], HOUR_S, BEGIN_S, np.array(levels, np.float32), None),
        Matrix(
            share_names(), HOUR_S, BEGIN_S, np.array([v for v, _ in shares], np.float32),
            np.array([n for _, n in shares], np.float32),
        ),
    )  # fmt: skip


def _level(kind: str, place: Country, effect: Effect | None, dice: np.random.Generator) -> Floats:
    shape = SHAPES[kind]
    mean = expected(shape, place, HOURS, dice) * noise(shape, HOURS, dice)
    lost = gaps(shape, HOURS, dice)
    if effect is not None:
        mean = mean * (1.0 - (1.0 - effect.factor) * covered(effect.spans))
    values = observed(mean, shape, dice)
    values[lost] = np.nan
    return values


def _share(place: Country, effect: Effect | None, dice: np.random.Generator) -> tuple[Floats, Floats]:
    low, high = np.log(PROBES_AN_HOUR)
    rate = float(np.exp(dice.uniform(low, high)))
    shape = SHAPES["volume"]._replace(level=rate)
    spells = dice.gamma(3.0, 1 / 3.0, HOURS)
    trials = dice.poisson(expected(shape, place, HOURS, dice) * spells).astype(np.float64)
    chance = np.full(HOURS, dice.uniform(*FALSE_BLOCKED))
    if effect is not None:
        chance = chance + (effect.factor - chance) * covered(effect.spans)
    weight = 1.0 / SAME_PROBE - 1.0
    hits = dice.binomial(trials.astype(np.int64), dice.beta(chance * weight, (1.0 - chance) * weight))
    with np.errstate(invalid="ignore"):
        return hits / trials, trials
