"""Locks: a watch and a fetch by hand never write the same rows at once, and a process that was killed holds nothing."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from contextlib import ExitStack
from pathlib import Path

import pytest

from lightkeeper.errors import InputError
from lightkeeper.run import locks
from places import ROOT

HOLD = """
import sys, time
from pathlib import Path
from lightkeeper.run import locks
what, data, *more = sys.argv[1:]
with getattr(locks, what)(Path(data), *more):
    print("held", flush=True)
    time.sleep(60)
"""


def hold(what: str, data: Path, *more: str) -> subprocess.Popen[str]:
    """Another process that holds a lock until it is killed."""
    env = os.environ | {"PYTHONPATH": str(ROOT / "src")}
    process = subprocess.Popen(
        [sys.executable, "-c", HOLD, what, str(data), *more], env=env, text=True, stdout=subprocess.PIPE
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "held\n"
    return process


def kill(process: subprocess.Popen[str]) -> None:
    process.send_signal(signal.SIGKILL)
    process.communicate(timeout=30)


def test_while_a_country_is_watched_no_fetch_of_it_begins_and_after_a_kill_one_does(tmp_path: Path) -> None:
    watch = hold("watching", tmp_path, "IR")
    try:
        assert locks.is_watched(tmp_path, "IR")
        with (
            pytest.raises(InputError, match=f"IR is watched by process {watch.pid}"),
            locks.fetching(tmp_path, "IR", "ioda"),
        ):
            pass
        with locks.fetching(tmp_path, "UG", "ioda"):
            pass
    finally:
        kill(watch)
    assert not locks.is_watched(tmp_path, "IR")
    with locks.fetching(tmp_path, "IR", "ioda"):
        pass


def test_while_a_fetch_goes_on_a_watch_says_so_and_begins_when_it_is_done(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(locks, "POLL_S", 0.02)
    fetch = hold("fetching", tmp_path, "IR", "ioda")
    said: list[str] = []
    try:
        assert not locks.is_watched(tmp_path, "IR")
        with (
            pytest.raises(InputError, match=f"being fetched by hand .ioda, by process {fetch.pid}"),
            locks.watching(tmp_path, "IR"),
        ):
            pass
        begun = threading.Event()

        def watch() -> None:
            with locks.watching(tmp_path, "IR", said.append):
                begun.set()

        thread = threading.Thread(target=watch, daemon=True)
        thread.start()
        assert not begun.wait(1.0)
    finally:
        kill(fetch)
    assert begun.wait(10)
    thread.join(10)
    assert len(said) == 1
    assert "the watch begins when that is done" in said[0]


def test_two_fetches_of_one_source_exclude_each_other_and_those_of_two_sources_do_not(tmp_path: Path) -> None:
    fetch = hold("fetching", tmp_path, "IR", "ioda")
    try:
        with (
            pytest.raises(InputError, match=f"being fetched already, by process {fetch.pid}"),
            locks.fetching(tmp_path, "IR", "ioda"),
        ):
            pass
        with ExitStack() as stack:
            stack.enter_context(locks.fetching(tmp_path, "IR", "tor"))
            stack.enter_context(locks.fetching(tmp_path, "UG", "ioda"))
    finally:
        kill(fetch)


def test_a_second_watch_is_an_error_also_where_it_would_wait_for_a_fetch(tmp_path: Path) -> None:
    watch = hold("watching", tmp_path, "IR")
    try:
        with pytest.raises(InputError, match="IR is watched already"), locks.watching(tmp_path, "IR", lambda _s: None):
            pass
    finally:
        kill(watch)


def test_a_file_of_a_process_that_is_gone_holds_nothing(tmp_path: Path) -> None:
    (tmp_path / "watch").mkdir()
    (tmp_path / "watch" / "IR.lock").write_text("1\n")
    assert not locks.is_watched(tmp_path, "IR")
    with locks.watching(tmp_path, "IR"):
        assert (tmp_path / "watch" / "IR.lock").read_text() == f"{os.getpid()}\n"


def test_a_strange_name_of_a_source_makes_no_path(tmp_path: Path) -> None:
    with locks.fetching(tmp_path, "IR", "../../x/y"):
        assert [path.parent for path in tmp_path.rglob("*.lock")] == [tmp_path / "watch"] * 2
