"""Differences: two folders file by file, and for the files that we know the first place where they differ."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import msgspec
import pyarrow as pa
import pyarrow.parquet as pq


class Difference(msgspec.Struct, frozen=True):
    """One file that came out otherwise, and where."""

    path: str
    what: str

    def __str__(self) -> str:
        return f"{self.path}: {self.what}"


def differences(pairs: Mapping[str, tuple[Path, Path]]) -> Iterator[Difference]:
    """The files that differ, in the order given. A pair is the file of the bundle and the one that was made again."""
    for name, (kept, again) in pairs.items():
        if not kept.is_file():
            yield Difference(name, "made again, but not in the bundle")
        elif not again.is_file():
            yield Difference(name, "in the bundle, but not made again")
        else:
            one, other = kept.read_bytes(), again.read_bytes()
            if one != other:
                yield Difference(name, _first(name, kept, again, one, other))


def _first(name: str, kept: Path, again: Path, one: bytes, other: bytes) -> str:
    if name.endswith(".parquet"):
        return _in_tables(pq.read_table(kept), pq.read_table(again))
    if name.endswith(".json"):
        found = _in_values(json.loads(one), json.loads(other), "")
        if found:
            return found
    place = next((i for i, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), min(len(one), len(other)))
    line = one.count(b"\n", 0, place) + 1
    return f"line {line}, byte {place:,}: {_part(one, place)} in the bundle, {_part(other, place)} now"


def _part(data: bytes, place: int) -> str:
    return repr(data[place : place + 40].decode("utf-8", "backslashreplace")) if place < len(data) else "its end"


def _in_values(one: Any, other: Any, at: str) -> str:
    """The first place where two JSON values differ, `.asks[3].answer: …`; empty where they do not."""
    if isinstance(one, dict) and isinstance(other, dict):
        for key in sorted(one.keys() | other.keys()):
            if key not in one or key not in other:
                return f"{at}.{key}: only {'in the bundle' if key in one else 'now'}"
            found = _in_values(one[key], other[key], f"{at}.{key}")
            if found:
                return found
        return ""
    if isinstance(one, list) and isinstance(other, list):
        for number, (a, b) in enumerate(zip(one, other, strict=False)):
            found = _in_values(a, b, f"{at}[{number}]")
            if found:
                return found
        return "" if len(one) == len(other) else f"{at}: {len(one)} entries in the bundle, {len(other)} now"
    return "" if one == other else f"{at}: {_short(one)} in the bundle, {_short(other)} now"


def _in_tables(one: pa.Table, other: pa.Table) -> str:
    if one.schema.names != other.schema.names:
        return f"columns: {_short(one.schema.names)} in the bundle, {_short(other.schema.names)} now"
    for number, (a, b) in enumerate(zip(one.to_pylist(), other.to_pylist(), strict=False), start=1):
        for column in one.schema.names:
            if a[column] != b[column] and not (a[column] != a[column] and b[column] != b[column]):
                return f"row {number}, {column}: {_short(a[column])} in the bundle, {_short(b[column])} now"
    if one.num_rows != other.num_rows:
        return f"{one.num_rows:,} rows in the bundle, {other.num_rows:,} now"
    return "the same rows in other bytes: another version of pyarrow wrote them"


def _short(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= 120 else text[:119] + "…"
