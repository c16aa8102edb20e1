"""The outages in replies of IODA's `/outages/alerts` and `/outages/events`, as Events. See `ioda_api`.

An alert says that a series fell below a share of its own recent median (`critical`, `warning`) or came back (`normal`);
an event is what IODA makes of alerts. Both forget: once an outage is half as old as the time that the median is of, the
outage is the median, and the series counts as back. So an end that came late is flagged and is no proof of recovery.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta

import msgspec

from lightkeeper.model.event import Event
from lightkeeper.sources import checked
from lightkeeper.sources.ioda_api import ASK_AGAIN, DATASOURCES, LIMIT, Entity, asked, data_of
from lightkeeper.sources.rows import Unreadable, clean

EARLIEST_S, LATEST_S = 1_000_000_000, 4_102_444_800
"""2001 and 2100: a time outside is not one of IODA's."""
LONG = timedelta(days=3.5)
"""Half of the seven days that IODA's rule for active probing looks back."""
LEVELS = frozenset({"critical", "warning", "normal"})


class Alert(msgspec.Struct, frozen=True, kw_only=True):
    """One alert: a series of one entity crossed a threshold, down or back up."""

    at: datetime
    datasource: str
    method: str
    entity: Entity
    name: str
    """The entity's name."""
    country: str
    level: str
    fall: float | None
    """Share of the value before that is gone, 0 to 1; none where the source's numbers do not tell."""
    file_sha256: str | None = None
    """The reply that it stands in."""


class _Place(msgspec.Struct):
    code: str
    type: str
    name: str = ""
    attrs: object = None


class _Alert(msgspec.Struct):
    datasource: str
    entity: _Place
    time: int
    level: str
    value: float | None = None
    historyValue: float | None = None
    method: str | None = None


class _Event(msgspec.Struct):
    location: str
    start: int
    duration: int
    datasource: str | None = None
    method: str | None = None
    location_name: str = ""
    score: float | None = None
    overlaps_window: bool = False


def parse_alerts(body: bytes, url: str, country: str, sha256: str | None = None) -> Iterator[Alert | Unreadable]:
    """The alerts of one reply. `country` is where the entity is, unless IODA says where. Raises InputError.

    What cannot be used is Unreadable; so is the end of a reply that is full, since more may have been left out.
    """
    wanted = asked(url)
    entries = data_of(body, list[msgspec.Raw])
    for number, raw in enumerate(entries):
        try:
            yield _alert(msgspec.json.decode(raw, type=_Alert), wanted.entity, country, sha256)
        except (msgspec.MsgspecError, ValueError, RecursionError) as error:
            yield Unreadable(f"{sha256 or 'reply'}: alert {number}", str(error)[:200], ASK_AGAIN)
    yield from _full(entries, sha256)


def outages(alerts: Iterable[Alert]) -> Iterator[Event]:
    """Outages by alerts of any order: from the first that is not `normal` to the next `normal` of the same series.

    One that no `normal` ends has no end; that no more alerts came is no recovery. `severity` is the deepest fall that
    an alert told.
    """
    series: dict[tuple[str, str, Entity], list[Alert]] = {}
    for alert in alerts:
        series.setdefault((alert.datasource, alert.method, alert.entity), []).append(alert)
    for _, told in sorted(series.items()):
        opened: list[Alert] = []
        for alert in sorted(told, key=lambda a: (a.at, a.level == "normal")):
            if alert.level != "normal":
                opened.append(alert)
            elif opened:
                yield _outage(opened, alert.at)
                opened = []
        if opened:
            yield _outage(opened, None)


def parse_events(body: bytes, url: str, country: str, sha256: str | None = None) -> Iterator[Event | Unreadable]:
    """The events of one reply. One that runs over the end of the time asked for has no end. Raises InputError.

    What cannot be used is Unreadable; so is the end of a reply that is full, since more may have been left out.
    """
    wanted = asked(url)
    entries = data_of(body, list[msgspec.Raw])
    for number, raw in enumerate(entries):
        try:
            yield _event(msgspec.json.decode(raw, type=_Event), wanted.entity, checked.country(country), sha256)
        except (msgspec.MsgspecError, ValueError, RecursionError) as error:
            yield Unreadable(f"{sha256 or 'reply'}: event {number}", str(error)[:200], ASK_AGAIN)
    yield from _full(entries, sha256)


