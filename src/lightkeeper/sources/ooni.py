"""Read OONI measurements: from a file, a folder or standard input, in any form that OONI ever published them.

JSON, JSON lines, legacy YAML reports, observation tables as CSV or Parquet, and gzip and tar around them, told apart
by content. Nothing is decoded that need not be, and nothing is held but the record at hand; rows of tables are sorted.
"""

from __future__ import annotations

import os
import stat
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from lightkeeper.sources import ooni_json, ooni_post, ooni_table_csv, ooni_table_parquet, ooni_tar, ooni_yaml
from lightkeeper.sources import ooni_limits as limits
from lightkeeper.sources.ooni_record import Broken, Record, Unreadable, shown
from lightkeeper.sources.ooni_stream import GZIP, Budget, Stream, gunzip

__all__ = ["Record", "Unreadable", "read"]

_FOREIGN = {
    b"\x04\x22\x4d\x18": ("LZ4", "lz4 -d"),
    b"\x28\xb5\x2f\xfd": ("Zstandard", "zstd -d"),
    b"\xfd7zXZ": ("xz", "unxz"),
    b"BZh": ("bzip2", "bunzip2"),
    b"PK\x03\x04": ("ZIP", "unzip"),
    b"\xff\xfe": ("UTF-16", "iconv -f UTF-16 -t UTF-8"),
    b"\xfe\xff": ("UTF-16", "iconv -f UTF-16 -t UTF-8"),
}
_ENDINGS = (".json", ".jsonl", ".yaml", ".yml", ".gz", ".tgz", ".tar", ".post", ".lz4", ".zst", ".xz", ".bz2")
_BEGINNINGS = (GZIP, b"{", ooni_table_parquet.MAGIC)
_PEEK_BYTES = ooni_tar.BLOCK


def read(path: Path | str, *, stdin: BinaryIO | None = None, named: bool = True) -> Iterator[Record | Unreadable]:
    """Measurements from a file, from all files below a folder in order of their names, or, for `-`, from `stdin`.

    What cannot be read comes as an Unreadable, in its place, and reading goes on after it: this never raises for bad
    input. In a folder, hidden files are left out, and so are files that neither by name nor by content could hold
    measurements; the same goes for a single file that the caller found and that nobody `named`.
    """
    if str(path) == "-":
        source = stdin or sys.stdin.buffer
        yield from _guarded(source, "stdin", named=True)
    elif Path(path).is_dir():
        for entry in walk(Path(path)):
            yield from [entry] if isinstance(entry, Unreadable) else _file(entry, named=False)
    else:
        yield from _file(Path(path), named=named)


def walk(folder: Path) -> Iterator[Path | Unreadable]:
    """Files below a folder in order of their names, without hidden ones."""
    failed: list[OSError] = []
    for root, folders, names in os.walk(folder, onerror=failed.append):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        for name in sorted(names):
            if not name.startswith("."):
                yield Path(root, name)
    for problem in failed:
        yield _unopened(str(problem.filename), problem)


def _file(path: Path, *, named: bool) -> Iterator[Record | Unreadable]:
    try:
        if not named and not stat.S_ISREG(path.stat().st_mode):
            return
        with path.open("rb", buffering=0) as file:
            yield from _guarded(file, str(path), named=named or path.name.lower().endswith(_ENDINGS))
    except (OSError, ValueError) as problem:
        yield _unopened(str(path), problem)


def _guarded(file: BinaryIO, name: str, *, named: bool) -> Iterator[Record | Unreadable]:
    """Read from an open file. One that is not `named` gives nothing unless its content is of a known form."""

    def read_some(size: int) -> bytes:
        try:
            return file.read(size) or b""
        except OSError as problem:
            broken = _unopened(name, problem)
            raise Broken(broken.error, broken.remedy) from problem

    stream = Stream(read_some)
    try:
        head = stream.peek(_PEEK_BYTES)
        if named or head.startswith(_BEGINNINGS) or ooni_tar.is_tar(head) or ooni_table_csv.has_form(stream):
            yield from _content(stream, shown(name), Budget(), 0)
    except Broken as problem:
        yield problem.at(shown(name), 0)


def _unopened(name: str, problem: Exception) -> Unreadable:
    reason = problem.strerror if isinstance(problem, OSError) else None
    remedies: dict[type[Exception], str] = {
        FileNotFoundError: "Check the name",
        PermissionError: "Ask for the right to read it, or copy it to where you may",
    }
    remedy = remedies.get(type(problem), "Check the disk and the name, then run it again")
    return Unreadable(shown(name), 0, f"the file cannot be read: {reason or problem}", remedy)


def _content(stream: Stream, file: str, budget: Budget, depth: int) -> Iterator[Record | Unreadable]:
    """Tell the form by the first bytes, and read it. Raises Broken only if there is nothing to read at all."""
    head = stream.peek(_PEEK_BYTES)
    if not head:
        yield Unreadable(file, 0, "the file is empty", "Fetch it again, or leave it out")
    elif head.startswith(GZIP) or ooni_tar.is_tar(head):
        if depth >= limits.MAX_DEPTH:
            raise Broken(f"it is wrapped more than {limits.MAX_DEPTH} times", "Unpack it yourself, if you trust it")
        if head.startswith(GZIP):
            yield from _content(gunzip(stream, budget), file, budget, depth + 1)
        else:
            yield from _tar(stream, file, budget, depth + 1)
    elif foreign := next((known for magic, known in _FOREIGN.items() if head.startswith(magic)), None):
        yield Unreadable(file, 0, f"this is {foreign[0]}, which is not read here", f"Convert it with `{foreign[1]}`")
    elif head.startswith(ooni_table_parquet.MAGIC):
        yield from ooni_table_parquet.records(stream, file)
    elif ooni_post.is_post(file):
        yield from ooni_post.records(stream, file)
    elif ooni_yaml.is_yaml(head, file):
        yield from ooni_yaml.records(stream, file)
    elif ooni_table_csv.is_csv(stream, file):
        yield from ooni_table_csv.records(stream, file)
    else:
        yield from ooni_json.records(stream, file)


def _tar(tar: Stream, file: str, budget: Budget, depth: int) -> Iterator[Record | Unreadable]:
    try:
        for name, member in ooni_tar.members(tar):
            label = shown(f"{file}:{name}")
            try:
                yield from _content(member, label, budget, depth)
            except Broken as problem:
                yield problem.at(label, 0)
    except Broken as problem:
        yield problem.at(file, 0)
