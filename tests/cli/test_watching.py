"""The commands of the watch as a person runs them: codes, lines and what each source's state is called. Synthetic."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path

import pytest

from lightkeeper import cli
from lightkeeper.cli.watching import ago, seconds_of
from lightkeeper.errors import InputError
from lightkeeper.sources import series_fetch
from lightkeeper.sources.web import Web
from run.watch_world import World
from sources.server import Answer, replaying


@pytest.fixture
def world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
    monkeypatch.setattr(series_fetch, "Web", partial(Web, sleep=lambda _s: None))
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("LIGHTKEEPER_RADAR_TOKEN", raising=False)
    made = World()
    made.now = datetime.now(UTC)
    made.cut = made.now.replace(minute=0, second=0, microsecond=0) - timedelta(hours=6)
    with replaying(made.play) as server:
        for name in ("IODA", "RADAR", "RIPESTAT", "TOR_METRICS", "MLAB", "OONI_API"):
            monkeypatch.setenv(f"LIGHTKEEPER_{name}_URL", server.url)
        monkeypatch.setenv("LIGHTKEEPER_ALLOW_HOSTS", json.dumps([server.host]))
        yield made


def run(monkeypatch: pytest.MonkeyPatch, *arguments: str) -> int:
    monkeypatch.setattr(sys, "argv", ["lightkeeper", *arguments])
    with pytest.raises(SystemExit) as end:
        cli.main()
    return int(end.value.code or 0)


Capture = pytest.CaptureFixture[str]


def test_a_round_tells_the_cut_in_one_line_and_the_log_lists_and_verifies_it(
    world: World, monkeypatch: pytest.MonkeyPatch, capsys: Capture
) -> None:
    assert run(monkeypatch, "watch", "--cc", "ir", "--once", "--sources", "ioda,radar") == 0
    shown = capsys.readouterr()
    (line,) = [line for line in shown.out.splitlines() if "NEW" in line]
    assert "NEW IR outage, national, began" in line
    assert "goes on UTC, deepest 95%" in line
    assert "LIGHTKEEPER_RADAR_TOKEN" in shown.err
    assert run(monkeypatch, "told", "list") == 0
    assert "NEW IR outage, national" in capsys.readouterr().out
    assert run(monkeypatch, "told", "verify") == 0
    head = capsys.readouterr().out.split()[-1]
    assert run(monkeypatch, "told", "verify", "--knew", head) == 0
    assert run(monkeypatch, "told", "list", "--after", "1", "--json") == 0
    assert run(monkeypatch, "sql", "select change, kind from told", "--json") == 0
    assert json.loads(capsys.readouterr().out.splitlines()[-1]) == {"change": "new", "kind": "outage"}


def test_a_changed_log_is_exit_code_4_and_a_lost_hash_too(
    world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Capture
) -> None:
    run(monkeypatch, "watch", "--cc", "IR", "--once", "--sources", "ioda")
    assert run(monkeypatch, "told", "verify", "--knew", "0" * 64) == 4
    log = tmp_path / "data" / "tables" / "told" / "IR.jsonl"
    log.write_bytes(log.read_bytes().replace(b"outage", b"nothin"))
    capsys.readouterr()
    assert run(monkeypatch, "told", "verify", "--json") == 4
    assert "was changed here" in json.loads(capsys.readouterr().out)["problem"]["what"]
    assert run(monkeypatch, "told", "list") == 4
    assert run(monkeypatch, "watch", "--cc", "IR", "--once", "--sources", "ioda") == 4


def test_a_source_that_does_not_answer_is_exit_code_5_and_the_status_says_why(
    world: World, monkeypatch: pytest.MonkeyPatch, capsys: Capture
) -> None:
    world.broken = lambda asked: Answer(b"", 429, {"Retry-After": "9000"}) if asked.path.endswith(".csv") else None
    assert run(monkeypatch, "watch", "--cc", "IR", "--once", "--sources", "ioda,tor") == 5
    capsys.readouterr()
    assert run(monkeypatch, "watch", "--cc", "IR", "--status", "--json") == 5
    told = json.loads(capsys.readouterr().out)
    assert told["running"] is False
    assert told["sources"]["ioda"]["condition"] == "ok"
    assert told["sources"]["tor"]["condition"] == "never"
    assert "429" in told["sources"]["tor"]["error"]
    assert told["sources"]["tor"]["next_try_at"] > told["updated_at"]
    assert run(monkeypatch, "watch", "--cc", "IR", "--status") == 5
    assert "it has never given data" in " ".join(capsys.readouterr().out.split())


def test_a_source_that_answers_in_part_is_exit_code_3(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    world.broken = lambda asked: Answer(b"no", 404) if asked.query.get("datasource") == "gtr" else None
    assert run(monkeypatch, "watch", "--cc", "IR", "--once", "--sources", "ioda") == 3


def test_machines_get_one_object_a_line(world: World, monkeypatch: pytest.MonkeyPatch, capsys: Capture) -> None:
    assert run(monkeypatch, "watch", "--cc", "IR", "--once", "--sources", "ioda", "--json") == 0
    events = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [event["event"] for event in events] == ["asking", "source", "told", "round"]
    assert events[2]["told"]["change"] == "new"


@pytest.mark.parametrize(
    "wrong",
    [["--cc", "Iran"], ["--cc", "IR", "--every", "1s"], ["--cc", "IR", "--sources", "x"], ["--cc", "IR", "--asn", "x"]],
)
def test_wrong_input_is_exit_code_2(world: World, monkeypatch: pytest.MonkeyPatch, wrong: list[str]) -> None:
    assert run(monkeypatch, "watch", *wrong, "--once") == 2


def test_a_country_that_was_never_watched_says_how_to_begin(
    world: World, monkeypatch: pytest.MonkeyPatch, capsys: Capture
) -> None:
    assert run(monkeypatch, "watch", "--cc", "UG", "--status") == 0
    assert "watch --cc UG" in capsys.readouterr().out


@pytest.mark.parametrize(("text", "seconds"), [("10m", 600), ("1h", 3600), (" 2 H", 7200), ("1d", 86_400)])
def test_a_length_of_time_is_read_as_people_write_it(text: str, seconds: float) -> None:
    assert seconds_of(text) == seconds
    for wrong in ("", "h", "1", "0h", "-1h", "9m", "1e9h"):
        with pytest.raises(InputError):
            seconds_of(wrong)


def test_times_are_told_as_people_say_them() -> None:
    now = datetime(2026, 3, 1, tzinfo=UTC)
    said = [ago(None, now), *(ago(now + timedelta(minutes=m), now) for m in (-5, 12, -300, -4000))]
    assert said == ["never", "5 min ago", "in 12 min", "5 h ago", "2 d ago"]


def test_a_log_that_is_not_there_is_told_from_one_that_is_sound(
    monkeypatch: pytest.MonkeyPatch, capsys: Capture, tmp_path: Path
) -> None:
    monkeypatch.chdir(tmp_path)
    for command in ("list", "verify"):
        assert run(monkeypatch, "told", command) == 0
        assert "Nothing was ever told here" in capsys.readouterr().err
    assert run(monkeypatch, "told", "list", "--cc", "ir") == 0
    assert "`lightkeeper watch --cc IR` begins" in capsys.readouterr().err
