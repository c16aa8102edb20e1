"""What others recorded is told as theirs: once, verified or not, and joined to an event of ours. All is synthetic."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import msgspec

from lightkeeper.cli.watching import told_line
from lightkeeper.model import Event, Told
from lightkeeper.run.recorded import telling_of_records
from lightkeeper.run.telling import telling
from run.test_telling import HOUR, NOW, ONSET, event, window

UNVERIFIED = ["no_end", "unverified_at_source"]


def record(name: str = "ioda_events:bgp.median:country/IR:1", source: str = "ioda_events", **more: Any) -> Event:
    made = Event(
        event_id=name, kind="outage", source=source, country="IR", entity_type="country", entity="IR",
        onset_earliest=ONSET, onset_latest=ONSET + timedelta(minutes=20), lineages=["control_plane"],
        flags=["no_end"],
    )  # fmt: skip
    return msgspec.structs.replace(made, **more)


def tell(records: Sequence[Event], log: list[Told], after: timedelta = timedelta(0)) -> list[Told]:
    made = telling_of_records(records, log, window(), "IR", NOW + after)
    log += made
    return made


def ended(one: Event, hours: float = 5) -> Event:
    end = ONSET + hours * HOUR
    return msgspec.structs.replace(one, end_earliest=end, end_latest=end, flags=[])


def test_a_record_is_told_once_as_theirs_and_is_no_witness() -> None:
    log: list[Told] = []
    (told,) = tell([record()], log)
    assert (told.change, told.recorded_by, told.lineages, told.joins) == ("new", "IODA", [], None)
    assert (told.scope, told.place, told.flags) == ("national", "country:IR", ["unverified_at_source"])
    assert "recorded by IODA and no witness of ours, nobody there verified it" in told_line(told)
    for hours in range(1, 30, 7):
        assert tell([record()], log, hours * HOUR) == []


def test_records_of_one_source_and_place_are_one_and_those_of_another_are_not() -> None:
    more = record("ioda_events:merit-nt.median:country/IR:5", onset_latest=ONSET + HOUR)
    alerts = record("ioda_alerts:bgp.median:country/IR:1", "ioda_alerts")
    radar = record("radar:7:country:IR", "radar_outages")
    region = record("ioda_events:bgp.median:region/9:1", entity_type="region", entity="Fars")
    log: list[Told] = []
    tell([record(), more, alerts, radar, region], log)
    assert [(e.recorded_by, e.place, len(e.members)) for e in log] == [
        ("Cloudflare Radar", "country:IR", 1), ("IODA", "country:IR", 3), ("IODA", "region:Fars", 1),
    ]  # fmt: skip
    assert [e.flags for e in log] == [[], ["unverified_at_source"], ["unverified_at_source"]]


def test_an_end_and_that_somebody_verified_it_are_told_once() -> None:
    log: list[Told] = []
    odd = record("radar_anomaly:1", "radar_anomalies", kind="traffic_anomaly", flags=UNVERIFIED)
    tell([odd], log)
    sure = msgspec.structs.replace(odd, flags=["no_end"])
    assert [e.change for e in tell([sure], log, HOUR)] == ["verified"]
    assert [e.change for e in tell([ended(sure)], log, 2 * HOUR)] == ["ended"]
    assert tell([ended(sure)], log, 3 * HOUR) == []
    assert len({e.event_id for e in log}) == 1


def test_an_event_of_ours_that_overlaps_is_joined_whichever_comes_first() -> None:
    log: list[Told] = []
    tell([record()], log)
    log += telling([event()], log, window(), "IR", NOW + HOUR)
    ours = log[-1].event_id
    assert log[-1].change == "new", "the record changes nothing of ours"
    (told,) = tell([record()], log, HOUR)
    assert (told.change, told.joins) == ("joined", ours)
    assert tell([record()], log, 2 * HOUR) == []
    other: list[Told] = telling([event()], [], window(), "IR", NOW)
    assert tell([record()], other)[0].joins == other[0].event_id
    assert telling([event()], other, window(), "IR", NOW + HOUR) == [], "and ours is not told anew"


def test_a_record_of_one_network_joins_no_event_of_another_one() -> None:
    log = [
        Told(
            country="IR", seq=1, told_at=NOW, change="new", event_id="ours", kind="outage", direction="down",
            scope="operator", members=["x/t/IR/AS1"], onset_earliest=ONSET, onset_latest=ONSET, window_from=NOW,
            window_until=NOW, detector="dt-0",
        )
    ]  # fmt: skip
    mine, others = (record(f"radar:7:asn:{n}", "radar_outages", entity_type="asn", entity=str(n)) for n in (1, 2))
    assert {e.place: e.joins for e in tell([mine, others], log)} == {"asn:1": log[0].event_id, "asn:2": None}


def test_what_is_long_over_and_overlaps_nothing_of_ours_is_not_told() -> None:
    long_ago = ONSET - timedelta(days=9)
    old = record(onset_earliest=long_ago, onset_latest=long_ago)
    assert tell([old], []) == []
    log = telling([event(onset=long_ago + HOUR, end=long_ago + 5 * HOUR)], [], window(), "IR", NOW)
    assert [e.joins for e in tell([old], log)] == [log[0].event_id]


def test_a_record_that_its_source_took_back_is_withdrawn_and_an_empty_lake_withdraws_nothing() -> None:
    log: list[Told] = []
    tell([record()], log)
    assert tell([], log, HOUR) == []
    away = record("ioda_events:bgp.median:region/9:1", entity_type="region", entity="Fars")
    assert [e.change for e in tell([away], log, 2 * HOUR)] == ["new", "withdrawn"]
    assert tell([away], log, 3 * HOUR) == []
    assert [e.change for e in tell([record(), away], log, 4 * HOUR)] == ["returned"]


def test_an_alert_whose_id_moved_with_the_time_asked_for_is_the_same() -> None:
    log: list[Told] = []
    tell([record("ioda_alerts:bgp.median:country/IR:1", "ioda_alerts")], log)
    later = record("ioda_alerts:bgp.median:country/IR:2", "ioda_alerts", onset_latest=ONSET + 3 * HOUR)
    assert tell([later], log, 4 * HOUR) == []


def test_records_do_not_depend_on_their_order() -> None:
    some = [record(), record("radar:7:country:IR", "radar_outages"), record("ioda_events:ping-slash24.median:x:3")]
    told = [telling_of_records(order, [], window(), "IR", NOW) for order in itertools.permutations(some)]
    assert all(one == told[0] for one in told)
