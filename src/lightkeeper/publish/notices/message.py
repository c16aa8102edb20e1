"""A message: subject and text that fit a channel."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import NamedTuple
from zoneinfo import ZoneInfo

from lightkeeper.model.channel import LONGEST, Channel
from lightkeeper.publish import solar, times
from lightkeeper.publish.persian import Persian
from lightkeeper.publish.text import clean, one_line
from lightkeeper.publish.tongue import Tongue

SUBJECT_MAX = 120
BRIEF = 1000
"""A channel that takes fewer characters gets short forms."""
MUST, WANTED, NICE = 0, 1, 2
"""How much a line is needed; what is nice goes first where there is no room."""


class Message(NamedTuple):
    """What people read."""

    subject: str
    text: str

    @property
    def whole(self) -> str:
        """Both, for a channel that knows no subject."""
        return f"{self.subject}\n{self.text}"

    @property
    def sha256(self) -> str:
        """Of the subject, a line end and the text."""
        return hashlib.sha256(f"{self.subject}\n{self.text}".encode()).hexdigest()


class Line(NamedTuple):
    """A line of a message, and how much it is needed."""

    text: str
    need: int = MUST


class Voice:
    """How a channel is spoken to: its language, its zone, and whether it has little room."""

    def __init__(self, channel: Channel) -> None:
        self.tongue: Tongue = Persian() if channel.language == "fa" else Tongue()
        self.zone: ZoneInfo = channel.zone
        self.most = LONGEST[channel.kind]
        self.brief = self.most < BRIEF

    def moment(self, at: datetime) -> str:
        """An hour, in the zone of the reader and in UTC; in short only in UTC. Minutes are left out, as on pages."""
        utc, hour = at.astimezone(UTC), _hour(at)
        if self.brief:
            day = solar.solar_day(utc) if self.tongue.code == "fa" else times.day(utc)
            return self.tongue.word("%(day)s, %(time)s", day=day, time=self.latin(f"{hour:%H:%M} UTC"))
        if self.zone.key == "UTC":
            return self.tongue.word(
                "%(day)s, %(time)s", day=self.tongue.day(hour), time=self.latin(f"{hour:%H:%M} UTC")
            )
        here = hour.astimezone(self.zone)
        return self.tongue.word(
            "%(day)s at %(time)s in %(zone)s (%(utc)s)",
            day=self.tongue.day(here),
            time=self.tongue.clock_time(here, utc=False),
            zone=self.latin(self.zone.key),
            utc=self.latin(f"{hour:%Y-%m-%d %H:%M} UTC"),
        )

    def latin(self, text: str) -> str:
        """An id or a name in Latin letters, set apart where the text runs from right to left."""
        return self.tongue.isolated(clean(text))

    def listed(self, items: Sequence[str], most: int = 5) -> str:
        """Some of the items, and how many more there are."""
        shown = list(items[:most])
        if len(items) > most:
            shown.append(self.tongue.counted(len(items) - most, "more", "more"))
        return self.tongue.joined(shown)


def fitted(subject: str, lines: Sequence[Line], most: int) -> Message:
    """The message with as many lines as there is room for; what must be there goes last, and is then cut."""
    head = one_line(subject, SUBJECT_MAX)
    room = most - len(head) - 2
    kept = [line for line in lines if line.text]
    while _size(kept) > room and any(line.need for line in kept):
        worst = max(line.need for line in kept)
        last = max(n for n, line in enumerate(kept) if line.need == worst)
        kept.pop(last)
    text = "\n".join(line.text for line in kept)
    return Message(head, text if len(text) <= room else text[: max(room - 1, 0)].rstrip() + "…")


def _size(lines: Sequence[Line]) -> int:
    return sum(len(line.text) + 1 for line in lines)


def _hour(at: datetime) -> datetime:
    return at.astimezone(UTC).replace(minute=0, second=0, microsecond=0)


def hour_after(at: datetime) -> datetime:
    """The next full hour, or the time itself where it is one: a bracket grows when it is rounded, and never shrinks."""
    return _hour(at) if _hour(at) == at.astimezone(UTC) else _hour(at) + timedelta(hours=1)
