"""Which series count the same thing in many places, and what each is called beside the others."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from lightkeeper.model import Signal
from lightkeeper.model.case import Case
from lightkeeper.sources.iso3166 import subdivision

MANY = 3
"""More series of one metric than this are drawn as small multiples."""
MOST_PANELS = 36
"""More small charts than this are no longer read."""


class Group(NamedTuple):
    """Series of one source and metric."""

    metric: str
    names: list[str]
    rows: Mapping[str, list[Signal]]
    labels: Mapping[str, str]


def groups_of(shown: Mapping[str, list[Signal]], case: Case) -> list[Group]:
    """The series by source, metric and unit; those of the whole country first, each alone or with few others."""
    by_key: dict[tuple[bool, str, str, str], list[str]] = {}
    for name, rows in shown.items():
        row = rows[0]
        by_key.setdefault((row.entity_type != "country", row.source, row.metric, row.unit), []).append(name)
    return [
        Group(key[2], sorted(names), {n: shown[n] for n in names}, _labels(names, shown, case))
        for key, names in sorted(by_key.items())
    ]


def _labels(names: list[str], shown: Mapping[str, list[Signal]], case: Case) -> dict[str, str]:
    """The name of each series beside the others: its place where no two have the same, else what differs."""
    places = {name: _place(shown[name][0], case) for name in names}
    if len(set(places.values())) == len(names):
        return places
    parts = {name: name.split("/") for name in names}
    common = set.intersection(*(set(p) for p in parts.values()))
    return {name: " ".join(p for p in parts[name] if p not in common) or name for name in names}


def _place(row: Signal, case: Case) -> str:
    if row.entity_type == "asn":
        operator = case.operator_of(row.entity)
        return f"AS{row.entity}" + (f" {operator.name}" if operator else "")
    found = subdivision(row.entity) if row.entity_type == "region" else None
    return f"{found.name} ({row.entity})" if found else row.entity
