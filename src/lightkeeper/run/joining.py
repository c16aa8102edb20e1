"""Join: documents and events from files, paired; and what stays alone, with the likely reason."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import msgspec

from lightkeeper.errors import InputError
from lightkeeper.incidents.pairing import PAIR_LEAST, Pair, pair
from lightkeeper.incidents.unpaired import REASONS, Alone, documents_alone, events_alone
from lightkeeper.model import Document, Event
from lightkeeper.run.event_files import read_events
from lightkeeper.sources import ooni_findings, stop
from lightkeeper.sources.case_files import load_case, load_documents
from lightkeeper.sources.csv_dialects import table_rows
from lightkeeper.sources.rows import Unreadable
from lightkeeper.sources.stop_sheets import TEXT

REMEDY = "Give Access Now's STOP dataset (.xlsx, .csv, .parquet), the documents.csv of a case, or OONI's incidents.json"


class Joined(msgspec.Struct, frozen=True, kw_only=True):
    """What a join of files found."""

    documents: dict[str, Document]
    events: dict[str, Event]
    pairs: list[Pair]
    documents_alone: list[Alone]
    events_alone: list[Alone]
    set_aside: list[Unreadable]


def join_files(documents: Sequence[Path], events: Sequence[Path], *, least: float = PAIR_LEAST) -> Joined:
    """Pair the documents and the events of some files. An id that stands in two files gets the file's name in front.

    Raises InputError for a file of an unknown form.
    """
    aside: list[Unreadable] = []
    papers: dict[str, Document] = {}
    seen: dict[str, Event] = {}
    for path in documents:
        for paper in read_documents(path):
            if isinstance(paper, Unreadable):
                aside.append(paper)
            else:
                name = _free(paper.document_id, path, papers)
                papers[name] = msgspec.structs.replace(paper, document_id=name)
    for path in events:
        for event in read_events(path):
            if isinstance(event, Unreadable):
                aside.append(event)
            else:
                name = _free(event.event_id, path, seen)
                seen[name] = msgspec.structs.replace(event, event_id=name)
    found = pair(papers.values(), seen.values(), least=least)
    return Joined(
        documents=papers,
        events=seen,
        pairs=found.pairs,
        documents_alone=documents_alone(papers.values(), list(seen.values()), found),
        events_alone=events_alone(papers.values(), seen.values(), found),
        set_aside=aside,
    )


def read_documents(path: Path) -> Iterator[Document | Unreadable]:
    """The documents in a file, whatever its form. Raises InputError for a file of none of the forms."""
    if not path.is_file():
        raise InputError("there is no such file", remedy=REMEDY, where=str(path))
    with path.open("rb") as stream:
        head = stream.read(4096)
    if ooni_findings.is_findings(head):
        return ooni_findings.read(path)
    if path.suffix.lower() in TEXT:
        header = next(table_rows(path), (0, []))[1]
        if "document_id" in header:
            return iter(load_documents(path.parent, load_case(path.parent)))
    if path.suffix.lower() in (*TEXT, ".xlsx", ".parquet"):
        return stop.read(path)
    raise InputError("it is no file of documents that we know", remedy=REMEDY, where=str(path))


def as_told(found: Joined) -> dict[str, Any]:
    """The join for machines: pairs with parts and reasons, what stays alone, and what the reasons mean."""
    return {
        "format": "lightkeeper.join/1",
        "documents": len(found.documents),
        "events": len(found.events),
        "pairs": [_pair(p) for p in found.pairs],
        "documents_alone": [_alone(a) for a in found.documents_alone],
        "events_alone": [_alone(a) for a in found.events_alone],
        "reasons": REASONS,
        "set_aside": [msgspec.to_builtins(row) for row in found.set_aside],
    }


def _pair(one: Pair) -> dict[str, Any]:
    parts = {name: {"value": part.value, "why": part.why} for name, part in one.parts.items()}
    return {"document": one.document_id, "event": one.event_id, "score": one.score, "parts": parts}


def _alone(one: Alone) -> dict[str, Any]:
    told: dict[str, Any] = {"id": one.id, "reason": one.reason, "why": one.why}
    return told | ({"nearest": _pair(one.nearest)} if one.nearest else {})


def _free(name: str, path: Path, taken: dict[str, Any]) -> str:
    if name not in taken:
        return name
    longer = f"{path.stem}/{name}"
    number = 2
    while longer in taken:
        longer, number = f"{path.stem}/{name}-{number}", number + 1
    return longer
