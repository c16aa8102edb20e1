"""Watch a country: ask each source at its own pace, detect in what came, and tell what is new. Once, or until stopped.

It may be killed at any moment. Replies, rows, the state and each line of the log appear whole or not at all, and what
was told stands in the log alone; so the next run goes on, loses nothing and tells nothing twice.
"""

from __future__ import annotations

import os
import queue
import threading
import time
from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Literal, NamedTuple

import msgspec

from lightkeeper.archive import Archive
from lightkeeper.errors import LightkeeperError, SourceUnavailable
from lightkeeper.model import Delivery, Told
from lightkeeper.run import watch_state
from lightkeeper.run.detecting import detect_matrices
from lightkeeper.run.notifying import Courier, Notifier, Post
from lightkeeper.run.recorded import records_in, telling_of_records
from lightkeeper.run.silence import condition, telling_of_sources
from lightkeeper.run.telling import telling
from lightkeeper.run.watch_sources import PACES, Delivered, ask, needs, span_of
from lightkeeper.run.watch_window import Look, look
from lightkeeper.settings import Settings
from lightkeeper.signals.matrix import matrices
from lightkeeper.store.lake import Lake
from lightkeeper.store.told_log import ToldLog

SOON_S = 300.0
"""A round of a timer that comes this much early still asks a source; detection waits this long for slower sources."""
TICK_S = 20.0
"""The longest sleep: after one, the clock is looked at again."""
JUMP_S = 120.0
SILENT_NAMED = 20
LICENCE = "derived from the sources of the watch, whose terms hold; IODA's and RIPEstat's data are not to be passed on"


class Wanted(NamedTuple):
    """What is watched."""

    country: str
    sources: Sequence[str]
    every_s: float = 3600.0
    """No source is asked more often."""
    regions: Sequence[str] = ()
    asns: Sequence[int] = ()


What = Literal["asking", "source", "told", "round", "notice", "delivery"]


