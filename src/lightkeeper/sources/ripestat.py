"""Routing of a country as RIPEstat counts it from RIS: prefixes and AS seen, and whose they are.

Data calls (https://stat.ripe.net/docs/02.data-api/): `country-resource-stats` (counts of a country, every 5 minutes,
hour or day), `country-resource-list` (AS and prefixes registered to a country), `announced-prefixes` and
`routing-history` (when an AS announced which prefix). RIPE NCC asks for `sourceapp`, for no more than 8 requests at
once (we send one) and for a word from those who send more than 1,000 a day; its data are not to be passed on. Tested
against a local server that replays the documented answers, and one recorded answer; not run against the live API.
"""

from __future__ import annotations

import ipaddress
import math
from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime, timedelta
from typing import TypeVar

import msgspec

from lightkeeper.errors import InputError
from lightkeeper.model.signal import Signal
from lightkeeper.settings import Settings
from lightkeeper.sources import checked
from lightkeeper.sources.rows import Unreadable, clean
from lightkeeper.sources.series_fetch import Request, Terms, windows

T = TypeVar("T")

SOURCE = "ripestat"
LICENCE = "RIPEstat (RIPE NCC) service terms: for your own use, not to be passed on"
STEP_S = {"5m": 300, "1h": 3600, "1d": 86_400}
WINDOW_DAYS = {"5m": 7, "1h": 60, "1d": 365}
STEPS_MAX = 20_000
METRICS = {"v4_prefixes_ris": "prefixes_v4", "v6_prefixes_ris": "prefixes_v6", "asns_ris": "asns"}
ASK_AGAIN = "Fetch it again; if it stays so, RIPEstat has changed: please report it"


class _Envelope(msgspec.Struct):
    status: str
    data: msgspec.Raw
    time: str | None = None
    messages: list[list[str]] = []


class _Span(msgspec.Struct):
    starttime: str
    endtime: str
    full_peers_seeing: float | None = None


class _Stat(msgspec.Struct):
    timeline: list[_Span]
    v4_prefixes_ris: float | None = None
    v6_prefixes_ris: float | None = None
    asns_ris: float | None = None


class _Stats(msgspec.Struct):
    resource: str
    resolution: str
    query_starttime: str
    query_endtime: str
    stats: list[msgspec.Raw]
    latest_time: str | None = None


class _List(msgspec.Struct):
    query_time: str
    resources: dict[str, list[str | int]]


class _Prefix(msgspec.Struct):
    prefix: str
    timelines: list[_Span]


class _Announced(msgspec.Struct):
    resource: str
    prefixes: list[msgspec.Raw]


class _Origin(msgspec.Struct):
    origin: str
    prefixes: list[msgspec.Raw]


class _History(msgspec.Struct):
    by_origin: list[_Origin]


class Resources(msgspec.Struct, frozen=True):
    """What registries list for a country at a time. A network abroad may be in it, and one inside may not be."""

    at: datetime
    asns: list[int]
    prefixes: list[str]
    unreadable: list[Unreadable]


class Announcement(msgspec.Struct, frozen=True):
    """A time in which an AS announced a prefix, and how many full-feed peers of RIS saw it, where that is told."""

    prefix: str
    origin: int
    begins_at: datetime
    ends_at: datetime
    full_peers: float | None


def plan(country: str, since: date, until: date, settings: Settings, *, resolution: str = "5m") -> list[Request]:
    """Requests for the counts of a country from `since` to `until` (the day after the last one), UTC.

    Raises InputError for what is not a country code or a resolution (5m, 1h, 1d), or where the time is empty.
    """
    if resolution not in STEP_S:
        raise InputError(f"`{resolution[:20]}` is not a resolution", remedy="Give 5m, 1h or 1d")
    return [
        _request(
            settings,
            "country-resource-stats",
            end,
            resource=checked.asked_country(country),
            starttime=f"{begin:%Y-%m-%dT%H:%M}",
            endtime=f"{end:%Y-%m-%dT%H:%M}",
            resolution=resolution,
        )
        for begin, end in windows(since, until, WINDOW_DAYS[resolution])
    ]


