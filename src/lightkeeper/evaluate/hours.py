"""Hours: verdicts by network and kind of hour, beside what a report says of each network.

The kinds are: before an order's first day, in its hours, at other hours of its days of the week, on other days, and
after its last day, by a local clock.
"""

from __future__ import annotations

import tomllib
from collections import Counter
from collections.abc import Iterable
from datetime import date, datetime
from pathlib import Path
from typing import Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import msgspec

from lightkeeper.errors import InputError
from lightkeeper.model import Measurement, Verdict
from lightkeeper.model.hours import Hours, hours_from
from lightkeeper.store.lake import Lake

Kind = Literal["before", "in the hours", "other hours", "other days", "after"]
KINDS: tuple[Kind, ...] = ("before", "in the hours", "other hours", "other days", "after")
Seen = tuple[str, int, datetime, str]
"""Target, AS number of the probe, begin in UTC, and state."""


class Key(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What a report says: the hours of an order, the targets it was about, and a sentence a network."""

    title: str
    source: str
    targets: list[str]
    timezone: str
    first_day: date
    last_day: date
    hours_local: str
    weekdays: str
    says: dict[str, str]


class Counted(msgspec.Struct, frozen=True):
    """Measurements of one target on one network in one kind of hour, and what the report says of the network."""

    target: str
    probe_asn: int
    kind: Kind
    measured: int
    blocked: int
    ok: int
    says: str


def read_key(path: Path) -> Key:
    """A key out of a TOML file. Raises InputError for one that is not."""
    try:
        found = msgspec.convert(tomllib.loads(path.read_text(encoding="utf-8")), Key)
        if not found.hours_local or not found.weekdays:
            raise ValueError("hours_local and weekdays must not be empty")
        hours_from(found.hours_local, found.weekdays)
        ZoneInfo(found.timezone)
    except (OSError, ValueError, ZoneInfoNotFoundError) as error:
        remedy = "Write it as benchmarks/keys/kenya-2024.toml is written"
        raise InputError(f"no key: {error}", remedy=remedy, where=str(path)) from error
    return found


def seen_in(tables: Path, targets: Iterable[str]) -> list[Seen]:
    """The verdicts on whole targets in the tables that `judge --out` made. Raises InputError where there are none."""
    lake, wanted = Lake(tables), frozenset(targets)
    if not lake.parts(Verdict):
        raise InputError("there are no tables", remedy="Run `lightkeeper judge FILES --out` first", where=str(tables))
    rows = {m.measurement_id: m for m in lake.read(Measurement)}
    found = []
    for verdict in lake.read(Verdict):
        row = rows.get(verdict.measurement_id)
        if verdict.layer == "all" and verdict.target in wanted and row and row.probe_asn and row.started_at:
            found.append((verdict.target, row.probe_asn, row.started_at, verdict.state))
    return found


def count_hours(seen: Iterable[Seen], key: Key) -> list[Counted]:
    """Counts in the order of the key's targets, of AS numbers, and of kinds of hour."""
    hours, zone = hours_from(key.hours_local, key.weekdays) or Hours((), frozenset()), ZoneInfo(key.timezone)
    counts: Counter[tuple[str, int, Kind, str]] = Counter()
    for target, asn, at, state in seen:
        kind = _kind(at.astimezone(zone), key, hours)
        counts.update([(target, asn, kind, "measured"), (target, asn, kind, state)])
    every = {(target, asn, kind) for target, asn, kind, _ in counts}
    order = {target: n for n, target in enumerate(key.targets)}
    found = []
    for target, asn, kind in sorted(every, key=lambda o: (order.get(o[0], len(order)), o[1], KINDS.index(o[2]))):
        measured, blocked, ok = (counts[target, asn, kind, what] for what in ("measured", "blocked", "ok"))
        found.append(Counted(target, asn, kind, measured, blocked, ok, key.says.get(str(asn), "")))
    return found


def _kind(local: datetime, key: Key, hours: Hours) -> Kind:
    if local.date() < key.first_day:
        return "before"
    if local.date() > key.last_day:
        return "after"
    if hours.has_minute(local.weekday(), local.hour * 60 + local.minute):
        return "in the hours"
    return "other hours" if local.weekday() in hours.weekdays else "other days"
