"""Take the outages that others recorded into a case: IODA's and Cloudflare Radar's, of rows that the user fetched."""

from __future__ import annotations

from datetime import datetime, timedelta

from lightkeeper.model import Event, Signal
from lightkeeper.model.case import Case, CaseRecorded
from lightkeeper.store.lake import Lake

PARTS = {"ioda_events": "ioda", "ioda_alerts": "ioda", "radar_outages": "radar", "radar_anomalies": "radar"}
"""Reader to the source of `lightkeeper fetch` that brings its rows."""


def recorded_events(case: Case, lake: Lake) -> list[Event]:
    """The events of all `[[recorded]]` of the case, each once, by onset. None where nothing was fetched."""
    found = {e.event_id: e for wanted in case.recorded for e in read_recorded(case, wanted, lake)}
    return sorted(found.values(), key=lambda e: (e.onset_earliest, e.event_id))


def read_recorded(case: Case, wanted: CaseRecorded, lake: Lake) -> list[Event]:
    """The events of one `[[recorded]]` in its time."""
    begin, end = span_of(case, wanted)
    every = lake.read(Event, _part(case, wanted))
    return [e for e in every if _is_wanted(case, wanted, e) and _overlaps(e, begin, end)]


def not_fetched(case: Case, lake: Lake) -> list[CaseRecorded]:
    """Those of which nothing was ever fetched: that a source recorded no outage is another thing."""
    held = [*lake.parts(Event), *lake.parts(Signal)]
    return [w for w in case.recorded if not any(part.startswith(_part(case, w)) for part in held)]


def span_of(case: Case, wanted: CaseRecorded) -> tuple[datetime, datetime]:
    """From when to when outages are taken, in UTC."""
    first, last = case.window
    begin = case.midnight(wanted.from_day) if wanted.from_day else first
    return begin, case.midnight(wanted.to_day + timedelta(days=1)) if wanted.to_day else last


def _part(case: Case, wanted: CaseRecorded) -> str:
    return f"fetch-{PARTS[wanted.reader]}-{case.country}"


def _is_wanted(case: Case, wanted: CaseRecorded, event: Event) -> bool:
    return event.source == wanted.reader and event.country == case.country


def _overlaps(event: Event, begin: datetime, end: datetime) -> bool:
    """Whether it has a moment in the time. One without an end counts by its onset: nobody said that it went on."""
    return event.onset_earliest < end and (event.end_latest or event.onset_latest) >= begin
