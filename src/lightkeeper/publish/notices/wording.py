"""Wording: an entry of the log of what was told, as a message to people. Notes of the log are not repeated: a source
may have written them. All is said anew from the fields, with what is not known."""

from __future__ import annotations

import re
from datetime import datetime, timedelta

from lightkeeper.detect.elsewhere import ALONE, TOO
from lightkeeper.detect.source_wide import MOVED_TOO
from lightkeeper.detect.throttling import WHY_NOT
from lightkeeper.incidents.lineage import UNVERIFIED
from lightkeeper.model import Told
from lightkeeper.model.channel import Channel
from lightkeeper.model.signal import LINEAGES
from lightkeeper.publish import words
from lightkeeper.publish.notices.harmless import harmless
from lightkeeper.publish.notices.message import MUST, NICE, WANTED, Line, Message, Voice, fitted, hour_after
from lightkeeper.publish.notices.words import CHANGES, HEADS, SCOPES, SILENCES, SOURCE, TAKEN_BACK
from lightkeeper.sources.iso3166 import country_name

LATE = timedelta(hours=6)
"""A notice that is sent so long after it was told says so."""
DOUBTS = frozenset({"single_step", "short_past", "back_before_rise", TOO, ALONE, MOVED_TOO, *WHY_NOT})
"""Flags that a reader must know."""
_NETWORK = re.compile(r".*/AS([0-9]{1,10})")


def message_of(entry: Told, channel: Channel, now: datetime, first_told: datetime | None = None) -> Message:
    """The message about one entry. `first_told` is when the event was told for the first time."""
    voice = Voice(channel)
    if entry.recorded_by:
        lines = _of_record(entry, voice)
    else:
        lines = _of_source(entry, voice) if entry.scope == SOURCE else _of_event(entry, voice, first_told)
    if now - entry.told_at > LATE:
        late = voice.tongue.word("This notice is late: it was told on %(when)s.", when=voice.moment(entry.told_at))
        lines.insert(0, Line(late))
    lines.append(
        Line(
            voice.tongue.word(
                "Event %(id)s, entry %(number)s of the log.",
                id=voice.latin(harmless(entry.event_id, 80)),
                number=voice.tongue.number(entry.seq),
            ),
            WANTED,
        )
    )
    return fitted(subject_of(entry, voice), lines, voice.most)


def subject_of(entry: Told, voice: Voice) -> str:
    """One line: `New: Outage, national (Iran)`."""
    word = voice.tongue.word
    head = word(HEADS.get(entry.change, HEADS["grew"]))
    country = country_of(entry.country, voice)
    if entry.scope == SOURCE:
        what = word(SILENCES.get(entry.kind, SILENCES["no_delivery"]))
        return word("%(change)s: %(what)s (%(country)s)", change=head, what=what, country=country)
    what = kind_of(entry.kind, voice)
    scope = _scope(entry.scope, voice)
    if entry.recorded_by:
        scope = word("%(scope)s, recorded by %(source)s", scope=scope, source=harmless(entry.recorded_by, 40))
    return word("%(change)s: %(what)s, %(scope)s (%(country)s)", change=head, what=what, scope=scope, country=country)


def kind_of(kind: str, voice: Voice) -> str:
    """The kind of event in plain words; one that we do not know is text from outside."""
    known = words.EVENT_KINDS.get(kind) or words.INCIDENT_KINDS.get(kind)
    return voice.tongue.word(known) if known else harmless(kind, 40)


def _scope(scope: str, voice: Voice) -> str:
    return voice.tongue.word(SCOPES[scope]) if scope in SCOPES else harmless(scope, 40)


def country_of(code: str, voice: Voice) -> str:
    """The name of a country in the language of the channel."""
    return country_name(code, voice.tongue.code) or harmless(code, 10)


def unknown(voice: Voice) -> Line:
    """What no measurement tells. It is in every message about an event, however short."""
    word = voice.tongue.word
    if voice.brief:
        return Line(word("Not known: who did it and whether anybody meant it. A power cut can look the same."), MUST)
    return Line(
        word(
            "Not known: who did it, whether anybody meant it, and what happened where nobody measures. A power cut, a "
            "cable fault or a fault of a source can look the same. This is a reason to look, and no proof."
        ),
        MUST,
    )


