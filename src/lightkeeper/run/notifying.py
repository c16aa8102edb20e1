"""Notify: send what was told to the channels that want it, each entry at most once to each.

What is about to be sent is on the disk before it is sent, and what became of it after. Killed in between, nobody can
know whether it went out: it is marked so, and not sent again unless a person asks.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NamedTuple

import msgspec

from lightkeeper.errors import ArchiveDamaged, InputError, LightkeeperError
from lightkeeper.model import Delivery, Told
from lightkeeper.model.channel import Channel
from lightkeeper.publish.notices.digest import Watched, digest_of, heartbeat_of
from lightkeeper.publish.notices.message import Message
from lightkeeper.publish.notices.outcome import FAILED, IN_DOUBT, Outcome
from lightkeeper.publish.notices.sending import Parcel, checked, send, shown
from lightkeeper.publish.notices.trial import trial_of
from lightkeeper.publish.notices.wording import message_of
from lightkeeper.run import locks, watch_state
from lightkeeper.run.notice_plan import Draft, due, next_try, past_of
from lightkeeper.run.silence import is_blind
from lightkeeper.settings import Settings
from lightkeeper.sources.notice_files import load_channels, secrets_of
from lightkeeper.store.delivery_log import DeliveryLog
from lightkeeper.store.told_log import ToldLog, countries_told

PAUSE_S = 1.0
"""Between two messages on one channel."""
TURN_S = 30.0
"""A courier looks so often whether something has come due: a digest, the end of quiet hours, another try."""
Sender = Callable[[Parcel, Channel, Mapping[str, str], Settings, datetime], Outcome]


class Planned(NamedTuple):
    """A message as it would be sent now."""

    channel: Channel
    parcel: Parcel
    attempt: int
    exactly: str


class Turn(NamedTuple):
    """What became of one turn: the rows that say what was sent and what was not, and entries that wait."""

    rows: list[Delivery]
    held: dict[str, tuple[int, ...]]

    def missed(self) -> list[Delivery]:
        """Rows of what surely or perhaps was not taken."""
        return [row for row in self.rows if row.state in (FAILED, IN_DOUBT)]


class Post(NamedTuple):
    """Channels with their secrets, ready to send."""

    channels: Sequence[Channel]
    secrets: Mapping[str, Mapping[str, str]]

    def of(self, country: str) -> list[Channel]:
        """The channels that want to hear of a country."""
        return [one for one in self.channels if not one.countries or country in one.countries]


def post_of(path: Path) -> Post:
    """The channels of a file, with the secrets of the environment. Raises InputError, which shows no secret."""
    channels = load_channels(path)
    return Post(channels, {one.name: secrets_of(one) for one in channels})


def problems(post: Post, settings: Settings) -> dict[str, str]:
    """What is wrong with a channel, as far as can be told without sending; nothing for those that are well."""
    found = {}
    for channel in post.channels:
        try:
            checked(channel, post.secrets[channel.name], settings)
        except LightkeeperError as error:
            found[channel.name] = str(error)
    return found


def try_out(post: Post, name: str, settings: Settings, now: datetime, sender: Sender = send) -> Outcome:
    """Send one message that tells nothing on a channel. It is not written to the log, which is of what was told.

    Raises InputError for a name that no channel has.
    """
    channel = next((one for one in post.channels if one.name == name), None)
    if channel is None:
        names = ", ".join(f"`{one.name}`" for one in post.channels)
        raise InputError(f"no channel has the name `{name}`", remedy=f"Name one of: {names}")
    return sender(trial_of(channel, now), channel, post.secrets[name], settings, now)


def countries(settings: Settings) -> list[str]:
    """Countries of which something was ever told, or that are watched."""
    watched = {path.stem for path in (settings.data_dir / locks.FOLDER).glob("[A-Z][A-Z].json")}
    return sorted({*countries_told(settings.data_dir / "tables"), *watched})


class Notifier:
    """Sends what was told of one country. `now`, `sender` and `sleep` are for tests."""

    def __init__(
        self,
        country: str,
        post: Post,
        settings: Settings,
        on_row: Callable[[Delivery], None] = lambda _row: None,
        on_notice: Callable[[str], None] = lambda _text: None,
        *,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
        sender: Sender = send,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self.country = country
        self.channels = post.of(country)
        self._post = post
        self._settings = settings
        self._tables = settings.data_dir / "tables"
        self._on_row, self._on_notice = on_row, on_notice
        self._now, self._sender, self._sleep = now, sender, sleep

    def begin(self, after: int | None = None) -> None:
        """Note channels that are new: they get what is told from now on, or after an entry that a person names."""
        with locks.sending(self._settings.data_dir, self.country):
            entries, rows, log = self._open()
            self._begin(entries, rows, log, after)

    def turn(self, *, again: bool = False, after: int | None = None) -> Turn:
        """Send all that is due. With `again`, also what is in doubt, and what waits for another try.

        Raises ArchiveDamaged where a log was changed, InputError where another process sends just now.
        """
        with locks.sending(self._settings.data_dir, self.country):
            entries, rows, log = self._open()
            start, held = len(rows), dict[str, tuple[int, ...]]()
            self._begin(entries, rows, log, after)
            for channel in self.channels:
                past = past_of(rows, channel.name)
                for row in past.dangling:
                    why = "the process ended while it was being sent"
                    self._note(log, rows, msgspec.structs.replace(row, state=IN_DOUBT, reason=why))
                held[channel.name] = self._send_due(channel, entries, rows, log, again=again)
            return Turn(rows[start:], held)

    def planned(self, *, after: int | None = None, again: bool = False) -> list[Planned]:
        """What `turn` would send now. Nothing is written and nothing is sent."""
        entries, rows = self._read()
        now, found = self._now(), []
        for channel in self.channels:
            past = past_of(rows, channel.name, again=again)
            if past.begun_at is None:
                newest = entries[-1].seq if entries else 0
                past = past._replace(begun_at=now, begun_after=newest if after is None else after)
            for draft in due(channel, entries, past, now, self.country).drafts:
                parcel = self._parcel(draft, channel, entries, now)
                secrets = self._post.secrets[channel.name]
                found.append(Planned(channel, parcel, draft.attempt, shown(parcel, channel, secrets, now)))
        return found

    def _open(self) -> tuple[list[Told], list[Delivery], DeliveryLog]:
        log = DeliveryLog(self._tables, self.country)
        rows, notice = log.open()
        if notice:
            self._on_notice(notice)
        return self._told(), rows, log

    def _read(self) -> tuple[list[Told], list[Delivery]]:
        found = DeliveryLog(self._tables, self.country).check()
        if found.problem:
            raise ArchiveDamaged(found.problem.what, remedy=found.problem.remedy, where=found.problem.where)
        return self._told(), found.entries

    def _told(self) -> list[Told]:
        found = ToldLog(self._tables, self.country).check()
        if found.problem:
            raise ArchiveDamaged(found.problem.what, remedy=found.problem.remedy, where=found.problem.where)
        return found.entries

    def _begin(self, entries: Sequence[Told], rows: list[Delivery], log: DeliveryLog, after: int | None) -> None:
        known = {row.channel for row in rows if row.state == "begun"}
        newest = entries[-1].seq if entries else 0
        for channel in self.channels:
            if channel.name not in known:
                at = newest if after is None else min(after, newest)
                self._note(log, rows, self._row(channel, "begun", entries=[at] if at > 0 else []))

    def _send_due(
        self, channel: Channel, entries: Sequence[Told], rows: list[Delivery], log: DeliveryLog, *, again: bool
    ) -> tuple[int, ...]:
        """Send what is due on a channel, up to the first failure. Gives the entries that wait."""
        past = past_of(rows, channel.name, again=again)
        found = due(channel, entries, past, self._now(), self.country)
        if found.left_out:
            self._note(log, rows, self._row(channel, "left_out", entries=list(found.left_out)))
        failures = past.failures
        for number, draft in enumerate(found.drafts):
            if number:
                self._sleep(PAUSE_S)
            now = self._now()
            parcel = self._parcel(draft, channel, entries, now)
            intent = self._row(
                channel, "intent", notice=draft.notice, purpose=draft.purpose, entries=list(draft.entries),
                attempt=draft.attempt, text_sha256=parcel.message.sha256,
            )  # fmt: skip
            self._note(log, rows, intent)
            outcome = self._sender(parcel, channel, self._post.secrets[channel.name], self._settings, now)
            failed = outcome.state == FAILED
            failures = failures + 1 if failed else 0
            later = next_try(self._now(), failures, outcome.retry_after_s) if failed else None
            row = msgspec.structs.replace(intent, state=outcome.state, reason=outcome.reason, next_try_at=later)
            self._note(log, rows, row)
            if failed:
                waiting = {n for rest in found.drafts[number:] for n in rest.entries}
                return tuple(sorted({*found.held, *waiting}))
        return found.held

    def _parcel(self, draft: Draft, channel: Channel, entries: Sequence[Told], now: datetime) -> Parcel:
        by_seq = {entry.seq: entry for entry in entries}
        about = [by_seq[number] for number in draft.entries if number in by_seq]
        at = about[-1].told_at if about else draft.since
        return Parcel(
            draft.notice, draft.purpose, self.country, about, self._message(draft, about, channel, entries, now), at
        )

    def _message(
        self, draft: Draft, about: Sequence[Told], channel: Channel, entries: Sequence[Told], now: datetime
    ) -> Message:
        if draft.purpose == "heartbeat" or not about:
            return heartbeat_of(self.country, draft.since, channel, self._watched(now), now)
        if draft.purpose == "digest":
            return digest_of(about, channel, self._watched(now), now)
        first = next(entry.told_at for entry in entries if entry.event_id == about[0].event_id)
        return message_of(about[0], channel, now, first)

    def _watched(self, now: datetime) -> Watched:
        state = watch_state.load(self._settings.data_dir, self.country)
        return Watched(state.detected_at, [s.name for s in state.sources.values() if is_blind(s, now)])

    def _row(self, channel: Channel, state: str, **more: Any) -> Delivery:
        row = Delivery(
            country=self.country, seq=0, at=self._now(), channel=channel.name, kind=channel.kind, state=state
        )
        return msgspec.structs.replace(row, **more)

    def _note(self, log: DeliveryLog, rows: list[Delivery], row: Delivery) -> None:
        made = msgspec.structs.replace(row, seq=len(rows) + 1, at=self._now())
        log.append(made)
        rows.append(made)
        self._on_row(made)


class Courier:
    """A thread that sends while a watch goes on, so that a slow channel holds nothing up."""

    def __init__(self, notifier: Notifier, on_trouble: Callable[[str], None]) -> None:
        self._notifier = notifier
        self._on_trouble = on_trouble
        self._wake, self._end = threading.Event(), threading.Event()
        self._last = ""
        self._thread = threading.Thread(target=self._run, name="courier", daemon=True)

    def start(self) -> None:
        """Begin to look for what is due."""
        self._thread.start()

    def wake(self) -> None:
        """Something was told: look now."""
        self._wake.set()

    def stop(self, wait_s: float = 10.0) -> None:
        """Let it end what it is sending; what is not done then is in doubt."""
        self._end.set()
        self._wake.set()
        self._thread.join(wait_s)

    def _run(self) -> None:
        while not self._end.is_set():
            try:
                self._notifier.turn()
                self._last = ""
            except InputError:
                pass  # a person sends by hand just now
            except (LightkeeperError, OSError) as error:
                if str(error) != self._last:  # once, and not each half minute
                    self._on_trouble(f"Notices cannot be sent: {error}")
                self._last = str(error)
            self._wake.wait(TURN_S)
            self._wake.clear()
