"""Digest: several entries in one message; and the heartbeat: nothing was told, and what that is worth."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

from lightkeeper.model import Told
from lightkeeper.model.channel import Channel
from lightkeeper.publish.notices.harmless import harmless
from lightkeeper.publish.notices.message import MUST, WANTED, Line, Message, Voice, fitted
from lightkeeper.publish.notices.wording import country_of, subject_of, unknown
from lightkeeper.publish.notices.words import CORRECTED, SOURCE

STALE = timedelta(hours=3)
"""A watch that has not looked for so long could not have told anything."""


class Watched(NamedTuple):
    """What is known of the watch itself."""

    looked_at: datetime | None
    """When detection last ran to its end; none where it never did."""
    blind: Sequence[str] = ()
    """Sources in whose data nobody could see anything now."""


def digest_of(entries: Sequence[Told], channel: Channel, watched: Watched, now: datetime) -> Message:
    """One message about some entries, in their order. Corrections stay where there is little room."""
    voice = Voice(channel)
    word, country = voice.tongue.word, country_of(entries[0].country, voice)
    count = voice.tongue.counted(len(entries), "entry", "entries")
    subject = word("%(count)s of what was told: %(country)s", count=count, country=country)
    lines = [_line(entry, voice) for entry in entries]
    note = word("Where there is no room for all entries, the log has them.")
    whole = [*lines, *_state(watched, voice, now), unknown(voice)]
    made = fitted(subject, whole, voice.most)
    if made.text.count("\n") + 1 < len(whole):
        made = fitted(subject, [*lines, Line(note), *_state(watched, voice, now), unknown(voice)], voice.most)
    return made


def heartbeat_of(country: str, since: datetime, channel: Channel, watched: Watched, now: datetime) -> Message:
    """The message that nothing was told since a time."""
    voice = Voice(channel)
    word, name = voice.tongue.word, country_of(country, voice)
    subject = word("Nothing was told: %(country)s", country=name)
    first = word("Nothing was told about %(country)s since %(when)s.", country=name, when=voice.moment(since))
    last = word("That does not mean that all is well: what nobody measures is not seen.")
    return fitted(subject, [Line(first), *_state(watched, voice, now), Line(last)], voice.most)


def _line(entry: Told, voice: Voice) -> Line:
    said = subject_of(entry, voice)
    if entry.scope == SOURCE and entry.members:
        said = f"{said}: {voice.latin(harmless(entry.members[0], 40))}"
    mark = voice.tongue.word(
        "%(number)s. %(what)s, from %(when)s",
        number=voice.tongue.number(entry.seq),
        what=said,
        when=voice.moment(entry.onset_earliest),
    )
    return Line(mark, MUST if entry.change in CORRECTED else WANTED)


def _state(watched: Watched, voice: Voice, now: datetime) -> list[Line]:
    word = voice.tongue.word
    if watched.looked_at is None:
        return [Line(word("No watch has ever looked: nobody could have told anything."))]
    when = voice.moment(watched.looked_at)
    if now - watched.looked_at > STALE:
        return [
            Line(word("The watch has not looked since %(when)s: nobody could have told anything since.", when=when))
        ]
    lines = [Line(word("The watch last looked on %(when)s.", when=when), WANTED)]
    if watched.blind:
        names = voice.listed([voice.latin(harmless(name, 40)) for name in watched.blind], 8)
        lines.append(Line(word("Nobody can see anything now in the data of %(list)s.", list=names)))
    return lines
