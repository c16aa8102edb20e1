"""How a column says what it means: the base of all tables."""

from __future__ import annotations

from typing import Any, ClassVar, NamedTuple, get_args, get_origin, get_type_hints

import msgspec


def col(meaning: str, *, unit: str | None = None, key: bool = False) -> msgspec.Meta:
    """Describe a column: its meaning in one sentence, its unit, and whether it is part of the row's key."""
    return msgspec.Meta(description=meaning, extra={"unit": unit, "key": key})


class Column(NamedTuple):
    """One column of a table, as the generated reference pages and the Parquet schema see it."""

    name: str
    type: Any
    optional: bool
    meaning: str
    unit: str | None
    key: bool


class Table(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """A row of a table. A subclass is the only schema: Parquet, DuckDB, JSON and the reference pages come from it."""

    table_name: ClassVar[str]

    @classmethod
    def columns(cls) -> list[Column]:
        """The columns in order. Raises TypeError for one that has no meaning."""
        found = []
        hints = get_type_hints(cls, include_extras=True)
        for field in msgspec.structs.fields(cls):
            inner, *notes = get_args(hints[field.name]) or (None,)
            meta = next((n for n in notes if isinstance(n, msgspec.Meta)), None)
            if meta is None or not meta.description:
                raise TypeError(f"{cls.__name__}.{field.name} does not say what it means")
            optional, base = _strip_none(inner)
            extra = meta.extra or {}
            unit, key = extra.get("unit"), bool(extra.get("key"))
            found.append(Column(field.name, base, optional, meta.description, unit, key))
        return found


def _strip_none(hint: Any) -> tuple[bool, Any]:
    args = get_args(hint)
    if get_origin(hint) is list or type(None) not in args:
        return False, hint
    rest = [a for a in args if a is not type(None)]
    if len(rest) != 1:
        raise TypeError(f"{hint} is not a type that a column can have")
    return True, rest[0]
