"""The vote compared: the same measures in equal windows before, during and after, with what is untested shown."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from datetime import date, timedelta
from statistics import median

from lightkeeper.incidents.services import service_name
from lightkeeper.ledger.coverage import Coverage, coverage
from lightkeeper.ledger.networks import Networks
from lightkeeper.ledger.watch import LineageWatch, watch
from lightkeeper.model.case import AskWording, Case
from lightkeeper.publish.book import Book
from lightkeeper.publish.tongue import n_
from lightkeeper.publish.words import RUNGS

NAMES = (n_("Before"), n_("During"), n_("After"))
MOST_SERIES = 20


@dataclass(frozen=True)
class Measured:
    """What the measurements of one window show for one ask. Services are named as readers know them."""

    measurements: int
    networks: int
    days: int
    days_in_window: int
    blocked: list[str] = field(default_factory=list)
    """Blocked on each network or some of them, with witnesses enough."""
    open: list[str] = field(default_factory=list)
    undecided: list[str] = field(default_factory=list)
    """Measured, and too little to say."""
    untested: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class Level:
    """One series of the country; for each window the steps with a value, the steps that it has room for, the median."""

    title: str
    unit: str
    cells: list[tuple[int, int, float | None]]


@dataclass(frozen=True)
class Comparison:
    """Three equal windows side by side; each list has the three in their order."""

    spans: list[tuple[date, date]]
    asks: list[tuple[AskWording, list[Measured]]]
    rungs: list[tuple[str, list[int]]]
    """Rung to the incidents that began in each window; retracted ones are left out."""
    watched: list[tuple[str, list[LineageWatch | None]]]
    """Lineage to how it watched for cuts; none where no series of it is there."""
    levels: list[Level]
    levels_left_out: int


def windows(case: Case) -> list[Case]:
    """The case as it would be with its window before, at and after its own: equal in days, and side by side."""
    first, last = case.window_days
    length = (last - first) + timedelta(days=1)
    return [
        case.model_copy(update={"event": case.event.model_copy(update={"day": case.event.day + n * length})})
        for n in (-1, 0, 1)
    ]


def comparison(book: Book) -> Comparison:
    """All that can be compared. It uses the counting of the ledger, so a flood moves no column."""
    cases, networks = windows(book.case), book.networks()
    levels = _levels(book, cases)
    return Comparison(
        spans=[c.window_days for c in cases],
        asks=[
            (a, [_measured(book, c, a, networks) for c in cases]) for a in book.case.asks if book.case.watched_for(a)
        ],
        rungs=_rungs(book, cases),
        watched=_watched(book, cases),
        levels=levels[:MOST_SERIES],
        levels_left_out=max(0, len(levels) - MOST_SERIES),
    )


def _measured(book: Book, case: Case, ask: AskWording, networks: Networks) -> Measured:
    found: Coverage = coverage(case, ask, None, book.measurements, book.verdicts, networks=networks)
    blocked = {*found.blocked_services(), *found.partly_blocked_services()}
    seen_open = {*found.open_services()} - blocked
    touched = {d.service for d in found.days}

    def named(services: set[str]) -> list[str]:
        return [service_name(case, s) for s in found.services if s in services]

    return Measured(
        measurements=len(found.measurements),
        networks=len(found.networks),
        days=len({d.day for d in found.days}),
        days_in_window=found.days_in_window,
        blocked=named(blocked),
        open=named(seen_open),
        undecided=named(touched - blocked - seen_open),
        untested=named({*found.services} - touched),
    )


def _rungs(book: Book, cases: list[Case]) -> list[tuple[str, list[int]]]:
    counts = []
    for case in cases:
        begin, end = case.window
        counts.append(Counter(i.rung for i in book.incidents if begin <= i.onset_latest < end))
    return [(rung, [c[rung] for c in counts]) for rung in RUNGS if rung != "retracted"]


def _watched(book: Book, cases: list[Case]) -> list[tuple[str, list[LineageWatch | None]]]:
    rows = [row for rows in book.signals.values() for row in rows]
    each = [{w.lineage: w for w in watch(case, None, rows).reach} for case in cases]
    return [(name, [w.get(name) for w in each]) for name in sorted({name for w in each for name in w})]


def _levels(book: Book, cases: list[Case]) -> list[Level]:
    found = []
    for name, rows in sorted(book.signals.items()):
        if not rows or rows[0].entity_type != "country" or rows[0].entity != book.case.country:
            continue
        cells = []
        for case in cases:
            begin, end = case.window
            inside = [row for row in rows if begin <= row.step_at < end]
            values = [row.value for row in inside if row.value is not None]
            steps = max(len(inside), int((end - begin) / timedelta(seconds=rows[0].step_s)))
            cells.append((len(values), steps, median(values) if values else None))
        if any(have for have, _, _ in cells):
            found.append(Level(book.title_of(name) or name, rows[0].unit, cells))
    return found