def plan_resources(country: str, day: date, settings: Settings) -> list[Request]:
    """The request for what registries list for a country on a day."""
    at = datetime(day.year, day.month, day.day, tzinfo=UTC)
    resource = checked.asked_country(country)
    return [
        _request(
            settings, "country-resource-list", at, resource=resource, time=f"{at:%Y-%m-%dT%H:%M}", v4_format="prefix"
        )
    ]


def plan_announced(
    asns: Sequence[int], since: date, until: date, settings: Settings, *, history: bool = False
) -> list[Request]:
    """One request for each AS: when it announced which prefix; with `history`, and how many peers saw it."""
    begin, end = (datetime(day.year, day.month, day.day, tzinfo=UTC) for day in (since, until))
    if end <= begin:
        raise InputError(f"{since} to {until} is no time at all", remedy="`until` is the day after the last one")
    call = "routing-history" if history else "announced-prefixes"
    times = {"starttime": f"{begin:%Y-%m-%dT%H:%M}", "endtime": f"{end:%Y-%m-%dT%H:%M}"}
    return [_request(settings, call, end, resource=f"AS{checked.asked_asn(asn)}", **times) for asn in asns]


def parse(data: bytes, sha256: str | None = None) -> Iterator[Signal | Unreadable]:
    """Three series of a reply of `country-resource-stats`: IPv4 prefixes, IPv6 prefixes and AS that RIS sees.

    Dense from the time asked for to its end, or to where RIPEstat's data end (`not_yet_published` after that). A step
    that no row covers has no value, nor has a number below zero, which means unknown there. The end of a row's time
    counts to it, unless a later row begins there. What cannot be used comes first, as Unreadable. Raises InputError
    for another reply.
    """
    envelope = _envelope(data)
    stats = _decode(envelope.data, _Stats)
    country = checked.asked_country(stats.resource)
    step = STEP_S.get(stats.resolution)
    begin, end = _time(stats.query_starttime), _time(stats.query_endtime)
    if step is None or not 0 < (end - begin).total_seconds() / step <= STEPS_MAX:
        raise InputError(f"the reply is of {begin} to {end} by `{clean(stats.resolution)[:10]}`", remedy=ASK_AGAIN)
    rows: list[tuple[datetime, datetime, _Stat]] = []
    for number, raw in enumerate(stats.stats):
        try:
            stat = msgspec.json.decode(raw, type=_Stat)
            rows += [(_time(span.starttime), _time(span.endtime), stat) for span in stat.timeline]
        except (msgspec.MsgspecError, UnicodeDecodeError, InputError, ValueError, RecursionError) as error:
            yield Unreadable(f"{sha256 or 'reply'}: stats {number}", str(error)[:200], ASK_AGAIN)
    latest = min([end, *(_time(text) for text in (stats.latest_time, envelope.time) if text)])
    by_step = _by_step(rows, begin, end, step)
    for number in range(math.ceil((end - begin).total_seconds() / step)):
        at = begin + timedelta(seconds=number * step)
        yield from _signals(country, at, step, by_step.get(number), late=at > latest, sha256=sha256)


def parse_resources(data: bytes) -> Resources:
    """AS and prefixes of a reply of `country-resource-list`. Raises InputError for another reply."""
    found = _decode(_envelope(data).data, _List)
    asns: list[int] = []
    prefixes: list[str] = []
    aside: list[Unreadable] = []
    for kind, values in found.resources.items():
        for value in values:
            try:
                if kind == "asn":
                    asns.append(checked.asn(str(value)))
                else:
                    prefixes += _networks(str(value))
            except ValueError as error:
                aside.append(Unreadable(f"reply: {clean(kind)[:10]}", str(error)[:160], ASK_AGAIN))
    return Resources(_time(found.query_time), sorted(set(asns)), prefixes, aside)


