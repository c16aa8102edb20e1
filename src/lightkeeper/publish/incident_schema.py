"""The JSON Schema of an incident: what `incident show --json` prints and what incidents.json holds, from the model."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any, get_args, get_origin

import msgspec

from lightkeeper.model import Column, Document, Event, Hypothesis, Incident, Table
from lightkeeper.model.act import Act
from lightkeeper.model.document import DOCUMENT_KINDS
from lightkeeper.model.hypothesis import CAUSES
from lightkeeper.model.incident import RUNGS

DRAFT = "https://json-schema.org/draft/2020-12/schema"
SHOWN, BUILT = "lightkeeper.incident/1", "lightkeeper.incidents/1"
CHOICES: dict[tuple[str, str], tuple[str, ...]] = {
    ("incident", "rung"): RUNGS,
    ("hypothesis", "cause"): CAUSES,
    ("hypothesis", "standing"): ("for", "against", "mixed", "insufficient"),
    ("document", "kind"): DOCUMENT_KINDS,
}
"""Columns that hold one of a few words."""
SCALARS: dict[Any, dict[str, Any]] = {
    str: {"type": "string"},
    int: {"type": "integer"},
    float: {"type": "number"},
    bool: {"type": "boolean"},
    datetime: {"type": "string", "format": "date-time"},
    date: {"type": "string", "format": "date"},
}


def incident_schema() -> dict[str, Any]:
    """The schema (draft 2020-12) of both forms, told apart by `format`. Times are UTC, ISO 8601."""
    defs: dict[str, Any] = {t.table_name: _table(t) for t in (Incident, Hypothesis, Document, Event)}
    _, more = msgspec.json.schema_components([Act], ref_template="#/$defs/{name}")
    defs |= {name.lower(): schema for name, schema in more.items()}
    many = {name: _many(name) for name in ("hypothesis", "document", "event", "act")}
    shown = {
        "format": {"const": SHOWN},
        "case_id": {"type": "string"},
        "incident": _ref("incident"),
        "hypotheses": many["hypothesis"],
        "documents": many["document"],
        "events": many["event"],
        "acts": many["act"],
    }
    built = {
        "format": {"const": BUILT},
        "case_id": {"type": "string"},
        "incidents": _many("incident"),
        "hypotheses": many["hypothesis"],
        "documents": many["document"],
        "events": many["event"],
    }
    return {
        "$schema": DRAFT,
        "title": "Incidents of a case",
        "description": "Made from the model by `lightkeeper docs`. Do not edit. `lightkeeper incident show --json` "
        "prints the first form; incidents.json, which has further members, is of the second.",
        "oneOf": [_object(shown, closed=True), _object(built, closed=False)],
        "$defs": defs,
    }


def schema_text() -> str:
    """The schema as the reference has it."""
    return msgspec.json.format(msgspec.json.encode(incident_schema()), indent=1).decode() + "\n"


def _table(table: type[Table]) -> dict[str, Any]:
    columns = {column.name: _column(table.table_name, column) for column in table.columns()}
    return {"description": " ".join((table.__doc__ or "").split()), **_object(columns, closed=True)}


def _column(table: str, column: Column) -> dict[str, Any]:
    choice = CHOICES.get((table, column.name))
    schema: dict[str, Any] = {"enum": list(choice)} if choice else _type(column.type)
    if column.optional:
        schema = {"anyOf": [schema, {"type": "null"}]}
    meaning = f"{column.meaning} ({column.unit})" if column.unit else column.meaning
    return {"description": meaning, **schema}


def _type(of: Any) -> dict[str, Any]:
    if get_origin(of) is list:
        return {"type": "array", "items": _type(get_args(of)[0])}
    return dict(SCALARS[of])


def _object(properties: dict[str, Any], *, closed: bool) -> dict[str, Any]:
    schema = {"type": "object", "required": list(properties), "properties": properties}
    return schema | ({"additionalProperties": False} if closed else {})


def _ref(name: str) -> dict[str, str]:
    return {"$ref": f"#/$defs/{name}"}


def _many(name: str) -> dict[str, Any]:
    return {"type": "array", "items": _ref(name)}
