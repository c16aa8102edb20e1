"""A watch against a local server: what it asks, what it tells, and what it does where sources fail. All synthetic."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta, tzinfo
from functools import partial
from pathlib import Path

import pytest

from lightkeeper.archive import Archive
from lightkeeper.errors import ArchiveDamaged
from lightkeeper.model import Signal, Told
from lightkeeper.run import watching
from lightkeeper.run.detecting import detect_files
from lightkeeper.run.watching import Happening, Outcome, Wanted, Watch
from lightkeeper.sources import series_fetch, web
from lightkeeper.sources.web import Web
from lightkeeper.store.lake import Lake
from lightkeeper.store.told_log import ToldLog, read_told
from run.watch_world import CUT, NOW, World, settings_for
from sources.server import Answer, Asked, Replay, replaying

HOUR = timedelta(hours=1)


class Desk:
    """A world, a server, a data folder and a clock, and what the watch said."""

    def __init__(self, server: Replay, world: World, data: Path) -> None:
        self.server, self.world, self.data = server, world, data
        self.now = NOW
        self.said: list[Happening] = []
        self.settings = settings_for(server.url, server.host, data)

    def round(self, *sources: str, after: timedelta = timedelta(0)) -> Outcome:
        """One round, as `--once` makes it, each with a watch of its own."""
        self.now += after
        self.world.now = self.now
        self.said.clear()
        wanted = Wanted("IR", sources or ("ioda",))
        self.watch = Watch(wanted, self.settings, self.said.append, now=lambda: self.now, jitter=lambda: 0.0)
        return self.watch.once()

    def told(self) -> list[tuple[str, str]]:
        return [(entry.change, entry.kind) for entry in read_told(self.data / "tables")]

    def asked(self) -> int:
        return len(self.server.asked)


@pytest.fixture
def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Desk]:
    monkeypatch.setattr(series_fetch, "Web", partial(Web, sleep=lambda _s: None))
    monkeypatch.setattr(series_fetch, "DEADLINE_S", 20.0)
    world = World()
    with replaying(world.play) as server:
        made = Desk(server, world, tmp_path)

        class Clock(datetime):
            """Replies come at the time of the desk, where that is ahead: at night, noon of the day is."""

            @classmethod
            def now(cls, tz: tzinfo | None = None) -> datetime:  # type: ignore[override]
                return max(datetime.now(tz or UTC), made.now)

        monkeypatch.setattr(web, "datetime", Clock)
        yield made


def test_a_quiet_country_has_nothing_told(desk: Desk) -> None:
    assert desk.round("ioda", "tor") == Outcome([], [], 0)
    assert desk.told() == []
    assert {row.source for row in Lake(desk.data / "tables").read(Signal)} == {"ioda_api", "tor_metrics"}


def test_a_cut_is_told_once_with_its_window_its_detector_and_the_data_seen(desk: Desk) -> None:
    desk.world.cut = CUT
    assert desk.round("ioda", "tor").told == 1
    (entry,) = read_told(desk.data / "tables")
    assert (entry.change, entry.kind, entry.scope, entry.end_latest) == ("new", "outage", "national", None)
    assert entry.onset_earliest <= CUT <= entry.onset_latest
    assert set(entry.lineages) == {"control_plane", "active_probing", "telescope", "traffic"}
    assert entry.detector.startswith("dt-")
    assert entry.window_until == NOW
    for _ in range(3):
        assert desk.round("ioda", "tor", after=HOUR).told == 0


def test_the_data_that_were_seen_are_kept_and_give_the_same_event_again(desk: Desk) -> None:
    desk.world.cut = CUT
    desk.round("ioda")
    (entry,) = read_told(desk.data / "tables")
    assert entry.data_sha256 is not None
    path = Archive(desk.data / "archive").path_of(entry.data_sha256)
    (again,) = detect_files([path], country="IR").events
    assert (list(again.series), again.kind, again.scope) == (entry.members, entry.kind, entry.scope)
    assert again.onset_latest == int(entry.onset_latest.timestamp())


def test_the_end_is_told_when_it_has_lasted_and_not_before(desk: Desk) -> None:
    desk.world.cut = CUT
    desk.round()
    desk.world.back = desk.now.replace(minute=0) + HOUR
    assert desk.round(after=2 * HOUR).told == 0
    assert desk.round(after=8 * HOUR).told == 1
    assert desk.told() == [("new", "outage"), ("ended", "outage")]


def test_late_data_that_change_the_past_give_an_update_and_no_second_alarm(desk: Desk) -> None:
    desk.world.cut, desk.world.only = CUT, {"bgp"}
    desk.round()
    desk.world.only = None
    desk.round(after=HOUR)
    assert [change for change, _ in desk.told()] == ["new", "grew"]
    desk.world.cut = None
    desk.round(after=HOUR)
    assert [change for change, _ in desk.told()] == ["new", "grew", "withdrawn"]
    assert len({entry.event_id for entry in read_told(desk.data / "tables")}) == 1


def test_other_sources_asked_for_today_withdraw_nothing(desk: Desk) -> None:
    desk.world.cut = CUT
    desk.round("ioda", "tor")
    desk.round("tor", after=HOUR)
    assert [change for change, _ in desk.told()] == ["new"]


def test_a_lost_lake_withdraws_nothing_and_a_lost_state_tells_nothing_twice(desk: Desk) -> None:
    desk.world.cut = CUT
    desk.round()
    (desk.data / "watch" / "IR.json").unlink()
    for part in (desk.data / "tables" / "signal").iterdir():
        part.unlink()
    desk.world.broken = lambda _asked: Answer(b"", 503)
    desk.round(after=HOUR)
    desk.world.broken = lambda _asked: None
    desk.round(after=HOUR)
    outages = [change for change, kind in desk.told() if kind == "outage"]
    assert outages == ["new"]


def test_rounds_ask_for_the_last_days_only_and_for_nothing_before_its_time(desk: Desk) -> None:
    desk.round("ioda", "tor")
    first = desk.asked()
    desk.round("ioda", "tor", after=timedelta(minutes=20))
    assert desk.asked() == first
    desk.round("ioda", "tor", after=timedelta(minutes=40))
    assert 0 < desk.asked() - first <= 16
    assert not any(asked.path.endswith(".csv") for asked in desk.server.asked[first:])


def test_what_one_source_does_does_not_stop_the_others(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    desk.world.cut = CUT
    real = watching.ask

    def ask(name: str, *more: object) -> object:
        if name == "tor":
            raise KeyError("a fault of ours")
        return real(name, *more)  # type: ignore[arg-type]

    monkeypatch.setattr(watching, "ask", ask)
    outcome = desk.round("tor", "ioda")
    assert (outcome.unanswered, outcome.told) == (["tor"], 1)
    assert "please report" in desk.watch.state.of("tor").remedy


def broken(answer: Answer) -> Callable[[Asked], Answer | None]:
    return lambda asked: answer if asked.path.endswith(".csv") else None


@pytest.mark.parametrize(
    ("answer", "why"),
    [
        (Answer(b"", 429, {"Retry-After": "7200"}), "429"),
        (Answer(b"", 500), "500"),
        (Answer(b"x" * 900, cut=100), "no answer"),
        (Answer(b"<html>maintenance</html>"), "no file of Tor"),
        (Answer(b"x" * 50, pause_s=1.2), "no answer"),
        (Answer(b""), "empty"),
    ],
)
def test_a_source_that_fails_is_told_apart_and_is_asked_later(
    desk: Desk, monkeypatch: pytest.MonkeyPatch, answer: Answer, why: str
) -> None:
    if answer.pause_s:
        desk.settings.http_timeout_s = 0.5
    desk.world.broken, desk.world.cut = broken(answer), CUT
    outcome = desk.round("tor", "ioda")
    assert (outcome.unanswered, outcome.told) == (["tor"], 1)
    state = desk.watch.state.of("tor")
    assert (state.failures, state.last_answer_at) == (1, None)
    assert why in state.error
    assert state.remedy
    assert state.next_try_at is not None
    wait = state.next_try_at - desk.now
    assert wait >= 2 * HOUR if why == "429" else timedelta(minutes=2) <= wait <= timedelta(minutes=5)


def test_a_wait_that_was_asked_for_is_kept_over_a_restart(desk: Desk) -> None:
    desk.world.broken = broken(Answer(b"", 429, {"Retry-After": "7200"}))
    desk.round("tor")
    asked = desk.asked()
    assert asked == 1
    assert desk.round("tor", after=HOUR).unanswered == ["tor"]
    assert desk.asked() == asked
    desk.world.broken = lambda _asked: None
    assert desk.round("tor", after=HOUR).unanswered == []


def test_a_source_that_answers_in_part_says_so_and_is_filled_later(desk: Desk) -> None:
    desk.world.broken = lambda a: Answer(b"no", 404) if a.query.get("datasource") == "merit-nt" else None
    assert desk.round().partly == ["ioda"]
    desk.world.broken = lambda _asked: None
    assert desk.round(after=HOUR).partly == []
    telescope = [r for r in Lake(desk.data / "tables").read(Signal) if r.metric == "telescope_merit_sources"]
    assert min(row.step_at for row in telescope) < NOW - timedelta(days=59)


def test_a_source_without_a_token_says_so_once_and_is_no_failure(desk: Desk) -> None:
    assert desk.round("radar", "ioda").unanswered == []
    notices = [h.text for h in desk.said if h.event == "notice"]
    assert len(notices) == 1
    assert "LIGHTKEEPER_RADAR_TOKEN" in notices[0]
    desk.round("radar", "ioda", after=HOUR)
    assert [h for h in desk.said if h.event == "notice"] == []
    assert desk.watch.state.of("radar").lacks


def test_a_source_that_stops_publishing_is_told_as_no_news_and_its_return_too(desk: Desk) -> None:
    desk.world.stopped_at = NOW - HOUR
    desk.round()
    assert desk.told() == []
    desk.round(after=5 * HOUR)
    assert desk.told() == [("new", "no_news")]
    desk.round(after=HOUR)
    desk.world.stopped_at = None
    desk.round(after=HOUR)
    assert desk.told() == [("new", "no_news"), ("ended", "no_news")]
    entry = read_told(desk.data / "tables")[0]
    assert (entry.scope, entry.members) == ("source", ["ioda"])
    assert entry.onset_earliest <= NOW - HOUR


def test_a_source_that_does_not_answer_is_told_as_no_delivery_once_its_data_are_old(desk: Desk) -> None:
    desk.round()
    desk.world.broken = lambda _asked: Answer(b"", 503)
    assert desk.round(after=HOUR).unanswered == ["ioda"]
    assert desk.told() == []
    for _ in range(3):
        desk.round(after=3 * HOUR)
    assert desk.told() == [("new", "no_delivery")]
    assert "503" in read_told(desk.data / "tables")[0].note


def test_a_series_that_falls_silent_beside_others_is_named(desk: Desk) -> None:
    desk.round()
    quiet = lambda a: Answer(b'{"data": [[]]}') if a.query.get("datasource") == "gtr" else None  # noqa: E731
    desk.world.broken = quiet
    desk.round(after=12 * HOUR)
    assert desk.watch.state.of("ioda").series_silent == ["ioda_api/google_traffic/IR"]


def test_an_open_shutdown_is_not_forgotten_when_the_window_moves_on(desk: Desk) -> None:
    desk.world.cut = CUT
    desk.round()
    for _ in range(6):
        desk.round(after=timedelta(days=15))
    assert [c for c, kind in desk.told() if kind == "outage"] == ["new"]
    assert desk.watch._told[-1].window_from < CUT


def test_a_clock_set_back_is_marked_and_tells_nothing_twice(desk: Desk) -> None:
    desk.world.cut = CUT
    desk.round()
    desk.round(after=timedelta(days=-1))
    desk.round(after=timedelta(days=1, hours=2))
    outages = [entry for entry in read_told(desk.data / "tables") if entry.kind == "outage"]
    assert [entry.change for entry in outages] == ["new"]


def test_a_clock_far_ahead_for_one_round_neither_ends_nor_repeats_an_event(desk: Desk) -> None:
    desk.world.cut = CUT
    desk.round()
    desk.round(after=timedelta(days=1000))
    desk.round(after=-timedelta(days=1000) + HOUR)
    assert [c for c, kind in desk.told() if kind == "outage"] == ["new"]
    assert desk.watch.state.of("ioda").failures == 0


def test_a_torn_line_is_mended_with_a_notice_and_told_again(desk: Desk) -> None:
    desk.world.cut = CUT
    desk.round()
    log = desk.data / "tables" / "told" / "IR.jsonl"
    log.write_bytes(log.read_bytes()[:-30])
    log.with_suffix(".head").unlink()
    assert desk.round(after=HOUR).told == 1
    assert "broken off" in next(h.text for h in desk.said if h.event == "notice")
    assert ToldLog(desk.data / "tables", "IR").check().problem is None


def test_a_log_that_was_changed_stops_the_watch_before_it_asks_anybody(desk: Desk) -> None:
    desk.world.cut = CUT
    desk.round()
    asked = desk.asked()
    log = desk.data / "tables" / "told" / "IR.jsonl"
    log.write_bytes(log.read_bytes().replace(b"national", b"regional"))
    with pytest.raises(ArchiveDamaged, match="changed here"):
        desk.round(after=HOUR)
    assert desk.asked() == asked


def test_a_watch_goes_on_round_after_round_until_it_is_stopped(desk: Desk) -> None:
    desk.world.cut = CUT
    said: list[Happening] = []
    enough = threading.Event()

    def on_event(happening: Happening) -> None:
        said.append(happening)
        desk.now += timedelta(minutes=20)
        desk.world.now = desk.now
        if sum(h.event == "round" for h in said) >= 3:
            enough.set()

    watch = Watch(Wanted("IR", ["ioda"]), desk.settings, on_event, now=lambda: desk.now, jitter=lambda: 0.0)
    watch.forever(stop=enough.is_set)
    assert sum(h.event == "source" for h in said) >= 3
    assert [h.told.change for h in said if h.told is not None and h.told.kind == "outage"] == ["new"]
    assert any("clock of this machine jumped" in h.text for h in said)


def test_a_failure_of_detection_is_told_and_the_watch_goes_on(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    desk.round()
    part = next((desk.data / "tables" / "signal").glob("*.parquet"))
    part.write_bytes(b"broken")
    said: list[Happening] = []

    def on_event(happening: Happening) -> None:
        said.append(happening)

    watch = Watch(Wanted("IR", ["ioda"]), desk.settings, on_event, now=lambda: desk.now, jitter=lambda: 0.0)
    watch.forever(stop=lambda: any(h.event == "notice" for h in said))
    assert "Detection failed" in said[-1].text
    assert "cannot be read" in watch.state.trouble


def test_entries_hold_times_in_utc_and_say_which_machine_clock_they_go_by(desk: Desk) -> None:
    desk.world.cut = CUT
    desk.round()
    entry: Told = read_told(desk.data / "tables")[0]
    assert entry.told_at == NOW
    assert isinstance(entry.onset_latest, datetime)
    assert entry.onset_latest.tzinfo is not None
