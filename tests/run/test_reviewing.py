"""The history of reviews in a case's folder: one line an act, chained, and whole after a crash."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from lightkeeper.errors import CaseError, InputError
from lightkeeper.run.build import build_case
from lightkeeper.run.reviewing import TORN, act_on, find, review
from lightkeeper.settings import Settings
from lightkeeper.sources.case_reviews import NAME, load_reviews
from places import ROOT

SHIPPED = ROOT / "cases" / "iran-2021-election"
NOVEMBER = "IR-20191116"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A copy of a shipped case."""
    return Path(shutil.copytree(SHIPPED, tmp_path / SHIPPED.name))


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(data_dir=tmp_path / "data")


def rung(folder: Path, settings: Settings, name: str = NOVEMBER) -> str:
    return find(review(folder, settings), name).rung


def test_two_people_attribute_an_incident_and_the_build_applies_it(folder: Path, settings: Settings) -> None:
    act_on(folder, settings, "promote", [NOVEMBER], by="Ann Other", because="I read the order.")
    assert rung(folder, settings) == "confirmed"
    act_on(folder, settings, "promote", [NOVEMBER], by="B. Second", because="I read it as well.")
    built = build_case(folder, folder.parent / "out", settings)
    (one,) = [i for i in built.incidents if i.incident_id.startswith(NOVEMBER)]
    assert (one.rung, one.reviewers) == ("attributed", ["Ann Other", "B. Second"])
    told = json.loads((built.folder / "incidents.json").read_bytes())
    assert [len(i["history"]) for i in told["incidents"] if i["incident_id"] == one.incident_id] == [2]


def test_each_line_holds_the_hash_of_the_line_before(folder: Path, settings: Settings) -> None:
    for by in ("Ann Other", "B. Second", "C. Third"):
        act_on(folder, settings, "dispute", [NOVEMBER], by=by, because="I doubt it.")
    whole = (folder / NAME).read_bytes()
    lines = whole.splitlines(keepends=True)
    broken = {
        "changed": lines[0].replace(b"doubt", b"trust") + lines[1] + lines[2],
        "removed": lines[0] + lines[2],
        "moved": lines[1] + lines[0] + lines[2],
        "doubled": lines[0] + lines[0] + lines[1],
        "added": whole + b"{}\n",
        "first removed": lines[1] + lines[2],
    }
    for what, data in broken.items():
        (folder / NAME).write_bytes(data)
        with pytest.raises(CaseError, match=NAME):
            load_reviews(folder)
        assert what


def test_a_line_that_a_crash_cut_off_is_no_act_and_is_kept_aside(folder: Path, settings: Settings) -> None:
    act_on(folder, settings, "dispute", [NOVEMBER], by="Ann Other", because="I doubt it.")
    whole = (folder / NAME).read_bytes()
    act_on(folder, settings, "retract", [NOVEMBER], by="B. Second", because="It was a mistake.")
    cut = (folder / NAME).read_bytes()[:-30]
    (folder / NAME).write_bytes(cut)
    assert review(folder, settings).torn
    assert rung(folder, settings) == "disputed"
    act_on(folder, settings, "dispute", [NOVEMBER], by="C. Third", because="So do I.")
    assert (folder / NAME).read_bytes().startswith(whole)
    assert (folder / TORN).read_bytes() == cut[len(whole) :] + b"\n"
    assert [a.by for a in load_reviews(folder).acts] == ["Ann Other", "C. Third"]


def test_a_last_line_that_lacks_only_its_end_is_an_act(folder: Path, settings: Settings) -> None:
    act_on(folder, settings, "dispute", [NOVEMBER], by="Ann Other", because="I doubt it.")
    (folder / NAME).write_bytes((folder / NAME).read_bytes()[:-1])
    act_on(folder, settings, "dispute", [NOVEMBER], by="B. Second", because="So do I.")
    assert [a.number for a in load_reviews(folder).acts] == [1, 2]


def test_a_process_killed_while_it_writes_leaves_a_history_that_can_be_read(folder: Path, settings: Settings) -> None:
    writer = (
        "import sys, itertools; from pathlib import Path; from lightkeeper.run import reviewing as r\n"
        "folder = Path(sys.argv[1])\n"
        "for n in itertools.count():\n"
        "    with r._history(folder) as (stream, past):\n"
        "        act = r.Act(number=len(past.acts) + 1, at=r.datetime.now(r.UTC), by='Ann Other', verb='dispute',\n"
        "                    incident_ids=['IR-x'], events=['ioda:5A446C2E'], documents=[], because='x' * 1500,\n"
        "                    before=past.last)\n"
        "        r._append(stream, r.line_of(act))\n"
    )
    for _ in range(3):
        running = subprocess.Popen([sys.executable, "-c", writer, str(folder)])
        before = (folder / NAME).stat().st_size if (folder / NAME).exists() else 0
        wait_until(lambda seen=before: (folder / NAME).exists() and (folder / NAME).stat().st_size > seen + 8000)
        os.kill(running.pid, signal.SIGKILL)
        running.wait()
    acts = load_reviews(folder).acts
    assert [a.number for a in acts] == list(range(1, len(acts) + 1))
    act_on(folder, settings, "dispute", [NOVEMBER], by="B. Second", because="So do I.")
    assert len(load_reviews(folder).acts) == len(acts) + 1


