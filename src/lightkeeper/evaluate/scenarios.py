"""Scenarios: what is done to SYNTHETIC countries, each once a world, with the truth of it.

Two sets of seeds: `dev` to develop with, `report` to report with. Whoever changes a detector looks at the first only.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np

from lightkeeper.errors import InputError
from lightkeeper.evaluate.normal import DAY_H, HOUR_S
from lightkeeper.evaluate.truth import Moved, Panel, Span, Truth
from lightkeeper.evaluate.worlds import (
    BEGIN_S,
    FIXED,
    HOME,
    HOURS,
    MESSENGER,
    MOBILE,
    REGIONS,
    TUNNEL,
    Effect,
    level_names,
    share_names,
    world,
)
from lightkeeper.signals.matrix import Matrix

SEEDS = {"dev": 20_240_101, "report": 77_731_947}
DEPTHS = (0.3, 0.6, 0.9)
SHORT_H, LONG_H = (2, 6, 24, 96), (24, 72, 168)
DURATIONS = {
    "national": SHORT_H, "regional": SHORT_H, "mobile": SHORT_H, "stealth": SHORT_H,
    "service": LONG_H, "vpn": LONG_H, "throttling": LONG_H, "curfew": (4,),
}  # fmt: skip
"""Whole hours that each may last; a curfew, each evening."""
FIRST_WEEK, LAST_WEEK = 5, 10
"""Weeks in which it begins: those before are past enough for any detector."""
ASKED_FOR = 0.25
"""A series that loses less than this share may show it; it is not asked for."""
BLOCKED = (0.75, 0.98)
"""Share of measurements that say `blocked` where something is."""
WITNESSES = 5
"""Measurements that must have been made during a block for it to be asked for."""


class Plan(NamedTuple):
    """What one world is for."""

    number: int
    kind: str
    """A kind of scenario, or `quiet`: nothing is done."""
    depth: float


def plans(replicas: int) -> list[Plan]:
    """Each kind at each depth, `replicas` times, and a sixth as many quiet worlds."""
    made: list[tuple[str, float]] = []
    for _ in range(replicas):
        for kind in DURATIONS:
            made += [(kind, depth) for depth in (DEPTHS if kind != "stealth" else DEPTHS[-1:])]
    made += [("quiet", 0.0)] * max(1, len(made) // 6)
    return [Plan(number, kind, depth) for number, (kind, depth) in enumerate(made)]


def panels(seeds: str, replicas: int) -> Iterator[Panel]:
    """The worlds of a set of seeds, `dev` or `report`. Raises InputError for another name."""
    if seeds not in SEEDS:
        raise InputError(f"there is no set of seeds `{seeds}`", remedy="Take dev, or report for a figure to publish")
    for plan in plans(replicas):
        yield panel(SEEDS[seeds], plan)


def panel(seed: int, plan: Plan) -> Panel:
    """One world and its truth."""
    dice = np.random.default_rng([seed, plan.number, 9])
    spans = () if plan.kind == "quiet" else _spans(plan.kind, dice)
    effects = _effects(plan, spans, dice)
    matrices = world(seed, plan.number, effects)
    truths = (_truth(plan, spans, effects, matrices),) if spans else ()
    return Panel(
        name=f"synthetic-{plan.number:04d}-{plan.kind}",
        synthetic=True,
        matrices=matrices,
        truths=truths,
        quiet=(Span(BEGIN_S, BEGIN_S + HOURS * HOUR_S),),
    )


def _spans(kind: str, dice: np.random.Generator) -> tuple[Span, ...]:
    """When it happens. It begins at any second, and then lasts whole hours of the grid."""
    hours = int(dice.choice(DURATIONS[kind]))
    begin_h = int(dice.integers(FIRST_WEEK * 7 * DAY_H, LAST_WEEK * 7 * DAY_H))
    if kind != "curfew":
        return (_span(begin_h, hours, dice),)
    evening = begin_h - begin_h % DAY_H + int(dice.integers(12, 20))
    return tuple(_span(evening + DAY_H * night, hours, dice) for night in range(int(dice.integers(5, 10))))


def _span(hour: int, hours: int, dice: np.random.Generator) -> Span:
    early_s = int(dice.integers(0, HOUR_S))
    return Span(BEGIN_S + hour * HOUR_S - early_s, BEGIN_S + (hour + hours) * HOUR_S)


def _effects(plan: Plan, spans: tuple[Span, ...], dice: np.random.Generator) -> dict[str, Effect]:
    if not spans:
        return {}
    weights = _weights(plan.kind, dice)
    effects = {name: Effect(1.0 - weight * plan.depth, spans) for name, weight in weights.items()}
    for name in _blocked(plan.kind):
        effects[name] = Effect(float(dice.uniform(*BLOCKED)), spans)
    return effects


def _blocked(kind: str) -> list[str]:
    wanted = {"service": f"/{MESSENGER}/", "vpn": f"/{TUNNEL}/"}.get(kind)
    return [name for name in share_names() if wanted and wanted in name]


def _weights(kind: str, dice: np.random.Generator) -> dict[str, float]:
    """How much of the depth each series of levels takes."""
    mobile = {f"synthetic/mobile_traffic/{HOME}/{asn}": 1.0 for asn in MOBILE}
    fixed = {f"synthetic/fixed_traffic/{HOME}/{asn}": 1.0 for asn in FIXED}
    use = {f"synthetic/{what}/{HOME}": 1.0 for what in ("search_traffic", "traffic/youtube", f"traffic/{MESSENGER}")}
    probing, scope = f"synthetic/active_probing/{HOME}", f"synthetic/telescope/{HOME}"
    tor, routes = f"synthetic/tor_users/{HOME}", f"synthetic/bgp/{HOME}"
    if kind == "national":
        regions = {f"synthetic/probing/{region}": 1.0 for region in REGIONS}
        network = {probing: 1.0, scope: 1.0, tor: 1.0, routes: float(dice.uniform(0.4, 1.0))}
        return mobile | fixed | use | regions | network
    if kind == "regional":
        share = 1.0 / len(REGIONS)
        region = REGIONS[int(dice.integers(len(REGIONS)))]
        return {f"synthetic/probing/{region}": 1.0} | dict.fromkeys((probing, scope, *use, *mobile, *fixed), share)
    if kind in ("mobile", "curfew"):
        return mobile | dict.fromkeys(use, 0.5) | {scope: 0.3, tor: 0.3}
    if kind == "stealth":
        return mobile | fixed | use | {tor: 1.0, scope: 0.5}
    if kind == "throttling":
        speeds = {f"synthetic/throughput/youtube/{HOME}": 1.0, f"synthetic/throughput/{HOME}": 0.4}
        return {f"synthetic/traffic/youtube/{HOME}": 1.0} | speeds
    return {tor: 1.0} if kind == "vpn" else {f"synthetic/traffic/{MESSENGER}/{HOME}": 1.0}


def _truth(plan: Plan, spans: tuple[Span, ...], effects: dict[str, Effect], matrices: tuple[Matrix, Matrix]) -> Truth:
    shares = frozenset(share_names())
    moved = []
    for name, effect in effects.items():
        share = name in shares
        if share or 1.0 - effect.factor >= ASKED_FOR:
            matrix = matrices[1] if share else matrices[0]
            moved.append(
                Moved(
                    series=name,
                    spans=spans,
                    depth=effect.factor if share else 1.0 - effect.factor,
                    direction="up" if share else "down",
                    observable=_observable(matrix, matrix.names.index(name), spans),
                )
            )
    # A cut of everything also silences the volunteers, and what few are left measure another network.
    silenced = [n for n in (*shares, *(n for n, _ in level_names())) if f"/{HOME}" in n and plan.kind == "national"]
    return Truth(
        name=f"synthetic-{plan.number:04d}",
        kind=plan.kind,
        depth=plan.depth,
        onset_earliest_s=spans[0].begin_s,
        onset_latest_s=spans[0].begin_s,
        end_s=spans[-1].end_s,
        moved=tuple(moved),
        touched=frozenset(effects) | frozenset(silenced),
    )


def _observable(matrix: Matrix, row: int, spans: tuple[Span, ...]) -> bool:
    """Whether two hours, or five measurements, were seen while it lasted."""
    begins = matrix.begin_s + matrix.step_s * np.arange(matrix.values.shape[1])
    within = np.zeros(len(begins), np.bool_)
    for span in spans:
        within |= (begins >= span.begin_s) & (begins + matrix.step_s <= span.end_s)
    if matrix.trials is not None:
        return bool(np.nansum(matrix.trials[row][within]) >= WITNESSES)
    return bool(np.isfinite(matrix.values[row][within]).sum() >= 2)
