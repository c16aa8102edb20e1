"""Measurements into tables: the same files whatever happens on the way."""

from __future__ import annotations

import gzip
import hashlib
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from lightkeeper.model import Measurement, Verdict
from lightkeeper.run import tables
from lightkeeper.store.lake import Lake
from places import DATA

RECORDS = [json.loads(p.read_bytes()) for p in sorted((DATA / "ooni" / "wc05_qa").glob("*.json"))]


def make_input(folder: Path, files: int, records: int) -> list[Path]:
    """Synthetic input: real records under other ids."""
    folder.mkdir()
    paths = []
    for n in range(files):
        rows = [RECORDS[i % len(RECORDS)] | {"measurement_uid": f"synthetic-{n}-{i:06d}"} for i in range(records)]
        path = folder / f"{n}.jsonl.gz"
        path.write_bytes(gzip.compress(b"".join(json.dumps(r).encode() + b"\n" for r in rows), mtime=0))
        paths.append(path)
    return paths


def content(folder: Path) -> dict[str, str]:
    """Every file below a folder by the hash of its bytes."""
    files = [p for p in folder.rglob("*") if p.is_file()]
    return {p.relative_to(folder).as_posix(): hashlib.sha256(p.read_bytes()).hexdigest() for p in files}


@pytest.fixture(autouse=True)
def small_chunks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tables, "CHUNK", 40)


def test_every_record_becomes_a_measurement_and_verdicts(tmp_path: Path) -> None:
    made = tables.judge_into(make_input(tmp_path / "in", 2, 100), tmp_path / "out")
    assert [d.judged for d in made] == [100, 100]
    assert [d.parts for d in made] == [3, 3]
    lake = Lake(tmp_path / "out")
    assert len(lake.read(Measurement)) == 200
    assert sum(v.layer == "all" for v in lake.read(Verdict)) == 200


def test_the_receipt_of_an_observation_table_says_how_many_rows_stood_twice(tmp_path: Path) -> None:
    table = DATA / "observations" / "kenya-2024-telegram.org.csv"
    for _ in range(2):
        [done] = tables.judge_into([table], tmp_path / "out")
        assert (done.judged, done.rows_repeated, done.set_aside) == (2, 6, [])
    [receipt] = (tmp_path / "out" / "done").iterdir()
    assert json.loads(receipt.read_bytes())["rows_repeated"] == 6


def test_a_second_run_judges_nothing_again(tmp_path: Path) -> None:
    paths, seen = make_input(tmp_path / "in", 2, 50), []
    tables.judge_into(paths, tmp_path / "out")
    before = content(tmp_path / "out")
    again = tables.judge_into(paths, tmp_path / "out", on_file=lambda _, now: seen.append(now))
    assert seen == [False, False]
    assert [d.judged for d in again] == [50, 50]
    assert content(tmp_path / "out") == before


@pytest.mark.parametrize(
    ("table", "damage"),
    [("measurement", "of another part")]
    + [(table, damage) for table in ("measurement", "verdict") for damage in ("deleted", "emptied", "cut")],
)
def test_a_receipt_is_held_against_what_lies_there(tmp_path: Path, table: str, damage: str) -> None:
    paths = make_input(tmp_path / "in", 1, 100)
    tables.judge_into(paths, tmp_path / "out")
    before = content(tmp_path / "out")
    first, _, last = sorted((tmp_path / "out" / table).glob("*.parquet"))
    if damage == "deleted":
        first.unlink()
    elif damage == "of another part":
        first.write_bytes(last.read_bytes())
    else:
        first.write_bytes(first.read_bytes()[: 0 if damage == "emptied" else 500])
    seen: list[bool] = []
    [done] = tables.judge_into(paths, tmp_path / "out", on_file=lambda _, now: seen.append(now))
    assert (seen, done.judged) == ([True], 100)
    assert content(tmp_path / "out") == before


def test_a_name_that_is_no_text_stops_no_run(tmp_path: Path) -> None:
    [path] = make_input(tmp_path / "in", 1, 3)
    odd = path.rename(path.with_name(os.fsdecode(b"caf\xe9.jsonl.gz")))
    [done] = tables.judge_into([odd.parent], tmp_path / "out")
    assert (done.judged, done.set_aside) == (3, [])
    [receipt] = (tmp_path / "out" / "done").iterdir()
    assert json.loads(receipt.read_bytes())["file"] == "caf\\udce9.jsonl.gz"


def test_two_processes_leave_the_same_files_as_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.undo()
    paths = make_input(tmp_path / "in", 3, 60)
    tables.judge_into(paths, tmp_path / "one", jobs=1)
    tables.judge_into(paths, tmp_path / "two", jobs=2)
    assert content(tmp_path / "one") == content(tmp_path / "two")


def test_two_files_with_the_same_bytes_do_not_disturb_each_other(tmp_path: Path) -> None:
    [path] = make_input(tmp_path / "in", 1, 60)
    copies = [path.with_name(f"copy-{n}.jsonl.gz") for n in range(4)]
    for copy in copies:
        copy.write_bytes(path.read_bytes())
    made = tables.judge_into([path, *copies], tmp_path / "out", jobs=2)
    assert [d.judged for d in made] == [60] * 5
    assert len(Lake(tmp_path / "out").read(Measurement)) == 60


def test_a_bad_line_is_set_aside_and_counted(tmp_path: Path) -> None:
    path = tmp_path / "mixed.jsonl"
    path.write_bytes(json.dumps(RECORDS[0]).encode() + b"\nnot json\n" + json.dumps(RECORDS[1]).encode() + b"\n")
    [done] = tables.judge_into([path, tmp_path / "absent.jsonl"], tmp_path / "out")[:1]
    assert (done.judged, [a.line for a in done.set_aside]) == (2, [2])


def test_a_file_that_is_absent_is_set_aside(tmp_path: Path) -> None:
    [done] = tables.judge_into([tmp_path / "absent.jsonl"], tmp_path / "out")
    assert done.set_aside[0].remedy


def test_a_pipe_is_set_aside_and_never_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.jsonl")
    [done] = tables.judge_into([tmp_path / "pipe.jsonl"], tmp_path / "out")
    assert "regular file" in done.set_aside[0].error


def test_a_run_that_was_killed_and_run_again_leaves_the_files_of_a_whole_run(tmp_path: Path) -> None:
    paths = make_input(tmp_path / "in", 2, 400)
    code = (
        "import sys; from pathlib import Path; from lightkeeper.run import tables; tables.CHUNK = 40;"
        "tables.judge_into([Path(p) for p in sys.argv[2:]], Path(sys.argv[1]))"
    )

    def start(out: Path) -> subprocess.Popen[bytes]:
        return subprocess.Popen([sys.executable, "-c", code, str(out), *map(str, paths)])

    assert start(tmp_path / "whole").wait(60) == 0
    killed = 0
    for _ in range(6):
        process = start(tmp_path / "killed")
        parts = len(list((tmp_path / "killed").rglob("*.parquet")))
        until = time.monotonic() + 20
        while process.poll() is None and time.monotonic() < until:
            if len(list((tmp_path / "killed").rglob("*.parquet"))) > parts:
                os.kill(process.pid, signal.SIGKILL)
                break
            time.sleep(0.005)
        killed += process.wait(60) == -signal.SIGKILL
    assert killed, "at least one run was really killed"
    assert start(tmp_path / "killed").wait(60) == 0
    left = {n: h for n, h in content(tmp_path / "killed").items() if not Path(n).name.startswith(".")}
    assert left == content(tmp_path / "whole")
