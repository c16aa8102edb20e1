"""Silence: what is to be said of a source that shows nothing new. No delivery and no news are two things, and neither
is "all is well": what happens while nobody can see it is not seen."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

import msgspec

from lightkeeper.model import Told
from lightkeeper.run.telling import SOURCE, Window, numbered
from lightkeeper.run.watch_sources import PACES
from lightkeeper.run.watch_state import SourceState

WORDS = {
    "ok": "it gives data, as new as is usual",
    "partly": "its last answer was not whole",
    "failing": "it does not answer; its newest data are not old yet",
    "no_delivery": "it does not answer, and its newest data are old",
    "no_news": "it answers, and has nothing new",
    "never": "it has never given data",
    "lacks": "it cannot be asked: it needs a token",
    "not_asked": "it has not been asked yet",
}
"""What can be said of a source, in words."""
BLIND = ("no_delivery", "no_news", "never")
"""Of these, nobody could see an event in the source's data."""


def condition(state: SourceState, now: datetime) -> str:
    """One of WORDS: how a source stands now."""
    if state.lacks:
        return "lacks"
    if state.last_tried_at is None or state.first_tried_at is None:
        return "not_asked"
    if state.newest_step_at is None:
        return "never"
    if now - state.newest_step_at > _late(state):
        return "no_delivery" if state.failures else "no_news"
    return "failing" if state.failures else "partly" if state.partly else "ok"


def is_blind(state: SourceState, now: datetime) -> bool:
    """Whether nobody could see an event in the source's data now, nor could for as long as it is late by nature."""
    how = condition(state, now)
    if how == "never" and state.failures and state.first_tried_at is not None:
        return now - state.first_tried_at > _late(state)
    return how in BLIND


def _late(state: SourceState) -> timedelta:
    return timedelta(seconds=PACES[state.name].late_s)


def telling_of_sources(
    states: Iterable[SourceState], log: Sequence[Told], window: Window, country: str, now: datetime
) -> list[Told]:
    """The entries to add to the log for sources that fell silent, or speak again."""
    last = {entry.event_id: entry for entry in log if entry.scope == SOURCE}
    open_ = {entry.members[0]: entry for entry in last.values() if entry.end_latest is None}
    made: list[Told] = []
    for state in states:
        how, old = condition(state, now), open_.get(state.name)
        if is_blind(state, now):
            if old is None:
                made.append(_fell_silent(state, how, window, country, now))
            elif old.kind != how:
                made.append(_now(old, window, now, "moved", how, state))
        elif old is not None and how != "failing":
            end = state.newest_step_at or now
            ended = msgspec.structs.replace(old, end_earliest=old.onset_latest, end_latest=max(end, old.onset_latest))
            made.append(_now(ended, window, now, "ended", old.kind, state))
    return numbered(made, log, now)


def _now(entry: Told, window: Window, now: datetime, change: str, kind: str, state: SourceState) -> Told:
    return msgspec.structs.replace(
        entry,
        told_at=now,
        change=change,
        kind=kind,
        note="it gives new data again" if change == "ended" else _why(state, kind),
        window_from=window.begin,
        window_until=window.end,
        detector=window.detector,
    )


def _why(state: SourceState, how: str) -> str:
    return f"{WORDS[how]}: {state.error}" if state.error and how != "no_news" else WORDS[how]


def _fell_silent(state: SourceState, how: str, window: Window, country: str, now: datetime) -> Told:
    since = state.newest_step_at or state.first_tried_at or now
    return Told(
        country=country,
        seq=0,
        told_at=now,
        change="new",
        event_id=f"{country}-{since:%Y%m%dT%H%MZ}-source-{state.name}",
        kind=how,
        direction="down",
        scope=SOURCE,
        members=[state.name],
        onset_earliest=since,
        onset_latest=max(now, since),
        note=_why(state, how),
        window_from=window.begin,
        window_until=window.end,
        detector=window.detector,
    )