class Happening(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Something that the person who watches may want to see, or a machine to act on."""

    event: What
    at: datetime
    country: str
    source: str | None = None
    condition: str | None = None
    rows: int | None = None
    text: str = ""
    remedy: str = ""
    next_try_at: datetime | None = None
    told: Told | None = None
    delivery: Delivery | None = None


class Outcome(NamedTuple):
    """What became of one round: sources that did not answer, those that answered in part, and channels that did not
    take a notice."""

    unanswered: list[str]
    partly: list[str]
    told: int
    undelivered: Sequence[str] = ()


_Done = tuple[str, tuple[date, date], Delivered | Exception]


class Watch:
    """One watch of one country, while it holds the lock. `post` are channels that hear what is told. `now` and `jitter`
    are for tests."""

    def __init__(
        self,
        wanted: Wanted,
        settings: Settings,
        on_event: Callable[[Happening], None],
        *,
        post: Post | None = None,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
        jitter: Callable[[], float] | None = None,
    ) -> None:
        self.wanted = wanted
        self.state = watch_state.load(settings.data_dir, wanted.country)
        self.running: set[str] = set()
        self._settings = settings
        self._tables = settings.data_dir / "tables"
        self._on_event = on_event
        self._now = now
        self._saying = threading.Lock()
        self._jitter = {"jitter": jitter} if jitter else {}
        self._done: queue.Queue[_Done] = queue.Queue()
        self._log = ToldLog(self._tables, wanted.country)
        self._told, notice = self._log.open()
        self.state.process, self.state.started_at = os.getpid(), now()
        Lake(self._tables).sweep()
        if notice:
            self._say("notice", text=notice)
        for name in wanted.sources:
            self._look_at_needs(name)
        heard = (self._delivered, lambda text: self._say("notice", text=text))
        self._notifier = Notifier(wanted.country, post, settings, *heard, now=now) if post else None
        self._courier: Courier | None = None
        if self._notifier:
            self._notifier.begin()

    def once(self) -> Outcome:
        """One round: ask all that is due, wait for it, detect, tell, and send notices."""
        before = len(self._told)
        for name in self._due(SOON_S):
            self._start(name)
        while self.running:
            self._take_one(TICK_S)
        self._detect()
        sent = self._notifier.turn() if self._notifier else None
        missed = tuple(sorted({row.channel for row in sent.missed()})) if sent else ()
        return self._outcome(len(self._told) - before, missed)

    def forever(self, stop: Callable[[], bool] = lambda: False) -> None:
        """Round after round, each source at its pace, until `stop`, Ctrl-C or a kill."""
        if self._notifier:
            self._courier = Courier(self._notifier, lambda what: self._say("notice", text=what))
            self._courier.start()
        try:
            self._rounds(stop)
        finally:
            if self._courier:
                self._courier.stop()

    def _rounds(self, stop: Callable[[], bool]) -> None:
        waiting_since: float | None = None
        detected = -1e18
        wall, steady = self._now(), time.monotonic()
        while not stop():
            wall, steady = self._clock(wall, steady)
            for name in self._due():
                self._start(name)
            if self._take_one(self._pause()):
                waiting_since = waiting_since or steady
            late = waiting_since is not None and steady - waiting_since > SOON_S
            ready = waiting_since is not None and not self.running
            if late or ready or steady - detected > self.wanted.every_s:
                self._try_to_detect()
                waiting_since, detected = None, steady

    def _clock(self, wall: datetime, steady: float) -> tuple[datetime, float]:
        """The time now; a jump of the clock is told, and all that follows goes by the new one."""
        now, moved = self._now(), time.monotonic()
        jump = (now - wall).total_seconds() - (moved - steady)
        if abs(jump) > JUMP_S:
            self._say("notice", text=f"The clock of this machine jumped by {jump:+,.0f} s; times go by the new one")
        return now, moved

    def _due(self, slack_s: float = 0.0) -> list[str]:
        now = self._now()
        states = (self.state.of(name) for name in self.wanted.sources if name not in self.running)
        return [state.name for state in states if watch_state.is_due(state, now, slack_s)]

    def _pause(self) -> float:
        """Seconds until something is due, at most TICK_S."""
        now = self._now()
        nexts = [
            (state.next_try_at - now).total_seconds()
            for state in map(self.state.of, self.wanted.sources)
            if state.next_try_at and state.name not in self.running and not state.lacks
        ]
        return min(max(min(nexts, default=TICK_S), 0.2), TICK_S)

    def _start(self, name: str) -> None:
        state, now = self.state.of(name), self._now()
        span = span_of(name, now.date(), state.covered_from, state.asked_until)
        watch_state.tried(state, now)
        self.running.add(name)
        self._say("asking", source=name, text=f"{span[0]} to {span[1] - timedelta(days=1)}")
        threading.Thread(target=self._ask, args=(name, span), name=f"watch-{name}", daemon=True).start()

    def _ask(self, name: str, span: tuple[date, date]) -> None:
        wanted = self.wanted
        try:
            gave: Delivered | Exception = ask(name, wanted.country, span, self._settings, wanted.regions, wanted.asns)
        except Exception as error:  # whatever happens in one source must not stop the others
            gave = error
        self._done.put((name, span, gave))

    def _take_one(self, wait_s: float) -> bool:
        """Wait for a source to be done, and note what it gave. Whether one was."""
        try:
            name, span, gave = self._done.get(timeout=wait_s)
        except queue.Empty:
            return False
        self.running.discard(name)
        state, now = self.state.of(name), self._now()
        if isinstance(gave, Exception):
            what, remedy, wait = _why(gave)
            what = what.removeprefix(f"{name}: ")
            watch_state.failed(state, now, what, remedy, wait, **self._jitter)
        else:
            self._gave(state, span, gave, now)
        self._say(
            "source",
            source=name,
            condition=condition(state, now) if isinstance(gave, Exception) else "partly" if state.partly else "ok",
            rows=gave.rows if isinstance(gave, Delivered) else 0,
            text=state.error,
            remedy=state.remedy,
            next_try_at=state.next_try_at,
        )
        watch_state.save(self._settings.data_dir, self.state, now)
        return True

    def _gave(self, state: watch_state.SourceState, span: tuple[date, date], gave: Delivered, now: datetime) -> None:
        pace_s = max(self.wanted.every_s, float(PACES[state.name].every_s))
        watch_state.answered(state, now, max(pace_s, gave.retry_after_s or 0.0), **self._jitter)
        state.partly = bool(gave.failed or gave.set_aside)
        aside = f"{gave.set_aside} rows could not be read" if gave.set_aside else ""
        state.error, state.remedy = gave.error or aside, gave.remedy
        if not gave.failed:
            state.covered_from = span[0] if state.covered_from is None else min(span[0], state.covered_from)
            state.asked_until = span[1] - timedelta(days=1)

    def _try_to_detect(self) -> None:
        """Detect; a failure is told and the watch goes on, since what it fetches is not lost."""
        try:
            self._detect()
        except OSError as error:
            self._trouble(f"{type(error).__name__}: {error}")
        except LightkeeperError as error:
            if error.where == str(self._log.path):
                raise
            self._trouble(str(error))

    def _trouble(self, what: str) -> None:
        self.state.trouble = what
        self._say("notice", text=f"Detection failed: {what}")
        watch_state.save(self._settings.data_dir, self.state, self._now())

    def _detect(self) -> None:
        """Detect in all that is there, and tell what is new."""
        now, country = self._now(), self.wanted.country
        seen = look(self._tables, country, self._told, now)
        for name in self.wanted.sources:
            _note_newest(self.state.of(name), seen)
        found = detect_matrices(matrices(seen.points()), country=country, lineages=_globs(seen.lineages()))
        data = seen.file()
        window = seen.window(data)
        entries = telling(found.events, self._told, window, country, now)
        if entries:
            Archive(self._settings.data_dir / "archive").add_bytes(
                data, source="watch", url=f"watch/{country}.parquet", licence=LICENCE, retrieved_at=now
            )
        self._tell(entries)
        self._tell(telling_of_records(records_in(self._tables, country), self._told, window, country, now))
        states = [self.state.of(name) for name in self.wanted.sources]
        self._tell(telling_of_sources(states, self._told, window, country, now))
        self.state.detected_at, self.state.trouble = now, ""
        watch_state.save(self._settings.data_dir, self.state, now)
        self._say("round", text=f"{len(found.events)} events in {found.series} series", rows=len(entries))

    def _tell(self, entries: Sequence[Told]) -> None:
        for entry in entries:
            self._log.append(entry)
            self._told.append(entry)
            self._say("told", told=entry)
        if entries and self._courier:
            self._courier.wake()

    def _look_at_needs(self, name: str) -> None:
        """A source that cannot be asked for want of a token says so once, and in the status always."""
        state = self.state.of(name)
        lacks = needs(name, self._settings) or ""
        if lacks and not (state.lack_told and state.lacks == lacks):
            self._say("notice", source=name, text=f"{name} is left out: {lacks}")
        state.lacks, state.lack_told = lacks, bool(lacks)

    def _delivered(self, row: Delivery) -> None:
        if row.state not in ("intent", "left_out"):
            self._say("delivery", delivery=row)

    def _outcome(self, told: int, undelivered: Sequence[str]) -> Outcome:
        states = [self.state.of(name) for name in self.wanted.sources]
        return Outcome([s.name for s in states if s.failures], [s.name for s in states if s.partly], told, undelivered)

    def _say(self, event: What, **more: object) -> None:
        what = {"event": event, "at": self._now(), "country": self.wanted.country, **more}
        with self._saying:  # the courier speaks too
            self._on_event(Happening(**what))  # type: ignore[arg-type]


def _why(error: Exception) -> tuple[str, str, float | None]:
    """What went wrong, what to do, and the wait that the source asked for."""
    if isinstance(error, SourceUnavailable):
        return error.what, error.remedy, error.retry_after_s
    if isinstance(error, LightkeeperError):
        return error.what, error.remedy, None
    return f"unexpected {type(error).__name__}: {str(error)[:200]}", "This is a fault of ours: please report it", None


def _note_newest(state: watch_state.SourceState, seen: Look) -> None:
    newest = seen.newest.get(state.name)
    late = timedelta(seconds=PACES[state.name].late_s)
    own = {
        name: end
        for name, end in seen.newest_of.items()
        if name in seen.series and seen.series[name].source == state.name
    }
    state.newest_step_at, state.series = newest, len(own)
    state.series_silent = sorted(name for name, end in own.items() if newest and newest - end > late)[:SILENT_NAMED]


def _globs(lineages: dict[str, str]) -> dict[str, str]:
    """Names as patterns that fit nothing else."""
    return {name.replace("[", "[[]").replace("*", "[*]").replace("?", "[?]"): of for name, of in lineages.items()}
