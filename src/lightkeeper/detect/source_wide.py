"""Source-wide: a fall or a rise that most countries of one source share at the same steps, which is the source's own.

Each change is held against the other countries of its source: over the steps of the change, each series is a share of
what it was at the same hours of the week in the four weeks before. The median of the others is what the source did.
Where most of them went that way, and the country hardly further than they, nothing is left for the country. Where it
went much further, it stays a change of its own, with a flag. A median is not moved by a few countries that were cut.

A cable that carries ten countries moves them too, and is no fault of a source: so where another kind of witness saw
half of the same countries move at once, nothing is laid to the source.
"""

from __future__ import annotations

import statistics
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

import msgspec
import numpy as np
import numpy.typing as npt

from lightkeeper.detect.artefacts import ARTEFACT_COUNTRIES, Artefact, at_once_s, is_of_the_world
from lightkeeper.detect.changes import Change, is_count, least_of
from lightkeeper.detect.throttling import some_of
from lightkeeper.signals.matrix import Floats, Matrix
from lightkeeper.signals.naming import Named

LEAST_OTHERS = ARTEFACT_COUNTRIES - 1
"""Other countries that must be known: with fewer, one of them that is cut is soon the median."""
SHARED_BY = 2 / 3
"""Share of the others that must have gone at least half as far as their median."""
ACCOUNTS_FOR = 0.5
"""Share of the change that the median of the others must come to."""
SIGMAS = 3.0
"""Spreads of the others by which a country goes much further than they, and errors of their median beyond which that
has moved; and of a Poisson number, within which a fall of the others would be lost in a small count."""
MAD_TO_SIGMA, MEDIAN_TO_MEAN = 1.4826, 1.2533
"""The spread from the median distance; the error of a median beside that of a mean (normal noise)."""
PAST_WEEKS, PAST_DAYS, LEAST_PAST = 4, 7, 2
"""Weeks before a change that say what was usual, or days where weeks are not known; and the values that this takes."""
MOST_WEEKS, MOST_EACH = 8, 10
"""Weeks of a change, and series of each other country, that are looked at."""
NOTHING = 0.05
"""Share of what was usual that is as good as nothing: where a source is gone, no country is further gone than it."""
MOST_BLOCKS = 0.75
"""Share of the weeks of a change that the source must account for."""
MOVED_TOO = "source_moved_in_other_countries_too"
WEEK_S = 7 * 86_400

Rows = npt.NDArray[np.float64]


class Held(NamedTuple):
    """What holding one change against the other countries of its source gave."""

    is_own: bool
    """Whether the source accounts for the change."""
    of: str
    """The source: the name of the series without its place."""
    depth: float
    """The median change of the others, as a share of what was usual."""
    countries: frozenset[str]
    """Countries that went that way, that of the change too."""
    is_usual: bool = False
    """Whether the steps of the change are no change beside the weeks before: it may be the return of the source alone,
    told by a series so noisy that it had learnt the dip."""


def held(matrix: Matrix, names: Sequence[Named], changes: Sequence[Change]) -> dict[int, Held]:
    """What was found of those changes that the source had a part in, by their place in `changes`.

    A pure function. Shares are left out, for their level says nothing of how much a source saw.
    """
    groups: defaultdict[str, list[int]] = defaultdict(list)
    for row, name in enumerate(names):
        if name.country:
            groups[source_of(name)].append(row)
    rows = {name.series: row for row, name in enumerate(names)}
    counted: npt.NDArray[np.bool_] | None = None
    found = {}
    for place, change in enumerate(changes):
        if change.kind == "blocked" or change.series not in rows:
            continue
        me = rows[change.series]
        group = groups.get(source_of(names[me]), [])
        others = _one_each(group, names, names[me].country)
        if len(others) >= LEAST_OTHERS:
            values = matrix.trials if change.kind == "silence" and matrix.trials is not None else matrix.values
            if counted is None:
                counted = np.array([is_count(row) for row in values])
            one = _held(values, counted, matrix, change, me, others, names)
            if one is not None:
                found[place] = one
    return found


def source_of(name: Named) -> str:
    """The name of a series without its place: `ioda/bgp` of `ioda/bgp/IR`, and of `ioda/bgp/IR/AS58224`."""
    gone = {name.country, name.entity, f"AS{name.entity}", *name.entity.split("/"), name.parent.split("/")[-1]} - {""}
    return "/".join(part for part in name.series.split("/") if part.upper() not in gone and part not in gone)


