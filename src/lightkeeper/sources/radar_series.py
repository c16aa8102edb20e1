"""Traffic by the hour in replies of Cloudflare Radar's `/netflows/timeseries` and `/http/timeseries`. See `radar`.

Values are shares of the highest value in the reply (`MIN0_MAX`). So two replies have two scales, and no reply is
spliced to another: the time that was asked for is part of the name of the series.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

import msgspec

from lightkeeper.errors import InputError
from lightkeeper.model.signal import Signal
from lightkeeper.sources.radar import ASK_AGAIN, SERIES, SOURCE, Asked, asked, result_of, when
from lightkeeper.sources.rows import Unreadable, clean

HOUR = timedelta(hours=1)
METRICS = {"netflows": "netflows_all", "http": "http_requests_human"}
UNIT = "share of the highest in the reply"
POINTS_MAX = 20_000
FAULTS = frozenset({"PIPELINE", "PARTIAL_PROJECTION"})
"""Annotations that say that Cloudflare's own data are wrong or not whole. Others (OUTAGE, TRAFFIC_ANOMALY, EVENT) tell
of the world, and hide nothing."""
LEVEL_TOO_LOW = 1
"""Confidence level 1: not enough data, and an erratic pattern
(https://developers.cloudflare.com/radar/concepts/confidence-levels/)."""


class _Note(msgspec.Struct):
    eventType: str = ""
    startDate: str | None = None
    endDate: str | None = None
    startTime: str | None = None
    endTime: str | None = None


class _Confidence(msgspec.Struct):
    annotations: list[_Note] | None = None
    level: int | None = None


class _Meta(msgspec.Struct):
    lastUpdated: str | None = None
    normalization: str | None = None
    confidenceInfo: _Confidence | None = None


class _Points(msgspec.Struct):
    timestamps: list[str]
    values: list[str | float | None]


class _Result(msgspec.Struct):
    meta: _Meta
    main: _Points | None = None
    serie_0: _Points | None = None


def parse(body: bytes, url: str, retrieved_at: datetime, sha256: str | None = None) -> Iterator[Signal | Unreadable]:
    """The series of one reply, hour by hour from the begin of the time asked for to its end, or to the reply.

    `url` is the full URL that was asked, as the archive has it. Series: `radar/netflows_all/IR/2026-01-01_2026-02-01`,
    `radar/http_requests_human/AS58224/…`. Without a value are hours that the reply leaves out (`gap_in_source`; after
    its `lastUpdated`, `not_yet_published`), those of which Radar says that its own data are wrong
    (`fault_at_source`), and all, where it says that it has too few data (`low_confidence_at_source`). What cannot be
    used comes first, as Unreadable. Raises InputError for another reply.
    """
    wanted = asked(url)
    result = result_of(body, _Result)
    points = result.main or result.serie_0
    if wanted.kind not in SERIES or points is None or len(points.timestamps) != len(points.values):
        raise InputError("the reply holds no series by the hour", remedy=ASK_AGAIN)
    if len(points.values) > POINTS_MAX or result.meta.normalization not in (None, "MIN0_MAX"):
        how = clean((result.meta.normalization or "")[:40])
        raise InputError(f"the reply has {len(points.values)} values by `{how}`", remedy=ASK_AGAIN)
    values: dict[datetime, float | None] = {}
    for number, (text, value) in enumerate(zip(points.timestamps, points.values, strict=True)):
        try:
            at = _hour(text, wanted)
            if at in values:
                raise ValueError(f"{at:%Y-%m-%d %H:%M} stands twice; the first is kept")
            if value is not None:
                values[at] = _share(value)
        except (ValueError, OverflowError) as error:
            yield Unreadable(f"{sha256 or 'reply'}: value {number}", str(error)[:200], ASK_AGAIN)
    faults = list(_faults(result.meta, sha256))
    yield from (fault for fault in faults if isinstance(fault, Unreadable))
    spans = [fault for fault in faults if not isinstance(fault, Unreadable)]
    yield from _rows(values, spans, result.meta, wanted, retrieved_at, sha256)


def _rows(
    values: dict[datetime, float | None],
    faults: list[tuple[datetime, datetime]],
    meta: _Meta,
    wanted: Asked,
    retrieved_at: datetime,
    sha256: str | None,
) -> Iterator[Signal]:
    level = meta.confidenceInfo.level if meta.confidenceInfo else None
    last = max(values, default=wanted.begins_at)
    place = wanted.entity if wanted.entity_type == "country" else f"AS{wanted.entity}"
    span = f"{wanted.begins_at:%Y-%m-%d}_{wanted.ends_at:%Y-%m-%d}"
    fresh = _updated(meta, retrieved_at)
    at = wanted.begins_at
    while at < min(wanted.ends_at, retrieved_at):
        value, missing = values.get(at), None
        if level is not None and level <= LEVEL_TOO_LOW:
            missing = "low_confidence_at_source"
        elif any(begin < at + HOUR and at < end for begin, end in faults):
            missing = "fault_at_source"
        elif at not in values:
            missing = "not_yet_published" if at > last and at + HOUR > fresh else "gap_in_source"
        elif value is None:
            missing = "unreadable_in_source"
        yield Signal(
            series=f"{SOURCE}/{METRICS[wanted.kind]}/{place}/{span}",
            step_at=at,
            step_s=3600,
            source=SOURCE,
            lineage="traffic",
            entity_type=wanted.entity_type,
            entity=wanted.entity,
            metric=METRICS[wanted.kind],
            unit=UNIT,
            value=None if missing else value,
            missing=missing,
            file_sha256=sha256,
        )
        at += HOUR


def _hour(text: str, wanted: Asked) -> datetime:
    at = when(text)
    if at.minute or at.second or at.microsecond:
        raise ValueError(f"`{clean(text[:40])}` is not the begin of an hour")
    if not wanted.begins_at <= at < wanted.ends_at:
        raise ValueError(f"`{clean(text[:40])}` was not asked for")
    return at


def _share(value: str | float) -> float | None:
    """A share of the highest, 0 to 1; none for what is not one."""
    try:
        share = float(value)
    except (ValueError, OverflowError):
        return None
    return share if 0 <= share <= 1 else None


def _faults(meta: _Meta, sha256: str | None) -> Iterator[tuple[datetime, datetime] | Unreadable]:
    """Times in which Radar's own data are wrong. One without an end lasts to the end of the reply."""
    for note in (meta.confidenceInfo.annotations or []) if meta.confidenceInfo else []:
        if note.eventType.upper() not in FAULTS:
            continue
        begin, end = note.startDate or note.startTime, note.endDate or note.endTime
        try:
            first = when(begin or "")
            yield first, when(end) if end else datetime.max.replace(tzinfo=first.tzinfo)
        except (ValueError, OverflowError):
            what = f"a fault of Radar's data has no begin: `{clean((begin or '')[:40])}`"
            yield Unreadable(f"{sha256 or 'reply'}: annotations", what, ASK_AGAIN)


def _updated(meta: _Meta, retrieved_at: datetime) -> datetime:
    """Up to when Radar has data; where it does not say, up to the reply."""
    try:
        return min(when(meta.lastUpdated), retrieved_at) if meta.lastUpdated else retrieved_at
    except (ValueError, OverflowError):
        return retrieved_at