def parse_announced(data: bytes) -> Iterator[Announcement | Unreadable]:
    """The announcements in a reply of `announced-prefixes` or `routing-history`. Raises InputError for another."""
    raw = _envelope(data).data
    try:
        groups = [(group.origin, group.prefixes) for group in msgspec.json.decode(raw, type=_History).by_origin]
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        one = _decode(raw, _Announced)
        groups = [(one.resource, one.prefixes)]
    for origin, prefixes in groups:
        for number, each in enumerate(prefixes):
            try:
                entry = msgspec.json.decode(each, type=_Prefix)
                prefix, asn = str(ipaddress.ip_network(entry.prefix)), checked.asn(origin.split()[-1])
                for span in entry.timelines:
                    yield Announcement(prefix, asn, _time(span.starttime), _time(span.endtime), span.full_peers_seeing)
            except (msgspec.MsgspecError, InputError, ValueError, IndexError, RecursionError) as error:
                yield Unreadable(f"reply: prefix {number} of {clean(origin)[:20]}", str(error)[:160], ASK_AGAIN)


def _request(settings: Settings, call: str, ends_at: datetime, **params: str) -> Request:
    url = f"{settings.ripestat_url}/{call}/data.json"
    return Request(url=url, params=params | {"sourceapp": "lightkeeper"}, ends_at=ends_at)


def _by_step(
    rows: list[tuple[datetime, datetime, _Stat]], begin: datetime, end: datetime, step: int
) -> dict[int, _Stat]:
    """The row of each step, by its number. RIPEstat gives one row for a time in which nothing changed."""
    found: dict[int, _Stat] = {}
    work = 0
    for first, last, stat in sorted(rows, key=lambda row: row[0]):
        since, until = max(first, begin), min(last, end)
        numbers = range(
            math.ceil((since - begin).total_seconds() / step), int((until - begin).total_seconds() // step) + 1
        )
        work += len(numbers)
        if work > 4 * STEPS_MAX:
            raise InputError("the times of the rows overlap over and over", remedy=ASK_AGAIN)
        found |= dict.fromkeys(numbers, stat)
    return found


def _signals(
    country: str, at: datetime, step: int, stat: _Stat | None, *, late: bool, sha256: str | None
) -> Iterator[Signal]:
    for field, metric in METRICS.items():
        value = None if stat is None or late else getattr(stat, field)
        if value is not None and not 0 <= value < 1e9:
            value = None
        reason = "not_yet_published" if late else "gap_in_source"
        yield Signal(
            series=f"{SOURCE}/{metric}/{country}",
            step_at=at,
            step_s=step,
            source=SOURCE,
            lineage="control_plane",
            entity_type="country",
            entity=country,
            metric=f"bgp_{metric}",
            unit="AS" if metric == "asns" else "prefixes",
            value=value,
            missing=None if value is not None else reason,
            file_sha256=sha256,
        )


def _networks(text: str) -> list[str]:
    """The prefixes of `10.0.0.0/8` or of a range `10.0.0.0-10.0.2.255`. Raises ValueError."""
    first, dash, last = clean(text).partition("-")
    if not dash:
        return [str(ipaddress.ip_network(first))]
    ends = ipaddress.IPv4Address(first.strip()), ipaddress.IPv4Address(last.strip())
    return [str(network) for network in ipaddress.summarize_address_range(*ends)]


def _time(text: str) -> datetime:
    try:
        at = datetime.fromisoformat(clean(text)[:40])
        return at.replace(tzinfo=UTC) if at.tzinfo is None else at.astimezone(UTC)
    except (ValueError, OverflowError) as error:
        raise InputError(f"`{clean(text)[:40]}` is not a time", remedy=ASK_AGAIN) from error


def _envelope(data: bytes) -> _Envelope:
    found = _decode(data, _Envelope)
    if found.status != "ok":
        said = clean(" ".join(" ".join(message) for message in found.messages))[:160]
        raise InputError(f"RIPEstat answered `{clean(found.status)[:20]}` {said}", remedy=ASK_AGAIN)
    return found


def _decode(data: bytes | msgspec.Raw, wanted: type[T]) -> T:
    try:
        return msgspec.json.decode(data, type=wanted)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        raise InputError(f"not a reply of RIPEstat's data API: {str(error)[:160]}", remedy=ASK_AGAIN) from error


def _check(data: bytes) -> str | None:
    """What is wrong with a reply: RIPEstat can answer an error with status 200."""
    try:
        _envelope(data)
    except InputError as error:
        return error.what
    return None


TERMS = Terms(source=SOURCE, licence=LICENCE, check=_check)
