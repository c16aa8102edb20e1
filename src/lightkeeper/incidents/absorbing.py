"""Absorbing: an operator's outage that overlaps a confirmed national one is a part of it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from lightkeeper.incidents.group import Members
from lightkeeper.incidents.ladder import rung, standing
from lightkeeper.model import Event
from lightkeeper.model.case import Case

WHOLE = frozenset({"outage", "traffic_anomaly"})
"""Kinds of events of a whole network."""
LEAD = timedelta(hours=6)
"""A network may fall so long before the others: an order is not carried out everywhere at once."""


def absorb(case: Case, groups: Sequence[Members]) -> list[Members]:
    """The groups, with outages of single networks put to the confirmed national one that they overlap.

    They say which operators were hit. When it began and ended, the events of the country say.
    """
    nationals = [g for g in groups if _is_national(g) and rung(standing(case, g), g.documents)[0] == "confirmed"]
    kept = []
    for group in groups:
        home = next((n for n in nationals if n is not group and _is_part(group, n)), None)
        if home is None:
            kept.append(group)
            continue
        home.joined |= {e.event_id for e in group.events}
        home.events = sorted([*home.events, *group.events], key=lambda e: (e.onset_latest, e.event_id))
        home.documents = sorted([*home.documents, *group.documents], key=lambda d: d.document_id)
    return kept


def _core(group: Members) -> list[Event]:
    return [e for e in group.events if e.entity_type == "country" and e.kind in WHOLE and not e.places]


def _is_national(group: Members) -> bool:
    return bool(_core(group))


def _is_part(group: Members, national: Members) -> bool:
    """Whether all of a group are outages of single networks that were on while the national one was."""
    networks = [e for e in group.events if e.entity_type == "asn" and e.kind in WHOLE]
    return bool(networks) and len(networks) == len(group.events) and all(_overlaps(e, national) for e in networks)


def _overlaps(event: Event, national: Members) -> bool:
    core = _core(national)
    begin = min(e.onset_earliest for e in core)
    ends = [e.end_latest for e in core if e.end_latest is not None]
    end = max(ends) if len(ends) == len(core) else None
    began = begin - LEAD <= event.onset_latest and (end is None or event.onset_earliest < end)
    return began and (event.end_latest is None or event.end_latest > begin)
