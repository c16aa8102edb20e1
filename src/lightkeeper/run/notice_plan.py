"""What is due on a channel: a pure function of what was told, of what became of it so far, and of the time.

Each entry of the log of what was told gets one fate on each channel: left out by its filters, or in one message. A
message that surely was not taken is tried again, with the same name. One in doubt is not, unless a person asks for it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

from lightkeeper.model import Delivery, Told
from lightkeeper.model.channel import Channel, hours_of, in_hours
from lightkeeper.publish.notices.words import CORRECTED

ONE_BY_ONE = 5
"""More entries than these at once go in one message."""
DIGEST_MOST = 60
"""Entries of one message."""
FIRST_PAUSE_S, LONGEST_PAUSE_S = 60.0, 6 * 3600.0
"""After a first failure a channel is tried again in a minute, then in twice that, and so on up to six hours."""
LONGEST_WAIT_S = 24 * 3600.0
"""A channel that asks for a longer wait is tried again then."""


class Draft(NamedTuple):
    """One message that is due now."""

    notice: str
    purpose: str
    entries: tuple[int, ...]
    attempt: int
    since: datetime
    """Of a heartbeat: since when nothing was told."""


class Due(NamedTuple):
    """What is to be done on a channel now. `held` are entries that wait for quiet hours, a digest or another try."""

    left_out: tuple[int, ...]
    drafts: tuple[Draft, ...]
    held: tuple[int, ...]


class Past(NamedTuple):
    """What became of things on a channel, from its rows."""

    begun_at: datetime | None
    begun_after: int
    fates: Mapping[int, str]
    """Entry to the state of its message, or `left_out`."""
    open: tuple[Delivery, ...]
    """Messages that are to be tried again: the last row of each, in order."""
    dangling: tuple[Delivery, ...]
    """Rows of intent that no row follows: the process died meanwhile."""
    failures: int
    """In a row, up to now."""
    next_try_at: datetime | None
    last_at: datetime | None
    """When a message last went out, for all that is known."""


def past_of(rows: Iterable[Delivery], channel: str, *, again: bool = False) -> Past:
    """The past of a channel. With `again`, what is in doubt is open too: a person wants it sent once more."""
    begun: Delivery | None = None
    last: dict[str, Delivery] = {}
    fates: dict[int, str] = {}
    failures, next_try_at, last_at = 0, None, None
    for row in rows:
        if row.channel != channel:
            continue
        if row.state == "begun":
            begun = row
            continue
        fates |= dict.fromkeys(row.entries, row.state)
        if row.state == "left_out":
            continue
        last[row.notice] = row
        if row.state == "failed":
            failures, next_try_at = failures + 1, row.next_try_at
        elif row.state in ("sent", "in_doubt"):
            failures, next_try_at, last_at = 0, None, row.at
    opened = [r for r in last.values() if r.state == "failed" or (again and r.state == "in_doubt")]
    return Past(
        begun_at=begun.at if begun else None,
        begun_after=max(begun.entries, default=0) if begun else 0,
        fates=fates,
        open=tuple(sorted(opened, key=lambda r: r.entries[:1])),
        dangling=tuple(r for r in last.values() if r.state == "intent"),
        failures=failures,
        next_try_at=None if again else next_try_at,
        last_at=last_at,
    )


def due(channel: Channel, entries: Sequence[Told], past: Past, now: datetime, country: str) -> Due:
    """What is due. The channel has begun, and nothing of it dangles."""
    if past.begun_at is None:
        raise ValueError(f"channel {channel.name} has not begun")
    by_seq = {entry.seq: entry for entry in entries}
    fresh = [e for e in entries if e.seq > past.begun_after and e.seq not in past.fates]
    passing, left_out = _filtered(channel, fresh, by_seq, past)
    again = [Draft(r.notice, r.purpose, tuple(r.entries), r.attempt + 1, past.last_at or past.begun_at)
             for r in past.open]  # fmt: skip
    slot = boundary(channel, now)
    last = max(past.begun_at, past.last_at or past.begun_at)
    name = f"lk-{country}-{channel.name}"
    drafts = [*again, *_new(channel, passing, slot > last, name)]
    if channel.heartbeat and not drafts and not passing and slot > last:
        drafts = [Draft(f"{name}-h{slot.astimezone(UTC):%Y%m%dT%H%M}", "heartbeat", (), 1, last)]
    if past.next_try_at is not None and now < past.next_try_at <= now + timedelta(seconds=LONGEST_WAIT_S):
        drafts = []
    elif channel.quiet and in_hours(now.astimezone(channel.zone).time(), hours_of(channel.quiet)):
        drafts = [draft for draft in drafts if _is_urgent(channel, [by_seq[n] for n in draft.entries if n in by_seq])]
    going = {n for draft in drafts for n in draft.entries}
    waiting = {e.seq for e in passing} | {n for draft in again for n in draft.entries}
    return Due(tuple(e.seq for e in left_out), tuple(drafts), tuple(sorted(waiting - going)))


def boundary(channel: Channel, now: datetime) -> datetime:
    """The last time at which a digest or a heartbeat of the channel was due."""
    if channel.when == "hourly":
        return now.replace(minute=0, second=0, microsecond=0)
    here = now.astimezone(channel.zone)
    today = datetime.combine(here.date(), channel.daily_at, tzinfo=channel.zone)
    if today > here:
        today = datetime.combine(here.date() - timedelta(days=1), channel.daily_at, tzinfo=channel.zone)
    return today.astimezone(UTC)


def next_try(now: datetime, failures: int, retry_after_s: float | None) -> datetime:
    """When a channel is tried again after so many failures in a row; never before the wait that it asks for."""
    pause = min(FIRST_PAUSE_S * 2.0 ** min(max(failures, 1) - 1, 20), LONGEST_PAUSE_S)
    if retry_after_s is not None:
        pause = max(pause, min(retry_after_s, LONGEST_WAIT_S))
    return now + timedelta(seconds=pause)


def wants(channel: Channel, entry: Told) -> bool:
    """Whether the filters of a channel let an entry through. An unknown depth is not a small one."""
    if channel.kinds and entry.kind not in channel.kinds:
        return False
    if channel.scopes and entry.scope not in channel.scopes:
        return False
    return entry.severity is None or entry.severity >= channel.least_severity


def _filtered(
    channel: Channel, fresh: Iterable[Told], by_seq: Mapping[int, Told], past: Past
) -> tuple[list[Told], list[Told]]:
    """Entries that pass and entries that do not. Who was told of an event hears all that follows of it: above all
    that it was wrong."""
    told = {by_seq[n].event_id for n, state in past.fates.items() if state != "left_out" and n in by_seq}
    passing: list[Told] = []
    left_out: list[Told] = []
    for entry in fresh:
        if entry.event_id in told or wants(channel, entry):
            told.add(entry.event_id)
            passing.append(entry)
        else:
            left_out.append(entry)
    return passing, left_out


def _new(channel: Channel, passing: Sequence[Told], slot_is_new: bool, name: str) -> list[Draft]:
    if not passing or (channel.when != "now" and not slot_is_new):
        return []
    if channel.when == "now" and len(passing) <= ONE_BY_ONE:
        return [
            Draft(f"{name}-{e.seq}", "correction" if e.change in CORRECTED else "notice", (e.seq,), 1, e.told_at)
            for e in passing
        ]
    made = []
    for at in range(0, len(passing), DIGEST_MOST):
        numbers = tuple(e.seq for e in passing[at : at + DIGEST_MOST])
        made.append(Draft(f"{name}-{numbers[0]}-{numbers[-1]}", "digest", numbers, 1, passing[at].told_at))
    return made


def _is_urgent(channel: Channel, entries: Iterable[Told]) -> bool:
    least = channel.quiet_unless
    return least is not None and any(e.severity is not None and e.severity >= least for e in entries)