def share_of_usual(matrix: Matrix, row: int, since_s: int, begin_s: int, end_s: int) -> float:
    """What a series was from one time to another, as a share of the same hours of the week before `since_s`.

    NaN where too little is known. Times are seconds since 1970.
    """
    first, begin, end = ((second - matrix.begin_s) // matrix.step_s for second in (since_s, begin_s, end_s))
    if not 0 <= first <= begin < end <= matrix.values.shape[1]:
        return float("nan")
    return float(_ratios(matrix.values, [row], first, begin, end, max(1, WEEK_S // matrix.step_s))[0][0])


def without_the_sources_own(
    changes: Sequence[Change], held_by_place: Mapping[int, Held], names: Mapping[str, Named]
) -> tuple[list[Change], list[Artefact]]:
    """The changes that are left for countries, with a flag where the source moved too; and what was the source's."""
    groups: defaultdict[tuple[str, str, int], list[int]] = defaultdict(list)
    for place, one in sorted(held_by_place.items(), key=lambda item: changes[item[0]].onset_latest):
        if one.is_own:
            change = changes[place]
            groups[one.of, change.direction, change.step_s].append(place)
    gone: set[int] = set()
    told: list[Artefact] = []
    for (of, direction, step_s), places in sorted(groups.items()):
        for run in _runs(places, changes, at_once_s(step_s)):
            artefact = _artefact(of, direction, run, changes, held_by_place)
            if not is_of_the_world(artefact, [changes[p] for p in run], changes, names):
                told.append(artefact)
                back = _returns(artefact, changes, held_by_place, names)
                gone |= {*run, *back}
                told[-1] = msgspec.structs.replace(artefact, changes=len(run) + len(back))
    moved = {place for place, one in held_by_place.items() if not one.is_usual}
    kept = [
        change if place not in moved else msgspec.structs.replace(change, flags=_flags(change))
        for place, change in enumerate(changes)
        if place not in gone
    ]
    return kept, sorted(told, key=lambda a: (a.onset, a.source, a.direction))


def _returns(
    artefact: Artefact, changes: Sequence[Change], held_by_place: Mapping[int, Held], names: Mapping[str, Named]
) -> set[int]:
    """Places of changes that are no more than the return of the source: the other way, within a week of its end."""
    if artefact.end is None:
        return set()
    return {
        place for place, one in held_by_place.items()
        if one.is_usual and one.of == artefact.source and changes[place].direction != artefact.direction
        and -at_once_s(changes[place].step_s) <= changes[place].onset_latest - artefact.end <= WEEK_S
        and names[changes[place].series].country in artefact.countries
    }  # fmt: skip


def _flags(change: Change) -> tuple[str, ...]:
    return tuple(sorted({*change.flags, MOVED_TOO}))


def _one_each(group: Sequence[int], names: Sequence[Named], country: str) -> list[list[int]]:
    """Rows of the other countries, a list for each; of very many countries only some, evenly spread."""
    by_country: defaultdict[str, list[int]] = defaultdict(list)
    for row in group:
        if names[row].country != country:
            by_country[names[row].country].append(row)
    some = some_of([names[rows[0]] for _, rows in sorted(by_country.items())])
    return [by_country[name.country][:MOST_EACH] for name in some]


def _held(
    values: Floats,
    counted: npt.NDArray[np.bool_],
    matrix: Matrix,
    change: Change,
    me: int,
    others: list[list[int]],
    names: Sequence[Named],
) -> Held | None:
    step_s, begin_s = matrix.step_s, matrix.begin_s
    first = max((change.onset_latest - change.step_s - begin_s) // step_s, 0)
    over = None if change.end_earliest is None else (change.end_earliest + change.step_s - begin_s) // step_s
    last = min(values.shape[1] if over is None else over, values.shape[1])
    week = max(1, WEEK_S // step_s)
    blocks = [(b, min(b + week, last)) for b in range(first, last, week)][:MOST_WEEKS]
    rows = [row for of in others for row in of]
    place = {row: n for n, row in enumerate(rows)}
    seen: list[Held | None] = []
    is_usual = False
    for begin, end in blocks:
        mine, theirs = (_ratios(values, which, first, begin, end, week) for which in ([me], rows))
        able = ~np.isnan(theirs[0]) & (~counted[rows] | (theirs[1] >= (SIGMAS / ACCOUNTS_FOR) ** 2))
        ratios = [
            (names[of[0]].country, statistics.median(float(theirs[0][place[r]]) for r in of if able[place[r]]))
            for of in others
            if any(able[place[r]] for r in of)
        ]
        if not np.isnan(mine[0][0]) and len(ratios) >= LEAST_OTHERS:
            is_usual |= not seen and _is_usual(float(mine[0][0]), change, names[me])
            seen.append(_shared(float(mine[0][0]), ratios, change, names[me]))
    moved = [one for one in seen if one is not None]
    if not moved:
        return Held(False, source_of(names[me]), 0.0, frozenset(), True) if is_usual else None
    own = seen[0] is not None and sum(o is not None and o.is_own for o in seen) >= MOST_BLOCKS * len(seen)
    depth = max(moved, key=lambda o: abs(o.depth)).depth
    countries = frozenset[str]().union(*(o.countries for o in moved)) | {names[me].country}
    return Held(own and moved[0].is_own, source_of(names[me]), depth, countries)


def _is_usual(mine: float, change: Change, name: Named) -> bool:
    """Whether a share of what was usual is no change by itself, in the direction of the change."""
    up = change.direction == "up"
    return bool((mine - 1.0 if up else 1.0 - mine) < least_of(name)[1 if up else 0])


def _shared(mine: float, others: Sequence[tuple[str, float]], change: Change, name: Named) -> Held | None:
    """What the others did over some steps: none where they did not go that way. Ratios are of what was usual."""
    sign = 1.0 if change.direction == "up" else -1.0
    ratios = np.array([ratio for _, ratio in others])
    middle = float(np.median(ratios))
    logs = np.log(ratios + NOTHING)
    spread = float(MAD_TO_SIGMA * np.median(np.abs(logs - np.median(logs))))
    error = MEDIAN_TO_MEAN * spread / np.sqrt(len(ratios))
    went, gone = sign * (middle - 1.0), sign * (mine - 1.0)
    least = least_of(name)[0 if sign < 0 else 1]
    if gone < ACCOUNTS_FOR * least or went < ACCOUNTS_FOR * min(gone, least):
        return None
    if abs(np.log(middle + NOTHING)) < SIGMAS * error:
        return None
    along = frozenset(country for country, ratio in others if sign * (ratio - 1.0) >= 0.5 * went)
    if len(along) < SHARED_BY * len(others):
        return None
    left = (mine + NOTHING) / (middle + NOTHING)
    room = max(float(least), 1.0 - np.exp(-SIGMAS * spread) if sign < 0 else np.exp(SIGMAS * spread) - 1.0)
    accounts = went >= ACCOUNTS_FOR * gone and sign * (left - 1.0) < room
    return Held(bool(accounts), "", round(middle - 1.0, 4), along)


def _ratios(values: Floats, rows: Sequence[int], first: int, begin: int, end: int, week: int) -> tuple[Rows, Rows]:
    """Of each row, the sum of some steps as a share of what was usual, and what was usual; NaN where not known."""
    now = values[list(rows), begin:end].astype(np.float64)
    for period, times in ((week, PAST_WEEKS), (max(1, week // 7), PAST_DAYS)):
        past = _past(values, rows, first, begin, end, period, times)
        known = ~np.isnan(now) & (np.sum(~np.isnan(past), axis=0) >= LEAST_PAST)
        if 2 * known.any(axis=1).sum() >= len(known):
            break
    usual = np.where(known, _middle(past), 0.0).sum(axis=1)
    enough = (usual > 0) & (2 * known.sum(axis=1) >= end - begin)
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(enough, np.where(known, now, 0.0).sum(axis=1) / usual, np.nan), usual


def _middle(past: Rows) -> Rows:
    """The median of what is known, along the first axis."""
    ordered = np.sort(past, axis=0)  # what is not known comes last
    number = np.sum(~np.isnan(past), axis=0)
    low, high = (np.maximum(half, 0)[None] for half in ((number - 1) // 2, number // 2))
    high = np.minimum(high, len(past) - 1)
    return np.asarray(0.5 * (np.take_along_axis(ordered, low, 0)[0] + np.take_along_axis(ordered, high, 0)[0]))


def _past(values: Floats, rows: Sequence[int], first: int, begin: int, end: int, period: int, times: int) -> Rows:
    """times × rows × steps: the values at the same place of each period before the change."""
    offsets = (np.arange(begin, end) - first) % period
    found = []
    for back in range(1, times + 1):
        at = first - back * period + offsets
        past = values[np.array(rows)[:, None], np.maximum(at, 0)].astype(np.float64)
        past[:, at < 0] = np.nan
        found.append(past)
    return np.stack(found)


def _runs(places: Sequence[int], changes: Sequence[Change], span_s: int) -> Iterable[list[int]]:
    """Places of changes whose onsets follow each other within a span, in order of onset."""
    run: list[int] = []
    for place in places:
        if run and changes[place].onset_latest - changes[run[-1]].onset_latest >= span_s:
            yield run
            run = []
        run.append(place)
    if run:
        yield run


def _artefact(
    of: str, direction: str, run: Sequence[int], changes: Sequence[Change], held_by_place: Mapping[int, Held]
) -> Artefact:
    ends = [changes[p].end_latest for p in run]
    return Artefact(
        onset=statistics.median_low([changes[p].onset_latest for p in run]),
        direction=direction,
        countries=tuple(sorted(frozenset[str]().union(*(held_by_place[p].countries for p in run)))),
        changes=len(run),
        source=of,
        end=None if None in ends else max(e for e in ends if e is not None),
        depth=round(float(np.median([held_by_place[p].depth for p in run])), 4),
    )
