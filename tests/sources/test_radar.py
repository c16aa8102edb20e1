"""Cloudflare Radar: what is asked, what is made of replies, and a token that stands nowhere. Replies are synthetic."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import SecretStr

from lightkeeper.archive import Archive
from lightkeeper.errors import InputError
from lightkeeper.model import Event, Signal
from lightkeeper.settings import Settings
from lightkeeper.sources import radar, radar_outages, radar_series, series_fetch
from lightkeeper.sources.radar import LIMIT, asked, check, plan
from lightkeeper.sources.rows import Unreadable
from lightkeeper.sources.series_fetch import FetchSummary
from lightkeeper.sources.web import Web
from sources.server import Answer, Asked, Play, replaying

TOKEN = "made-up-token-for-the-tests"
BEGIN = datetime(2026, 1, 8, tzinfo=UTC)
LATER = datetime(2026, 3, 1, tzinfo=UTC)
SINCE, UNTIL = date(2026, 1, 8), date(2026, 1, 9)


def url(kind: str, *, asn: int | None = None) -> str:
    found = plan(None if asn else "IR", [asn] if asn else [], SINCE, UNTIL, Settings())
    return next(request.full_url for request in found if asked(request.full_url).kind == kind)


def body(**result: Any) -> bytes:
    return json.dumps({"success": True, "errors": [], "result": result}).encode()


def hours(values: list[Any], first: datetime = BEGIN) -> dict[str, list[Any]]:
    times = [f"{first + timedelta(hours=n):%Y-%m-%dT%H:%M:%SZ}" for n in range(len(values))]
    return {"timestamps": times, "values": values}


def traffic(values: list[Any], *, level: int | None = 5, notes: list[Any] | None = None, **meta: Any) -> bytes:
    info = {"level": level, "annotations": notes or []}
    meta = {"aggInterval": "ONE_HOUR", "normalization": "MIN0_MAX", "confidenceInfo": info, **meta}
    return body(meta=meta, main=hours(values))


def rows(data: bytes, kind: str = "netflows", at: datetime = LATER, **where: Any) -> list[Signal]:
    found = radar_series.parse(data, url(kind, **where), at, "sha")
    return [row for row in found if isinstance(row, Signal)]


def refused(data: bytes) -> list[str]:
    return [r.what for r in radar_series.parse(data, url("netflows"), LATER) if isinstance(r, Unreadable)]


def test_traffic_is_a_share_of_the_highest_in_its_reply_and_the_series_says_which() -> None:
    row = rows(traffic(["0.5", "1.0"]))[1]
    assert row.series == "radar/netflows_all/IR/2026-01-08_2026-01-09"
    assert (row.step_at, row.step_s, row.value) == (BEGIN + timedelta(hours=1), 3600, 1.0)
    assert (row.lineage, row.unit) == ("traffic", "share of the highest in the reply")


def test_a_network_has_a_series_of_its_own() -> None:
    row = rows(traffic(["0.5"]), "http", asn=58224)[0]
    assert (row.series, row.entity) == ("radar/http_requests_human/AS58224/2026-01-08_2026-01-09", "58224")


def test_an_hour_that_the_reply_leaves_out_is_a_gap_and_a_zero_is_a_zero() -> None:
    got = rows(traffic(["0", None, "0.5"]))
    assert len(got) == 24
    assert [(row.value, row.missing) for row in got[:4]] == [
        (0.0, None),
        (None, "gap_in_source"),
        (0.5, None),
        (None, "gap_in_source"),
    ]


def test_hours_after_the_last_update_are_not_published_yet_and_none_is_later_than_the_reply() -> None:
    got = rows(traffic(["1", "1"], lastUpdated="2026-01-08T02:30:00Z"), at=BEGIN + timedelta(hours=5))
    assert [row.missing for row in got] == [None, None, "not_yet_published", "not_yet_published", "not_yet_published"]


@pytest.mark.parametrize("names", [("startDate", "endDate"), ("startTime", "endTime")])
def test_hours_in_which_radars_own_data_are_wrong_have_no_value(names: tuple[str, str]) -> None:
    note = {"eventType": "PIPELINE", names[0]: "2026-01-08T01:30:00Z", names[1]: "2026-01-08T02:10:00Z"}
    got = rows(traffic(["1", "0.1", "0.1", "1"], notes=[note]))
    assert [row.missing for row in got[:4]] == [None, "fault_at_source", "fault_at_source", None]
    assert got[1].value is None


@pytest.mark.parametrize("kind", ["OUTAGE", "TRAFFIC_ANOMALY", "EVENT", "GENERAL"])
def test_what_radar_notes_about_the_world_hides_no_hour(kind: str) -> None:
    note = {"eventType": kind, "startDate": "2026-01-08T00:00:00Z", "endDate": "2026-01-09T00:00:00Z"}
    assert rows(traffic(["0.01"], notes=[note]))[0].value == 0.01


def test_where_radar_has_too_few_data_no_value_is_taken() -> None:
    got = rows(traffic(["1", "0.2"], level=1))
    assert {(row.value, row.missing) for row in got} == {(None, "low_confidence_at_source")}


@pytest.mark.parametrize("value", ["-0.1", "1.2", "nan", "inf", "x", "1e999", ""])
def test_what_is_no_share_is_missing_for_that_reason(value: str) -> None:
    first = rows(traffic([value, "1"]))[0]
    assert (first.value, first.missing) == (None, "unreadable_in_source")


@pytest.mark.parametrize(
    "time", ["2026-01-08T00:15:00Z", "2026-02-08T00:00:00Z", "now", "\u202e2026", "9999-12-31T23:59:59-23:00"]
)
def test_a_time_that_is_not_an_hour_asked_for_is_set_aside(time: str) -> None:
    data = body(meta={"normalization": "MIN0_MAX"}, main={"timestamps": [time], "values": ["1"]})
    assert len(refused(data)) == 1
    assert {row.value for row in rows(data)} == {None}


def test_an_hour_that_stands_twice_is_told_and_the_first_is_kept() -> None:
    points = {"timestamps": ["2026-01-08T00:00:00Z"] * 2, "values": ["0.1", "0.9"]}
    data = body(meta={}, serie_0=points)
    assert rows(data)[0].value == 0.1
    assert "stands twice" in refused(data)[0]


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"{",
        b"[]",
        b"\xff",
        b"<html>",
        b'{"success": false, "errors": [{"message": "bad\\u202e request"}], "result": null}',
        b'{"success": true}',
        b"[" * 90_000,
    ],
)
def test_a_body_that_is_no_reply_is_refused_as_a_whole(data: bytes) -> None:
    assert (check(data) or "").isprintable()
    assert check(data)
    with pytest.raises(InputError):
        list(radar_series.parse(data, url("http"), LATER))
    with pytest.raises(InputError):
        list(radar_outages.parse(data, url("outages"), "IR"))


@pytest.mark.parametrize(
    "data",
    [
        body(meta={}),
        body(meta={"normalization": "PERCENTAGE_CHANGE"}, main=hours(["1"])),
        body(meta={}, main={"timestamps": [], "values": ["1"]}),
    ],
)
def test_a_series_of_another_kind_is_refused(data: bytes) -> None:
    with pytest.raises(InputError):
        rows(data)


@given(st.lists(st.none() | st.text() | st.floats(allow_nan=False, allow_infinity=False), max_size=5))
def test_no_values_make_the_reader_crash(values: list[Any]) -> None:
    assert len(rows(traffic(values))) == 24


def outage(**more: Any) -> dict[str, Any]:
    return {
        "id": "550",
        "asns": [],
        "asnsDetails": [],
        "dataSource": "ALL",
        "eventType": "OUTAGE",
        "locations": ["IR"],
        "locationsDetails": [{"code": "IR", "name": "Iran"}],
        "outage": {"outageCause": "GOVERNMENT_DIRECTED", "outageType": "NATIONWIDE"},
        "startDate": "2026-01-08T16:30:00Z",
        "endDate": None,
        "description": "Traffic fell.",
        "linkedUrl": "https://example.org/x",
        "scope": None,
        **more,
    }


def outages(*found: Any, asn: int | None = None) -> list[Event | Unreadable]:
    return list(radar_outages.parse(body(annotations=found), url("outages", asn=asn), "IR", "sha"))


def one(*found: Any, asn: int | None = None) -> Event:
    (row,) = outages(*found, asn=asn)
    assert isinstance(row, Event), row
    return row


def test_the_cause_is_kept_as_a_claim_of_the_source() -> None:
    row = one(outage())
    assert (row.cause_claimed, row.source, row.lineages) == ("government directed", "radar_outages", ["traffic"])
    assert (row.country, row.entity_type, row.entity) == ("IR", "country", "IR")
    assert row.url == "https://example.org/x"
    assert row.note == "Traffic fell. Extent: nationwide."


def test_times_are_known_to_an_hour_and_an_open_outage_has_no_end() -> None:
    row = one(outage())
    assert row.onset_latest - row.onset_earliest == timedelta(hours=2)
    assert (row.end_latest, row.flags) == (None, ["no_end"])
    assert one(outage(endDate="2026-01-08T18:30:00Z")).end_earliest == datetime(2026, 1, 8, 17, 30, tzinfo=UTC)


def test_an_end_before_the_begin_is_no_end() -> None:
    assert one(outage(endDate="2025-01-01T00:00:00Z")).flags == ["ends_before_it_begins"]


def test_an_unknown_cause_is_no_claim() -> None:
    assert one(outage(outage={"outageCause": "UNKNOWN", "outageType": "NETWORK"})).cause_claimed is None


def test_an_outage_of_networks_is_one_event_for_each_in_the_country() -> None:
    details = [
        {"asn": "58224", "name": "TIC", "locations": {"code": "IR"}},
        {"asn": 1299, "name": "Arelion", "location": {"code": "SE"}},
    ]
    found = outages(outage(asns=[58224, 1299, 197207], asnsDetails=details, locations=["IR", "SE"]))
    assert [(e.entity_type, e.entity, e.country) for e in found if isinstance(e, Event)] == [
        ("asn", "58224", "IR"),
        ("asn", "197207", "IR"),
    ]
    row = one(outage(asns=[58224, 197207]), asn=197207)
    assert (row.entity, row.event_id) == ("197207", "radar:550:asn:197207")


def test_a_regional_outage_is_never_one_of_the_country() -> None:
    regional = {"outageCause": "WEATHER", "outageType": "REGIONAL"}
    row = one(outage(outage=regional, scope="Kurdistan"))
    assert (row.entity_type, row.entity) == ("region", "Kurdistan")
    assert "only_a_part_of_the_country" in one(outage(outage=regional)).flags


def test_a_source_of_radars_that_we_do_not_know_is_no_witness() -> None:
    assert one(outage(dataSource="IQI")).lineages == []
    assert one(outage(dataSource="BGP")).lineages == ["control_plane"]


@pytest.mark.parametrize("link", ["javascript:alert(1)", "https://x/\"onload='y", "file:///etc/passwd", ""])
def test_a_link_that_is_not_one_is_left_out(link: str) -> None:
    assert one(outage(linkedUrl=link)).url is None


@pytest.mark.parametrize(
    "more",
    [
        {"locations": ["TR"]},
        {"eventType": "EVENT"},
        {"startDate": "yesterday"},
        {"startDate": "0001-01-01T00:00:00+14:00"},
        {"asns": [0]},
        {"asns": list(range(1, 500))},
        {"id": "../../x"},
        {"locations": "IR"},
    ],
)
def test_an_outage_that_cannot_be_is_set_aside(more: dict[str, Any]) -> None:
    assert [type(row) for row in outages(outage(**more))] == [Unreadable]


def test_a_full_reply_says_that_more_may_have_been_left_out() -> None:
    found = outages(*[outage(id=str(n)) for n in range(LIMIT)])
    assert isinstance(found[-1], Unreadable)
    assert "more may have been left out" in found[-1].what


def anomaly(**more: Any) -> dict[str, Any]:
    return {
        "uuid": "0b1c-22",
        "type": "LOCATION",
        "status": "VERIFIED",
        "startDate": "2026-01-08T17:00:00Z",
        "endDate": "2026-01-08T20:00:00Z",
        "asnDetails": None,
        "locationDetails": {"code": "IR", "name": "Iran"},
        "visibleInDataSources": ["NET", "BGP", "SPEED"],
        **more,
    }


def anomalies(*found: Any) -> list[Event | Unreadable]:
    return list(radar_outages.parse(body(trafficAnomalies=found), url("anomalies"), "IR"))


def test_an_anomaly_counts_the_lineages_that_radar_saw_it_in() -> None:
    (row,) = anomalies(anomaly())
    assert isinstance(row, Event)
    assert (row.kind, row.lineages, row.flags) == ("traffic_anomaly", ["control_plane", "traffic"], [])
    assert row.cause_claimed is None


def test_an_anomaly_that_nobody_verified_says_so() -> None:
    (row,) = anomalies(anomaly(status="UNVERIFIED"))
    assert isinstance(row, Event)
    assert row.flags == ["unverified_at_source"]


def test_an_anomaly_of_a_network_in_the_country_is_of_the_network() -> None:
    details = {"asn": "58224", "name": None, "location": {"code": "IR", "name": "Iran"}}
    (row,) = anomalies(anomaly(asnDetails=details, locationDetails=None))
    assert isinstance(row, Event)
    assert (row.entity_type, row.entity, row.country) == ("asn", "58224", "IR")


@pytest.mark.parametrize(
    "more", [{"locationDetails": None}, {"locationDetails": {"code": "US"}}, {"uuid": "a b"}, {"startDate": ""}]
)
def test_an_anomaly_that_cannot_be_is_set_aside(more: dict[str, Any]) -> None:
    assert [type(row) for row in anomalies(anomaly(**more))] == [Unreadable]


def test_a_month_is_one_request_and_a_longer_time_is_cut_without_gap_or_overlap() -> None:
    month = plan("IR", [], date(2026, 1, 10), date(2026, 2, 10), Settings())
    assert len(month) == 4
    spans = [
        (asked(request.full_url).begins_at, asked(request.full_url).ends_at)
        for request in plan("IR", [], date(2026, 1, 10), date(2026, 3, 1), Settings())
        if asked(request.full_url).kind == "http"
    ]
    assert spans == [
        (datetime(2026, 1, 10, tzinfo=UTC), datetime(2026, 2, 10, tzinfo=UTC)),
        (datetime(2026, 2, 10, tzinfo=UTC), datetime(2026, 3, 1, tzinfo=UTC)),
    ]


@pytest.mark.parametrize("arguments", [("Iran", []), ("IR", [0]), (None, [1 << 32])])
def test_what_is_no_country_or_network_is_refused(arguments: tuple[str | None, list[int]]) -> None:
    with pytest.raises(InputError):
        plan(*arguments, SINCE, UNTIL, Settings())


def fetching(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, play: Play, token: str | None = TOKEN) -> FetchSummary:
    monkeypatch.setattr(series_fetch, "Web", partial(Web, sleep=lambda _s: None))
    monkeypatch.setattr("lightkeeper.sources.series_fetch.DEADLINE_S", 1.0)
    with replaying(play) as server:
        settings = Settings(
            allow_hosts=[server.host],
            radar_url=server.url,
            http_timeout_s=0.5,
            radar_token=SecretStr(token) if token is not None else None,
        )
        requests, headers = plan("IR", [], SINCE, UNTIL, settings), radar.headers_of(settings)
        return series_fetch.fetch(radar.TERMS, requests, Archive(tmp_path), settings, headers=headers)


@pytest.mark.parametrize(("token", "why"), [(None, "none is set"), ("  ", "none is set"), ("a b\nX: y" * 4, "signs")])
def test_without_a_usable_token_nothing_is_asked_and_the_person_learns_how_to_get_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, token: str | None, why: str
) -> None:
    came: list[Asked] = []

    def play(one: Asked) -> Answer:
        came.append(one)
        return Answer(body())

    with pytest.raises(InputError, match=f"{why}.*dash.cloudflare.com") as error:
        fetching(tmp_path, monkeypatch, play, token)
    assert came == []
    assert not token or not token.strip() or token not in str(error.value)


def test_the_token_goes_into_the_header_and_stands_nowhere_else(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("DEBUG")
    came: list[Asked] = []

    def play(one: Asked) -> Answer:
        came.append(one)
        if one.path.endswith("outages"):
            return Answer(f"bad {one.headers['authorization']}".encode(), 403)
        return Answer(body())

    summary = fetching(tmp_path, monkeypatch, play)
    assert {one.headers["authorization"] for one in came} == {f"Bearer {TOKEN}"}
    assert all(TOKEN not in one.path + str(one.query) for one in came)
    assert len(summary.failed) == 1
    assert TOKEN not in repr(summary)
    assert TOKEN not in caplog.text
    kept = [path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()]
    assert kept
    assert not any(TOKEN.encode() in data for data in kept)


@pytest.mark.parametrize(
    "answer",
    [
        Answer(b"", 429),
        Answer(b"", 500),
        Answer(body(), cut=5),
        Answer(body(), pause_s=0.7),
        Answer(b""),
        Answer(b'{"success": false, "errors": [{"code": 10000, "message": "Authentication error"}]}'),
    ],
)
def test_a_source_that_stays_broken_is_a_failure_and_no_crash(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, answer: Answer
) -> None:
    summary = fetching(tmp_path, monkeypatch, lambda _asked: answer)
    assert (summary.files, len(summary.failed)) == ([], 4)
    assert all(failure.remedy for failure in summary.failed)
