"""A watch that is killed at any moment loses nothing and tells nothing twice. Each process is a real one."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from lightkeeper.archive import Archive
from lightkeeper.model import Signal, Told
from lightkeeper.store.lake import Lake
from lightkeeper.store.told_log import ToldLog, read_told
from places import ROOT
from run.watch_world import World, on_record
from sources.server import Answer, Asked, Replay, replaying

SCRIPT = ROOT / "tests" / "run" / "killed_watch.py"
MOMENTS = [
    "while raw bytes are stored",
    "in the middle of a part",
    "before the state is in place",
    "half a line of the log",
    "before the log is flushed",
    "before the head of the log",
]


@pytest.fixture
def world() -> Iterator[tuple[World, Replay]]:
    made = World()
    made.now = datetime.now(UTC)
    made.cut = made.now.replace(minute=0, second=0, microsecond=0) - timedelta(hours=6)
    with replaying(made.play) as server:
        yield made, server


def begin(server: Replay, data: Path, moment: str = "never", *more: str) -> subprocess.Popen[str]:
    names = ("IODA", "RADAR", "RIPESTAT", "TOR_METRICS", "MLAB", "OONI_API")
    env = os.environ | {
        **{f"LIGHTKEEPER_{name}_URL": server.url for name in names},
        "LIGHTKEEPER_ALLOW_HOSTS": json.dumps([server.host]),
        "PYTHONPATH": os.pathsep.join([str(ROOT / "src"), str(ROOT / "tests")]),
    }
    arguments = ["watch", "--cc", "IR", "--sources", "ioda,tor", "--data", str(data), *(more or ("--once", "--json"))]
    return subprocess.Popen(
        [sys.executable, str(SCRIPT), moment, *arguments], env=env, cwd=data.parent, text=True,
        stdout=subprocess.PIPE, stderr=subprocess.PIPE,
    )  # fmt: skip


def whole_run(server: Replay, data: Path) -> list[dict[str, Any]]:
    """Run it to its end, and give the events that it printed. Earlier pauses after a failure do not count."""
    (data / "watch" / "IR.json").unlink(missing_ok=True)
    process = begin(server, data)
    out, err = process.communicate(timeout=120)
    assert process.returncode == 0, err
    return [json.loads(line) for line in out.splitlines()]


def rows(data: Path) -> list[tuple[object, ...]]:
    return sorted((r.series, r.step_at, r.value, r.missing) for r in Lake(data / "tables").read(Signal))


def test_killed_at_each_moment_it_loses_nothing_and_tells_nothing_twice(
    tmp_path: Path, world: tuple[World, Replay]
) -> None:
    _, server = world
    data = tmp_path / "killed"
    for moment in MOMENTS:
        (data / "watch" / "IR.json").unlink(missing_ok=True)
        process = begin(server, data, moment)
        _, err = process.communicate(timeout=120)
        assert process.returncode == -signal.SIGKILL, (moment, err)
    told = [event for event in whole_run(server, data) if event["event"] == "told"]
    assert told == []  # the line was on the disk before the last kill, so it is told already
    whole_run(server, tmp_path / "whole")
    (ours,), (theirs,) = read_told(data / "tables"), read_told(tmp_path / "whole" / "tables")
    assert (ours.change, ours.kind, ours.members) == ("new", "outage", theirs.members)
    assert ours.onset_latest == theirs.onset_latest
    check = ToldLog(data / "tables", "IR").check()
    assert (check.problem, check.torn) == (None, b"")
    assert Archive(data / "archive").verify() == []
    assert rows(data) == rows(tmp_path / "whole")


def test_a_correction_is_told_once_though_the_watch_is_killed_while_it_is_written(
    tmp_path: Path, world: tuple[World, Replay]
) -> None:
    made, server = world
    data = tmp_path / "data"
    made.slow, made.cut = made.cut, None
    (first,) = [event["told"] for event in whole_run(server, data) if event["event"] == "told"]
    assert (first["change"], first["kind"]) == ("new", "slowdown")
    made.cut = made.slow  # late data: what was slow was cut
    for moment in ("half a line of the log", "before the log is flushed", "before the head of the log"):
        (data / "watch" / "IR.json").unlink(missing_ok=True)
        process = begin(server, data, moment)
        _, err = process.communicate(timeout=120)
        assert process.returncode == -signal.SIGKILL, (moment, err)
    for _ in range(2):
        assert [event for event in whole_run(server, data) if event["event"] == "told"] == []
    told = read_told(data / "tables")
    assert [(e.change, e.kind, e.told_as) for e in told] == [
        ("new", "slowdown", None), ("renamed", "outage", "slowdown/one_witness"),
    ]  # fmt: skip
    assert len({e.event_id for e in told}) == 1
    check = ToldLog(data / "tables", "IR").check()
    assert (check.problem, check.torn) == (None, b"")


def test_what_others_recorded_is_told_once_though_the_watch_is_killed(
    tmp_path: Path, world: tuple[World, Replay]
) -> None:
    made, server = world
    data, begun = tmp_path / "data", made.cut
    assert begun is not None
    made.cut, made.recorded = None, [on_record(begun, 6, open_=True), on_record(begun, 6, datasource="ping-slash24")]
    process = begin(server, data, "before the head of the log")
    process.communicate(timeout=120)
    assert process.returncode == -signal.SIGKILL
    assert [event for event in whole_run(server, data) if event["event"] == "told"] == []
    made.cut = begun
    told = [event["told"] for event in whole_run(server, data) if event["event"] == "told"]
    assert [(e["change"], e.get("recorded_by")) for e in told] == [("new", None), ("joined", "IODA")]
    assert told[1]["joins"] == told[0]["event_id"]
    assert whole_run(server, data)[-1]["rows"] == 0
    assert [(e.change, e.recorded_by, len(e.members)) for e in read_told(data / "tables") if e.recorded_by] == [
        ("new", "IODA", 2), ("joined", "IODA", 2),
    ]  # fmt: skip


@pytest.mark.parametrize("number", [9, 24])
def test_killed_in_the_middle_of_a_round_the_next_one_goes_on(
    tmp_path: Path, world: tuple[World, Replay], number: int
) -> None:
    made, server = world
    running: list[subprocess.Popen[str]] = []

    def kill(asked: Asked) -> Answer | None:
        if len(server.asked) == number and running:
            running.pop().kill()
        return None

    made.broken = kill
    process = begin(server, tmp_path / "data")
    running.append(process)
    process.communicate(timeout=120)
    assert process.returncode == -signal.SIGKILL
    told = [event for event in whole_run(server, tmp_path / "data") if event["event"] == "told"]
    assert len(told) == 1
    entries: list[Told] = read_told(tmp_path / "data" / "tables")
    assert [entry.change for entry in entries] == ["new"]


def test_a_second_watch_of_the_country_is_refused_with_a_clear_error_and_ctrl_c_ends_the_first(
    tmp_path: Path, world: tuple[World, Replay]
) -> None:
    _, server = world
    data = tmp_path / "data"
    first = begin(server, data, "never", "--json")
    assert first.stdout is not None
    line = first.stdout.readline()
    assert json.loads(line)["event"] == "asking"
    second = begin(server, data)
    _, err = second.communicate(timeout=120)
    assert second.returncode == 2
    assert f"IR is watched already, by process {first.pid}" in " ".join(err.split())
    first.send_signal(signal.SIGINT)
    _, err = first.communicate(timeout=60)
    assert first.returncode == 130
    assert "Run the same command again to go on" in " ".join(err.split())
    assert Archive(data / "archive").verify() == []
