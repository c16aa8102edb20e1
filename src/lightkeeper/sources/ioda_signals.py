"""The series in replies of IODA's `/signals/raw`, dense over the time that was asked for. See `ioda_api`."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec

from lightkeeper.errors import InputError
from lightkeeper.model.signal import Signal
from lightkeeper.sources.ioda_api import ASK_AGAIN, DATASOURCES, SOURCE, Asked, Datasource, asked, data_of
from lightkeeper.sources.rows import Unreadable, clean

NULL, GAP, NONE, LATE, WRONG = (
    "null_at_source",
    "gap_in_source",
    "no_series_at_source",
    "not_yet_published",
    "unreadable_in_source",
)
STEPS_MAX = 50_000
"""More steps than this in one reply (31 days by one minute) are not what we asked for."""
LATEST = timedelta(days=1)
"""Empty steps at the end of a reply that are younger than this when it came are not a gap yet."""
VALUE_MAX = 1e15
_SUBTYPE = re.compile(r"[A-Za-z0-9_-]{1,40}")


class _Series(msgspec.Struct):
    entityType: str
    entityCode: str
    datasource: str
    start: int = msgspec.field(name="from")
    step: int
    values: list[Any]
    subtype: str | None = None


def parse(body: bytes, url: str, retrieved_at: datetime, sha256: str | None = None) -> Iterator[Signal | Unreadable]:
    """The series of one reply, by steps of IODA's own length, from the begin of the time asked for to its end.

    `url` is the full URL that was asked, as the archive has it. Series: `ioda_api/bgp_visible_slash24/IR`, `…/AS58224`,
    `…/region-1906`. A null stays without a value (`null_at_source`), a step that the reply leaves out too
    (`gap_in_source`); where IODA has no such series at all, every step is there without a value
    (`no_series_at_source`). No step is later than the reply. What cannot be used comes first, as Unreadable. Raises
    InputError for another reply.
    """
    wanted = asked(url)
    source = DATASOURCES.get(wanted.datasource or "")
    if wanted.kind != "signals" or source is None:
        raise InputError("not a request for one datasource that we know", remedy=ASK_AGAIN)
    found: dict[str, _Series] = {}
    for number, raw in enumerate(_entries(body)):
        try:
            series = msgspec.json.decode(raw, type=_Series)
            metric = _metric(series, source, wanted)
            if metric in found:
                raise ValueError(f"{metric} stands twice; the first is kept")
            found[metric] = series
        except (msgspec.MsgspecError, ValueError, RecursionError) as error:
            yield Unreadable(f"{sha256 or 'reply'}: series {number}", str(error)[:200], ASK_AGAIN)
    if not found:
        metric = source.metric + (f"_{wanted.params.lower()}" if wanted.params else "")
        yield from _rows(metric, source, None, wanted, retrieved_at, sha256)
    for metric, series in found.items():
        yield from _rows(metric, source, series, wanted, retrieved_at, sha256)


def _entries(body: bytes) -> list[msgspec.Raw]:
    """`data` is a list of entities, each a list of series."""
    return [series for entity in data_of(body, list[list[msgspec.Raw]]) for series in entity]


def _metric(series: _Series, source: Datasource, wanted: Asked) -> str:
    """The metric of a series that was asked for. Raises ValueError for any other."""
    if series.datasource != wanted.datasource:
        raise ValueError(f"the datasource `{clean(series.datasource[:40])}` was not asked for")
    if (series.entityType, series.entityCode.upper()) != wanted.entity:
        raise ValueError(f"`{clean(series.entityType[:20])}/{clean(series.entityCode[:20])}` was not asked for")
    length = (wanted.ends_at - wanted.begins_at).total_seconds()
    begin = wanted.begins_at.timestamp()
    if not 0 < series.step <= length or length / series.step > STEPS_MAX or len(series.values) > STEPS_MAX:
        raise ValueError(f"{len(series.values)} steps of {series.step} seconds cannot be")
    if not begin - series.step <= series.start < begin + length:
        raise ValueError(f"it begins at {series.start}, outside of the time that was asked for")
    if not series.subtype:
        return source.metric
    if not _SUBTYPE.fullmatch(series.subtype):
        raise ValueError(f"the subtype `{clean(series.subtype[:40])}` is not a name")
    return f"{source.metric}_{series.subtype.lower()}"


def _rows(
    metric: str, source: Datasource, series: _Series | None, wanted: Asked, retrieved_at: datetime, sha256: str | None
) -> Iterator[Signal]:
    step = series.step if series else source.step_s
    begin, end = int(wanted.begins_at.timestamp()), int(min(wanted.ends_at, retrieved_at).timestamp())
    first = series.start - (series.start - begin) // step * step if series else begin
    values = [_value(value, source.inside) for value in series.values] if series else []
    offset = (first - series.start) // step if series else 0
    last = max((n for n, (value, _) in enumerate(values) if value is not None), default=-1)
    late = (retrieved_at - LATEST).timestamp()
    for number in range(max(math.ceil((end - first) / step), 0)):
        second, place = first + number * step, number + offset
        value, missing = values[place] if 0 <= place < len(values) else (None, GAP if series else NONE)
        if value is None and place > last and second >= late:
            missing = LATE
        yield Signal(
            series=f"{SOURCE}/{metric}/{wanted.entity.path}",
            step_at=datetime.fromtimestamp(second, tz=UTC),
            step_s=step,
            source=SOURCE,
            lineage=source.lineage,
            entity_type=wanted.entity.type,
            entity=wanted.entity.code,
            metric=metric,
            unit=source.unit,
            value=value,
            missing=missing,
            file_sha256=sha256,
        )


def _value(value: Any, inside: str | None) -> tuple[float | None, str | None]:
    """The number of a step, and why there is none. Loss and latency stand in a list of one object."""
    if inside is not None and value is not None:
        if not isinstance(value, list) or len(value) > 1:
            return None, WRONG
        group = value[0].get("agg_values") if value and isinstance(value[0], dict) else None
        value = group.get(inside) if isinstance(group, dict) else None
    if value is None:
        return None, NULL
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not 0 <= value <= VALUE_MAX:
        return None, WRONG
    return float(value), None
