"""Notices from the log of what was told: each entry at most once to each channel, whatever dies or fails meanwhile."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from lightkeeper.errors import ArchiveDamaged, InputError
from lightkeeper.model import Delivery, Told
from lightkeeper.model.channel import Channel
from lightkeeper.publish.notices.outcome import Outcome
from lightkeeper.publish.notices.sending import Parcel
from lightkeeper.run import locks, watch_state
from lightkeeper.run.notifying import Courier, Notifier, Post
from lightkeeper.settings import Settings
from lightkeeper.store.delivery_log import DeliveryLog, read_deliveries
from lightkeeper.store.lake import Lake
from lightkeeper.store.told_log import ToldLog
from places import ROOT
from publish.notices.entries import AT, entry, silent
from publish.notices.servers import TOKENS, channel, posting
from publish.notices.servers import Post as Server
from sources.server import Answer, Replay


class Line:
    """Takes parcels in place of the world. `outcomes` are given in order, then all is taken."""

    def __init__(self, *outcomes: Outcome) -> None:
        self.outcomes = list(outcomes)
        self.parcels: list[Parcel] = []

    def __call__(
        self, parcel: Parcel, channel: Channel, secrets: Mapping[str, str], settings: Settings, now: datetime
    ) -> Outcome:
        self.parcels.append(parcel)
        return self.outcomes.pop(0) if self.outcomes else Outcome("sent")


class Clock:
    def __init__(self) -> None:
        self.now = AT

    def __call__(self) -> datetime:
        return self.now


def tell(data: Path, *entries: Told) -> None:
    log = ToldLog(data / "tables", "IR")
    log.open()
    for one in entries:
        log.append(one)


def notifier(data: Path, line: Line, clock: Clock, *channels: Channel) -> Notifier:
    ours = channels or (channel("telegram", 1, "desk"),)
    post = Post(ours, {one.name: TOKENS for one in ours})
    return Notifier("IR", post, Settings(data_dir=data), now=clock, sender=line, sleep=lambda _s: None)


def states(data: Path) -> list[tuple[str, list[int]]]:
    return [(row.state, row.entries) for row in read_deliveries(data / "tables")]


def test_what_is_about_to_be_sent_stands_in_the_log_before_it_is_sent_and_its_end_after(tmp_path: Path) -> None:
    clock = Clock()
    seen: list[list[tuple[str, list[int]]]] = []

    class Looking(Line):
        def __call__(self, *args: Any) -> Outcome:
            seen.append(states(tmp_path))
            return super().__call__(*args)

    line = Looking()
    ours = notifier(tmp_path, line, clock)
    ours.begin()
    tell(tmp_path, entry(1))
    ours.turn()
    assert seen == [[("begun", []), ("intent", [1])]]
    assert states(tmp_path) == [("begun", []), ("intent", [1]), ("sent", [1])]
    rows = read_deliveries(tmp_path / "tables")
    assert rows[1].text_sha256 == rows[2].text_sha256 == line.parcels[0].message.sha256
    ours.turn()
    assert len(line.parcels) == 1


def test_a_channel_that_is_new_does_not_get_the_past_unless_a_person_says_after_what(tmp_path: Path) -> None:
    clock, line = Clock(), Line()
    tell(tmp_path, entry(1), entry(2))
    assert notifier(tmp_path, line, clock).turn().rows[0].entries == [2]
    assert line.parcels == []
    late = channel("telegram", 1, "late")
    notifier(tmp_path, line, clock, late).turn(after=1)
    assert [p.notice for p in line.parcels] == ["lk-IR-late-2"]


def test_a_failure_is_tried_again_under_the_same_name_and_nothing_passes_it(tmp_path: Path) -> None:
    clock, line = Clock(), Line(Outcome("failed", "the receiver answered 503", 120.0))
    ours = notifier(tmp_path, line, clock)
    ours.begin()
    tell(tmp_path, entry(1), entry(2))
    turn = ours.turn()
    assert (turn.held, [row.state for row in turn.missed()]) == ({"desk": (1, 2)}, ["failed"])
    assert turn.missed()[0].next_try_at == AT + timedelta(seconds=120)
    ours.turn()
    assert len(line.parcels) == 1
    clock.now += timedelta(seconds=121)
    ours.turn()
    assert [p.notice for p in line.parcels] == ["lk-IR-desk-1", "lk-IR-desk-1", "lk-IR-desk-2"]
    assert [row.attempt for row in read_deliveries(tmp_path / "tables") if row.state == "sent"] == [2, 1]


def test_one_channel_that_fails_holds_no_other_up(tmp_path: Path) -> None:
    clock, line = Clock(), Line(Outcome("failed", "x"))
    ours = notifier(tmp_path, line, clock, channel("telegram", 1, "a"), channel("matrix", 1, "b"))
    ours.begin()
    tell(tmp_path, entry(1))
    ours.turn()
    assert [p.notice for p in line.parcels] == ["lk-IR-a-1", "lk-IR-b-1"]


def test_a_retraction_reaches_those_who_were_told(tmp_path: Path) -> None:
    clock, line = Clock(), Line()
    ours = notifier(tmp_path, line, clock, channel("telegram", 1, "desk", least_severity=0.5))
    ours.begin()
    tell(tmp_path, entry(1), entry(2, severity=0.1), entry(3, event_id="IR-e1", change="withdrawn", severity=0.1))
    ours.turn()
    assert [(p.purpose, p.message.subject.split(":")[0]) for p in line.parcels] == [
        ("notice", "New"), ("correction", "Correction"),
    ]  # fmt: skip
    assert ("left_out", [2]) in states(tmp_path)
    assert "We told of this on 25 Nov 2026, 12:00 UTC." in line.parcels[1].message.text


def test_a_heartbeat_tells_when_the_watch_last_looked_and_which_source_is_blind(tmp_path: Path) -> None:
    clock, line = Clock(), Line()
    ours = notifier(tmp_path, line, clock, channel("telegram", 1, "desk", heartbeat=True))
    ours.begin()
    state = watch_state.WatchState(country="IR", detected_at=AT + timedelta(days=1))
    state.of("ioda").first_tried_at = state.of("ioda").last_tried_at = AT
    state.of("ioda").newest_step_at = AT - timedelta(days=3)
    watch_state.save(tmp_path, state, AT)
    clock.now = AT + timedelta(days=1)
    ours.turn()
    ours.turn()
    (beat,) = line.parcels
    assert beat.purpose == "heartbeat"
    assert "The watch last looked on 26 Nov 2026, 12:00 UTC." in beat.message.text
    assert "in the data of ioda." in beat.message.text


def test_a_dry_run_writes_nothing_and_sends_nothing_and_shows_what_a_turn_would_send(tmp_path: Path) -> None:
    clock, line = Clock(), Line()
    tell(tmp_path, entry(1), silent(2))
    hook = channel("webhook", 1, "hook")
    ours = notifier(tmp_path, line, clock, channel("telegram", 1, "desk"), hook)
    shown = ours.planned(after=0)
    assert (line.parcels, states(tmp_path)) == ([], [])
    ours.turn(after=0)
    assert [one.parcel for one in shown] == line.parcels
    assert all(one.parcel.message.text.splitlines()[0] in one.exactly.replace("\\n", "\n") for one in shown)
    assert "webhook-signature: v1," in shown[2].exactly


def test_a_changed_log_of_deliveries_or_of_what_was_told_sends_nothing(tmp_path: Path) -> None:
    clock, line = Clock(), Line()
    ours = notifier(tmp_path, line, clock)
    ours.begin()
    tell(tmp_path, entry(1))
    for log in (DeliveryLog(tmp_path / "tables", "IR").path, ToldLog(tmp_path / "tables", "IR").path):
        whole = log.read_bytes()
        log.write_bytes(whole.replace(b"IR", b"UG"))
        with pytest.raises(ArchiveDamaged):
            ours.turn()
        with pytest.raises(ArchiveDamaged):
            ours.planned()
        log.write_bytes(whole)
    assert line.parcels == []
    ours.turn()
    assert len(line.parcels) == 1


def test_two_processes_never_send_at_once(tmp_path: Path) -> None:
    ours = notifier(tmp_path, Line(), Clock())
    with locks.sending(tmp_path, "IR"), pytest.raises(InputError, match="are being sent already, by process"):
        ours.turn()


def test_deliveries_are_a_table_that_sql_reads(tmp_path: Path) -> None:
    ours = notifier(tmp_path, Line(), Clock())
    ours.begin()
    tell(tmp_path, entry(1))
    ours.turn()
    rows = Lake(tmp_path / "tables").sql("SELECT channel, state, entries FROM delivery ORDER BY seq").rows
    assert rows == [("desk", "begun", []), ("desk", "intent", [1]), ("desk", "sent", [1])]


def test_a_courier_sends_when_it_is_woken_and_says_trouble_once(tmp_path: Path) -> None:
    clock, line, trouble = Clock(), Line(), list[str]()
    sent = threading.Event()

    class Ringing(Line):
        def __call__(self, *args: Any) -> Outcome:
            sent.set()
            return super().__call__(*args)

    line = Ringing()
    ours = notifier(tmp_path, line, clock)
    ours.begin()
    courier = Courier(ours, trouble.append)
    courier.start()
    tell(tmp_path, entry(1))
    courier.wake()
    assert sent.wait(10)
    courier.stop()
    assert (len(line.parcels), trouble) == (1, [])
    log = ToldLog(tmp_path / "tables", "IR").path
    log.write_bytes(log.read_bytes().replace(b"outage", b"nothin"))
    again = Courier(ours, trouble.append)
    again.start()
    for _ in range(200):
        again.wake()
        if trouble:
            break
        threading.Event().wait(0.02)
    again.stop()
    assert len(trouble) == 1
    assert "was changed" in trouble[0]


@pytest.fixture
def world(tmp_path: Path) -> Iterator[tuple[Server, Replay, Path]]:
    with posting() as (post, server):
        file = tmp_path / "notices.toml"
        file.write_text(
            '[[channel]]\nname = "hook"\nkind = "webhook"\n'
            f'url = "{server.url}/hook"\nsecret_env = "LK_KEY"\n', encoding="utf-8",
        )  # fmt: skip
        yield post, server, file


def run(server: Replay, file: Path, moment: str, *more: str) -> subprocess.CompletedProcess[str]:
    env = os.environ | TOKENS | {
        "LIGHTKEEPER_ALLOW_HOSTS": json.dumps([server.host]),
        "PYTHONPATH": os.pathsep.join([str(ROOT / "src"), str(ROOT / "tests")]),
    }  # fmt: skip
    script = ROOT / "tests" / "run" / "killed_notify.py"
    words = ["notify", "send", str(file), "--data", str(file.parent / "data"), *more]
    return subprocess.run(
        [sys.executable, str(script), moment, *words], env=env, text=True, capture_output=True, timeout=120, check=False
    )


@pytest.mark.parametrize(
    ("moment", "received", "fate"),
    [
        ("before intent", 1, "sent"),
        ("after intent", 0, "in_doubt"),
        ("when sent", 1, "in_doubt"),
        ("before sent", 1, "in_doubt"),
        ("after sent", 1, "sent"),
    ],
)
def test_killed_at_any_moment_nothing_is_sent_twice_and_a_doubt_is_told(
    world: tuple[Server, Replay, Path], moment: str, received: int, fate: str
) -> None:
    post, server, file = world
    data = file.parent / "data"
    now = datetime.now(UTC)
    tell(data, entry(1, told_at=now))
    first = run(server, file, moment, "--after", "0")
    assert first.returncode == -signal.SIGKILL, first.stderr
    second = run(server, file, "never never")
    assert len(post.taken) == received
    rows = read_deliveries(data / "tables")
    assert (rows[-1].state, rows[-1].entries) == (fate, [1])
    assert second.returncode == (3 if fate == "in_doubt" else 0), second.stderr
    assert DeliveryLog(data / "tables", "IR").check().problem is None
    third = run(server, file, "never never")
    assert (third.returncode, len(post.taken)) == (0, received)
    if fate == "in_doubt":
        again = run(server, file, "never never", "--again")
        assert (again.returncode, len(post.taken)) == (0, received + 1)
        ids = {asked.headers["webhook-id"] for asked in post.taken}
        assert ids == {"lk-IR-hook-1"}


def test_a_real_failure_is_exit_code_5_and_says_no_secret(world: tuple[Server, Replay, Path]) -> None:
    post, server, file = world
    tell(file.parent / "data", entry(1, told_at=datetime.now(UTC)))
    post.broken = lambda _asked: Answer(TOKENS["LK_KEY"].encode(), 500)
    found = run(server, file, "never never", "--after", "0")
    assert found.returncode == 5
    assert "not sent: notice about entry 1: the receiver answered 500; next try" in " ".join(found.stdout.split())
    rows: list[Delivery] = read_deliveries(file.parent / "data" / "tables")
    everything = found.stdout + found.stderr + str(rows)
    assert not any(secret in everything for secret in TOKENS.values())
