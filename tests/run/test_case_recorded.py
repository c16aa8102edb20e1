"""Outages that others recorded come into a case as fetched, count as their kind of witness, and are sealed."""

from __future__ import annotations

import shutil
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from lightkeeper.errors import CaseError
from lightkeeper.model import Event, Incident
from lightkeeper.model.case import Case
from lightkeeper.run.build import book_of, build_case
from lightkeeper.run.case_check import held_recorded
from lightkeeper.run.case_recorded import PARTS, not_fetched, recorded_events
from lightkeeper.run.fetching import SOURCES
from lightkeeper.run.sealing import Wish, demonstration_key, seal_case
from lightkeeper.settings import Settings
from lightkeeper.sources.case_files import load_case
from lightkeeper.store.lake import Lake
from places import ROOT

CASE = ROOT / "cases" / "uganda-2021-election"
VOTE_EVE = datetime(2021, 1, 13, 16, tzinfo=UTC)
TABLE = """
[[recorded]]
reader = "{reader}"
how_to_import = "lightkeeper fetch {source} --cc UG --since 2020-12-01 --until 2021-02-01"
title = "{reader}, fetched"
licence = "their terms"
source = {{ title = "their site", read_on = 2026-11-26 }}
"""


def case_with(folder: Path, *readers: str) -> Path:
    copy = folder / CASE.name
    shutil.copytree(CASE, copy)
    with (copy / "case.toml").open("a", encoding="utf-8") as file:
        for reader in readers:
            file.write(TABLE.format(reader=reader, source=PARTS[reader]))
    return copy


def event(source: str, name: str, lineage: str = "control_plane", **more: object) -> Event:
    facts: dict[str, object] = {
        "event_id": f"{source}:{name}", "kind": "outage", "source": source, "country": "UG", "entity_type": "country",
        "entity": "UG", "onset_earliest": VOTE_EVE, "onset_latest": VOTE_EVE + timedelta(minutes=10),
        "end_earliest": VOTE_EVE + timedelta(days=4), "end_latest": VOTE_EVE + timedelta(days=4, minutes=10),
        "lineages": [lineage],
    }  # fmt: skip
    return Event(**{**facts, **more})  # type: ignore[arg-type]


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(data_dir=tmp_path / "data")


@pytest.fixture
def lake(settings: Settings) -> Lake:
    return Lake(settings.data_dir / "tables")


def test_every_reader_is_a_record_that_a_source_brings() -> None:
    assert set(PARTS.values()) <= SOURCES.keys()


def test_what_was_fetched_comes_in_by_its_source_country_and_time(tmp_path: Path, lake: Lake) -> None:
    case = load_case(case_with(tmp_path, "ioda_events"))
    mine, long_ago = event("ioda_events", "in"), VOTE_EVE - timedelta(days=400)
    others = [
        event("ioda_alerts", "another-record"),
        event("ioda_events", "elsewhere", country="KE"),
        event(
            "ioda_events", "before", onset_earliest=long_ago, onset_latest=long_ago, end_earliest=None, end_latest=None
        ),
    ]
    lake.write(Event, [mine, *others], part="fetch-ioda-UG")
    lake.write(Event, [event("ioda_events", "another-part")], part="fetch-ioda-KE")
    assert recorded_events(case, lake) == [mine]


def test_nothing_fetched_and_nothing_recorded_are_two_things(tmp_path: Path, lake: Lake) -> None:
    case = load_case(case_with(tmp_path, "ioda_events", "radar_outages"))
    lake.write(Event, [event("ioda_alerts", "another-record")], part="fetch-ioda-UG")
    assert [wanted.reader for wanted in not_fetched(case, lake)] == ["radar_outages"]
    ioda, radar = held_recorded(case, lake)
    assert (ioda.events, ioda.remedy) == (0, None)
    assert radar.remedy is not None
    assert "lightkeeper fetch radar" in radar.remedy


def test_it_is_one_incident_with_the_record_and_a_witness_of_its_lineage(
    tmp_path: Path, settings: Settings, lake: Lake
) -> None:
    folder = case_with(tmp_path, "ioda_events", "radar_anomalies")
    began = incident_of(folder, settings)
    unchecked = event("radar_anomalies", "rule", "in_country_measurement", flags=["unverified_at_source"])
    lake.write(Event, [event("ioda_events", "google", "traffic")], part="fetch-ioda-UG")
    lake.write(Event, [unchecked], part="fetch-radar-UG")
    now = incident_of(folder, settings)
    assert {"ioda_events:google", unchecked.event_id} <= set(now.events)
    assert set(now.lineages) - set(began.lineages) == {"traffic"}
    assert any(unchecked.event_id in said and "verified" in said for said in now.contrary)


def incident_of(folder: Path, settings: Settings) -> Incident:
    """The incident of the cut on the eve of the vote."""
    book, _ = book_of(folder, settings)
    [found] = [i for i in book.incidents if "ioda:ug-2021-01-13" in i.events]
    return found


def test_a_record_that_tells_no_lineage_makes_a_signal_that_says_so(
    tmp_path: Path, settings: Settings, lake: Lake
) -> None:
    folder, far = case_with(tmp_path, "radar_outages"), VOTE_EVE - timedelta(days=20)
    alone = event(
        "radar_outages", "alone", lineages=[], onset_earliest=far, onset_latest=far, end_earliest=None, end_latest=None
    )
    lake.write(Event, [alone], part="fetch-radar-UG")
    book, _ = book_of(folder, settings)
    [found] = [i for i in book.incidents if alone.event_id in i.events]
    assert (found.rung, found.lineages) == ("signal", [])
    assert "Cloudflare Radar" in found.rung_reason


def test_a_bundle_holds_what_was_fetched_and_can_be_made_again(tmp_path: Path, settings: Settings, lake: Lake) -> None:
    folder = case_with(tmp_path, "ioda_events")
    lake.write(Event, [event("ioda_events", "bgp")], part="fetch-ioda-UG")
    demonstration_key(settings)
    with_key = Settings(data_dir=settings.data_dir, seal_key=demonstration_key(settings))
    [sealed] = seal_case(folder, tmp_path / "sealed", with_key, Wish())
    assert (sealed.folder / "data" / "inputs" / "event" / "fetch-ioda-UG.parquet").is_file()


def test_the_pages_say_where_it_comes_from_and_that_it_is_missing(tmp_path: Path, settings: Settings) -> None:
    folder = case_with(tmp_path, "radar_outages")
    built = build_case(folder, tmp_path / "out", settings)
    page = (built.folder / "sources.html").read_text(encoding="utf-8")
    assert "radar_outages, fetched" in page
    assert "Nothing was fetched yet" in page
    assert [one.title for one in built.missing if one.title.startswith("radar")] == ["radar_outages, fetched"]


def test_days_in_the_wrong_order_are_an_error(tmp_path: Path) -> None:
    folder = case_with(tmp_path, "ioda_events")
    with (folder / "case.toml").open("a", encoding="utf-8") as file:
        file.write("from_day = 2021-02-01\nto_day = 2021-01-01\n")
    with pytest.raises(CaseError, match="is before `from_day`"):
        load_case(folder)


def test_a_case_without_records_has_none(lake: Lake) -> None:
    case: Case = load_case(CASE)
    assert (case.recorded, recorded_events(case, lake), not_fetched(case, lake)) == ([], [], [])
