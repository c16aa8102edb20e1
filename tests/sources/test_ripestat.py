"""Replies of RIPEstat: the documented shapes, written for these tests, and one recorded list."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest

from lightkeeper.archive import Archive
from lightkeeper.errors import InputError
from lightkeeper.model import Signal
from lightkeeper.settings import Settings
from lightkeeper.sources import ripestat, series_fetch
from lightkeeper.sources.ripestat import Announcement, parse, parse_announced, parse_resources, plan, plan_announced
from lightkeeper.sources.rows import Unreadable
from places import SHARED
from sources.server import Answer, Asked, Play, replaying

RECORDED = SHARED / "api_shapes" / "ripestat_country-resource-list_VA_2026-10-07.json"


def span(begin: str, end: str, **more: object) -> dict[str, object]:
    return {"starttime": f"2026-01-08T{begin}:00", "endtime": f"2026-01-08T{end}:00", **more}


def stat(begin: str, end: str, v4: object, v6: object = 10, asns: object = 5) -> dict[str, object]:
    return {"timeline": [span(begin, end)], "v4_prefixes_ris": v4, "v6_prefixes_ris": v6, "asns_ris": asns}


def reply(*stats: object, **more: object) -> bytes:
    data = {"resource": "ir", "resolution": "1h", "stats": list(stats), "query_starttime": "2026-01-08T12:00:00"}
    data |= {"query_endtime": "2026-01-08T18:00:00", "latest_time": "2026-01-09T00:00:00"} | more
    return wrapped(data)


def wrapped(data: object) -> bytes:
    return json.dumps({"status": "ok", "time": "2026-01-09T10:00:00.12", "messages": [], "data": data}).encode()


def v4(data: bytes) -> list[float | str | None]:
    rows = [row for row in parse(data, "ab") if isinstance(row, Signal)]
    return [row.missing or row.value for row in rows if row.series == "ripestat/prefixes_v4/IR"]


def unread(data: bytes) -> list[Unreadable]:
    return [row for row in parse(data) if isinstance(row, Unreadable)]


def test_a_row_stands_for_all_steps_of_its_time_and_what_no_row_covers_is_a_gap() -> None:
    data = reply(stat("12:00", "13:00", 100), stat("15:00", "17:00", 40))
    assert v4(data) == [100, 100, "gap_in_source", 40, 40, 40]


def test_where_a_row_begins_as_another_ends_the_later_one_counts() -> None:
    assert v4(reply(stat("12:00", "14:00", 100), stat("14:00", "17:00", 0))) == [100, 100, 0, 0, 0, 0]


def test_three_series_of_the_control_plane_name_their_file() -> None:
    rows = [row for row in parse(reply(stat("12:00", "17:00", 7)), "ab") if isinstance(row, Signal)]
    assert {row.series for row in rows} == {f"ripestat/{m}/IR" for m in ("prefixes_v4", "prefixes_v6", "asns")}
    assert {(row.lineage, row.entity_type, row.file_sha256, row.step_s) for row in rows} == {
        ("control_plane", "country", "ab", 3600)
    }
    assert rows[0].step_at == datetime(2026, 1, 8, 12, tzinfo=UTC)


@pytest.mark.parametrize("value", [None, -1, 1e12])
def test_a_number_that_is_none_is_missing_and_not_zero(value: object) -> None:
    assert v4(reply(stat("12:00", "17:00", value)))[0] == "gap_in_source"


def test_steps_after_the_data_end_are_not_yet_published() -> None:
    data = reply(stat("12:00", "17:00", 9), latest_time="2026-01-08T14:00:00")
    assert v4(data) == [9, 9, 9, "not_yet_published", "not_yet_published", "not_yet_published"]


@pytest.mark.parametrize(
    "bad", [{"timeline": "x"}, {}, 3, None, stat("12:00", "13:00", "many"), stat("25:99", "13:00", 1), [[]]]
)
def test_a_row_that_cannot_be_read_is_set_aside_and_the_others_stay(bad: object) -> None:
    data = reply(bad, stat("13:00", "17:00", 8))
    assert len(unread(data)) == 1
    assert v4(data) == ["gap_in_source", 8, 8, 8, 8, 8]


def test_rows_that_overlap_without_end_are_refused_and_not_worked_through() -> None:
    many = [stat("00:00", "23:55", n) for n in range(5000)]
    data = reply(*many, resolution="5m", query_starttime="2026-01-08T00:00:00", query_endtime="2026-01-09T00:00:00")
    with pytest.raises(InputError, match="overlap"):
        list(parse(data))


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"{}",
        b"<html>",
        b"[" * 100_000,
        b'{"status": "ok", "data": [1]}',
        reply(query_endtime="2900-01-01T00:00:00"),
        reply(query_endtime="2025-01-01T00:00:00"),
        reply(resolution="1s"),
        reply(resource="Iran\u202e"),
        b'{"status": "ok", "data": {"resource": "IR", "resolution": "1h", "stats": [NaN]}}',
        b"\xff\xfe",
    ],
)
def test_another_reply_is_refused_with_what_to_do(data: bytes) -> None:
    with pytest.raises(InputError) as caught:
        list(parse(data))
    assert caught.value.remedy


def test_an_error_of_the_source_is_told_in_its_words() -> None:
    data = b'{"status": "error", "data": {}, "messages": [["error", "country\\u202e not supported"]]}'
    with pytest.raises(InputError, match="country not supported"):
        list(parse(data))


@pytest.mark.skipif(not RECORDED.is_file(), reason="the recorded reply of the shared data is not here")
def test_the_recorded_list_of_a_country_is_read() -> None:
    found = parse_resources(RECORDED.read_bytes())
    assert found.asns == [8978, 61160, 199499, 202865]
    assert "212.77.0.0/19" in found.prefixes
    assert "2a01:b8::/29" in found.prefixes
    assert found.at == datetime(2026, 10, 5, tzinfo=UTC)
    assert not found.unreadable


def test_ranges_become_prefixes_and_what_is_no_network_is_set_aside() -> None:
    resources = {
        "asn": ["AS1", 2, "x", "99999999999"],
        "ipv4": ["10.0.0.0-10.0.2.255", "10.0.0.1/8"],
        "ipv6": ["::/200"],
    }
    found = parse_resources(wrapped({"query_time": "2026-01-08T00:00:00", "resources": resources}))
    assert found.asns == [1, 2]
    assert found.prefixes == ["10.0.0.0/23", "10.0.2.0/24"]
    assert len(found.unreadable) == 4


def test_announcements_of_both_calls_are_read() -> None:
    prefix = {"prefix": "193.0.0.0/21", "timelines": [span("00:00", "08:00")]}
    told = {"prefix": "193.0.0.0/21", "timelines": [span("00:00", "08:00", full_peers_seeing=301.5)]}
    begin, end = datetime(2026, 1, 8, tzinfo=UTC), datetime(2026, 1, 8, 8, tzinfo=UTC)
    plain = wrapped({"resource": "3333", "prefixes": [prefix, {"prefix": "193.0.0.0/99", "timelines": []}]})
    first, bad = list(parse_announced(plain))
    assert first == Announcement("193.0.0.0/21", 3333, begin, end, None)
    assert isinstance(bad, Unreadable)
    history = wrapped({"by_origin": [{"origin": "3333", "prefixes": [told]}]})
    assert list(parse_announced(history)) == [Announcement("193.0.0.0/21", 3333, begin, end, 301.5)]


def test_requests_name_this_project_and_are_cut_at_fixed_days() -> None:
    made = plan("ir", date(2026, 1, 1), date(2026, 1, 31), Settings())
    assert {request.params["sourceapp"] for request in made} == {"lightkeeper"}
    assert made[0].url == "https://stat.ripe.net/data/country-resource-stats/data.json"
    longer = plan("ir", date(2026, 1, 1), date(2026, 2, 20), Settings())
    assert {r.full_url for r in made[:-1]} <= {r.full_url for r in longer}


@pytest.mark.parametrize("country", ["", "IRN", "I1", "ü1", "..", "ИР"])
def test_what_is_no_country_is_not_asked_for(country: str) -> None:
    with pytest.raises(InputError, match="not the code of a country"):
        plan(country, date(2026, 1, 1), date(2026, 1, 2), Settings())


def test_an_as_number_that_cannot_be_is_not_asked_for() -> None:
    with pytest.raises(InputError):
        plan_announced([0], date(2026, 1, 1), date(2026, 1, 2), Settings())
    assert (
        plan_announced([3333], date(2026, 1, 1), date(2026, 1, 2), Settings(), history=True)[0].params["resource"]
        == "AS3333"
    )


def fetched(play: Play, folder: Path, **more: Any) -> Any:
    with replaying(play) as server:
        settings = Settings(allow_hosts=[server.host], ripestat_url=server.url, http_timeout_s=0.5)
        requests = plan("IR", date(2026, 1, 8), date(2026, 1, 9), settings)
        return series_fetch.fetch(ripestat.TERMS, requests, Archive(folder), settings)


def test_a_reply_that_is_an_error_with_status_200_is_a_failure(tmp_path: Path) -> None:
    def play(asked: Asked) -> Answer:
        return Answer(b'{"status": "maintenance", "data": {}}')

    found = fetched(play, tmp_path)
    assert (found.fetched, len(found.failed)) == (0, 1)
    assert "maintenance" in found.failed[0].error


def test_a_busy_source_is_asked_again_and_its_reply_is_kept_with_its_terms(tmp_path: Path) -> None:
    answers = [Answer(b"", 429, {"Retry-After": "0"}), Answer(b"", 500, {"Retry-After": "0"})]
    found = fetched(lambda asked: answers.pop(0) if answers else Answer(reply(stat("12:00", "17:00", 1))), tmp_path)
    assert found.fetched == 1
    assert "not to be passed on" in found.files[0].licence


def test_a_reply_that_breaks_off_is_not_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("lightkeeper.sources.web.TRIES", 1)
    found = fetched(lambda asked: Answer(reply(), cut=20), tmp_path)
    assert (found.fetched, len(found.failed)) == (0, 1)
    assert not list(Archive(tmp_path).files())
