"""Recorded: what is to be said of outages that others recorded, as what they are: theirs, and no witness of ours.

IODA's events and alerts and Cloudflare Radar's outages and anomalies come with what the watch fetches. Records of one
source about one place that lie near each other are told as one, once; then that one of ours overlaps, that somebody at
the source verified it, that it ended, or that the source took it back. A pure function, as `telling` is.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import NamedTuple

import msgspec

from lightkeeper.detect.clusters import NEAR_S
from lightkeeper.detect.scope import ONE_WITNESS
from lightkeeper.incidents.ladder import SOURCES as PUBLISHERS
from lightkeeper.incidents.lineage import UNVERIFIED
from lightkeeper.model import Event, Told
from lightkeeper.run.case_recorded import PARTS
from lightkeeper.run.telling import GONE, Window, family, is_own, numbered
from lightkeeper.store.lake import Lake

FRESH = timedelta(days=3)
"""What began longer ago and overlaps nothing that we told is not told any more: a watch that begins is no archive."""
TAKEN_BACK = timedelta(days=2)
"""So long after its onset a record is asked for again by every source, so that its absence means something."""
NEAR = timedelta(seconds=NEAR_S)
UNKNOWN_LENGTH = timedelta(days=1)
"""A record without an end is taken to have lasted this long: that nobody said more is no sign that it goes on."""
SCOPES = {"country": "national", "region": "regional", "asn": "operator"}
BY_PEOPLE = frozenset({"radar_outages"})
"""Sources of which each record was written by somebody."""
_NOT_TOLD = frozenset({"no_end", UNVERIFIED})


class Records(NamedTuple):
    """The records of one source about one place that are told as one, by onset."""

    publisher: str
    place: str
    events: tuple[Event, ...]

    @property
    def ids(self) -> frozenset[str]:
        """Their ids at the source."""
        return frozenset(event.event_id for event in self.events)


def records_in(tables: Path, country: str) -> list[Event]:
    """All records of others on a country that the watch, or a fetch, brought."""
    lake = Lake(tables)
    parts = [f"fetch-{name}-{country}" for name in sorted(set(PARTS.values()))]
    return [e for part in parts for e in lake.read(Event, part) if e.source in PARTS and e.country == country]


def telling_of_records(
    events: Iterable[Event], log: Sequence[Told], window: Window, country: str, now: datetime
) -> list[Told]:
    """The entries to add to the log, in order. `log` has what was told of events of ours already."""
    groups = _grouped(events)
    last = {entry.event_id: entry for entry in log}
    ours = [e for e in last.values() if is_own(e) and e.change not in GONE and family(e) != "rise"]
    told = [e for e in last.values() if e.recorded_by]
    made: list[Told] = []
    kept: set[str] = set()
    for group in groups:
        new = _draft(group, ours, window, country, now)
        old = next((entry for entry in told if _is_of(entry, group)), None)
        if old is None:
            if new.joins or now - new.onset_latest <= FRESH:
                made.append(new)
            continue
        if old.event_id in kept:
            continue
        kept.add(old.event_id)
        if said := _changed(old, new):
            change, note = said
            made.append(
                msgspec.structs.replace(
                    new, change=change, note=note, event_id=old.event_id, joins=new.joins or old.joins
                )
            )
    held = {group.publisher for group in groups}
    for old in told:
        young = now - old.onset_latest <= TAKEN_BACK
        if old.event_id not in kept and old.change not in GONE and young and old.recorded_by in held:
            note = f"{old.recorded_by} has it no more"
            made.append(msgspec.structs.replace(old, told_at=now, change="withdrawn", note=note))
    return numbered(made, log, now)


def _grouped(events: Iterable[Event]) -> list[Records]:
    found: dict[tuple[str, str], list[list[Event]]] = {}
    for event in sorted(events, key=lambda e: (e.onset_latest, e.event_id)):
        of = found.setdefault((PUBLISHERS[event.source], f"{event.entity_type}:{event.entity}"), [])
        if of and event.onset_earliest <= _last(of[-1]) and event.onset_latest - of[-1][0].onset_latest <= NEAR:
            of[-1].append(event)
        else:
            of.append([event])
    return [Records(who, place, tuple(part)) for (who, place), of in sorted(found.items()) for part in of]


def _last(events: Iterable[Event]) -> datetime:
    return max(e.end_latest or e.onset_latest + UNKNOWN_LENGTH for e in events)


def _is_of(entry: Told, group: Records) -> bool:
    """Whether an entry tells of these records: by an id, or by source, place and time, since ids of alerts move."""
    if entry.recorded_by != group.publisher or entry.place != group.place:
        return False
    if group.ids & set(entry.members):
        return True
    begin, end = group.events[0].onset_earliest, _last(group.events)
    until = entry.end_latest or entry.onset_latest + UNKNOWN_LENGTH
    return entry.change not in GONE and entry.onset_earliest <= end and begin <= until


def _changed(old: Told, new: Told) -> tuple[str, str] | None:
    """What is to be said of records that were told before; the weightiest names the entry, the note has all."""
    said = []
    if old.change in GONE:
        said.append(("returned", f"{new.recorded_by} has it again"))
    if UNVERIFIED in old.flags and UNVERIFIED not in new.flags:
        said.append(("verified", f"somebody at {new.recorded_by} verified it"))
    if old.end_latest is None and new.end_latest is not None:
        said.append(("ended", f"{new.recorded_by} says that it ended by {new.end_latest:%Y-%m-%d %H:%M} UTC"))
    if old.joins is None and new.joins is not None:
        said.append(("joined", f"it overlaps {new.joins}, which we found by ourselves"))
    return (said[0][0], "; ".join(note for _, note in said)) if said else None


def _draft(group: Records, ours: Sequence[Told], window: Window, country: str, now: datetime) -> Told:
    """Some records as one entry, without number and change. Its id is that of a first telling."""
    first = group.events[0]
    open_ = any(e.end_latest is None for e in group.events)
    severities = [e.severity for e in group.events if e.severity is not None]
    verified = any(e.source in BY_PEOPLE or (_can_be(e) and UNVERIFIED not in e.flags) for e in group.events)
    flags = {f for e in group.events for f in e.flags} - _NOT_TOLD
    key = hashlib.sha256(f"{group.publisher} {group.place} {first.event_id}".encode()).hexdigest()[:8]
    made = Told(
        country=country,
        seq=0,
        told_at=now,
        change="new",
        event_id=f"{country}-{first.onset_latest:%Y%m%dT%H%MZ}-recorded-{key}",
        kind=first.kind,
        direction="down",
        scope=SCOPES.get(first.entity_type, "unknown"),
        members=sorted(group.ids),
        onset_earliest=first.onset_earliest,
        onset_latest=first.onset_latest,
        end_earliest=None if open_ else max(e.end_earliest or e.onset_earliest for e in group.events),
        end_latest=None if open_ else _last(group.events),
        severity=max(severities) if severities else None,
        flags=sorted(flags | (set() if verified else {UNVERIFIED})),
        note=f"recorded by {group.publisher}, and no witness of ours",
        recorded_by=group.publisher,
        place=group.place,
        window_from=window.begin,
        window_until=window.end,
        detector=window.detector,
    )
    return msgspec.structs.replace(made, joins=_joined(made, group, ours))


def _can_be(event: Event) -> bool:
    """Whether the source says of its records whether they were verified."""
    return event.source == "radar_anomalies"


def _joined(record: Told, group: Records, ours: Sequence[Told]) -> str | None:
    """The event of ours that overlaps the records and begins nearest to them, where they are of one place."""
    end = _last(group.events)
    near = [
        (abs(entry.onset_latest - record.onset_latest), entry.event_id)
        for entry in ours
        if entry.onset_earliest <= end
        and record.onset_earliest <= (entry.end_latest or datetime.max.replace(tzinfo=UTC))
        and _same_place(group.place, entry)
    ]
    return min(near)[1] if near else None


def _same_place(place: str, entry: Told) -> bool:
    """A record of the whole country goes with any event of it; one of a part with those of all, or of that part."""
    kind, _, code = place.partition(":")
    if kind == "country" or entry.scope in ("national", ONE_WITNESS, "unknown"):
        return True
    return any(part in (code, f"AS{code}") for member in entry.members for part in member.split("/"))
