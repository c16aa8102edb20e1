"""Misleading: SYNTHETIC worlds of kinds that mislead a detector, each with its truth and with what must be said of it.

They stand beside the scenarios, with seeds of their own, so that the figures of those stay comparable.
"""

from __future__ import annotations

import zlib
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from typing import NamedTuple
from zoneinfo import ZoneInfo

import numpy as np
import numpy.typing as npt

from lightkeeper.errors import InputError
from lightkeeper.evaluate.normal import DAY_H, HOUR_S, SHAPES, Country, country, expected, gaps, noise, observed
from lightkeeper.evaluate.scenarios import SEEDS
from lightkeeper.evaluate.truth import Moved, Panel, Span, Truth
from lightkeeper.evaluate.worlds import BEGIN_S, HOME
from lightkeeper.signals.matrix import Matrix

DAY_S = 86_400
CLOCKS = (
    ("DE", "Europe/Berlin", 90),
    ("US", "America/New_York", 69),
    ("CL", "America/Santiago", 97),
    ("EG", "Africa/Cairo", 116),
)
"""Country, zone, and the day since `BEGIN_S` on which its clock was changed in 2024."""
Floats = npt.NDArray[np.float64]
Dice = np.random.Generator


class Wanted(NamedTuple):
    """What must be said: some event of this kind or scope that began within a span, on one of the series."""

    series: frozenset[str]
    near: Span
    kind: str | None = None
    scope: str | None = None
    holds: Span | None = None
    """A time that its onset bracket must hold."""


class World(NamedTuple):
    """One panel, what must be said of it, and kinds and scopes that no event of it may have."""

    panel: Panel
    wanted: tuple[Wanted, ...] = ()
    never: frozenset[str] = frozenset()


Maker = Callable[[str, Dice], World]
"""From the name of a world and dice to the world."""


def worlds_of(kind: str, seeds: str, number: int) -> Iterator[World]:
    """So many worlds of one kind. Raises InputError for a set of seeds or a kind that there is none of."""
    if seeds not in SEEDS:
        raise InputError(f"there is no set of seeds `{seeds}`", remedy="Take dev, or report for a figure to publish")
    if kind not in KINDS:
        raise InputError(f"there is no kind `{kind}`", remedy=f"Take one of {', '.join(KINDS)}")
    for n in range(number):
        dice = np.random.default_rng([SEEDS[seeds], n, zlib.crc32(kind.encode())])
        yield KINDS[kind][0](f"misleading-{kind}-{n:03d}", dice)


def _level(shape: str, place: Country, left: Floats, dice: Dice) -> Floats:
    """An hourly series of a shape in a country, of which the share `left` is left."""
    of, hours = SHAPES[shape], len(left)
    mean = expected(of, place, hours, dice) * noise(of, hours, dice) * left
    lost = gaps(of, hours, dice)
    values = observed(mean, of, dice)
    values[lost] = np.nan
    return values


def _daily(days: int, left: Floats, dice: Dice, *, level: float, spread: float) -> Floats:
    """Counts by the day, with weekends and noise."""
    week = 1.0 - dice.uniform(0.0, 0.15) * (np.arange(days) % 7 >= 5)
    return dice.poisson(level * week * left * np.exp(spread * dice.standard_normal(days))).astype(np.float64)


def _left(steps: int, *parts: tuple[int, int, float]) -> Floats:
    """What is left of each step: `left` from one step to another."""
    left = np.ones(steps)
    for begin, end, share in parts:
        left[begin:end] *= share
    return left


def _matrix(rows: Mapping[str, Floats], step_s: int) -> Matrix:
    return Matrix(list(rows), step_s, BEGIN_S, np.array(list(rows.values()), np.float32), None)


def _span(begin: int, end: int, step_s: int) -> Span:
    return Span(BEGIN_S + begin * step_s, BEGIN_S + end * step_s)


def _truth(name: str, series: Mapping[str, float], at: Span, direction: str = "down") -> Truth:
    """Series and the share that each lost or gained, over a span."""
    moved = tuple(Moved(series=s, spans=(at,), depth=depth, direction=direction) for s, depth in series.items())
    return Truth(
        name=name, kind="misleading", depth=max(series.values()), onset_earliest_s=at.begin_s,
        onset_latest_s=at.begin_s, end_s=at.end_s, moved=moved,
    )  # fmt: skip


