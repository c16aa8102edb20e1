"""Review a case: its incidents as they stand now, and new acts, each added to its history as one line."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, BinaryIO, cast

import msgspec

from lightkeeper.archive.atomic import sync_folder, writing
from lightkeeper.errors import InputError
from lightkeeper.incidents.cause import hypotheses
from lightkeeper.incidents.join import join
from lightkeeper.model import Document, Event, Hypothesis, Incident
from lightkeeper.model.act import Act, Verb
from lightkeeper.model.case import Case
from lightkeeper.settings import Settings
from lightkeeper.sources.case_cells import suggest
from lightkeeper.sources.case_files import load_case, load_documents, load_outages
from lightkeeper.sources.case_reviews import NAME, History, line_of, load_reviews, parse_reviews
from lightkeeper.sources.rows import clean
from lightkeeper.store.lake import Lake

TORN = f"{NAME}.torn"
"""Where a line goes that a crash cut off: it is kept, but it is no act."""


class Reviewed(msgspec.Struct, frozen=True, kw_only=True):
    """The incidents of a case after all acts, with what they are made of."""

    case: Case
    incidents: list[Incident]
    hypotheses: list[Hypothesis]
    documents: list[Document]
    events: list[Event]
    acts: list[Act]
    torn: bool
    """The last line of the history was cut off, and is no act."""
    charted: bool
    """The case was built, so that detected events are among its events."""


def review(folder: Path, settings: Settings) -> Reviewed:
    """The incidents of the case in `folder` as they stand now. Raises CaseError for a case or a history that is wrong.

    Detected events come from the last build; documents, recorded outages and acts are read anew.
    """
    case = load_case(folder)
    documents, outages = load_documents(folder, case), load_outages(folder, case)
    lake = Lake(settings.data_dir / "tables")
    known = {e.event_id for e in outages}
    detected = [
        e for e in lake.read(Event, part=case.id) if e.source == "lightkeeper.detect" and e.event_id not in known
    ]
    events = sorted([*outages, *detected], key=lambda e: (e.onset_earliest, e.event_id))
    past = load_reviews(folder)
    incidents = join(case, events, documents, past.acts)
    return Reviewed(
        case=case,
        incidents=incidents,
        hypotheses=hypotheses(case, incidents, events, documents, settings.data_dir),
        documents=documents,
        events=events,
        acts=past.acts,
        torn=bool(past.torn),
        charted=case.id in lake.parts(Incident),
    )


def find(now: Reviewed, name: str) -> Incident:
    """The incident with an id, or with the begin of one that fits no other. Raises InputError."""
    fitting = [i for i in now.incidents if i.incident_id == name] or [
        i for i in now.incidents if name and i.incident_id.startswith(name)
    ]
    if len(fitting) == 1:
        return fitting[0]
    what = f"`{name[:80]}` fits {len(fitting)} incidents" if fitting else f"there is no incident `{name[:80]}`"
    ids = [i.incident_id for i in fitting or now.incidents]
    remedy = suggest(name, ids) if len(ids) <= 20 else f"`lightkeeper incident list` shows all {len(ids)}"
    raise InputError(what, remedy=f"{remedy}. Ids change when members do")


def act_on(
    folder: Path, settings: Settings, verb: Verb, names: Sequence[str], *, by: str, because: str,
    members: Sequence[str] = (), at: datetime | None = None,
) -> Act:  # fmt: skip
    """Add one act to the case's history and return it. Raises InputError for one that makes no sense.

    The whole history is checked first, under a lock, so that two people cannot write at once.
    """
    now = review(folder, settings)
    chosen = [find(now, name) for name in names]
    events = sorted({e for i in chosen for e in i.events})
    documents = sorted({d for i in chosen for d in i.documents})
    if verb == "merge" and len({i.incident_id for i in chosen}) < 2:
        raise InputError("a merge needs two different incidents", remedy="Name two or more ids")
    if verb == "split":
        events, documents = _chosen(chosen[0], members)
    ids = [i.incident_id for i in chosen]
    return add_act(folder, verb, by=by, because=because, incident_ids=ids, events=events, documents=documents, at=at)


def add_act(
    folder: Path, verb: Verb, *, by: str, because: str, incident_ids: Sequence[str] = (), events: Sequence[str] = (),
    documents: Sequence[str] = (), at: datetime | None = None,
) -> Act:  # fmt: skip
    """Add one act to the history of the case in `folder`. Raises InputError for a name or a reason that is none."""
    with _history(folder) as (stream, past):
        act = Act(
            number=len(past.acts) + 1,
            at=(at or datetime.now(UTC)).astimezone(UTC).replace(microsecond=0),
            by=_text(by, "--by", 2, 200),
            verb=verb,
            incident_ids=list(incident_ids),
            events=list(events),
            documents=list(documents),
            because=_text(because, "--because", 3, 2000),
            before=past.last,
        )
        _append(stream, line_of(act))
    sync_folder(folder)
    return act


def as_told(now: Reviewed, incident: Incident) -> dict[str, Any]:
    """One incident for machines: with its causes, its documents, its events and the acts that touch it."""
    mine = {*incident.events, *incident.documents}
    return {
        "format": "lightkeeper.incident/1",
        "case_id": now.case.id,
        "incident": incident,
        "hypotheses": [h for h in now.hypotheses if h.incident_id == incident.incident_id],
        "documents": [d for d in now.documents if d.document_id in mine],
        "events": [e for e in now.events if e.event_id in mine],
        "acts": [a for a in now.acts if mine & {*a.events, *a.documents}],
    }


def _chosen(incident: Incident, members: Sequence[str]) -> tuple[list[str], list[str]]:
    of = [*incident.events, *incident.documents]
    for name in members:
        if name not in of:
            raise InputError(f"`{name[:80]}` is no member of {incident.incident_id}", remedy=suggest(name, of))
    if not members or len(set(members)) == len(of):
        remedy = "Name with --member what is to become an incident of its own: some members, not all"
        raise InputError("there is nothing to split", remedy=remedy)
    return sorted(set(members) & set(incident.events)), sorted(set(members) & set(incident.documents))


@contextmanager
def _history(folder: Path) -> Iterator[tuple[BinaryIO, History]]:
    """The history, open and locked for one more line. A line that was cut off is moved aside first."""
    path = folder / NAME
    with writing(path), path.open("a+b") as stream:
        fcntl.flock(stream, fcntl.LOCK_EX)
        stream.seek(0)
        data = stream.read()
        past = parse_reviews(data, str(path))
        if past.torn:
            with (folder / TORN).open("ab") as aside:
                aside.write(past.torn + b"\n")
                aside.flush()
                os.fsync(aside.fileno())
            stream.truncate(len(data) - len(past.torn))
        elif data and not data.endswith(b"\n"):
            stream.write(b"\n")
        yield cast(BinaryIO, stream), past


def _append(stream: BinaryIO, line: bytes) -> None:
    stream.write(line + b"\n")
    stream.flush()
    os.fsync(stream.fileno())


def _text(text: str, option: str, least: int, most: int) -> str:
    plain = " ".join(clean(text).split())
    if not least <= len(plain) <= most or not any(c.isalpha() for c in plain):
        raise InputError(
            f"{option} has {len(plain)} characters", remedy=f"Write {least} to {most}, with letters in them"
        )
    return plain
