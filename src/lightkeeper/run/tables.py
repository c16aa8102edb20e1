"""Judge whole files into Parquet tables: in chunks, on several processes, and to go on after an interruption."""

from __future__ import annotations

import gc
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import msgspec

from lightkeeper.archive import atomic
from lightkeeper.judge.digest import digest_of_facts
from lightkeeper.judge.verdicts import current_ruleset
from lightkeeper.model import Control, Measurement, Observation, Table, Verdict
from lightkeeper.observe import trust
from lightkeeper.observe.facts import Seen
from lightkeeper.observe.targets import target_of
from lightkeeper.run.choice import Choice, chosen, put_in_force
from lightkeeper.run.judging import Aside, Judged, files_of, judge_records, sha256_of
from lightkeeper.run.sessions import in_sessions
from lightkeeper.sources import ooni
from lightkeeper.sources.ooni_record import shown
from lightkeeper.store.columns import Columns
from lightkeeper.store.lake import Lake

CHUNK = 5_000
"""Records a part holds. Memory is that of one chunk a process, whatever the size of the input."""
_TABLES: tuple[type[Table], ...] = (Measurement, Observation, Control, Verdict)


class Done(msgspec.Struct, frozen=True):
    """What became of one input file."""

    file: str
    sha256: str
    ruleset: str
    facts: str
    judged: int
    set_aside: list[Aside]
    parts: int
    rows_repeated: int = 0
    """Rows of observation tables that stood twice and count once."""


def judge_into(
    paths: Sequence[Path],
    out: Path,
    *,
    jobs: int = 1,
    on_file: Callable[[Done, bool], None] = lambda _d, _n: None,
    choice: Choice | None = None,
) -> list[Done]:
    """Judge files into `out/<table>/<sha256 of the file>-<chunk>.parquet`. Returns what became of each, in order.

    A file that was wholly judged before, by the same rules, reference and code, is not judged again. Parts are named by
    the content of their file and written whole or not at all, so that a run that was killed and run again leaves the
    same files as one that was not. `on_file` gets each file as it ends, and whether it was judged now. `choice` names
    other rules than the current ones, or another reference. Raises InputError where it cannot be used.
    """
    files = {file: named for path in paths for file, named in files_of(path)}
    found: dict[Path, Done] = {}
    with chosen(choice):
        for path, (done, now) in _judged(files, out, min(jobs, len(files)), choice):
            found[path] = done
            on_file(done, now)
    return [found[path] for path in files]


def _judged(
    files: Mapping[Path, bool], out: Path, jobs: int, choice: Choice | None
) -> Iterator[tuple[Path, tuple[Done, bool]]]:
    """Each file and what became of it, as it ends."""
    if jobs < 2:
        yield from ((path, _judge_file(path, named, out)) for path, named in files.items())
        return
    from concurrent.futures import ProcessPoolExecutor, as_completed  # which most runs do not need
    from multiprocessing import active_children

    _load()
    with ProcessPoolExecutor(jobs, initializer=put_in_force, initargs=(choice,)) as pool:
        waiting = {pool.submit(_judge_file, path, named, out): path for path, named in files.items()}
        try:
            yield from ((waiting[ended], ended.result()) for ended in as_completed(waiting))
        except BaseException:  # asked to stop, or the disk is full: others need not end their files first
            for child in active_children():
                child.terminate()
            raise


def _load() -> None:
    """Load what every process needs, so that those that are forked find it there."""
    current_ruleset(), digest_of_facts(), trust.store(), target_of("www.example.org")


def is_lake(folder: Path) -> bool:
    """Whether a folder holds tables of judged measurements."""
    return bool(Lake(folder).parts(Verdict))


def kept(folder: Path, measurement_id: str) -> Iterator[Judged]:
    """A measurement as it stands in the tables, with its verdicts; those of the whole last. None where it is not."""
    lake = Lake(folder)
    for part in lake.parts(Measurement):
        for row in lake.read(Measurement, part):
            if row.measurement_id == measurement_id:
                observations = [o for o in lake.read(Observation, part) if o.measurement_id == measurement_id]
                controls = [c for c in lake.read(Control, part) if c.measurement_id == measurement_id]
                verdicts = [v for v in lake.read(Verdict, part) if v.measurement_id == measurement_id]
                verdicts.sort(key=lambda v: (v.layer == "all", v.layer == "all" and v.target == row.target))
                yield Judged(part, row.file_line, Seen(row, observations, controls, []), verdicts)


