"""Replies of OONI's aggregation API: synthetic, in the documented shape."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from lightkeeper.archive import Archive
from lightkeeper.errors import InputError
from lightkeeper.model import Signal
from lightkeeper.settings import Settings
from lightkeeper.sources import ooni_aggregation, series_fetch
from lightkeeper.sources.ooni_aggregation import parse, plan
from lightkeeper.sources.rows import Unreadable
from sources.server import Answer, replaying

LATER = datetime(2026, 2, 1, tzinfo=UTC)
ASKED = plan("ir", date(2026, 1, 8), date(2026, 1, 9), Settings(), tests=["telegram", "tor"])[0].full_url
BY_NETWORK = plan("ir", date(2026, 1, 8), date(2026, 1, 9), Settings(), tests=["telegram"], by_network=True)[0].full_url


def row(
    hour: int, ok: int, anomaly: int = 0, confirmed: int = 0, failure: int = 0, **more: object
) -> dict[str, object]:
    counts = {"ok_count": ok, "anomaly_count": anomaly, "confirmed_count": confirmed, "failure_count": failure}
    at = {
        "measurement_start_day": f"2026-01-08T{hour:02}:00:00Z",
        "measurement_count": ok + anomaly + confirmed + failure,
    }
    return {**counts, **at, "test_name": "telegram", **more}


def reply(*rows: object) -> bytes:
    return json.dumps({"v": 0, "dimension_count": 2, "db_stats": {}, "result": list(rows)}).encode()


def series(data: bytes, name: str, url: str = ASKED, at: datetime = LATER) -> list[float | str | None]:
    rows = [one for one in parse(data, url, at, "ab") if isinstance(one, Signal) and one.series == name]
    return [one.missing or one.value for one in rows]


def unread(data: bytes, url: str = ASKED) -> list[Unreadable]:
    return [one for one in parse(data, url, LATER) if isinstance(one, Unreadable)]


def test_an_anomaly_is_not_a_block_and_the_two_are_never_added_up() -> None:
    data = reply(row(0, ok=5, anomaly=3, confirmed=1, failure=1))
    assert series(data, "ooni_api/confirmed_share/IR/telegram")[0] == 0.1
    assert series(data, "ooni_api/anomaly_share/IR/telegram")[0] == 0.3
    assert series(data, "ooni_api/failure_share/IR/telegram")[0] == 0.1
    assert series(data, "ooni_api/measurements/IR/telegram")[0] == 10


def test_an_hour_without_measurements_is_a_zero_of_volume_and_no_share() -> None:
    data = reply(row(0, 5), row(2, 5))
    assert series(data, "ooni_api/measurements/IR/telegram")[:3] == [5, 0, 5]
    assert series(data, "ooni_api/confirmed_share/IR/telegram")[:3] == [0, "no_measurements", 0]


def test_a_country_that_falls_silent_altogether_has_rows_and_not_nothing() -> None:
    for test in ("telegram", "tor"):
        assert series(reply(), f"ooni_api/measurements/IR/{test}") == [0] * 24


def test_hours_just_before_the_reply_are_not_yet_published_and_no_zero() -> None:
    at = datetime(2026, 1, 8, 12, tzinfo=UTC)
    found = series(reply(row(0, 5), row(11, 2)), "ooni_api/measurements/IR/telegram", at=at)
    assert found[4:8] == [0, 0, "not_yet_published", "not_yet_published"]
    assert found[11] == 2


def test_by_network_each_as_has_series_of_its_own() -> None:
    data = reply(row(3, 4, probe_asn=58224), row(3, 6, probe_asn=44244))
    assert series(data, "ooni_api/measurements/58224/IR/telegram", BY_NETWORK)[3] == 4
    kinds = {(one.entity_type, one.lineage) for one in parse(data, BY_NETWORK, LATER) if isinstance(one, Signal)}
    assert kinds == {("asn", "in_country")}


@pytest.mark.parametrize(
    "bad",
    [
        {},
        None,
        7,
        row(0, ok=-5, anomaly=5),
        row(0, ok=5, measurement_count=1_000_000),
        row(0, ok=10**30),
        row(0, ok=5, test_name="tor\u202e"),
        row(0, ok=5, test_name=None),
        row(0, ok=5, measurement_start_day="2026-01-09T00:00:00Z"),
        row(0, ok=5, measurement_start_day="2026-01-08T00:30:00Z"),
        row(0, ok=5, measurement_start_day="0001-01-01T00:00:00+23:59"),
        row(0, ok=5, measurement_start_day="yesterday\x00"),
        row(1, ok=9),
    ],
)
def test_a_row_that_contradicts_itself_is_set_aside_and_the_others_stay(bad: object) -> None:
    data = reply(row(1, ok=5), bad)
    assert len(unread(data)) == 1
    assert series(data, "ooni_api/measurements/IR/telegram")[1] == 5


@pytest.mark.parametrize("asn", [None, -1, 1 << 32])
def test_a_network_that_cannot_be_is_set_aside(asn: object) -> None:
    assert len(unread(reply(row(1, 5, probe_asn=asn)), BY_NETWORK)) == 1


@pytest.mark.parametrize("data", [b"", b"{}", b"[]", b'{"result": 3}', b'{"result": [NaN]}', b"[" * 100_000, b"\xff"])
def test_another_reply_is_refused_with_what_to_do(data: bytes) -> None:
    with pytest.raises(InputError) as caught:
        list(parse(data, ASKED, LATER))
    assert caught.value.remedy


@pytest.mark.parametrize(
    "url",
    [
        "",
        "https://api.ooni.io/x?probe_cc=IR",
        ASKED.replace("=hour", "=second"),
        ASKED.replace("2026-01-09", "2926-01-09"),
        ASKED.replace("axis_y=test_name", "axis_y=input"),
    ],
)
def test_a_url_that_does_not_say_what_was_asked_is_refused(url: str) -> None:
    with pytest.raises(InputError, match="does not say"):
        list(parse(reply(), url, LATER))


def test_hours_are_asked_for_a_week_at_a_time_since_the_api_refuses_more() -> None:
    made = plan("IR", date(2026, 1, 1), date(2026, 2, 1), Settings())
    spans = [date.fromisoformat(r.params["until"]) - date.fromisoformat(r.params["since"]) for r in made]
    assert max(span.days for span in spans) <= 7
    assert sum(span.days for span in spans) == 31
    assert (
        len(plan("IR", date(2026, 1, 8), date(2026, 1, 9), Settings(), tests=["tor", "signal"], by_network=True)) == 2
    )


@pytest.mark.parametrize(("country", "test"), [("IRN", "tor"), ("I&", "tor"), ("IR", "tor&x=1"), ("IR", "")])
def test_what_cannot_be_a_country_or_a_test_is_not_asked_for(country: str, test: str) -> None:
    with pytest.raises(InputError, match=r"cannot be asked|not the code of a country"):
        plan(country, date(2026, 1, 8), date(2026, 1, 9), Settings(), tests=[test])


@pytest.mark.parametrize(
    "answer", [Answer(b'{"error": "timeout", "v": 0}'), Answer(b"", 400), Answer(reply(), cut=9), Answer(b"")]
)
def test_an_answer_without_a_result_is_a_failure(
    tmp_path: Path, answer: Answer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("lightkeeper.sources.web.TRIES", 1)
    with replaying(lambda asked: answer) as server:
        settings = Settings(allow_hosts=[server.host], ooni_api_url=server.url)
        requests = plan("IR", date(2026, 1, 8), date(2026, 1, 9), settings)
        found = series_fetch.fetch(ooni_aggregation.TERMS, requests, Archive(tmp_path), settings)
    assert (found.fetched, len(found.failed)) == (0, 1)


def test_what_the_archive_has_is_not_asked_for_again_and_is_read_by_its_url(tmp_path: Path) -> None:
    answers = [Answer(b"", 429, {"Retry-After": "0"})]
    with replaying(lambda asked: answers.pop() if answers else Answer(reply(row(1, 5)))) as server:
        settings = Settings(allow_hosts=[server.host], ooni_api_url=server.url)
        requests = plan("IR", date(2026, 1, 8), date(2026, 1, 9), settings)
        first = series_fetch.fetch(ooni_aggregation.TERMS, requests, Archive(tmp_path), settings)
        again = series_fetch.fetch(ooni_aggregation.TERMS, requests, Archive(tmp_path), settings)
    assert (first.fetched, again.fetched, again.skipped) == (1, 0, 1)
    file = again.files[0]
    data = Archive(tmp_path).read(file.sha256)
    assert series(data, "ooni_api/measurements/IR/telegram", file.url)[1] == 5
