"""A Frictionless data package: the tables of a case as Parquet files, with what each column means."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from datetime import date, datetime
from typing import Any, get_args, get_origin

import msgspec

from lightkeeper.model import Column, Table
from lightkeeper.publish.exports.record import Record, stable_uuid

_TYPES: dict[Any, str] = {
    str: "string", int: "integer", float: "number", bool: "boolean", datetime: "datetime", date: "date",
}  # fmt: skip


def datapackage(record: Record, tables: Mapping[type[Table], bytes], licences: Iterable[str]) -> str:
    """`datapackage.json` (Data Package, version 1) for `<table>.parquet` files with these bytes."""
    case = record.case
    described = sorted({name for name in licences if name})
    data = {
        "profile": "data-package",
        "name": case.id,
        "id": str(stable_uuid("datapackage", case.id)),
        "title": case.title,
        "description": " ".join(case.summary.split()),
        "version": record.version,
        **({"created": f"{known}T00:00:00Z"} if (known := record.known_on()) else {}),
        "licenses": [{"name": _slug(name), "title": name} for name in described] or [{"name": "unknown"}],
        "resources": [_resource(table, body) for table, body in sorted(tables.items(), key=lambda t: t[0].table_name)],
    }
    return msgspec.json.format(msgspec.json.encode(data), indent=1).decode() + "\n"


def _resource(table: type[Table], body: bytes) -> dict[str, Any]:
    columns = table.columns()
    return {
        "name": table.table_name,
        "path": f"{table.table_name}.parquet",
        "format": "parquet",
        "mediatype": "application/vnd.apache.parquet",
        "description": " ".join((table.__doc__ or "").split()),
        "bytes": len(body),
        "hash": f"sha256:{hashlib.sha256(body).hexdigest()}",
        "schema": {
            "fields": [_field(column) for column in columns],
            "primaryKey": [column.name for column in columns if column.key],
        },
    }


def _field(column: Column) -> dict[str, Any]:
    kind = "array" if get_origin(column.type) is list else _TYPES[column.type]
    unit = f" ({column.unit})" if column.unit else ""
    found: dict[str, Any] = {"name": column.name, "type": kind, "description": f"{column.meaning}{unit}"}
    if kind == "array":
        found["arrayItem"] = {"type": _TYPES[get_args(column.type)[0]]}
    if not column.optional:
        found["constraints"] = {"required": True}
    return found


def _slug(name: str) -> str:
    return "".join(c if c.isalnum() or c in "-._" else "-" for c in name)[:100]