def wait_until(holds: Callable[[], bool]) -> None:
    for _ in range(3000):
        if holds():
            return
        time.sleep(0.01)
    pytest.fail("it did not come to that in 30 s")


def test_people_who_act_at_once_wait_for_each_other(folder: Path, settings: Settings) -> None:
    def dispute(n: int) -> None:
        act_on(folder, settings, "dispute", [NOVEMBER], by=f"Person {chr(65 + n)}", because="I doubt it.")

    with ThreadPoolExecutor(6) as pool:
        list(pool.map(dispute, range(6)))
    assert len(load_reviews(folder).acts) == 6


def test_a_merge_and_a_split_change_what_is_one(folder: Path, settings: Settings) -> None:
    now = review(folder, settings)
    one, other = now.incidents[10], now.incidents[11]
    act_on(folder, settings, "merge", [one.incident_id, other.incident_id], by="Ann Other", because="One storm.")
    merged = review(folder, settings)
    assert len(merged.incidents) == len(now.incidents) - 1
    (both,) = [i for i in merged.incidents if set(one.events) < set(i.events)]
    act_on(folder, settings, "split", [both.incident_id], by="Ann Other", because="Two storms after all.",
           members=[*other.events, *other.documents])  # fmt: skip
    after = {i.incident_id for i in review(folder, settings).incidents}
    assert after == {i.incident_id for i in now.incidents}
    assert len(load_reviews(folder).acts) == 2, "nothing was deleted"


@pytest.mark.parametrize(
    ("verb", "names", "members", "told"),
    [
        ("merge", [NOVEMBER], [], "two different"),
        ("merge", [NOVEMBER, NOVEMBER], [], "two different"),
        ("split", [NOVEMBER], [], "nothing to split"),
        ("split", [NOVEMBER], ["ioda:nowhere"], "no member"),
        ("dispute", ["IR-1999"], [], "no incident"),
        ("dispute", ["IR-2019"], [], "fits"),
    ],
)
def test_an_act_that_makes_no_sense_is_refused_and_not_written(
    folder: Path, settings: Settings, verb: str, names: list[str], members: list[str], told: str
) -> None:
    with pytest.raises(InputError, match=told):
        act_on(folder, settings, verb, names, by="Ann Other", because="I doubt it.", members=members)  # type: ignore[arg-type]
    assert not (folder / NAME).exists()


@pytest.mark.parametrize(
    ("by", "because"), [("", "I doubt it."), ("Ann Other", ""), ("..", "I doubt it."), ("A", "x y")]
)
def test_an_act_needs_a_name_and_a_reason(folder: Path, settings: Settings, by: str, because: str) -> None:
    with pytest.raises(InputError, match="--b"):
        act_on(folder, settings, "dispute", [NOVEMBER], by=by, because=because)
    assert load_reviews(folder).acts == []


def test_the_commands_list_show_and_act(folder: Path, tmp_path: Path) -> None:
    command = [str(Path(sys.executable).parent / "lightkeeper"), "incident"]

    def run(*arguments: str) -> subprocess.CompletedProcess[bytes]:
        more = os.environ | {"LIGHTKEEPER_DATA_DIR": str(tmp_path / "data"), "COLUMNS": "200"}
        return subprocess.run([*command, *arguments], capture_output=True, check=False, env=more)

    done = run("retract", str(folder), NOVEMBER, "--by", "Ann Other", "--because", "The record was [bold]wrong[/].")
    assert done.returncode == 0, done.stderr.decode()
    assert b"is retracted" in done.stdout
    shown = run("show", str(folder), NOVEMBER)
    assert b"Ann Other retracted it" in shown.stdout
    assert b"[bold]wrong[/]" in shown.stdout
    listed = json.loads(run("list", str(folder), "--json").stdout)
    assert [i["rung"] for i in listed if i["incident_id"].startswith(NOVEMBER)] == ["retracted"]
    missing = run("show", str(folder), "nothing")
    assert missing.returncode == 2
    assert b"Error:" in missing.stderr
