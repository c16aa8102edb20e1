"""Rows: an event as a row of the table `event`, and its series as rows of `member`."""

from __future__ import annotations

from collections.abc import Container, Iterable, Mapping
from datetime import datetime
from itertools import count

import msgspec

from lightkeeper.detect.changes import Change
from lightkeeper.detect.clusters import NEAR_S
from lightkeeper.detect.events import WorldEvent, family
from lightkeeper.detect.leading import Lead
from lightkeeper.detect.rebase import RE_BASED
from lightkeeper.detect.tiered import ALLOWLISTED
from lightkeeper.model import Event, Member
from lightkeeper.signals.grid import at
from lightkeeper.signals.naming import Named

SOURCE = "lightkeeper.detect"
ABOUT_SERVICES = frozenset({"blocking", "service_drop", "slowdown", "throttling"})
"""Kinds of events of which the targets are services that were hit."""
OPEN = "open_at_end_of_data"
UNKNOWN = "unknown"
_VERBS = {"down": "fell", "up": "rose"}


def event_rows(
    events: Iterable[WorldEvent], changes: Iterable[Change], names: Mapping[str, Named]
) -> tuple[list[Event], list[Member]]:
    """Events and their members, by onset. `changes` are those that the events were made of, by series and onset.

    A lineage that is not known is no witness: it is in no list of lineages.
    """
    by_series: dict[str, list[Change]] = {}
    for change in changes:
        by_series.setdefault(change.series, []).append(change)
    found: list[Event] = []
    members: list[Member] = []
    for event in events:
        own = {s: _parts(event, names[s], by_series.get(s, [])) for s in event.series}
        row = _event(event, own, names, {e.event_id for e in found})
        found.append(row)
        members += [_moved(row.event_id, names[s], parts) for s, parts in own.items()]
        members += [_still(row.event_id, names[s], "stayed") for s in event.stayed]
        nearest = {lead.series: lead for lead in event.leading}
        members += [_sign(row.event_id, names[s], lead) for s, lead in nearest.items()]
    return found, members


def _parts(event: WorldEvent, name: Named, changes: list[Change]) -> list[Change]:
    """The changes of one series that are parts of the event, from the one by which it joined: those near to that one,
    and relapses. What begins later while it goes on, or after it was re-based, is another event."""
    joined, ended = event.joined[name.series], event.ended[name.series]
    if event.kind == ALLOWLISTED:  # it is of the cut before it, and each series ends as it did there
        own = [c for c in changes if c.kind in ("drop", "slow") and c.within == event.within]
        part = min((c for c in own if c.end_latest == ended), key=lambda c: (c.kind, c.onset_latest), default=None)
        if part is None:  # half was back before the change was over
            part = max((c for c in own if c.onset_latest <= (ended or 0)), key=lambda c: (c.mean, -c.onset_latest))
            part = msgspec.structs.replace(part, end_latest=ended, end_earliest=(ended or 0) - 86_400)
        return [part]
    first = min(
        (c for c in changes if c.onset_latest == joined and c.within == event.within),
        key=lambda c: (c.kind, c.severity),
    )
    later = [
        c for c in changes
        if c.onset_latest > joined and family(c, name) == family(first, name)
        and (ended is None or (c.end_latest is not None and c.end_latest <= ended))
    ]  # fmt: skip
    parts = [first]
    for change in sorted(later, key=lambda c: (c.onset_latest, c.kind, c.severity)):
        until = None if RE_BASED in parts[-1].flags else parts[-1].until
        near = change.onset_latest - joined <= NEAR_S
        if near or (until is not None and until <= change.onset_latest):
            parts.append(change)
    return parts


def _event(
    event: WorldEvent, own: Mapping[str, list[Change]], names: Mapping[str, Named], taken: Container[str]
) -> Event:
    entity_type, entity, places = _places([names[s] for s in event.series], event.country)
    ends = [last.end_earliest for last in map(_last, own.values()) if last.end_earliest is not None]
    begun = at(event.onset_latest)
    named_after = event.series[0] if len(event.series) == 1 else f"{event.country or entity}/{event.scope}/{event.kind}"
    event_id = f"{named_after}/{begun:%Y%m%dT%H%MZ}"
    event_id = next(i for n in count(1) if (i := event_id if n == 1 else f"{event_id}/{n}") not in taken)
    return Event(
        event_id=event_id,
        kind=event.kind,
        source=SOURCE,
        country=event.country or entity[:2],
        entity_type=entity_type,
        entity=entity,
        places=places,
        scope=event.scope,
        targets=list(event.targets) if event.kind in ABOUT_SERVICES else [],
        onset_earliest=at(event.onset_earliest),
        onset_latest=begun,
        end_earliest=at(min(ends)) if ends else None,
        end_latest=_time(event.end_latest),
        lineages=[name for name in event.lineages if name != UNKNOWN],
        lineages_silent=_silent(event, names),
        members=list(event.series),
        severity=event.severity,
        flags=list(event.flags),
        note=_note(event, own, names),
    )


