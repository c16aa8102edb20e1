"""Artefacts: changes in many countries at once, which are of the source and not of the world."""

from __future__ import annotations

import statistics
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence

import msgspec

from lightkeeper.detect.changes import Change
from lightkeeper.signals.naming import Named

ARTEFACT_COUNTRIES, ARTEFACT_SHARE = 5, 0.5
AT_ONCE_STEPS, AT_ONCE_STEPS_DAILY = 3, 7
"""A change that begins within so many steps in this many countries, and this share of them, is of the source."""
LEAST_SEEN_TWICE = 2
"""Countries in which another lineage must have moved too for a change in many countries to be of the world."""
SPARED = 0.2
"""Share of the countries of a provider that must have been spared for two of its lineages to be two witnesses here."""
FURTHER = 0.5
"""A country of which less than this share is left, beside the middle one of those that fell, fell by itself."""


def at_once_s(step_s: int) -> int:
    """Within so many seconds changes of series of this step begin at once."""
    return step_s * (AT_ONCE_STEPS_DAILY if step_s >= 86_400 else AT_ONCE_STEPS)


class Artefact(msgspec.Struct, frozen=True, kw_only=True):
    """Changes in many countries at once: of the source, not of the world."""

    onset: int
    direction: str
    countries: tuple[str, ...]
    changes: int
    source: str = ""
    """The source: the name of its series without the place; empty where several of its series moved."""
    end: int | None = None
    """When the last of its changes was over; none where that is not known."""
    depth: float | None = None
    """Median change of the countries, as a share of what was usual; none where it was not measured."""


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
            one = Artefact(onset=onset, direction=direction, countries=tuple(countries), changes=len(together))
            if not is_of_the_world(one, together, changes, names):
                found.append(one)
                odd |= ids - {id(c) for c in together if _goes_further(c, together)}
            of = [c for c in of if id(c) not in ids]
    return [c for c in changes if id(c) not in odd], sorted(found, key=lambda a: (a.onset, a.direction))


def is_of_the_world(
    one: Artefact, together: Sequence[Change], changes: Iterable[Change], names: Mapping[str, Named]
) -> bool:
    """Whether two or more of the same countries, and half of those looked at, moved at once for another lineage too.

    The raw data of a lineage are its own: a fault of one is no fault of another. But where a provider fails as a whole,
    all of its lineages fall, in all countries: one of the same provider counts only where some countries were spared.
    """
    providers = {c.series.split("/")[0] for c in together}
    all_of = {n.country for n in names.values() if n.country and n.series.split("/")[0] in providers}
    spared = len(all_of - set(one.countries)) >= SPARED * len(all_of)
    lineages = Counter(names[c.series].lineage for c in together)
    not_another = {lineages.most_common(1)[0][0], "unknown", "circumvention"}
    span_s = max(at_once_s(c.step_s) for c in together)

    def is_other(name: Named) -> bool:
        another = name.country in one.countries and name.lineage not in not_another and not name.target
        return another and (spared or name.series.split("/")[0] not in providers)

    looked = {name.country for name in names.values() if is_other(name)}
    moved = {
        names[c.series].country for c in changes
        if c.direction == one.direction and is_other(names[c.series])
        and abs(c.onset_latest - one.onset) < max(span_s, at_once_s(c.step_s))
    }  # fmt: skip
    return len(moved) >= LEAST_SEEN_TWICE and 2 * len(moved) >= len(looked)


def _goes_further(change: Change, together: Sequence[Change]) -> bool:
    """Whether a fall leaves less than half of what the middle one of them leaves."""
    usual = statistics.median(c.severity for c in together)
    return change.direction == "down" and 1.0 - change.severity < FURTHER * (1.0 - usual)


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