def _alert(row: _Alert, wanted: Entity, country: str, sha256: str | None) -> Alert:
    if (row.entity.type, row.entity.code.upper()) != wanted:
        raise ValueError(f"`{clean(row.entity.type[:20])}/{clean(row.entity.code[:20])}` was not asked for")
    if row.level not in LEVELS:
        raise ValueError(f"the level `{clean(row.level[:20])}` is not one that we know")
    here = row.entity.attrs.get("country_code") if isinstance(row.entity.attrs, dict) else None
    return Alert(
        at=_time(row.time),
        datasource=_known(row.datasource),
        method=_method(row.method),
        entity=wanted,
        name=clean(row.entity.name[:200]),
        country=wanted.code if wanted.type == "country" else checked.country(str(here) if here else country),
        level=row.level,
        fall=_fall(row),
        file_sha256=sha256,
    )


def _fall(row: _Alert) -> float | None:
    now, before = row.value, row.historyValue
    if now is None or before is None or not (before > 0 and 0 <= now < float("inf") and before < float("inf")):
        return None
    return max(1 - now / before, 0.0)


def _outage(opened: list[Alert], ended: datetime | None) -> Event:
    first, known = opened[0], DATASOURCES[opened[0].datasource]
    falls = [alert.fall for alert in opened if alert.fall is not None]
    near = timedelta(seconds=known.step_s)
    return Event(
        event_id=f"ioda_alerts:{first.datasource}.{first.method}:{first.entity.path}:{int(first.at.timestamp())}",
        kind="outage",
        source="ioda_alerts",
        country=first.country,
        entity_type=first.entity.type,
        entity=_named(first.entity, first.name),
        onset_earliest=first.at - near,
        onset_latest=first.at + near,
        end_earliest=ended - near if ended else None,
        end_latest=ended + near if ended else None,
        lineages=[known.lineage],
        severity=max(falls) if falls else None,
        flags=_flags(first.at, ended),
        note=f"IODA's rule `{first.method}` over {first.datasource}: {len(opened)} alerts.",
        file_sha256=first.file_sha256,
    )


def _event(row: _Event, wanted: Entity, country: str, sha256: str | None) -> Event:
    kind, _, code = row.location.partition("/")
    if (kind, code.upper()) != wanted:
        raise ValueError(f"`{clean(row.location[:40])}` was not asked for")
    name = _known(row.datasource or "")
    began = _time(row.start)
    if row.duration < 0:
        raise ValueError(f"it lasts {row.duration} seconds")
    until, near = _time(row.start + row.duration), timedelta(seconds=DATASOURCES[name].step_s)
    ended = None if row.overlaps_window else until
    method = _method(row.method)
    score = f" Its score is {row.score:.0f}." if row.score is not None and 0 <= row.score < 1e15 else ""
    return Event(
        event_id=f"ioda_events:{name}.{method}:{wanted.path}:{row.start}",
        kind="outage",
        source="ioda_events",
        country=wanted.code if wanted.type == "country" else country,
        entity_type=wanted.type,
        entity=_named(wanted, clean(row.location_name[:200])),
        onset_earliest=began - near,
        onset_latest=began + near,
        end_earliest=until if ended is None else ended - near,
        end_latest=ended + near if ended else None,
        lineages=[DATASOURCES[name].lineage],
        flags=_flags(began, ended),
        note=f"IODA's rule `{method}` over {name}.{score}",
        file_sha256=sha256,
    )


def _flags(began: datetime, ended: datetime | None) -> list[str]:
    if ended is None:
        return ["no_end"]
    return ["end_may_be_the_baselines"] if ended - began >= LONG else []


def _named(entity: Entity, name: str) -> str:
    return name or entity.code if entity.type == "region" else entity.code


def _known(datasource: str) -> str:
    if datasource not in DATASOURCES:
        raise ValueError(f"the datasource `{clean(datasource[:40])}` is not one that we know the lineage of")
    return datasource


def _method(text: str | None) -> str:
    name = clean((text or "median")[:40])
    if not name.isalnum():
        raise ValueError(f"the method `{name}` is not a name")
    return name


def _time(second: int) -> datetime:
    if not EARLIEST_S <= second <= LATEST_S:
        raise ValueError(f"{second} is not a time of IODA's")
    return datetime.fromtimestamp(second, tz=UTC)


def _full(entries: list[msgspec.Raw], sha256: str | None) -> Iterator[Unreadable]:
    if len(entries) >= LIMIT:
        what = f"the reply is full ({LIMIT} entries): more may have been left out"
        yield Unreadable(f"{sha256 or 'reply'}: end", what, "Fetch a shorter time")
