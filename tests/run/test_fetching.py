"""From a command to rows: fetched once, written once, and honest about what failed. All replies are synthetic."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from lightkeeper import cli
from lightkeeper.cli.fetching import HELP
from lightkeeper.errors import InputError, SourceUnavailable
from lightkeeper.model import Event, Signal
from lightkeeper.run import fetched_rows
from lightkeeper.run.fetched_rows import Writer
from lightkeeper.run.fetching import SOURCES, Wanted, fetch_source, wanted_of
from lightkeeper.settings import Settings
from lightkeeper.sources import series_fetch
from lightkeeper.sources.web import Web
from lightkeeper.store.lake import Lake
from sources.server import Answer, Asked, Replay, replaying

DAY = datetime(2026, 1, 8, tzinfo=UTC)
WANTED = Wanted("IR", date(2026, 1, 8), date(2026, 1, 9))


def ioda(asked: Asked) -> Answer:
    """Synthetic: BGP falls to zero at noon for an hour; nothing else is there."""
    begin = int(asked.query["from"])
    data: list[Any] = []
    if "/signals/" in asked.path:
        kind, code = asked.path.split("/")[-2:]
        hours = [100] * 12 + [0] + [100] * 11
        one = {"entityType": kind, "entityCode": code, "datasource": "bgp", "from": begin, "step": 3600}
        data = [[one | {"values": hours}] if asked.query["datasource"] == "bgp" else []]
    elif asked.path.endswith("alerts"):
        place = {"type": asked.query["entityType"], "code": asked.query["entityCode"], "name": "x"}
        for hour, level, value in ((12, "critical", 0), (13, "normal", 100)):
            moment = {"time": begin + hour * 3600, "level": level, "value": value, "historyValue": 100}
            data.append({"datasource": "bgp", "entity": place, "method": "median", **moment})
    return Answer(json.dumps({"error": None, "data": data}).encode())


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[Replay]:
    monkeypatch.setattr(series_fetch, "Web", partial(Web, sleep=lambda _s: None))
    monkeypatch.setattr("lightkeeper.sources.series_fetch.DEADLINE_S", 1.0)
    with replaying(ioda) as found:
        monkeypatch.setenv("LIGHTKEEPER_ALLOW_HOSTS", json.dumps([found.host]))
        monkeypatch.setenv("LIGHTKEEPER_HTTP_TIMEOUT_S", "0.5")
        monkeypatch.setenv("LIGHTKEEPER_IODA_URL", found.url)
        monkeypatch.setenv("LIGHTKEEPER_RADAR_URL", found.url)
        yield found


def run(monkeypatch: pytest.MonkeyPatch, *arguments: str) -> int:
    """The exit code of the command line."""
    monkeypatch.setattr(sys, "argv", ["lightkeeper", *arguments])
    with pytest.raises(SystemExit) as end:
        cli.main()
    return int(end.value.code or 0)


def command(tmp_path: Path, *more: str, source: str = "ioda") -> list[str]:
    time = ["--since", "2026-01-08", "--until", "2026-01-09"]
    return ["fetch", source, "--cc", "IR", *time, "--data", str(tmp_path), *more]


def test_a_fetch_gives_signals_and_events_with_the_file_they_came_from(tmp_path: Path, server: Replay) -> None:
    found = fetch_source("ioda", WANTED, Settings(data_dir=tmp_path))
    assert (found.requests, found.fetched, found.failed, found.set_aside) == (8, 8, [], 0)
    lake = Lake(tmp_path / "tables")
    bgp = [row for row in lake.read(Signal) if row.metric == "bgp_visible_slash24"]
    assert [row.value for row in bgp] == [100.0] * 12 + [0.0] + [100.0] * 11
    assert all(row.file_sha256 for row in bgp)
    (event,) = lake.read(Event)
    assert (event.source, event.severity, event.country) == ("ioda_alerts", 1.0, "IR")
    assert len(server.asked) == 8


def test_a_second_run_asks_for_nothing_and_leaves_no_row_twice(tmp_path: Path, server: Replay) -> None:
    settings = Settings(data_dir=tmp_path)
    fetch_source("ioda", WANTED, settings)
    before = Lake(tmp_path / "tables").read(Signal), Lake(tmp_path / "tables").read(Event)
    again = fetch_source("ioda", WANTED, settings)
    assert (again.fetched, again.skipped, len(server.asked)) == (0, 8, 8)
    assert (Lake(tmp_path / "tables").read(Signal), Lake(tmp_path / "tables").read(Event)) == before


def test_a_longer_time_keeps_what_was_there_and_adds_what_is_new(tmp_path: Path, server: Replay) -> None:
    settings = Settings(data_dir=tmp_path)
    fetch_source("ioda", WANTED, settings)
    fetch_source("ioda", WANTED._replace(since=date(2026, 1, 9), until=date(2026, 1, 10)), settings)
    rows = Lake(tmp_path / "tables").read(Signal)
    keys = [(row.series, row.step_at) for row in rows]
    assert len(keys) == len(set(keys))
    assert {row.step_at.day for row in rows} == {8, 9}


def test_networks_come_beside_the_country_in_parts_of_their_own(tmp_path: Path, server: Replay) -> None:
    fetch_source("ioda", WANTED._replace(asns=[58224]), Settings(data_dir=tmp_path))
    assert Lake(tmp_path / "tables").parts(Signal) == [
        "fetch-ioda-IR-asn-58224-2026-01",
        "fetch-ioda-IR-country-IR-2026-01",
    ]


def test_some_that_failed_is_exit_code_3_and_the_rest_is_there(
    tmp_path: Path, server: Replay, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    server.play = lambda asked: Answer(b"no", 404) if asked.query.get("datasource") == "gtr" else ioda(asked)
    assert run(monkeypatch, *command(tmp_path, "--json")) == 3
    told = json.loads(capsys.readouterr().out)
    assert (told["fetched"], len(told["failed"])) == (7, 1)
    assert told["signals"] > 0


def test_all_well_is_exit_code_0_and_one_line(
    tmp_path: Path, server: Replay, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(monkeypatch, *command(tmp_path, "--asn", "AS58224", "--region", "1906")) == 0
    assert "failed: " in (told := capsys.readouterr().out)
    assert "0 failed" in told
    assert "3 events" in told


def test_a_source_that_answers_nothing_is_exit_code_5_with_a_remedy(
    tmp_path: Path, server: Replay, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    server.play = lambda _asked: Answer(b"", 503)
    assert run(monkeypatch, *command(tmp_path)) == 5
    assert "run it again later" in " ".join(capsys.readouterr().err.split())
    assert not (tmp_path / "tables").exists()


def test_radar_without_a_token_is_exit_code_2_before_any_request(
    tmp_path: Path, server: Replay, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.delenv("LIGHTKEEPER_RADAR_TOKEN", raising=False)
    monkeypatch.chdir(tmp_path)
    assert run(monkeypatch, *command(tmp_path, source="radar")) == 2
    assert "LIGHTKEEPER_RADAR_TOKEN" in capsys.readouterr().err
    assert server.asked == []


def test_radar_with_a_token_gives_its_rows_and_never_shows_the_token(
    tmp_path: Path, server: Replay, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def play(asked: Asked) -> Answer:
        result: dict[str, Any] = {"meta": {}, "main": {"timestamps": ["2026-01-08T00:00:00Z"], "values": ["1"]}}
        if "outages" in asked.path:
            result = {"annotations": [{"id": "7", "startDate": "2026-01-08T01:00:00Z", "locations": ["IR"]}]}
        elif "anomalies" in asked.path:
            result = {"trafficAnomalies": []}
        return Answer(json.dumps({"success": True, "result": result}).encode())

    server.play = play
    monkeypatch.setenv("LIGHTKEEPER_RADAR_TOKEN", "made-up-token-for-the-tests")
    assert run(monkeypatch, *command(tmp_path, "--json", source="radar")) == 0
    shown = capsys.readouterr()
    assert (json.loads(shown.out)["signals"], json.loads(shown.out)["events"]) == (48, 1)
    assert "made-up" not in shown.out + shown.err
    assert not any(b"made-up" in path.read_bytes() for path in tmp_path.rglob("*") if path.is_file())


@pytest.mark.parametrize(("status", "left"), [(200, []), (404, ["radar:7:country:IR"])])
def test_an_outage_that_radar_took_back_goes_but_only_when_radar_answered(
    tmp_path: Path, server: Replay, monkeypatch: pytest.MonkeyPatch, status: int, left: list[str]
) -> None:
    day = datetime.now(UTC).date()
    told = [{"id": "7", "startDate": f"{day}T02:00:00Z", "locations": ["IR"]}]

    def play(asked: Asked) -> Answer:
        result = {"annotations": told, "trafficAnomalies": [], "meta": {}, "main": {"timestamps": [], "values": []}}
        broken = not told and "outages" in asked.path
        return Answer(json.dumps({"success": True, "result": result}).encode(), status if broken else 200)

    server.play = play
    monkeypatch.setenv("LIGHTKEEPER_RADAR_TOKEN", "made-up-token-for-the-tests")
    wanted = Wanted("IR", day, day + timedelta(days=1))
    fetch_source("radar", wanted, Settings(data_dir=tmp_path))
    assert len(Lake(tmp_path / "tables").read(Event)) == 1
    told.clear()
    fetch_source("radar", wanted, Settings(data_dir=tmp_path))
    assert [row.event_id for row in Lake(tmp_path / "tables").read(Event)] == left


def test_speed_tests_of_a_country_and_a_network_come_as_quartiles(tmp_path: Path, server: Replay) -> None:
    def play(asked: Asked) -> Answer:
        day = {"date": "2026-01-08", "dl_samples_day": 900, "ul_samples_day": 900}
        day |= {f"{way}load_{name}": n for way in ("down", "up") for n, name in enumerate(("Q25", "MED", "Q75"), 1)}
        return Answer(json.dumps([day]).encode())

    server.play = play
    settings = Settings(data_dir=tmp_path, mlab_url=server.url)
    found = fetch_source("mlab", WANTED._replace(asns=[58224]), settings)
    assert (found.fetched, found.set_aside, found.signals) == (2, 0, 16)
    paths = ["/v0/AS/IR/2026/histogram_daily_stats.json", "/v0/AS/IR/asn/AS58224/2026/histogram_daily_stats.json"]
    assert [asked.path for asked in server.asked] == paths
    medians = {row.series: row.value for row in Lake(tmp_path / "tables").read(Signal) if "p50" in row.metric}
    assert medians["mlab/ndt_download_p50/AS58224/IR"] == 2.0


def test_a_reply_that_is_not_what_it_was_is_set_aside_and_the_run_goes_on(
    tmp_path: Path, server: Replay, monkeypatch: pytest.MonkeyPatch
) -> None:
    server.play = lambda asked: Answer(b'{"data": [[{"x": 1}]]}') if "/signals/" in asked.path else ioda(asked)
    assert run(monkeypatch, *command(tmp_path)) == 3
    assert len(Lake(tmp_path / "tables").read(Event)) == 1


def test_a_place_that_a_source_does_not_know_is_refused_before_any_request(tmp_path: Path, server: Replay) -> None:
    with pytest.raises(InputError, match="--region"):
        fetch_source("radar", WANTED._replace(regions=["1906"]), Settings(data_dir=tmp_path))
    assert server.asked == []


@pytest.mark.parametrize(("country", "asn"), [("Iran", "1"), ("IR", "x"), ("IR", "-5"), ("../", "1")])
def test_what_is_no_country_or_network_is_refused(country: str, asn: str) -> None:
    with pytest.raises(InputError, match=r"AS58224|as in IR"):
        wanted_of(country, date(2026, 1, 1), date(2026, 1, 2), [], [asn])


def test_an_unreachable_source_names_itself_without_the_query(tmp_path: Path, server: Replay) -> None:
    server.play = lambda _asked: Answer(b"", 500)
    with pytest.raises(SourceUnavailable, match="ioda") as error:
        fetch_source("ioda", WANTED, Settings(data_dir=tmp_path))
    assert "?" not in str(error.value)


def test_each_source_has_a_command_and_each_command_a_source() -> None:
    assert set(HELP) == set(SOURCES)


def event(ended: datetime | None) -> Event:
    return Event(
        event_id="x",
        kind="outage",
        source="test",
        country="IR",
        entity_type="country",
        entity="IR",
        onset_earliest=DAY,
        onset_latest=DAY,
        end_earliest=ended,
        end_latest=ended,
    )


def test_a_shorter_run_does_not_take_away_an_end_that_it_could_not_see(tmp_path: Path) -> None:
    for until, ended in ((9, DAY + timedelta(days=6)), (2, None)):
        writer = Writer(tmp_path, "test", "IR", DAY + timedelta(days=until))
        writer.add(event(ended))
        writer.close()
    assert [row.end_latest for row in Lake(tmp_path).read(Event)] == [DAY + timedelta(days=6)]


def test_an_end_that_the_source_takes_back_is_taken_back(tmp_path: Path) -> None:
    for ended in (DAY + timedelta(days=1), None):
        writer = Writer(tmp_path, "test", "IR", DAY + timedelta(days=9))
        writer.add(event(ended))
        writer.close()
    assert [row.end_latest for row in Lake(tmp_path).read(Event)] == [None]


def test_many_rows_are_written_as_they_come_and_none_is_lost(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fetched_rows, "HELD_MAX", 7)
    writer = Writer(tmp_path, "test", "IR", DAY)
    rows = [
        Signal(
            series="a/b/IR",
            step_at=DAY + timedelta(hours=n),
            step_s=3600,
            source="a",
            lineage="traffic",
            entity_type="country",
            entity="IR",
            metric="b",
            unit="x",
            value=float(n),
        )
        for n in range(20)
    ]
    for row in rows:
        writer.add(row)
    writer.close()
    assert Lake(tmp_path).read(Signal) == rows