def _panel(name: str, matrix: Matrix, truths: tuple[Truth, ...], quiet: tuple[Span, ...] | None = None) -> Panel:
    whole = Span(matrix.begin_s, matrix.begin_s + matrix.step_s * int(matrix.values.shape[1]))
    return Panel(
        name=name, synthetic=True, matrices=(matrix,), truths=truths, quiet=(whole,) if quiet is None else quiet
    )


def long_tail(name: str, dice: Dice) -> World:
    """A deep cut of some hours, then two thirds for days; or a rise by the day that dies away for weeks."""
    if dice.random() < 0.5:
        return _long_rise(name, dice)
    at, deep = int(dice.integers(28, 42)) * DAY_H + 5, int(dice.integers(2, 9))
    tail = int(dice.integers(5, 12)) * DAY_H
    left = _left(70 * DAY_H, (at, at + deep, 0.1), (at + deep, at + tail, float(dice.uniform(0.6, 0.7))))
    rows = {f"synthetic/search_traffic/{HOME}": _level("traffic", country(dice, 70), left, dice)}
    where = _span(at, at + tail, HOUR_S)
    return World(_panel(name, _matrix(rows, HOUR_S), (_truth(name, dict.fromkeys(rows, 0.9), where),)))


def _long_rise(name: str, dice: Dice) -> World:
    at, days, long = int(dice.integers(100, 130)), 220, int(dice.integers(40, 70))
    since = np.arange(days) - at
    left = np.where((since >= 0) & (since < long), 1.0 + dice.uniform(0.55, 0.8) * np.exp(-since / 90), 1.0)
    left[at : at + int(dice.integers(2, 5))] = float(dice.uniform(2.5, 4.0))
    rows = {f"tor_users/{HOME}": _daily(days, left, dice, level=float(dice.uniform(300, 3000)), spread=0.05)}
    truth = _truth(name, dict.fromkeys(rows, 2.0), _span(at, at + long, DAY_S), "up")
    return World(_panel(name, _matrix(rows, DAY_S), (truth,)))


def short_past(name: str, dice: Dice) -> World:
    """A cut of all counties five days or so after their series begin: a bracket may be wide, it may not be wrong."""
    at, hours = int(dice.integers(60, 150)), int(dice.integers(24, 72))
    left = _left(14 * DAY_H, (at, at + hours, 0.05))
    place = country(dice, 70)
    rows = {f"x/probing/{HOME}/P{n % 4}/C{n}": _level("region_probing", place, left, dice) for n in range(12)}
    where = _span(at, at + hours, HOUR_S)
    truth = _truth(name, dict.fromkeys(rows, 0.95), where)
    near = Span(where.begin_s - 7 * DAY_S, where.begin_s + 2 * DAY_S)
    wanted = Wanted(frozenset(rows), near, holds=Span(where.begin_s, where.begin_s + HOUR_S))
    return World(_panel(name, _matrix(rows, HOUR_S), (truth,)), (wanted,))


def block_after_rise(name: str, dice: Dice) -> World:
    """Users treble, stay so for weeks, and fall to the old level: the fall is one of its own."""
    up, down, days = 70, 70 + int(dice.integers(35, 70)), 180
    left = _left(days, (up, down, float(dice.uniform(2.6, 4.0))))
    rows = {f"tor_users/{HOME}": _daily(days, left, dice, level=float(dice.uniform(150, 900)), spread=0.05)}
    truths = (
        _truth(f"{name}-rise", dict.fromkeys(rows, 2.0), _span(up, down, DAY_S), "up"),
        _truth(f"{name}-block", dict.fromkeys(rows, 0.67), _span(down, days, DAY_S)),
    )
    return World(_panel(name, _matrix(rows, DAY_S), truths, (_span(0, up, DAY_S),)))


