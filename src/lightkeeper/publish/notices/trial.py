"""A trial: a message that tells nothing, so that a channel is known to work before it is needed."""

from __future__ import annotations

from datetime import datetime

from lightkeeper.model.channel import Channel
from lightkeeper.publish.notices.harmless import harmless
from lightkeeper.publish.notices.message import Line, Message, Voice, fitted
from lightkeeper.publish.notices.sending import Parcel


def trial_of(channel: Channel, now: datetime) -> Parcel:
    """A message that says that it is a trial, in the words and the zone of the channel."""
    return Parcel(f"lk-trial-{channel.name}-{now:%Y%m%dT%H%M%SZ}", "trial", "", [], _message(channel, now), now)


def _message(channel: Channel, now: datetime) -> Message:
    voice = Voice(channel)
    word = voice.tongue.word
    name, when = voice.latin(harmless(channel.name)), voice.moment(now)
    lines = [
        Line(word("This message tries out the channel %(name)s, at %(when)s.", name=name, when=when)),
        Line(word("It tells nothing: not that something happened, and not that all is well.")),
    ]
    return fitted(word("A trial: no notice"), lines, voice.most)
