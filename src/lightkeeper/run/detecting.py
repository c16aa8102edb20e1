"""Detect: from files of series to events, and to the lines that tell them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import msgspec
import numpy as np

from lightkeeper.detect.artefacts import Artefact
from lightkeeper.detect.changes import Change, level_changes, share_changes, slow_changes
from lightkeeper.detect.events import WorldEvent, world_events
from lightkeeper.detect.nightly import with_nights
from lightkeeper.detect.periodic import join_periodic
from lightkeeper.detect.pooled import borne_out
from lightkeeper.detect.silence import silences
from lightkeeper.detect.source_wide import Held, held, share_of_usual, without_the_sources_own
from lightkeeper.detect.tiered import ALLOWLISTED, with_tiers
from lightkeeper.errors import InputError
from lightkeeper.model.signal import LINEAGES
from lightkeeper.signals.matrix import Matrix, matrices, rows_of
from lightkeeper.signals.naming import Named, named
from lightkeeper.sources.rows import Unreadable
from lightkeeper.sources.series_files import read_points

SOURCES_OWN = "the source's own"
"""What a change is called that the countries of one source share."""


SHOWS = "some series came back while others of independent lineages stayed dark: access was not the same for all"
SHOWS_NOT = "for whom it was open, who chose them, and whether anybody meant it"


class Detected(msgspec.Struct, frozen=True):
    """What was found in some files."""

    events: list[WorldEvent]
    artefacts: list[Artefact]
    set_aside: list[Unreadable]
    series: int
    lost: int
    """Changes beyond those that are kept of one series."""
    changes: list[Change]
    """All changes, before they were put together."""


def detect_files(
    paths: Sequence[Path], *, country: str = "", lineages: Mapping[str, str] | None = None, locked: date | None = None
) -> Detected:
    """The events of all series in the files. Raises InputError for a file that is no file of series."""
    points, aside = read_points(paths)
    return detect_matrices(matrices(points), aside, country=country, lineages=lineages, locked=locked)


def detect_matrices(
    grids: Sequence[Matrix], aside: list[Unreadable] | None = None, *, country: str = "",
    lineages: Mapping[str, str] | None = None, locked: date | None = None, known: Mapping[str, Named] | None = None,
) -> Detected:  # fmt: skip
    """The events of all series on some grids: a pure function of their values.

    What a series is, its name tells, unless `known` does.
    """
    locked_day = None if locked is None else (locked - date(1970, 1, 1)).days
    changes: list[Change] = []
    names: list[Named] = []
    of_sources: dict[int, Held] = {}
    lost = 0
    for grid in grids:
        these = [(known or {}).get(n) or named(n, country=country, lineages=lineages) for n in grid.names]
        names += these
        found, more = changes_of(grid, these, locked_day)
        of_sources |= {len(changes) + place: one for place, one in held(grid, these, found).items()}
        changes, lost = changes + found, lost + more
    where = {name: (grid, row) for grid in grids for row, name in enumerate(grid.names)}

    def seen(series: str, begin: int, end: int) -> bool:
        grid, row = where[series]
        span = slice(*(max(0, (t - grid.begin_s) // grid.step_s) for t in (begin, end)))
        return bool(np.any(~np.isnan(grid.values[row, span])))

    def left(series: str, since: int, begin: int, end: int) -> float:
        grid, row = where[series]
        return share_of_usual(grid, row, since, begin, end)

    kept, own = without_the_sources_own(changes, of_sources, {n.series: n for n in names})
    events, artefacts = world_events(kept, names, seen)
    told = with_tiers(join_periodic(events), {n.series: n for n in names}, kept, seen, left)
    told.sort(key=lambda e: (e.onset_latest, e.within, e.series))
    return Detected(told, [*own, *artefacts], aside or [], len(names), lost, changes)


def changes_of(grid: Matrix, names: Sequence[Named], locked_day: int | None = None) -> tuple[list[Change], int]:
    """All changes of the series of one grid, each by what it is a series of, and how many more there were."""
    if grid.trials is not None:
        found, lost = share_changes(grid)
        return found + silences(grid, names), lost
    volumes = [row for row, name in enumerate(names) if name.is_volume]
    found = silences(rows_of(grid, volumes), [names[row] for row in volumes]) if volumes else []
    levels = [row for row, name in enumerate(names) if not name.is_volume]
    rest, these = rows_of(grid, levels), [names[row] for row in levels]
    more, lost = level_changes(rest, these)
    more = borne_out(rest, these, with_nights(rest, these, more))
    return found + more + slow_changes(rest, these, locked_day, more), lost


def lineage_options(texts: Iterable[str]) -> dict[str, str]:
    """`SERIES-GLOB=LINEAGE` as typed, as a mapping. Raises InputError for a lineage that there is none of."""
    made = {}
    for text in texts:
        glob, _, lineage = text.rpartition("=")
        if not glob or lineage not in LINEAGES:
            raise InputError(
                f"`{text}` names no lineage", remedy=f"Write SERIES-GLOB=LINEAGE, with one of {', '.join(LINEAGES)}"
            )
        made[glob] = lineage
    return made


def line_of(event: WorldEvent) -> dict[str, Any]:
    """An event as one JSON object. Times are ISO 8601, UTC; an end that is not known is null."""
    told: dict[str, Any] = {
        "series": list(event.series),
        "kind": event.kind,
        "direction": event.direction,
        "onset_earliest": time_of(event.onset_earliest),
        "onset_latest": time_of(event.onset_latest),
        "end_earliest": time_of(event.end_earliest),
        "end_latest": time_of(event.end_latest),
        "severity": event.severity,
        "score": event.score,
        "members": len(event.series),
        "country": event.country or None,
        "scope": event.scope,
        "targets": list(event.targets),
        "joined": {s: time_of(at) for s, at in event.joined.items()},
        "ended": {s: time_of(at) for s, at in event.ended.items()},
        "stayed": list(event.stayed),
        "leading": [
            {
                "sign": lead.sign,
                "series": lead.series,
                "onset_latest": time_of(lead.onset_latest),
                "end_latest": time_of(lead.end_latest),
                "hours_before": round(lead.before_s / 3600, 2),
            }
            for lead in event.leading
        ],
        "lineages": list(event.lineages),
        "silent": list(event.silent),
        "stagger_h": round(event.stagger_s / 3600, 2),
        "within": event.within,
        "subsumed": event.subsumed,
        "flags": list(event.flags),
    }
    if event.kind == ALLOWLISTED:
        told |= {
            "back": {s: time_of(event.ended[s]) for s in event.back},
            "dark": {s: time_of(event.ended[s]) for s in event.series if s not in event.back},
            "signs": list(event.signs),
            "shows": SHOWS,
            "does_not_show": SHOWS_NOT,
        }
    if event.kind == "periodic":
        told |= {"hours": list(event.hours), "days": list(event.days)}
    return told


def artefact_text(one: Artefact) -> str:
    """What was the source's own, in one sentence."""
    went = {"down": "fell", "up": "rose"}[one.direction]
    by = "" if one.depth is None else f" by {abs(one.depth):.0%}"
    until = "" if one.end is None else f" until {time_of(one.end)}"
    return (
        f"{one.source or 'One source'} {went}{by} in {len(one.countries)} countries at once, "
        f"{time_of(one.onset)}{until}: {SOURCES_OWN}, and no event of any of them ({one.changes} changes)"
    )


def time_of(second: int | None) -> str | None:
    """A time as it is told: 2026-01-08T16:30:00Z."""
    return None if second is None else datetime.fromtimestamp(second, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
