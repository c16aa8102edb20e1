"""The reference page of all tables, made from the model."""

from __future__ import annotations

from typing import Any, get_args, get_origin

from lightkeeper.model import TABLES, Column, Table

_HEAD = """# Tables

This page is made from the model by `lightkeeper docs`. Do not edit it.

Each table is a folder of Parquet files and a view in `lightkeeper sql`. Times are UTC. A column marked *key* is part of
what identifies a row; one marked *may be empty* has no value where nothing is known.
"""


def tables_page() -> str:
    """Markdown of all tables: columns, types, units, meanings and keys. Written to `docs/reference/tables.md`."""
    return "\n".join([_HEAD, *(_section(table) for table in TABLES)])


def _section(table: type[Table]) -> str:
    lines = [
        f"## {table.table_name}",
        "",
        " ".join((table.__doc__ or "").split()),
        "",
        "| column | type | unit | meaning | |",
        "|---|---|---|---|---|",
        *(_line(column) for column in table.columns()),
        "",
    ]
    return "\n".join(lines)


def _line(column: Column) -> str:
    marks = [mark for mark, holds in (("key", column.key), ("may be empty", column.optional)) if holds]
    cells = (f"`{column.name}`", _type_name(column.type), column.unit or "", column.meaning, ", ".join(marks))
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"


def _type_name(of: Any) -> str:
    if get_origin(of) is list:
        return f"list of {_type_name(get_args(of)[0])}"
    names = {"str": "text", "int": "integer", "float": "number", "bool": "yes or no", "datetime": "time", "date": "day"}
    return names[of.__name__]
