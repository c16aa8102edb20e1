"""Artefacts: changes in many countries at once, which are of the source and not of the world."""

from __future__ import annotations

from collections import Counter, defaultdict

import msgspec

from lightkeeper.detect.changes import Change
from lightkeeper.signals.naming import Named

ARTEFACT_COUNTRIES, ARTEFACT_SHARE = 5, 0.5
AT_ONCE_STEPS, AT_ONCE_STEPS_DAILY = 3, 7
"""A change that begins within so many steps in this many countries, and this share of them, is of the source."""


def at_once_s(step_s: int) -> int:
    """Within so many seconds changes of series of this step begin at once."""
    return step_s * (AT_ONCE_STEPS_DAILY if step_s >= 86_400 else AT_ONCE_STEPS)


class Artefact(msgspec.Struct, frozen=True, kw_only=True):
    """Changes in many countries at once: of the source, not of the world."""

    onset: int
    direction: str
    countries: tuple[str, ...]
    changes: int


def without_artefacts(changes: list[Change], names: dict[str, Named]) -> tuple[list[Change], list[Artefact]]:
    looked = {n.country for n in names.values() if n.country}
    if len(looked) < ARTEFACT_COUNTRIES:
        return changes, []
    by_source: defaultdict[tuple[str, str, int], list[Change]] = defaultdict(list)
    for change in (c for c in changes if not c.is_weak):
        by_source[change.series.split("/")[0], change.direction, change.step_s].append(change)
    found, odd = [], set()
    for (_, direction, step_s), of in sorted(by_source.items()):
        while together := _widest(of, names, at_once_s(step_s)):
            countries = sorted({names[c.series].country for c in together})
            if len(countries) < max(ARTEFACT_COUNTRIES, ARTEFACT_SHARE * len(looked)):
                break
            onset, ids = together[0].onset_latest, {id(c) for c in together}
            found.append(Artefact(onset=onset, direction=direction, countries=tuple(countries), changes=len(together)))
            odd |= ids
            of = [c for c in of if id(c) not in ids]
    return [c for c in changes if id(c) not in odd], sorted(found, key=lambda a: (a.onset, a.direction))


def _widest(changes: list[Change], names: dict[str, Named], span_s: int) -> list[Change]:
    """The changes that begin within some span of time, in the most countries."""
    best: list[Change] = []
    most, first = 0, 0
    inside: Counter[str] = Counter()
    for last, change in enumerate(changes):
        inside[names[change.series].country] += 1
        while change.onset_latest - changes[first].onset_latest >= span_s:
            inside[names[changes[first].series].country] -= 1
            first += 1
        width = sum(1 for count in inside.values() if count > 0)
        if width > most:
            most, best = width, changes[first : last + 1]
    return best
