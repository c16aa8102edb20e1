"""The same content for machines: ledger.json, incidents.json, sources.json. Each says what its columns mean."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime
from typing import Any

import msgspec

from lightkeeper.model import (
    Ask,
    Document,
    Event,
    File,
    Hypothesis,
    Incident,
    Measurement,
    Member,
    Signal,
    Verdict,
)
from lightkeeper.model.column import Table
from lightkeeper.publish.book import Book
from lightkeeper.publish.text import clean, public_place
from lightkeeper.publish.times import iso, iso_hour
from lightkeeper.publish.words import ANSWERS, RUNGS


def ledger_json(book: Book) -> bytes:
    """The case, its window and every row of the ledger."""
    begin, end = book.case.window
    return _encode(
        book,
        "ledger",
        (Ask,),
        asks=[_row(a) for a in sorted(book.asks, key=lambda a: (a.ask_id, a.operator or ""))],
        case=book.case.model_dump(mode="json"),
        headline=book.headline,
        words={
            code: words.model_dump(mode="json", exclude_defaults=True) for code, words in sorted(book.words.items())
        },
        window={"from": begin, "to": end, "timezone": book.case.timezone},
        answers={name: meaning for name, (_, meaning) in ANSWERS.items()},
    )


def incidents_json(book: Book) -> bytes:
    """Every incident, with the documents and events that it joins and the causes that it may have had."""
    return _encode(
        book,
        "incidents",
        (Incident, Hypothesis, Document, Event, Member),
        incidents=_rows(book.incidents, "incident_id"),
        hypotheses=[_row(h) for h in sorted(book.hypotheses, key=lambda h: (h.incident_id, h.cause))],
        documents=_rows(book.documents, "document_id"),
        events=_rows(book.events, "event_id"),
        members=[_row(m) for m in sorted(book.members, key=lambda m: (m.event_id, m.role, m.series))],
        rungs={name: meaning for name, (_, meaning) in RUNGS.items()},
    )


def sources_json(book: Book) -> bytes:
    """Every raw file, document, measurement with its verdict, series, and record that was set aside.

    Measurement times are cut to the hour, and the id of the session is left out: both could help to find a person.
    """
    tested = [
        {
            **_row(m),
            "report_id": None,
            "started_at": iso_hour(m.started_at) if m.started_at else None,
            "stated_at": iso_hour(m.stated_at) if m.stated_at else None,
        }
        for m in sorted(book.measurements, key=lambda m: m.measurement_id)
    ]
    judged = [v for v in book.verdicts if v.layer == "all"]
    return _encode(
        book,
        "sources",
        (File, Document, Event, Measurement, Verdict, Signal),
        files=[{**_row(f), "url": public_place(f.url)} for f in sorted(book.files, key=lambda f: f.sha256)],
        documents=_rows(book.documents, "document_id"),
        events=_rows(book.events, "event_id"),
        measurements=tested,
        verdicts=[_row(v) for v in sorted(judged, key=lambda v: (v.measurement_id, v.target))],
        series=[_series(name, rows) for name, rows in sorted(book.signals.items())],
        set_aside=[{k: public_place(v) if k == "file" else v for k, v in row.items()} for row in book.set_aside],
    )


def _encode(book: Book, kind: str, tables: tuple[type[Table], ...], **content: Any) -> bytes:
    head = {
        "format": f"lightkeeper.{kind}/1",
        "case_id": book.case.id,
        "version": book.version,
        "ruleset": book.ruleset,
        "built_from": book.built_from,
        "columns": {t.table_name: {c.name: c.meaning for c in t.columns()} for t in tables},
    }
    text = msgspec.json.encode(_plain({**head, **content}), order="sorted")
    return msgspec.json.format(text, indent=1) + b"\n"


def _rows(rows: Iterable[Table], key: str) -> list[dict[str, Any]]:
    return sorted((_row(r) for r in rows), key=lambda r: str(r[key]))


def _row(row: Table) -> dict[str, Any]:
    return {name: getattr(row, name) for name in row.__struct_fields__}


def _series(name: str, rows: list[Signal]) -> dict[str, Any]:
    times = [r.step_at for r in rows]
    first = rows[0] if rows else None
    return {
        "series": name,
        "source": first.source if first else None,
        "lineage": first.lineage if first else None,
        "unit": first.unit if first else None,
        "step_s": first.step_s if first else None,
        "steps": len(rows),
        "steps_without_value": sum(r.value is None for r in rows),
        "from": min(times, default=None),
        "to": max(times, default=None),
        "file_sha256": sorted({r.file_sha256 for r in rows if r.file_sha256}),
    }


def _plain(value: Any) -> Any:
    """The value with times as ISO 8601 in UTC with `Z`, and text without characters that are not seen."""
    if isinstance(value, dict):
        return {clean(str(k)): _plain(v) for k, v in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(v) for v in value]
    if isinstance(value, datetime):
        return iso(value)
    if isinstance(value, date):
        return value.isoformat()
    return clean(value) if isinstance(value, str) else value