def spike_then_cut(name: str, dice: Dice) -> World:
    """Users by the twentyfold for months (a botnet), a decline of a year, and a cut: the past must let go of it."""
    up, plateau, fade, days = 200, int(dice.integers(60, 110)), float(dice.uniform(45, 75)), 960
    cut = up + plateau + int(6 * fade) + int(dice.integers(60, 120))
    since = np.maximum(np.arange(days) - up - plateau, 0)
    left = 1.0 + dice.uniform(8.0, 22.0) * np.exp(-since / fade) * (np.arange(days) >= up)
    left *= _left(days, (cut, cut + 14, 0.15))
    rows = {f"tor_users/{HOME}": _daily(days, left, dice, level=float(dice.uniform(200, 3000)), spread=0.05)}
    truths = (
        _truth(f"{name}-rise", dict.fromkeys(rows, 8.0), _span(up, up + plateau, DAY_S), "up"),
        _truth(f"{name}-cut", dict.fromkeys(rows, 0.85), _span(cut, cut + 14, DAY_S)),
    )
    quiet = (_span(0, up - 3, DAY_S), _span(cut - 30, cut - 3, DAY_S), _span(cut + 30, days, DAY_S))
    return World(_panel(name, _matrix(rows, DAY_S), truths, quiet))


def source_dip(name: str, dice: Dice) -> World:
    """A dip that all countries of a source share, calm and noisy ones; in half of the worlds one fell by itself."""
    countries, days = int(dice.integers(5, 41)), 200
    at, long = int(dice.integers(100, 180)), int(dice.integers(2, 8))
    share = float(dice.uniform(0.35, 0.75))
    names = [f"tor_users/direct/{chr(65 + n // 26)}{chr(65 + n % 26)}" for n in range(countries)]
    rows = {}
    own = names[int(dice.integers(countries))] if dice.random() < 0.5 else ""
    for series in names:
        spread = 0.03 if series == own else float(dice.choice([0.03, 0.06, 0.2]))
        left = _left(days, (at, at + long, share), *([(at, at + long, 0.2)] if series == own else []))
        rows[series] = _daily(days, left, dice, level=float(dice.uniform(300, 5000)), spread=spread)
    where = _span(at, at + long, DAY_S)
    truths = (_truth(name, {own: 1.0 - 0.2 * share}, where),) if own else ()
    return World(_panel(name, _matrix(rows, DAY_S), truths))


