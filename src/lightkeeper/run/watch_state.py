"""The state of a watch on the disk: when each source was asked, what it gave, and when it is asked next.

The state is a convenience: without it, everything is asked for again and nothing is told twice, since what was told
stands in a log of its own.
"""

from __future__ import annotations

import os
import random
from collections.abc import Callable
from datetime import date, datetime, timedelta
from pathlib import Path

import msgspec

from lightkeeper.archive import atomic
from lightkeeper.run.locks import FOLDER

FIRST_PAUSE_S, LONGEST_PAUSE_S = 300.0, 6 * 3600.0
"""After a first failure a source is asked again in five minutes, then in twice that, and so on up to six hours."""
LONGEST_WAIT_S = 7 * 86_400.0
"""A source that asks for a longer wait is asked again then: the number is a slip, or not meant for us."""
AHEAD = timedelta(days=8)
"""A next try further ahead is the work of a clock that was wrong."""


class SourceState(msgspec.Struct, kw_only=True):
    """What is known of one source. Times are UTC."""

    name: str
    first_tried_at: datetime | None = None
    last_tried_at: datetime | None = None
    last_answer_at: datetime | None = None
    """When it last gave data, if only those that it had given before."""
    next_try_at: datetime | None = None
    failures: int = 0
    """In a row, up to now."""
    error: str = ""
    """Why the last try gave nothing, or not all."""
    remedy: str = ""
    partly: bool = False
    """Whether the last answer was not whole."""
    newest_step_at: datetime | None = None
    """End of the newest step with a value."""
    series: int = 0
    series_silent: list[str] = []
    """Series whose newest value is older than that of the source, by more than its lateness."""
    covered_from: date | None = None
    asked_until: date | None = None
    lacks: str = ""
    """What it needs to be asked at all: a token, and how to get one."""
    lack_told: bool = False


class WatchState(msgspec.Struct, kw_only=True):
    """The state of one country's watch."""

    country: str
    process: int = 0
    started_at: datetime | None = None
    updated_at: datetime | None = None
    detected_at: datetime | None = None
    """When detection last ran to its end."""
    trouble: str = ""
    """Why it did not, the last time."""
    sources: dict[str, SourceState] = {}

    def of(self, name: str) -> SourceState:
        """The state of a source, made where there is none."""
        return self.sources.setdefault(name, SourceState(name=name))


def load(data: Path, country: str) -> WatchState:
    """The state as it was last saved. One that is not there, or cannot be read, begins anew."""
    try:
        found = msgspec.json.decode(_path(data, country).read_bytes(), type=WatchState)
    except (OSError, msgspec.MsgspecError, UnicodeDecodeError):
        return WatchState(country=country)
    return found if found.country == country else WatchState(country=country)


def save(data: Path, state: WatchState, now: datetime) -> None:
    """Put the state on the disk, whole or not at all."""
    state.updated_at = now
    path = _path(data, state.country)
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_suffix(".tmp")
    temporary.write_bytes(msgspec.json.format(msgspec.json.encode(state), indent=2) + b"\n")
    with temporary.open("rb") as written:
        os.fsync(written.fileno())
    atomic.replace_file(temporary, path)


def tried(state: SourceState, now: datetime) -> None:
    """Note that the source is being asked."""
    state.first_tried_at = state.first_tried_at or now
    state.last_tried_at = now


def answered(state: SourceState, now: datetime, pace_s: float, jitter: Callable[[], float] = random.random) -> None:
    """It gave data: the failures are over. It is asked again after its pace, and up to a minute more, so that many
    watches do not all ask at the full hour."""
    state.last_answer_at, state.failures = now, 0
    state.next_try_at = now + timedelta(seconds=pace_s + 60.0 * jitter())


def failed(
    state: SourceState,
    now: datetime,
    error: str,
    remedy: str,
    retry_after_s: float | None = None,
    jitter: Callable[[], float] = random.random,
) -> None:
    """It gave nothing: the next try is after a pause that doubles, never before the wait that the source asked for."""
    state.failures += 1
    state.error, state.remedy, state.partly = error, remedy, False
    longest = min(FIRST_PAUSE_S * 2.0 ** min(state.failures - 1, 20), LONGEST_PAUSE_S)
    pause = longest * (0.5 + 0.5 * jitter())
    if retry_after_s is not None:
        pause = max(pause, min(retry_after_s, LONGEST_WAIT_S) + 30.0 * jitter())
    state.next_try_at = now + timedelta(seconds=pause)


def is_due(state: SourceState, now: datetime, slack_s: float = 0.0) -> bool:
    """Whether the source is to be asked now. `slack_s` is for a timer that comes a little early.

    A next try that lies further ahead than any pause was set by a clock that was wrong, and does not count.
    """
    if state.lacks:
        return False
    if state.next_try_at is None or state.next_try_at > now + AHEAD:
        return True
    if state.last_tried_at is not None and state.last_tried_at > now + timedelta(minutes=5):
        return True  # the clock was set back
    return now + timedelta(seconds=slack_s) >= state.next_try_at


def _path(data: Path, country: str) -> Path:
    return data / FOLDER / f"{country}.json"
