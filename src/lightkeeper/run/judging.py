"""Judge measurements from files, one line out for each, and never stop at a bad one."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, BinaryIO, TypeVar

import msgspec

from lightkeeper.errors import InputError, SetAside
from lightkeeper.judge.verdicts import judge
from lightkeeper.model import Verdict
from lightkeeper.observe.facts import Seen
from lightkeeper.observe.nettests import observe
from lightkeeper.sources import ooni
from lightkeeper.sources.rows import Unreadable

Row = TypeVar("Row")
ASIDE_MAX = 100_000
"""Rows that are set aside before a file is refused whole: each takes memory, and a person reads none of so many."""
MISREAD = (ValueError, TypeError, KeyError, RecursionError, OverflowError)
"""What a hostile record may raise where a reader was not made for it."""


class Judged(msgspec.Struct, frozen=True):
    """One measurement, judged."""

    file: str
    line: int
    seen: Seen
    verdicts: list[Verdict]


class Aside(msgspec.Struct, frozen=True):
    """One file or line that could not be used."""

    file: str
    line: int
    error: str
    remedy: str


def judge_paths(paths: Iterable[str], *, stdin: BinaryIO | None = None) -> Iterator[Judged | Aside]:
    """Judge every measurement in the files and folders; `-` is standard input. What cannot be read is set aside."""
    for path in paths:
        if path == "-":
            yield from judge_records(ooni.read(path, stdin=stdin), None)
            continue
        for file, named in files_of(Path(path)):
            try:
                digest = sha256_of(file) if file.is_file() else None  # a pipe can be read only once
            except OSError:
                digest = None
            yield from judge_records(ooni.read(file, named=named), digest)


def files_of(path: Path) -> Iterator[tuple[Path, bool]]:
    """Files to read, and whether somebody named them. A folder that cannot be read comes as itself, to be reported."""
    if not path.is_dir():
        yield path, True
        return
    for entry in ooni.walk(path):
        yield (Path(entry.file), True) if isinstance(entry, ooni.Unreadable) else (entry, False)


def sha256_of(path: Path) -> str:
    """SHA-256 of a file. Raises OSError where it cannot be read."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def judge_records(records: Iterable[ooni.Record | ooni.Unreadable], digest: str | None) -> Iterator[Judged | Aside]:
    """Judge the records of one file, whose SHA-256 is `digest`; none takes that of each record."""
    for record in records:
        if isinstance(record, ooni.Unreadable):
            yield Aside(record.file, record.line, record.error, record.remedy)
        else:
            yield judge_record(record.data, record.file, record.line, file_sha256=digest)


def judge_record(data: bytes, file: str, line: int, *, file_sha256: str | None = None) -> Judged | Aside:
    """Judge one record. Any failure to read it is an `Aside`, never an exception."""
    try:
        digest = file_sha256 or hashlib.sha256(data).hexdigest()
        seen = observe(data, file_sha256=digest, line=line)
        return Judged(file, line, seen, judge(seen))
    except SetAside as error:
        return Aside(file, line, error.what, error.remedy)
    except MISREAD as error:
        what = f"the record cannot be judged: {type(error).__name__}"
        return Aside(file, line, what, "Please report the file: a record must never do this")


def keep_readable(rows: Iterable[Row | Unreadable], aside: list[Aside]) -> list[Row]:
    """The rows that could be read; the others are added to `aside`. Raises InputError for more of them than a file has
    that is what it should be."""
    kept = []
    for row in rows:
        if isinstance(row, Unreadable):
            file, _, line = row.where.rpartition(":")
            where = (file, int(line)) if file and line.isdigit() else (row.where, 0)
            aside.append(Aside(*where, row.what, row.remedy))
            if len(aside) > ASIDE_MAX:
                remedy = "Check that it is the right file, and of the form that is read here"
                raise InputError(f"more than {ASIDE_MAX:,} rows cannot be used", remedy=remedy, where=row.where)
        else:
            kept.append(row)
    return kept


def line_of(result: Judged | Aside) -> dict[str, Any]:
    """The line of `lightkeeper judge --json`. `rows_repeated` has a measurement of an observation table only."""
    if isinstance(result, Aside):
        return {"file": result.file, "line": result.line, "error": result.error, "remedy": result.remedy}
    row, whole = result.seen.measurement, result.verdicts[-1]
    return {
        "file": result.file,
        "line": result.line,
        "measurement_id": row.measurement_id,
        "test_name": row.test_name,
        "probe_cc": row.probe_cc,
        "probe_asn": row.probe_asn,
        "started_at": row.started_at.strftime("%Y-%m-%dT%H:%M:%SZ") if row.started_at else None,
        "input": row.input,
        "target": row.target,
        "state": whole.state,
        "layer": whole.deciding_layer,
        "mechanism": whole.mechanism,
        "validity": whole.validity,
        "rule": whole.rule,
        "reasons": whole.reasons,
        "layers": {v.layer: {"state": v.state, "rule": v.rule} for v in result.verdicts if v.layer != "all"},
        "parts": {v.target: {"state": v.state, "rule": v.rule} for v in result.verdicts[:-1] if v.layer == "all"},
        "ruleset": whole.ruleset,
    } | ({} if result.seen.repeated is None else {"rows_repeated": result.seen.repeated})