def _judge_file(path: Path, named: bool, out: Path) -> tuple[Done, bool]:
    if path.exists() and not path.is_file():
        return _refused(path, "this is not a regular file", "Save it to a file first, so that a run can be resumed")
    try:
        digest = sha256_of(path)
    except OSError as error:
        return _refused(path, f"the file cannot be read: {error.strerror or type(error).__name__}", "Check the name")
    receipt = out / "done" / f"{digest}.json"
    before, lake = _receipt(receipt), Lake(out)
    same_rules = before is not None and (before.ruleset, before.facts) == (current_ruleset(), digest_of_facts())
    if before is not None and same_rules and _lies_there(lake, digest, before):
        return msgspec.structs.replace(before, file=str(path)), False
    aside_now, judged, parts, repeated = list[Aside](), 0, 0, 0
    with _no_collection():
        for part in _parts(path, named, digest, aside_now):
            part.write(lake, _part_name(digest, parts))
            judged, parts, repeated = judged + part.records, parts + 1, repeated + part.repeated
    _drop_older(lake, digest, parts)
    done = Done(str(path), digest, current_ruleset(), digest_of_facts(), judged, aside_now, parts, repeated)
    receipt.parent.mkdir(parents=True, exist_ok=True)
    atomic.put_file(receipt, msgspec.json.encode(msgspec.structs.replace(done, file=shown(path.name))), 0o644)
    return done, True


def _part_name(digest: str, number: int) -> str:
    return f"{digest[:32]}-{number:05d}"


def _lies_there(lake: Lake, digest: str, done: Done) -> bool:
    """Whether the parts that a receipt tells of are there: all that was judged stands in them, and none is damaged."""
    held = dict.fromkeys(_TABLES, 0)
    for number in range(done.parts):
        for table in _TABLES:
            rows = lake.rows(table, _part_name(digest, number))
            if rows is None:
                return False
            held[table] += rows
    return held[Measurement] == done.judged


@contextmanager
def _no_collection() -> Iterator[None]:
    """Without the search for cycles: rows have none, and the search costs a sixth of the time."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


def _refused(path: Path, error: str, remedy: str) -> tuple[Done, bool]:
    return Done(
        str(path), "", current_ruleset(), digest_of_facts(), 0, [Aside(shown(str(path)), 0, error, remedy)], 0
    ), True


class Part:
    """The rows of one part, as columns: only so much stands in memory as they take."""

    def __init__(self) -> None:
        self.records = 0
        self.repeated = 0
        self._columns: dict[type[Table], Columns[Any]] = {table: Columns(table) for table in _TABLES}

    def add(self, judged: Judged) -> None:
        """Take in what became of one record."""
        self.records += 1
        self.repeated += judged.seen.repeated or 0
        columns, seen = self._columns, judged.seen
        columns[Measurement].add((seen.measurement,))
        columns[Observation].add(seen.observations)
        columns[Control].add(seen.controls)
        columns[Verdict].add(judged.verdicts)

    def write(self, lake: Lake, name: str) -> None:
        """Write the tables, each as a part of this name."""
        for table, columns in self._columns.items():
            lake.write(table, columns, part=name)


def _parts(path: Path, named: bool, digest: str, aside: list[Aside]) -> Iterator[Part]:
    part = Part()
    for result in in_sessions(judge_records(ooni.read(path, named=named), digest)):
        if isinstance(result, Aside):
            aside.append(result)
            continue
        part.add(result)
        if part.records == CHUNK:
            yield part
            part = Part()
    if part.records:
        yield part


def _drop_older(lake: Lake, digest: str, parts: int) -> None:
    """Take away parts that an older version made of the same file, beyond those of this run."""
    for table in _TABLES:
        for name in lake.parts(table):
            if name.startswith(digest[:32]) and int(name.rpartition("-")[2]) >= parts:
                (lake.root / table.table_name / f"{name}.parquet").unlink()


def _receipt(path: Path) -> Done | None:
    try:
        return msgspec.json.decode(path.read_bytes(), type=Done)
    except (OSError, msgspec.MsgspecError, UnicodeDecodeError):
        return None
