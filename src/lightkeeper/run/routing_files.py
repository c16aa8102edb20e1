"""Read: the files of a route collector, in order of time, and from when to when they leave the state in doubt."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

import numpy as np

from lightkeeper.errors import InputError
from lightkeeper.signals.visibility import STEP_S, STRAY_S
from lightkeeper.sources import checked, mrt
from lightkeeper.sources.mrt_kernel import KIND, TABLE, TIME_US
from lightkeeper.sources.rows import Unreadable, clean

DAYS_MAX = 100
"""Files that a person brings may span so many days: a wrong clock must not make millions of empty steps."""
LIST_MAX = 1 << 20
"""Bytes of a list of networks."""
AGAIN = "Fetch the file again"


class RawFile(NamedTuple):
    """A file of a collector, and the name by which people know it."""

    path: Path
    name: str


class Reader:
    """Reads files one after the other; notes what could not be read, and in which steps the state is in doubt."""

    def __init__(self, files: Iterable[RawFile]) -> None:
        self._files = files
        self._since: int | None = None
        self._doubts: list[tuple[int, float]] = []
        self.aside: list[Unreadable] = []

    @property
    def doubts(self) -> list[tuple[int, float]]:
        """Steps in doubt, by number since 1970: the first, and the one after the last (infinite at the end)."""
        return self._doubts + ([(self._since, math.inf)] if self._since is not None else [])

    def batches(self) -> Iterator[mrt.Batch]:
        """The batches of all files in their order."""
        for file in self._files:
            begin, table, whole = None, False, True
            try:
                for part in mrt.read(file.path):
                    if isinstance(part, Unreadable):
                        whole = whole and isinstance(part, mrt.Flaw)
                        where = part.where.replace(str(file.path), file.name)
                        self.aside.append(Unreadable(where, part.what, part.remedy))
                        continue
                    sound = in_time(part)
                    if strays := len(part.rows) - len(sound.rows):
                        whole = False
                        self.aside.append(Unreadable(file.name, f"{strays:,} rows have a wrong clock", AGAIN))
                    if begin is None:
                        begin, _, table = span(sound)
                    yield sound
            except InputError as error:
                self.aside.append(Unreadable(file.name, error.what, error.remedy))
            if begin is not None:
                self._note(begin // STEP_S, table=table, whole=whole)

    def _note(self, step: int, *, table: bool, whole: bool) -> None:
        if not whole:
            self._since = step if self._since is None else min(self._since, step)
        elif table and self._since is not None:
            self._doubts.append((self._since, step))
            self._since = None


def in_time(batch: mrt.Batch) -> mrt.Batch:
    """The batch without updates whose time is far from the middle of them: their clock is wrong."""
    update = batch.column(KIND) != TABLE
    if not update.any():
        return batch
    seconds = batch.column(TIME_US) // 1_000_000
    near = ~update | (np.abs(seconds - _middle(seconds[update])) <= STRAY_S)
    return batch if near.all() else mrt.Batch(batch.rows[near], batch.peers, batch.raw)


def span(batch: mrt.Batch) -> tuple[int, int, bool]:
    """First and last second of a batch, but for rows with a wrong clock; and whether it is of a table."""
    seconds = batch.column(TIME_US) // 1_000_000
    near = seconds[np.abs(seconds - _middle(seconds)) <= STRAY_S]
    return int(near.min()), int(near.max()), bool((batch.column(KIND) == TABLE).any())


def _middle(seconds: mrt.Ints) -> int:
    """The median, or of an even number the upper of the two: always one of the times."""
    return int(np.partition(seconds, len(seconds) // 2)[len(seconds) // 2])


def in_order(paths: Sequence[Path], aside: list[Unreadable]) -> list[RawFile]:
    """The files that can be read, by the time at which they begin; of the same time, the table first."""
    found: list[tuple[int, bool, RawFile]] = []
    for path in dict.fromkeys(paths):
        try:
            begin, _, table = next(span(part) for part in mrt.read(path) if not isinstance(part, Unreadable))
            found.append((begin // STEP_S, not table, RawFile(path, path.name)))
        except StopIteration:
            remedy = "Give files of tables (bview, rib) or of updates"
            aside.append(Unreadable(path.name, "no route and no session is in the file", remedy))
        except InputError as error:
            aside.append(Unreadable(path.name, error.what, error.remedy))
    if not found:
        what = aside[-1].what if aside else "there is no file"
        raise InputError(what, remedy="Give a file of RIPE RIS or RouteViews, such as updates.20260108.1630.gz")
    return [file for _, _, file in sorted(found, key=lambda one: one[:2])]


def time_of(files: Sequence[RawFile]) -> tuple[datetime, datetime]:
    """From the first update to the step of the last one; a table alone is one step."""
    spans = [next(span(part) for part in mrt.read(file.path) if isinstance(part, mrt.Batch)) for file in files]
    updates = [file for file, (_, _, table) in zip(files, spans, strict=True) if not table]
    begin = min((first for first, _, table in spans if not table), default=spans[-1][0])
    last = max(last for _, last, _ in spans)
    if updates:
        last = max(last, *(span(part)[1] for part in mrt.read(updates[-1].path) if isinstance(part, mrt.Batch)))
    if last - begin > DAYS_MAX * 86_400:
        raise InputError(f"the files span more than {DAYS_MAX} days", remedy="Import fewer days at a time")
    first, after = begin // STEP_S * STEP_S, (last // STEP_S + 1) * STEP_S
    return datetime.fromtimestamp(first, UTC), datetime.fromtimestamp(after, UTC)


def read_asns(path: Path, aside: list[Unreadable]) -> list[int]:
    """The AS of a text file, one a line; `#` begins a remark. Raises InputError if it cannot be read or is too long."""
    try:
        with path.open("rb") as stream:
            text = stream.read(LIST_MAX + 1).decode()
        if len(text) > LIST_MAX:
            raise ValueError("the list is too long")
    except (OSError, ValueError) as error:
        remedy = "Give a text file with one AS a line, as AS58224"
        raise InputError(f"no list of networks: {str(error)[:100]}", remedy=remedy, where=path.name) from error
    found: set[int] = set()
    for number, line in enumerate(text.splitlines(), 1):
        if word := clean(line.partition("#")[0]):
            try:
                found.add(checked.asn(word))
            except ValueError as error:
                aside.append(Unreadable(f"{path.name}:{number}", str(error), "Mend the line: AS58224"))
    return sorted(found)
