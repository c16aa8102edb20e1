"""Review: what acts of named people make of incidents. Acts are applied in their order; a later one undoes an earlier.

An act is found again by its members, since the id of an incident changes with them. A signature counts while all that
was signed is still in the incident, and until somebody merges or splits it: people signed what it was then. A dispute
or a retraction counts while any of it is there.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, time
from typing import NamedTuple

from lightkeeper.incidents.group import Members
from lightkeeper.model.act import Act, person
from lightkeeper.model.case import Case

SIGNATURES = 2
"""So many different people must sign before an incident is `attributed`."""
VERDICTS = {"promote": "attributed", "dispute": "disputed", "retract": "retracted"}
DONE = {
    "merge": "put it together from {ids}",
    "split": "took it out of {ids}",
    "promote": "signed its attribution",
    "dispute": "disputes it",
    "retract": "retracted it",
}
"""What each act does to an incident. Acts that sign letters touch none."""


class Judgement(NamedTuple):
    """A signed judgement on an incident, from case.toml or from the acts."""

    at: datetime
    by: str
    verdict: str
    because: str


class Standing(NamedTuple):
    """What the judgements on an incident come to, those that count for it, and names that signed an attribution."""

    verdict: str | None
    counted: list[Judgement]
    signed: list[str]


def regroup(groups: Iterable[Members], acts: Iterable[Act]) -> list[Members]:
    """The groups after all acts of merging and splitting, in their order. Members that are gone are passed over."""
    now = [Members(events=list(g.events), documents=list(g.documents), joined=g.joined) for g in groups]
    for act in acts:
        if act.verb == "merge":
            now = _merged(now, _ids(act))
        elif act.verb == "split":
            now = _split(now, _ids(act))
    return now


def judgements(case: Case, acts: Iterable[Act], members: Members) -> list[Judgement]:
    """The judgements that bear on an incident, oldest first: of the acts, and of `[[reviews]]` in case.toml."""
    mine = ids_of(members)
    found = [
        Judgement(datetime.combine(r.on, time(), UTC), r.by, r.verdict, r.because)
        for r in case.reviews
        if mine & set(r.document_ids)
    ]
    for act in acts:
        about = _ids(act)
        if act.verb in VERDICTS and (about <= mine if act.verb == "promote" else about & mine):
            found.append(Judgement(act.at, act.by, VERDICTS[act.verb], act.because))
        elif act.verb not in VERDICTS and about & mine:
            found = [j for j in found if j.verdict != "attributed" or j.at > act.at]
    return sorted(found, key=lambda j: j.at)


def standing_of(found: Sequence[Judgement]) -> Standing:
    """What judgements come to, oldest first. A dispute or a retraction stands until two people sign after it."""
    verdict: str | None = None
    since: list[Judgement] = []
    last: Judgement | None = None
    for judgement in found:
        if judgement.verdict != "attributed":
            verdict, since, last = judgement.verdict, [], judgement
            continue
        since.append(judgement)
        if len({person(j.by) for j in since}) >= SIGNATURES:
            verdict, last = "attributed", None
    signed = list({person(j.by): j.by for j in reversed(since)}.values())[::-1]
    return Standing(verdict, [last] if last else since, signed)


def history(acts: Iterable[Act], members: Members) -> list[str]:
    """Every act that touches a member of the incident, one sentence each, oldest first."""
    mine = ids_of(members)
    return [
        f"{act.at:%Y-%m-%d %H:%M} UTC: {act.by} {DONE[act.verb].format(ids=', '.join(act.incident_ids))}, because: "
        f"{act.because}"
        for act in acts
        if _ids(act) & mine
    ]


def ids_of(members: Members) -> set[str]:
    """The ids of the events and documents of an incident."""
    return {e.event_id for e in members.events} | {d.document_id for d in members.documents}


def _ids(act: Act) -> set[str]:
    return {*act.events, *act.documents}


def _merged(groups: list[Members], ids: set[str]) -> list[Members]:
    inside = [g for g in groups if ids_of(g) & ids]
    return [g for g in groups if not ids_of(g) & ids] + _one(inside)


def _split(groups: list[Members], ids: set[str]) -> list[Members]:
    taken = [_part(g, ids, inside=True) for g in groups]
    left = [_part(g, ids, inside=False) for g in groups]
    return [g for g in left if g.events or g.documents] + _one(taken)


def _part(group: Members, ids: set[str], *, inside: bool) -> Members:
    return Members(
        events=[e for e in group.events if (e.event_id in ids) is inside],
        documents=[d for d in group.documents if (d.document_id in ids) is inside],
        joined=group.joined,
    )


def _one(groups: Sequence[Members]) -> list[Members]:
    """One group of several, sorted as groups are; none where they are empty."""
    events = sorted((e for g in groups for e in g.events), key=lambda e: (e.onset_latest, e.event_id))
    documents = sorted((d for g in groups for d in g.documents), key=lambda d: d.document_id)
    joined = frozenset(name for g in groups for name in g.joined)
    return [Members(events=events, documents=documents, joined=joined)] if events or documents else []