def one_noisy(name: str, dice: Dice) -> World:
    """One series of five falls alone, or all of them: only the second is national."""
    hours, at = 60 * DAY_H, int(dice.integers(30, 50)) * DAY_H + int(dice.integers(24))
    long, alone = int(dice.integers(12, 72)), bool(dice.random() < 0.6)
    shapes = {"bgp": "bgp", "active_probing": "active_probing", "telescope": "telescope", "mozilla": "traffic"}
    depth = float(dice.uniform(0.6, 0.95))
    rows, place = {}, country(dice, 60)
    for what, shape in shapes.items():
        cut = not alone or what == "mozilla"
        rows[f"ioda/{what}/{HOME}"] = _level(shape, place, _left(hours, *([(at, at + long, 1 - depth)] * cut)), dice)
    moved = [s for s in rows if not alone or "mozilla" in s]
    where = _span(at, at + long, HOUR_S)
    near = Span(where.begin_s - DAY_S // 4, where.begin_s + DAY_S // 4)
    wanted = Wanted(frozenset(moved), near, scope="one_witness" if alone else "national")
    truth = _truth(name, dict.fromkeys(moved, depth), where)
    never = frozenset({"national"}) if alone else frozenset[str]()
    return World(_panel(name, _matrix(rows, HOUR_S), (truth,)), (wanted,), never)


def tiered(name: str, dice: Dice) -> World:
    """After a whole cut search and routes come back days before probes and the telescope; or all within a day."""
    hours, at = 84 * DAY_H, int(dice.integers(30, 40)) * DAY_H + int(dice.integers(24))
    first, later = int(dice.integers(72, 240)), int(dice.integers(96, 300))
    is_tier = bool(dice.random() < 0.6)
    back = {
        "google_search": first - int(dice.integers(12)), "bgp": first,
        "active_probing": first + (later if is_tier else int(dice.integers(12))),
        "telescope": first + (later - int(dice.integers(24)) if is_tier else int(dice.integers(12))),
    }  # fmt: skip
    shapes = {"google_search": "traffic", "bgp": "bgp", "active_probing": "active_probing", "telescope": "telescope"}
    rows, depths, place = {}, {}, country(dice, 84)
    for what, shape in shapes.items():
        depth = 0.08 if what == "bgp" else 0.97
        series = f"ioda/{what}/{HOME}"
        rows[series] = _level(shape, place, _left(hours, (at, at + back[what], 1 - depth)), dice)
        depths[series] = depth
    truth = _truth(name, depths, _span(at, at + max(back.values()), HOUR_S))
    opened = BEGIN_S + (at + first) * HOUR_S
    wanted = Wanted(frozenset(rows), Span(opened - DAY_S, opened + DAY_S), kind="allowlisted")
    return World(
        _panel(name, _matrix(rows, HOUR_S), (truth,)),
        (wanted,) if is_tier else (),
        frozenset[str]() if is_tier else frozenset({"allowlisted"}),
    )


def nights(name: str, dice: Dice) -> World:
    """A curfew of 12 to 50 nights, or of weekdays alone, in counts of 3 to 60 an hour; then a fortnight without."""
    quiet, long, at, hours = 35, int(dice.integers(12, 51)), int(dice.integers(24)), int(dice.integers(6, 9))
    free = bool(dice.random() < 0.4)
    days = [d for d in range(quiet, quiet + long) if not free or d % 7 < 5]
    left = _left((quiet + long + 16) * DAY_H, *((d * DAY_H + at, d * DAY_H + at + hours, 0.03) for d in days))
    rows = {f"synthetic/probing/{HOME}": dice.poisson(np.exp(dice.uniform(1.1, 4.1)) * left).astype(np.float64)}
    spans = [_span(d * DAY_H + at, d * DAY_H + at + hours, HOUR_S) for d in days]
    truth = _truth(name, dict.fromkeys(rows, 0.97), Span(spans[0].begin_s, spans[-1].end_s))
    near = Span(spans[0].begin_s - DAY_S, spans[0].begin_s + DAY_S)
    return World(_panel(name, _matrix(rows, HOUR_S), (truth,)), (Wanted(frozenset(rows), near, kind="periodic"),))


def clocks(name: str, dice: Dice) -> World:
    """People live by the clock on the wall, which is changed; in half of the worlds a cut comes within a fortnight."""
    code, zone, day = CLOCKS[int(dice.integers(len(CLOCKS)))]
    times = [datetime.fromtimestamp(BEGIN_S + HOUR_S * i, ZoneInfo(zone)) for i in range(140 * DAY_H)]
    hour, rest = np.array([t.hour + t.minute / 60 for t in times]), np.array([t.weekday() >= 5 for t in times])
    used = 1000 * (1 + dice.uniform(0.4, 0.8) * np.sin(2 * np.pi * (hour - 9) / DAY_H)) * (1 - 0.15 * rest)
    at, long = (day + int(dice.integers(2, 13))) * DAY_H + int(dice.integers(DAY_H)), int(dice.integers(12, 49))
    cut = bool(dice.random() < 0.5)
    left = _left(len(times), *([(at, at + long, 0.3)] * cut))
    rows = {f"synthetic/traffic/{code}": used * left * np.exp(0.04 * dice.standard_normal(len(times)))}
    truths = (_truth(name, dict.fromkeys(rows, 0.7), _span(at, at + long, HOUR_S)),) if cut else ()
    return World(_panel(name, _matrix(rows, HOUR_S), truths), never=frozenset({"periodic"}))


KINDS: dict[str, tuple[Maker, str]] = {
    "long_tail": (long_tail, "dated within two steps, though a shallow tail follows"),
    "short_past": (short_past, "the bracket holds the truth, though little past is known"),
    "block_after_rise": (block_after_rise, "the rise and the fall to the old level"),
    "spike_then_cut": (spike_then_cut, "the cut long after a spike, and nothing in the steady weeks before"),
    "source_dip": (source_dip, "the country that fell by itself, and none of those that the source took along"),
    "one_noisy": (one_noisy, "one_witness of one series, national of all"),
    "tiered": (tiered, "allowlisted where some stayed dark for days, and not where all came back within one"),
    "nights": (nights, "one periodic event of cuts that no single night shows"),
    "clocks": (clocks, "the cut in the fortnight after the clocks were changed, and nothing of that change"),
}
"""Kind to how a world of it is made, and to what is asked of a detector there."""
