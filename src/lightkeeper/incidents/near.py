"""Near: what nearly joined an incident, or fits it and stands with another. It is said, so that a person can look."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

from lightkeeper.incidents.group import Members
from lightkeeper.incidents.pairing import PAIR_LEAST, Pair, pair
from lightkeeper.incidents.services import is_tool
from lightkeeper.model import Document
from lightkeeper.model.case import Case

NEARLY = 0.25
"""From this score on a document and an outage that are apart are told as near."""
MOST = 5


def near_of(case: Case, groups: Sequence[Members], documents: Sequence[Document]) -> dict[str, list[str]]:
    """Sentences by the id of a member: of each outage the records near it, of each record alone the outages near it."""
    home = {m: n for n, g in enumerate(groups) for m in (*(e.event_id for e in g.events), *_ids(g))}
    alone = {name for g in groups if not g.events for name in _ids(g)}
    events = [e for g in groups for e in g.events]
    claiming = [d for d in documents if d.document_id in home]
    found: defaultdict[str, list[Pair]] = defaultdict(list)
    paired = pair(claiming, events, least=NEARLY, is_tool=lambda service: is_tool(case, service))
    for one in paired.pairs:
        if home[one.document_id] != home[one.event_id]:
            found[one.event_id].append(one)
            if one.document_id in alone:
                found[one.document_id].append(one)
    return {name: _told(name, pairs) for name, pairs in found.items()}


def _ids(group: Members) -> list[str]:
    return [d.document_id for d in group.documents]


def _told(name: str, pairs: Sequence[Pair]) -> list[str]:
    best = sorted(pairs, key=lambda p: (-p.score, p.document_id, p.event_id))[:MOST]
    return [_sentence(one, one.document_id if name == one.event_id else one.event_id) for one in best]


def _sentence(one: Pair, other: str) -> str:
    if one.score >= PAIR_LEAST:
        return f"{other} fits it too, and stands with another incident (score {one.score:g})."
    worst = min(one.parts.values(), key=lambda part: part.value)
    return f"{other} nearly joined it (score {one.score:g}): {worst.why}."