def _silent(event: WorldEvent, names: Mapping[str, Named]) -> list[str]:
    """Lineages that were looked at and did not move. Only a series that would have moved can be silent: the blocked
    share of a service says nothing of a cut, and all traffic nothing of the block of a service."""
    services = set(event.targets) if event.kind in ABOUT_SERVICES else set()
    about = [names[s] for s in event.stayed if (names[s].target in services if services else not names[s].target)]
    return sorted({name.lineage for name in about} - {UNKNOWN, *event.lineages})


def _places(moved: list[Named], country: str) -> tuple[str, str, list[str]]:
    """The widest place, and all of them where there are several."""
    if any(name.entity_type == "country" for name in moved) or not moved:
        return "country", country, []
    places = sorted({(name.entity_type, name.entity) for name in moved if name.entity_type != "series"})
    if not places:
        return "country", country, []
    return (*places[0], [f"{kind}:{entity}" for kind, entity in places] if len(places) > 1 else [])


def _moved(event_id: str, name: Named, parts: list[Change]) -> Member:
    first, last = parts[0], _last(parts)
    return Member(
        event_id=event_id,
        series=name.series,
        role="moved",
        lineage=name.lineage,
        entity_type=name.entity_type,
        entity=name.entity,
        kind=first.kind,
        onset_earliest=at(first.onset_earliest),
        onset_latest=at(first.onset_latest),
        end_earliest=_time(last.end_earliest),
        end_latest=_time(last.end_latest),
        severity=max(c.severity for c in parts),
        flags=list(last.flags),
    )


def _last(parts: list[Change]) -> Change:
    """The part that ends last; one without an end does."""
    return max(parts, key=lambda c: (c.end_latest is None, c.end_latest or 0))


def _still(event_id: str, name: Named, role: str) -> Member:
    return Member(
        event_id=event_id, series=name.series, role=role, lineage=name.lineage, entity_type=name.entity_type,
        entity=name.entity,
    )  # fmt: skip


def _sign(event_id: str, name: Named, lead: Lead) -> Member:
    return msgspec.structs.replace(
        _still(event_id, name, "sign"),
        sign=lead.sign,
        onset_latest=at(lead.onset_latest),
        end_latest=_time(lead.end_latest),
    )


_SIGNS = {
    "routes_up": "Routes stayed announced, or came back.",
    "ipv6_dark": "IPv6 stayed dark.",
    "domestic_back": "Domestic services were in use.",
    "tools_dark": "Ways around blocks stayed dark.",
}


def _tiers(event: WorldEvent) -> str:
    """Of an allowlisted event: which series came back, when, which did not, and what that does not show."""
    told = [f"{series} came back by {_minute(event.ended[series])} UTC." for series in event.back]
    for series in event.series:
        if series not in event.back:
            end = event.ended[series]
            told.append(
                f"{series} stayed dark to the end of the data."
                if end is None
                else f"{series} stayed dark, and came back by {_minute(end)} UTC."
            )
    told += [_SIGNS[sign] for sign in event.signs]
    told.append("Access was not the same for all: for whom it was open, and who chose them, is not shown.")
    return " ".join(told)


def _minute(second: int | None) -> str:
    return f"{at(second or 0):%Y-%m-%d %H:%M}"


def _note(event: WorldEvent, own: Mapping[str, list[Change]], names: Mapping[str, Named]) -> str:
    if event.kind == ALLOWLISTED:
        return _tiers(event)
    deepest = max((c for parts in own.values() for c in parts), key=lambda c: (c.severity, c.series))
    verb = _VERBS[deepest.direction]
    if deepest.kind == "blocked":
        said = f"{deepest.series} rose by {deepest.severity * 100:.0f} points from a share of {deepest.expected:.0%}"
    else:
        said = f"{deepest.series} {verb} by up to {deepest.severity:.0%} where {deepest.expected:,.4g} was expected"
    several = f" {len(event.series)} of {len(event.series) + len(event.stayed)} series moved."
    days = f" It came back on {len(event.days)} days." if event.days else ""
    return f"{said}.{several if len(names) > 1 else ''}{days}"


def _time(second: int | None) -> datetime | None:
    return None if second is None else at(second)
