"""Telling: what is to be said of the events that detection finds now, given what was said before.

Detection has no memory and finds the whole window anew each time. Here its events are matched to those that were told:
the same country and family, time in common, and members in common or onsets near each other. What is new, or changed
beyond jitter, is told; what late data took away is withdrawn. A pure function: run twice on the same, it has nothing
more to say.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

import msgspec

from lightkeeper.detect.clusters import NEAR_S
from lightkeeper.detect.events import WorldEvent
from lightkeeper.incidents.claims import gap
from lightkeeper.model import Told

WARM = timedelta(days=7)
"""Nothing is said of what lies this near to the begin of a series: there, what is normal is still being learnt, and a
window that moves on changes what is found."""
QUIET = timedelta(hours=6)
"""Shifts of size are told at most this often of one event; that it began, ended, widened or was wrong, always."""
NEARLY = timedelta(hours=1)
"""An onset or end that moves by less stays where it was told."""
GREW, DEEPER, HALVED = 1.5, 0.1, 0.5
"""So many times the members, or deeper by this share of what was expected, is grown; down to this share is shrunk."""
SCOPES = {
    "one_witness": 1, "operator": 1, "service": 1, "vpn": 1, "throttling": 1, "mobile": 2, "regional": 2, "national": 3,
}  # fmt: skip
"""Scopes by width; what is not here has none."""
GONE = ("withdrawn", "merged")
SOURCE = "source"
"""The scope of what is told of a source that fell silent; see `silence`."""
_FIRST = ("returned", "ended", "reopened")
"""Changes that are said by their own name also where the event is named anew."""
_OF_SERVICES = ("blocking", "throttling")
"""Kinds that say of services what was done to them: to name a wrong one is to be corrected."""
NO_SERVICE = "no service by name"
_RISES = ("rise", "circumvention_rise")
_START = datetime(1970, 1, 1, tzinfo=UTC)


class Window(NamedTuple):
    """What detection looked at."""

    begin: datetime
    end: datetime
    detector: str
    data_sha256: str | None
    first: Mapping[str, datetime]
    """The first step with a value, of each series."""
    seen: Callable[[str, datetime, datetime], bool]
    """Whether a series has a value between two times."""

    def shows(self, event: Told) -> bool:
        """Whether the event would be found if it were there: a member has values at its onset, and a past before."""
        near = (event.onset_earliest, event.onset_latest + NEARLY)
        return any(
            member in self.first and self.first[member] + WARM <= event.onset_latest and self.seen(member, *near)
            for member in event.members
        )


def telling(
    events: Iterable[WorldEvent], log: Sequence[Told], window: Window, country: str, now: datetime
) -> list[Told]:
    """The entries to add to the log, in order. `now` is the time of telling."""
    found = [_draft(event, window, country, now) for event in events]
    standing = {entry.event_id: entry for entry in log if is_own(entry)}
    gone = Counter(entry.event_id for entry in log if entry.change in GONE)
    renamed = Counter(entry.event_id for entry in log if entry.told_as)
    pairs = _matched(list(standing.values()), found)
    made: list[Told] = []
    names = set(standing)
    for new, old in zip(found, pairs, strict=True):
        if old is None:
            if window.shows(new):
                made.append(msgspec.structs.replace(new, event_id=_free(new.event_id, names)))
                names.add(made[-1].event_id)
        elif (said := _changed(old, new, now, gone[old.event_id], renamed[old.event_id])) and (
            window.shows(new) or window.shows(old)
        ):
            change, note = said
            before = f"{old.kind}/{old.scope}" if _named_anew(old, new) else None
            made.append(msgspec.structs.replace(new, change=change, note=note, event_id=old.event_id, told_as=before))
    kept = {old.event_id for old in pairs if old is not None}
    for old in standing.values():
        if old.event_id not in kept and old.change not in GONE and window.shows(old):
            made.append(_gone(old, list(zip(found, pairs, strict=True)), window, now))
    return numbered(made, log, now)


def numbered(made: Iterable[Told], log: Sequence[Told], now: datetime) -> list[Told]:
    """The entries with their numbers, after those of the log; and with a mark where the clock went back meanwhile."""
    last = log[-1] if log else None
    back = ["clock_set_back"] if last and now < last.told_at else []
    first = last.seq + 1 if last else 1
    return [
        msgspec.structs.replace(entry, seq=first + n, flags=sorted({*entry.flags, *back}))
        for n, entry in enumerate(made)
    ]


def _free(name: str, taken: set[str]) -> str:
    """The name, or one like it that no other event has: an event keeps its first name however much it changes."""
    n, free = 1, name
    while free in taken:
        n, free = n + 1, f"{name}-{n + 1}"
    return free


def is_own(entry: Told) -> bool:
    """Whether an entry is of an event that we found, and not of a source or of what others recorded."""
    return entry.scope != SOURCE and entry.recorded_by is None


def family(entry: Told) -> str:
    """Changes of one family can be one event."""
    if entry.kind == "blocking":
        return "blocked"
    if entry.kind in _RISES or (entry.kind == "periodic" and entry.direction == "up"):
        return "rise"
    return "worse"


def _matched(told: Sequence[Told], found: Sequence[Told]) -> list[Told | None]:
    """For each event that is found, the one that was told of the same thing; each is matched once, the likest first."""
    likeness = sorted(
        (
            (-value, old.onset_latest, old.event_id, place, n)
            for place, new in enumerate(found)
            for n, old in enumerate(told)
            if (value := _likeness(old, new)) > 0
        ),
        key=lambda pair: pair[:4],
    )
    pairs: list[Told | None] = [None] * len(found)
    taken: set[int] = set()
    for *_, place, n in likeness:
        if pairs[place] is None and n not in taken:
            pairs[place] = told[n]
            taken.add(n)
    return pairs


def _likeness(old: Told, new: Told) -> float:
    """How surely two events are the same thing: 0 is not at all, above 0 perhaps, 2.5 surely."""
    common = len(set(old.members) & set(new.members)) / len(set(old.members) | set(new.members))
    if old.within != new.within or not _overlap(old, new) or not _can_be_one(old, new, common > 0):
        return 0.0
    apart = gap(old.onset_earliest, old.onset_latest, new.onset_earliest, new.onset_latest).total_seconds()
    if not common and (apart > NEAR_S or set(old.targets) != set(new.targets)):
        return 0.0
    begun = abs((old.onset_latest - new.onset_latest).total_seconds())
    over = 0.0
    if old.end_latest is None or new.end_latest is None:
        over = 0.5 if old.end_latest is new.end_latest else 0.0
    else:
        over = 0.5 / (1.0 + abs((old.end_latest - new.end_latest).total_seconds()) / 86_400)
    still = 0.5 if old.change in GONE else 1.0
    return still * (common + 1.0 / (1.0 + begun / 86_400) + over)


def _can_be_one(old: Told, new: Told, common: bool) -> bool:
    """Whether two events are of one family; a fall and a block are where they share a series: it was named anew."""
    families = {family(old), family(new)}
    return len(families) == 1 or (common and "rise" not in families)


def _overlap(old: Told, new: Told) -> bool:
    ends = [datetime.max.replace(tzinfo=UTC) if e.end_latest is None else e.end_latest for e in (old, new)]
    return old.onset_earliest <= ends[1] and new.onset_earliest <= ends[0]


def _changed(old: Told, new: Told, now: datetime, times_gone: int, times_renamed: int) -> tuple[str, str] | None:
    """What is to be said of an event that was told before, and in words what is different; none for nothing.

    A new name is said with whatever else is said, and by itself where nothing else is.
    """
    said, name = _what_changed(old, new, now, times_gone), _named_anew(old, new)
    if name is None:
        return said
    if said is not None and said[0] in (*_FIRST, "grew"):
        return said[0] if said[0] in _FIRST else "renamed", f"{said[1]}; {name}"
    pause = QUIET * (times_renamed if old.kind != new.kind else max(times_renamed, 1))
    if timedelta(0) <= now - old.told_at < pause:
        return None  # it is named now so, now so: say so less and less often
    return "renamed", f"{said[1]}; {name}" if said else name


def _named_anew(old: Told, new: Told) -> str | None:
    """What of kind, reach and services is another than was told, in words; none for nothing."""
    parts = [f"it is {new.kind} now, and was told as {old.kind}"] if old.kind != new.kind else []
    if SCOPES.get(new.scope, 0) < SCOPES.get(old.scope, 0) and new.scope != new.kind:
        parts.append(f"its reach is {new.scope}, and was told as {old.scope}")
    if set(new.targets) != set(old.targets) and new.kind in _OF_SERVICES:
        parts.append(
            f"it is of {', '.join(new.targets) or NO_SERVICE}, and was told of {', '.join(old.targets) or NO_SERVICE}"
        )
    return "; ".join(parts) or None


def _what_changed(old: Told, new: Told, now: datetime, times_gone: int) -> tuple[str, str] | None:
    if old.change in GONE:
        if timedelta(0) <= now - old.told_at < QUIET * (times_gone - 1):
            return None  # it comes and goes with each reply: say so less and less often
        return "returned", f"found again, after it had been {old.change}"
    if old.end_latest is None and new.end_latest is not None:
        return "ended", f"it ended by {new.end_latest:%Y-%m-%d %H:%M} UTC"
    if old.end_latest is not None and new.end_latest is None:
        return "reopened", f"it did not end by {old.end_latest:%Y-%m-%d %H:%M} UTC: it goes on"
    more = sorted(set(new.lineages) - set(old.lineages))
    if SCOPES.get(new.scope, 0) > SCOPES.get(old.scope, 0):
        return "grew", f"it is {new.scope} now, and was {old.scope}"
    if more:
        return "grew", f"seen in addition by {', '.join(more)}"
    if timedelta(0) <= now - old.told_at < QUIET:
        return None
    return _resized(old, new) or _moved(old, new)


def _resized(old: Told, new: Told) -> tuple[str, str] | None:
    fewer = sorted(set(old.lineages) - set(new.lineages))
    severity = (old.severity or 0.0, new.severity or 0.0)
    if len(new.members) >= GREW * len(old.members):
        return "grew", f"{len(new.members)} series moved, where {len(old.members)} had"
    if severity[1] >= severity[0] + DEEPER:
        return "grew", f"deepest change {severity[1]:.0%}, where it was {severity[0]:.0%}"
    if fewer:
        return "shrank", f"no longer seen by {', '.join(fewer)}"
    if len(set(new.members) & set(old.members)) <= HALVED * len(old.members):
        return "shrank", f"{len(set(old.members) - set(new.members))} of {len(old.members)} series did not move"
    return None


def _moved(old: Told, new: Told) -> tuple[str, str] | None:
    if gap(old.onset_earliest, old.onset_latest, new.onset_earliest, new.onset_latest) > NEARLY:
        return "moved", f"it began by {new.onset_latest:%Y-%m-%d %H:%M} UTC, not {old.onset_latest:%Y-%m-%d %H:%M}"
    if old.end_earliest is None or old.end_latest is None or new.end_earliest is None or new.end_latest is None:
        return None
    if gap(old.end_earliest, old.end_latest, new.end_earliest, new.end_latest) > NEARLY:
        return "moved", f"it ended by {new.end_latest:%Y-%m-%d %H:%M} UTC, not {old.end_latest:%Y-%m-%d %H:%M}"
    return None


def _gone(old: Told, pairs: Sequence[tuple[Told, Told | None]], window: Window, now: datetime) -> Told:
    """The last word on an event that is not found any more: a part of another now, or none at all."""
    home = next(
        (
            match.event_id if match else new.event_id
            for new, match in pairs
            if (match is not None or window.shows(new))
            and _can_be_one(old, new, common=True)
            and _overlap(old, new)
            and set(old.members) & set(new.members)
        ),
        None,
    )
    return msgspec.structs.replace(
        old,
        told_at=now,
        change="merged" if home else "withdrawn",
        merged_into=home,
        note=f"it is a part of {home}" if home else "with the data that came since, it is not found any more",
        told_as=None,
        flags=[flag for flag in old.flags if flag != "clock_set_back"],
        window_from=window.begin,
        window_until=window.end,
        detector=window.detector,
        data_sha256=window.data_sha256,
    )


def _draft(event: WorldEvent, window: Window, country: str, now: datetime) -> Told:
    """An event as an entry, without number and change. Its id is that of a first telling."""
    onset = _time(event.onset_latest)
    key = f"{country} {event.kind} {event.within} {event.onset_latest} {' '.join(event.series)}"
    return Told(
        country=country,
        seq=0,
        told_at=now,
        change="new",
        event_id=f"{country}-{onset:%Y%m%dT%H%MZ}-{hashlib.sha256(key.encode()).hexdigest()[:8]}",
        kind=event.kind,
        direction=event.direction,
        scope=event.scope,
        targets=list(event.targets),
        members=list(event.series),
        onset_earliest=_time(event.onset_earliest),
        onset_latest=onset,
        end_earliest=None if event.end_earliest is None else _time(event.end_earliest),
        end_latest=None if event.end_latest is None else _time(event.end_latest),
        severity=event.severity,
        score=event.score,
        lineages=list(event.lineages),
        lineages_silent=list(event.silent),
        leading=[f"{x.sign} {x.before_s / 3600:.1f} h before, {x.series}" for x in event.leading],
        within=event.within,
        flags=list(event.flags),
        window_from=window.begin,
        window_until=window.end,
        detector=window.detector,
        data_sha256=window.data_sha256,
    )


def _time(second: int) -> datetime:
    return _START + timedelta(seconds=second)
