"""Events in two real histories: Tor users in Iran in 2012, and IODA's series of Iran in January 2026."""

from __future__ import annotations

import csv
import gzip
from datetime import UTC, datetime
from pathlib import Path

import pytest

from lightkeeper.model import Member, Signal
from lightkeeper.run.series import watch_rows

IODA = {
    "Google (Search)": ("traffic", "google"),
    "Telescope (# Unique Source IPs)": ("telescope", "telescope"),
    "BGP (#Visible /24s)": ("control_plane", "bgp"),
    "Active Probing (#/24s Up)": ("active_probing", "probing"),
    "Mozilla (City Count)": ("traffic", "mozilla"),
}


def utc(*parts: int) -> datetime:
    return datetime(*parts, tzinfo=UTC)


@pytest.fixture
def tor(shared: Path) -> list[Signal]:
    path = shared / "series" / "tor-users-2011-2016.csv.gz"
    if not path.exists():
        pytest.skip("needs ../shared/data/series/tor-users-2011-2016.csv.gz")
    with gzip.open(path, "rt") as file:
        rows = [r for r in csv.DictReader(file) if r["country"] == "ir"]
    return [
        Signal(
            series="tor_users/direct/IR", step_at=datetime.fromisoformat(r["date"]).replace(tzinfo=UTC), step_s=86_400,
            source="tor_users", lineage="circumvention", entity_type="country", entity="IR",
            metric="tor_direct_users", unit="users", value=float(r["actual_users"]),
        )
        for r in rows
    ]  # fmt: skip


@pytest.fixture(scope="module")
def _ioda_path() -> Path:
    from places import SHARED

    path = SHARED / "series" / "ioda-iran-2026" / "half-hourly-2025-12-01-to-2026-01-29.csv"
    if not path.exists():
        pytest.skip("needs ../shared/data/series/ioda-iran-2026, which may not be carried")
    return path


@pytest.fixture(scope="module")
def ioda(_ioda_path: Path) -> dict[str, Member]:
    """The series of the one long event."""
    signals = []
    with _ioda_path.open(newline="") as file:
        for row in csv.DictReader(file):
            at = datetime.fromisoformat(row["Time (UTC)"]).replace(tzinfo=UTC)
            for column, (lineage, name) in IODA.items():
                signals.append(
                    Signal(
                        series=f"ioda/{name}/IR",
                        step_at=at,
                        step_s=1800,
                        source="ioda",
                        lineage=lineage,
                        metric=name,
                        entity_type="country",
                        entity="IR",
                        unit="normalised 0-100",
                        value=float(row[column]) if row[column] else None,
                    )
                )
    found = watch_rows(signals, "IR")
    assert all(e.onset_latest >= utc(2025, 12, 28) for e in found.events), "nothing is raised in the quiet weeks"
    before_the_last_recovery = [e for e in found.events if utc(2026, 1, 8) <= e.onset_latest < utc(2026, 1, 25)]
    event, opened = before_the_last_recovery
    assert (opened.kind, opened.onset_latest.date().isoformat()) == ("allowlisted", "2026-01-21")
    later = [e for e in found.events if e.onset_latest >= utc(2026, 1, 25)]
    assert all(e.severity is not None and e.severity < 0.4 for e in later), "what comes after it is no second cut"
    assert (event.kind, event.scope, event.entity) == ("outage", "national", "IR")
    assert (event.onset_earliest, event.onset_latest) == (utc(2026, 1, 8, 16), utc(2026, 1, 8, 17))
    assert event.lineages == ["active_probing", "control_plane", "telescope", "traffic"]
    return {m.series.split("/")[1]: m for m in found.members if m.event_id == event.event_id and m.role == "moved"}


def test_tor_use_in_iran_fell_on_9_february_2012_and_not_before(tor: list[Signal]) -> None:
    events = watch_rows(tor, "IR").events
    (event,) = (e for e in events if utc(2011, 12, 12) < e.onset_latest < utc(2012, 2, 14))
    assert (event.onset_earliest, event.onset_latest) == (utc(2012, 2, 8), utc(2012, 2, 10))
    assert (event.end_earliest, event.end_latest) == (utc(2012, 2, 11), utc(2012, 2, 13))
    assert event.severity == pytest.approx(0.95, abs=0.01)


def test_tor_use_in_iran_fell_again_in_the_middle_of_february_2012_and_stayed_low_over_the_vote(
    tor: list[Signal],
) -> None:
    events = watch_rows(tor, "IR").events
    (event,) = (e for e in events if utc(2012, 2, 14) < e.onset_latest < utc(2012, 3, 14))
    assert event.onset_earliest <= utc(2012, 2, 15) < event.onset_latest <= utc(2012, 2, 21)
    assert event.end_latest is not None
    assert event.end_latest > utc(2012, 4, 15)
    assert event.severity == pytest.approx(0.42, abs=0.03), "a quarter at first"


def test_probing_of_iran_fell_at_half_past_four_on_8_january_2026(ioda: dict[str, Member]) -> None:
    assert (ioda["probing"].onset_earliest, ioda["probing"].onset_latest) == (
        utc(2026, 1, 8, 16),
        utc(2026, 1, 8, 17),
    )
    assert len(ioda) == len(IODA)
    assert all(e.onset_latest and utc(2026, 1, 8, 16) <= e.onset_latest <= utc(2026, 1, 8, 19) for e in ioda.values())


def test_each_series_of_january_2026_recovers_in_its_own_time(ioda: dict[str, Member]) -> None:
    ends = {name: e.end_latest.date() for name, e in ioda.items() if e.end_latest}
    assert utc(2026, 1, 18).date() <= ends["google"] <= utc(2026, 1, 19).date()
    assert utc(2026, 1, 24).date() <= ends["telescope"] <= utc(2026, 1, 25).date()
    assert ends["probing"] == utc(2026, 1, 27).date()


def test_routes_fell_little_in_january_2026_and_the_severity_says_so(ioda: dict[str, Member]) -> None:
    assert ioda["bgp"].severity == pytest.approx(0.13, abs=0.01)
    assert all(e.severity is not None and e.severity > 0.9 for n, e in ioda.items() if n != "bgp")