def _of_event(entry: Told, voice: Voice, first_told: datetime | None) -> list[Line]:
    if entry.change in TAKEN_BACK:
        return [*_correction(entry, voice, first_told), Line(_times(entry, voice), WANTED)]
    word = voice.tongue.word
    lines = [Line(word(CHANGES[entry.change]))] if entry.change in CHANGES else []
    if entry.told_as:
        kind, _, scope = entry.told_as.partition("/")
        before, now = ((kind_of(k, voice), _scope(s, voice)) for k, s in ((kind, scope), (entry.kind, entry.scope)))
        lines.append(Line(word("Told before: %(kind)s, %(scope)s.", kind=before[0], scope=before[1]), MUST))
        lines.append(Line(word("It is: %(kind)s, %(scope)s.", kind=now[0], scope=now[1]), MUST))
    lines.append(Line(_times(entry, voice)))
    if entry.severity is not None:
        share = voice.tongue.number(max(entry.severity, 0.0), ".0%")
        falls = entry.direction == "down" and entry.severity <= 1
        said = (
            word("At its deepest it fell by %(share)s of what is usual at that hour.", share=share)
            if falls
            else word("At its highest it changed by %(share)s of what is usual at that hour.", share=share)
        )
        lines.append(Line(said, WANTED))
    seen = [_witness(name, voice) for name in entry.lineages]
    if seen:
        lines.append(Line(word("Kinds of witness that saw it: %(list)s.", list=voice.listed(seen, 8)), WANTED))
    else:
        lines.append(Line(word("No known kind of witness saw it."), WANTED))
    calm = [_witness(name, voice) for name in entry.lineages_silent]
    if calm:
        said = word("Kinds of witness that looked and saw no change: %(list)s.", list=voice.listed(calm, 8))
        lines.append(Line(said, WANTED))
    if entry.targets:
        names = [voice.latin(harmless(name)) for name in entry.targets]
        lines.append(Line(word("Services: %(list)s.", list=voice.listed(names)), WANTED))
    networks = sorted({int(found[1]) for found in map(_NETWORK.fullmatch, entry.members) if found})
    if networks:
        names = [voice.latin(f"AS{number}") for number in networks]
        lines.append(Line(word("Networks: %(list)s.", list=voice.listed(names)), NICE))
    if signs := list(dict.fromkeys(line.split(" ")[0] for line in entry.leading)):
        names = [word(words.EARLY_SIGNS[sign]) if sign in words.EARLY_SIGNS else harmless(sign, 40) for sign in signs]
        said = word("Changed shortly before, which foretells nothing: %(list)s.", list=voice.listed(names))
        lines.append(Line(said, NICE))
    doubts = [voice.tongue.term(flag) for flag in entry.flags if flag in DOUBTS]
    if doubts:
        lines.append(Line(word("Doubts: %(list)s.", list=voice.tongue.joined(doubts)), WANTED))
    if "clock_set_back" in entry.flags:
        lines.append(Line(word("The clock of the machine that watches was wrong meanwhile."), NICE))
    return [*lines, unknown(voice)]


def _witness(lineage: str, voice: Voice) -> str:
    return voice.tongue.term(lineage) if lineage in LINEAGES else harmless(lineage, 40)


def _correction(entry: Told, voice: Voice, first_told: datetime | None) -> list[Line]:
    word = voice.tongue.word
    when = voice.moment(first_told) if first_told else None
    lines = [Line(word("We told of this on %(when)s.", when=when), WANTED)] if when else []
    if entry.change == "merged":
        other = voice.latin(harmless(entry.merged_into or "", 80))
        return [*lines, Line(word("It is no event of its own: it is a part of %(id)s.", id=other))]
    lines.append(Line(word("With the data that came since, it is not found any more. What we told was wrong.")))
    return [*lines, Line(word("Please tell those whom you told."))]


def _times(entry: Told, voice: Voice) -> str:
    word, last = voice.tongue.word, voice.moment(hour_after(entry.onset_latest))
    begun = word("It began between %(first)s and %(last)s.", first=voice.moment(entry.onset_earliest), last=last)
    if entry.end_latest is not None:
        end = word("It was over by %(when)s.", when=voice.moment(hour_after(entry.end_latest)))
    elif entry.change in TAKEN_BACK:
        return begun
    elif "re_based" in entry.flags:
        end = word("No recovery was seen. A lower level held for half a year, and further falls are told against that.")
    else:
        end = word("No end was seen so far.")
    return f"{begun} {end}"


def _of_record(entry: Told, voice: Voice) -> list[Line]:
    """What others recorded, as what it is: theirs."""
    word = voice.tongue.word
    name = voice.latin(harmless(entry.recorded_by or "?", 40))
    lines = [Line(word("%(source)s has it on record. It is no measurement of ours.", source=name), MUST)]
    if entry.change == "withdrawn":
        lines.append(Line(word("%(source)s has taken it back. Please tell those whom you told.", source=name), MUST))
    elif entry.change in ("joined", "verified"):
        lines.append(Line(word(CHANGES[entry.change])))
    if UNVERIFIED in entry.flags:
        lines.append(Line(word("Nobody at the source has verified it: a rule found it."), MUST))
    lines.append(Line(_times(entry, voice)))
    if entry.joins:
        other = voice.latin(harmless(entry.joins, 80))
        lines.append(Line(word("We found an event that overlaps it: %(id)s.", id=other), WANTED))
    else:
        lines.append(Line(word("We found nothing of our own that overlaps it."), WANTED))
    return [*lines, unknown(voice)]


def _of_source(entry: Told, voice: Voice) -> list[Line]:
    word = voice.tongue.word
    name = voice.latin(harmless(entry.members[0] if entry.members else "?", 40))
    since = voice.moment(entry.onset_earliest)
    if entry.change == "ended":
        first = word("The source %(name)s gives new data again.", name=name)
        rest = word("What happened meanwhile may still be found.")
        return [Line(first), Line(rest)]
    return [
        Line(word("In the data of %(name)s nobody could see anything since %(when)s.", name=name, when=since)),
        Line(word("This says nothing about the network: neither that all is well nor that something happened.")),
    ]
