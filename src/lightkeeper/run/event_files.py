"""Event files: events from any file that holds them, whoever wrote it."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import msgspec

from lightkeeper.errors import InputError
from lightkeeper.model import Event
from lightkeeper.signals.naming import named
from lightkeeper.sources import checked, ioda_outages
from lightkeeper.sources.case_files import load_case, load_outages
from lightkeeper.sources.rows import Row, Unreadable, clean, read_csv

REMEDY = (
    "Give IODA's investigated outages, the outages.csv of a case, what `lightkeeper detect --json` printed, or a CSV "
    "file with the columns event_id, country, onset_earliest, onset_latest"
)
PLAIN = ("event_id", "country", "onset_earliest", "onset_latest")
LINE_MAX = 1 << 22


class Line(msgspec.Struct, frozen=True):
    """One line of `lightkeeper detect --json`, as far as it is read."""

    series: list[str]
    kind: str
    onset_earliest: str
    onset_latest: str
    end_earliest: str | None = None
    end_latest: str | None = None
    severity: float | None = None
    country: str | None = None
    scope: str = ""
    targets: list[str] = []
    lineages: list[str] = []
    silent: list[str] = []
    flags: list[str] = []


def read_events(path: Path) -> Iterator[Event | Unreadable]:
    """The events in a file, whatever its form. Raises InputError for a file of none of the forms."""
    if not path.is_file():
        raise InputError("there is no such file", remedy=REMEDY, where=str(path))
    with path.open("rb") as stream:
        head = stream.read(4096).lstrip(b"\xef\xbb\xbf \r\n\t")
    if head.startswith(b"{") or path.stat().st_size == 0:
        return _lines(path)
    header = next(iter(read_csv(path)))
    columns = set(header) if isinstance(header, list) else set()
    if "Begin time" in columns:
        return ioda_outages.read(path)
    if "outage_id" in columns:
        return iter(load_outages(path.parent, load_case(path.parent)))
    if lacking := [name for name in PLAIN if name not in columns]:
        raise InputError(f"the column `{lacking[0]}` is missing", remedy=REMEDY, where=f"{path}:1")
    return _plain(path)


def _lines(path: Path) -> Iterator[Event | Unreadable]:
    with path.open("rb") as stream:
        for number, raw in enumerate(iter(lambda: stream.readline(LINE_MAX), b""), 1):
            if not raw.strip():
                continue
            try:
                yield detected(msgspec.json.decode(raw, type=Line))
            except (msgspec.MsgspecError, ValueError, RecursionError) as error:
                yield Unreadable(
                    f"{path}:{number}", clean(str(error))[:200], "Print it with `lightkeeper detect --json`"
                )


def detected(line: Line) -> Event:
    """A detected event as an Event. Its place is what its scope says, else that of its series. Raises ValueError."""
    names = [named(series) for series in line.series]
    country = checked.country(line.country or "")
    kind, entity = "country", country
    places = sorted({(n.entity_type, n.entity) for n in names if n.entity_type in ("region", "asn")})
    if line.scope not in ("national", "service", "vpn", "throttling") and places and len(set(places)) == 1:
        kind, entity = places[0]
    begin, latest = _at(line.onset_earliest), _at(line.onset_latest)
    if begin is None or latest is None or latest < begin:
        raise ValueError("it has no onset, or one that is no bracket")
    digest = hashlib.sha256(json.dumps([line.series, line.kind, line.onset_latest]).encode()).hexdigest()[:8]
    return Event(
        event_id=f"detect:{country}:{latest:%Y%m%dT%H%MZ}:{digest}",
        kind=line.kind,
        source="lightkeeper.detect",
        country=country,
        entity_type=kind,
        entity=entity.removeprefix("AS") if kind == "asn" else entity,
        targets=line.targets,
        onset_earliest=begin,
        onset_latest=latest,
        end_earliest=_at(line.end_earliest),
        end_latest=_at(line.end_latest),
        lineages=line.lineages,
        lineages_silent=line.silent,
        members=line.series,
        severity=line.severity,
        flags=line.flags,
    )


def _plain(path: Path) -> Iterator[Event | Unreadable]:
    for row in read_csv(path):
        if isinstance(row, Row):
            try:
                yield _of_cells({name: clean(text) for name, text in row.cells.items()}, f"{path.name}:{row.line}")
            except ValueError as error:
                yield Unreadable(f"{path}:{row.line}", clean(str(error))[:200], "Write times as 2021-06-20T18:30Z")


def _of_cells(cells: dict[str, Any], where: str) -> Event:
    if not cells["event_id"]:
        raise ValueError("it has no id")
    country = checked.country(cells["country"])
    begin = _at(cells["onset_earliest"])
    latest = _at(cells["onset_latest"]) or begin
    if begin is None or latest is None or latest < begin:
        raise ValueError("it has no onset, or one that is no bracket")
    end = _at(cells.get("end_latest"))
    kind = cells.get("entity_type") or "country"
    if kind not in ("country", "region", "asn"):
        raise ValueError(f"`{kind[:40]}` is not country, region or asn")
    flags = ["no_end"] if end is None else ["ends_before_it_begins"] if end < begin else []
    return Event(
        event_id=cells["event_id"][:200],
        kind=cells.get("kind") or "outage",
        source=cells.get("source") or "csv",
        country=country,
        entity_type=kind,
        entity=cells.get("entity") or country,
        targets=_many(cells.get("targets")),
        onset_earliest=begin,
        onset_latest=latest,
        end_earliest=_at(cells.get("end_earliest")) if not flags else None,
        end_latest=end if not flags else None,
        lineages=_many(cells.get("lineages")),
        cause_claimed=cells.get("cause_claimed") or None,
        flags=flags,
        row=where,
    )


def _many(text: str | None) -> list[str]:
    return [word.strip() for word in (text or "").split(";") if word.strip()]


def _at(text: str | None) -> datetime | None:
    """A moment in UTC, from ISO 8601; one without a zone is UTC. Raises ValueError."""
    if not text:
        return None
    at = datetime.fromisoformat(text.replace("Z", "+00:00"))
    at = at.replace(tzinfo=UTC) if at.tzinfo is None else at.astimezone(UTC)
    if not datetime(1990, 1, 1, tzinfo=UTC) < at < datetime.now(UTC) + timedelta(days=3650):
        raise ValueError(f"`{text[:40]}` is not in our time")
    return at
