"""Small rows for the tests of incidents."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

from lightkeeper.model import Document, Event
from lightkeeper.model.case import Case

TEN = timedelta(minutes=10)
BEGIN = datetime(2021, 6, 20, 18, tzinfo=UTC)


def case(**more: Any) -> Case:
    source = {"title": "test", "read_on": date(2026, 1, 1)}
    facts: dict[str, Any] = {
        "id": "test", "title": "Test", "country": "IR", "country_name": "Iran", "timezone": "Asia/Tehran",
        "summary": "Test.", "asks": [{"id": "A1", "topic": "platforms", "short": "s", "wording": "w"}],
        "event": {"kind": "election", "name": "Election", "day": date(2021, 6, 18), "source": source},
        "operators": [{"id": "tci", "name": "TCI", "kinds": ["fixed"], "asns": [58224], "source": source}],
        "watched": [
            {"id": "telegram", "name": "Telegram", "kind": "messaging", "targets": ["telegram/*"]},
            {"id": "tor", "name": "Tor", "kind": "vpn", "targets": ["tor/*"]},
        ],
    }  # fmt: skip
    return Case.model_validate({**facts, **more})


def outage(name: str, at: datetime = BEGIN, hours: float | None = 2.0, **more: Any) -> Event:
    end = at + timedelta(hours=hours) if hours is not None else None
    facts: dict[str, Any] = {
        "event_id": name, "kind": "outage", "source": "ioda_outages", "country": "IR", "entity_type": "country",
        "entity": "IR", "onset_earliest": at - TEN, "onset_latest": at + TEN,
        "end_earliest": end and end - TEN, "end_latest": end and end + TEN,
        "lineages": ["control_plane", "active_probing"],
    }  # fmt: skip
    return Event(**{**facts, **more})


def tor_drop(at: datetime = BEGIN) -> Event:
    return outage(
        "tor_users/direct/IR", at, 48, kind="circumvention_drop", source="lightkeeper.detect",
        lineages=["circumvention"], members=["tor_users/direct/IR"],
    )  # fmt: skip


def document(name: str, day: datetime | None = BEGIN, days: int | None = 1, **more: Any) -> Document:
    """A claim about the local day of `day`, which ended on the day after `days` more."""
    first = day and day.replace(hour=0) - timedelta(hours=4, minutes=30)
    last = first + timedelta(days=days) if first and days is not None else None
    facts: dict[str, Any] = {
        "document_id": name, "kind": "news", "publisher": f"{name} news", "title": name, "claim": "c", "country": "IR",
        "read_on": date(2026, 1, 1), "onset_earliest": first, "onset_latest": first and first + timedelta(days=1),
        "end_earliest": last, "end_latest": last and last + timedelta(days=1), "extent": "full_network",
    }  # fmt: skip
    return Document(**{**facts, **more})
