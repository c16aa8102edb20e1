"""Outages investigated by hand: every spelling of time read, every contradiction flagged, nothing dropped."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from lightkeeper.errors import InputError
from lightkeeper.model.event import Event
from lightkeeper.sources import ioda_outages
from lightkeeper.sources.ioda_outages import RESOLUTION
from lightkeeper.sources.rows import Unreadable
from places import DATA

SYNTHETIC = DATA / "ioda" / "synthetic_investigated.csv"


@pytest.fixture(scope="module")
def events() -> dict[str, Event]:
    return {e.event_id: e for e in ioda_outages.read(SYNTHETIC) if isinstance(e, Event)}


def test_begin_and_end_are_brackets_as_wide_as_the_charts_they_were_read_from(events: dict[str, Event]) -> None:
    event = events["ioda:AAAA0001"]
    began = datetime(2020, 1, 1, 21, 30, tzinfo=UTC)
    assert (event.onset_earliest, event.onset_latest) == (began - RESOLUTION, began + RESOLUTION)
    assert event.end_latest == datetime(2020, 1, 2, 0, 30, tzinfo=UTC)
    assert timedelta(minutes=10) == RESOLUTION


def test_a_record_that_ends_before_it_begins_is_kept_without_an_end(events: dict[str, Event]) -> None:
    event = events["ioda:AAAA0002"]
    assert event.flags == ["ends_before_it_begins"]
    assert (event.end_earliest, event.end_latest) == (None, None)


def test_misspelt_yes_and_no_are_understood_and_not_known_is_neither(events: dict[str, Event]) -> None:
    assert events["ioda:AAAA0001"].lineages == ["control_plane", "active_probing"]
    assert events["ioda:AAAA0001"].lineages_silent == ["telescope"]
    assert (events["ioda:AAAA0002"].lineages, events["ioda:AAAA0002"].lineages_silent) == (["control_plane"], [])


def test_seventeen_oclock_pm_is_five_in_the_afternoon(events: dict[str, Event]) -> None:
    event = events["ioda:AAAA0003"]
    assert event.onset_latest == datetime(2020, 1, 2, 17, 15, tzinfo=UTC)
    assert event.flags == ["no_end"]


def test_region_and_network_are_read_out_of_the_scope(events: dict[str, Event]) -> None:
    scopes = {i: (e.country, e.entity_type, e.entity) for i, e in events.items()}
    assert scopes["ioda:AAAA0001"] == ("TR", "region", "Testshire")
    assert scopes["ioda:AAAA0002"] == ("IR", "asn", "64500")
    assert scopes["ioda:AAAA0003"] == ("CI", "country", "CI")


def test_an_id_that_stands_twice_stays_two_records(events: dict[str, Event]) -> None:
    second = events["ioda:AAAA0003-2"]
    assert second.country == "BA"
    assert second.flags == ["weekday_contradicts_date", "id_stands_twice"]


def test_a_cause_is_a_claim_and_unknown_is_none(events: dict[str, Event]) -> None:
    assert events["ioda:AAAA0002"].cause_claimed == "Cable-Cut"
    assert events["ioda:AAAA0003"].cause_claimed is None
    assert events["ioda:AAAA0002"].note == "The source calls it confirmed."


@pytest.mark.parametrize(
    "text",
    ["Wednesday, January 1, 2020, 2:30: AM", "January 1, 2020, 2:30AM", "Jan 1, 2020 2.30 a.m.", "1/1/2020 02:30 UTC"],
)
def test_odd_spellings_of_a_time_are_read(tmp_path: Path, text: str) -> None:
    head, first = SYNTHETIC.read_text(encoding="utf-8").splitlines()[:2]
    path = tmp_path / "outages.csv"
    path.write_text(
        f"{head}\n" + first.replace("Wednesday, January 1, 2020, 9:30:00 PM", text) + "\n", encoding="utf-8"
    )
    (event,) = [e for e in ioda_outages.read(path) if isinstance(e, Event)]
    assert event.onset_latest - RESOLUTION == datetime(2020, 1, 1, 2, 30, tzinfo=UTC)


def test_records_that_cannot_be_read_are_set_aside_with_their_line() -> None:
    aside = [u for u in ioda_outages.read(SYNTHETIC) if isinstance(u, Unreadable)]
    assert [u.where.rpartition(":")[2] for u in aside] == ["6", "7", "8"]
    assert ["Smarch" in aside[0].what, "Atlantis" in aside[1].what, "Planet" in aside[2].what] == [True] * 3


def test_another_csv_file_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "x.csv"
    path.write_text("a,b\n1,2\n")
    with pytest.raises(InputError, match="`ID` is missing"):
        list(ioda_outages.read(path))


def test_the_real_file_is_read_but_for_one_row(shared: Path) -> None:
    found = list(ioda_outages.read(shared / "ioda" / "investigated-outages.csv"))
    events = [e for e in found if isinstance(e, Event)]
    flags = Counter(flag for e in events for flag in e.flags)
    assert (len(found), len(events)) == (1295, 1294)
    assert [u.what for u in found if isinstance(u, Unreadable)] == ["`European Union` is not a country that we know"]
    assert flags == {"ends_before_it_begins": 72, "no_end": 28, "weekday_contradicts_date": 3, "id_stands_twice": 1}
    assert Counter(e.entity_type for e in events) == {"country": 668, "region": 572, "asn": 54}
    assert sum(e.country == "IR" for e in events) == 103
    assert len({e.event_id for e in events}) == len(events)
