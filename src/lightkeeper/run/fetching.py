"""Fetch a public source: plan, bring the replies into the archive, read them, and write their rows.

A source is one record in SOURCES. Rows go to parts that are named by source, country, place and month, and take the
place of rows with the same key. So a second run, over the same time or a longer one, leaves no row twice.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import UTC, date, datetime, time
from typing import NamedTuple

import msgspec

from lightkeeper.archive import Archive
from lightkeeper.errors import InputError, SourceUnavailable
from lightkeeper.model import Event, Signal
from lightkeeper.run import locks
from lightkeeper.run.fetched_rows import Writer
from lightkeeper.run.judging import Aside
from lightkeeper.settings import Settings
from lightkeeper.sources import (
    checked,
    ioda_alerts,
    ioda_api,
    ioda_signals,
    mlab,
    ooni_aggregation,
    radar,
    radar_outages,
    radar_series,
    ripestat,
    series_fetch,
    tor_metrics,
)
from lightkeeper.sources.rows import Unreadable
from lightkeeper.sources.series_fetch import Failure, FetchSummary, OnProgress, Request, Terms

ASIDE_MAX = 1000
"""What was set aside is listed up to here; all of it is counted."""


class Wanted(NamedTuple):
    """What a person asks of a source: a country, places in it, and a time. `until` is the day after the last one."""

    country: str
    since: date
    until: date
    regions: Sequence[str] = ()
    asns: Sequence[int] = ()


class Reply(NamedTuple):
    """An archived reply and where it came from."""

    url: str
    body: bytes
    retrieved_at: datetime
    sha256: str


Row = Signal | Event | Unreadable


class Source(NamedTuple):
    """One source: what to ask for, how it is asked, and the rows of its replies. `rows` may raise nothing."""

    plan: Callable[[Wanted, Settings], list[Request]]
    terms: Terms
    rows: Callable[[Iterable[Reply], Wanted], Iterator[Row]]
    headers: Callable[[Settings], dict[str, str]] = lambda _: {}
    """What goes with each request, such as a token. Raises InputError, with how to get one, where there is none."""
    places: frozenset[str] = frozenset()
    """What it knows below a country: `region`, `asn`."""
    whole_country: bool = False
    """Whether what is asked of a country tells the events of all places in it."""


class Fetched(msgspec.Struct, frozen=True, kw_only=True):
    """What became of one run."""

    source: str
    country: str
    requests: int
    fetched: int
    skipped: int
    """Replies that the archive had before."""
    failed: list[Failure]
    signals: int
    without_value: int
    """Signals that have no value, for the reason that each tells."""
    events: int
    set_aside: int
    aside: list[Aside]
    """The first of what was set aside."""


def wanted_of(country: str, since: date, until: date, regions: Sequence[str], asns: Sequence[str]) -> Wanted:
    """What a person typed, checked: `IR`, `AS58224`. Raises InputError."""
    numbers = [checked.asked_asn(asn) for asn in asns]
    return Wanted(checked.asked_country(country), since, until, regions, numbers)


def fetch_source(name: str, wanted: Wanted, settings: Settings, *, on_progress: OnProgress | None = None) -> Fetched:
    """Fetch one of SOURCES and write its rows as the tables `signal` and `event`.

    Raises InputError for what the source cannot be asked, SourceUnavailable if it answered nothing at all.
    """
    source = SOURCES[name]
    for kind, asked in (("region", wanted.regions), ("asn", wanted.asns)):
        if asked and kind not in source.places:
            raise InputError(f"{name} cannot be asked for one {kind}", remedy=f"Leave out --{kind}")
    requests = source.plan(wanted, settings)
    archive = Archive(settings.data_dir / "archive")
    summary = series_fetch.fetch(
        source.terms, requests, archive, settings, on_progress, headers=source.headers(settings)
    )
    some(summary, name)
    writer = Writer(settings.data_dir / "tables", name, wanted.country, _at(wanted.until))
    aside: list[Aside] = []
    set_aside = 0
    for row in source.rows(_replies(summary, archive), wanted):
        if isinstance(row, Unreadable):
            set_aside += 1
            if len(aside) < ASIDE_MAX:
                aside.append(Aside(row.where, 0, row.what, row.remedy))
        else:
            writer.add(row)
    complete = not summary.failed and not set_aside
    writer.close((lambda event: _covered(event, source, wanted)) if complete else None)
    return Fetched(
        source=name,
        country=wanted.country,
        requests=len(summary.files) + len(summary.failed),
        fetched=summary.fetched,
        skipped=summary.skipped,
        failed=summary.failed,
        signals=writer.signals,
        without_value=writer.without_value,
        events=writer.events,
        set_aside=set_aside,
        aside=aside,
    )


def fetch_by_hand(name: str, wanted: Wanted, settings: Settings, *, on_progress: OnProgress | None = None) -> Fetched:
    """As `fetch_source`, for a person who asks. Raises InputError while a watch or another fetch writes those rows."""
    with locks.fetching(settings.data_dir, wanted.country, name):
        return fetch_source(name, wanted, settings, on_progress=on_progress)


def some(summary: FetchSummary, name: str) -> None:
    """Raises SourceUnavailable where a source answered nothing at all."""
    if summary.failed and not summary.files:
        first = summary.failed[0]
        wait = max((f.retry_after_s for f in summary.failed if f.retry_after_s is not None), default=None)
        where = first.url.partition("?")[0]
        raise SourceUnavailable(f"{name}: {first.error}", remedy=first.remedy, where=where, retry_after_s=wait)


def _replies(summary: FetchSummary, archive: Archive) -> Iterator[Reply]:
    for request, file in zip(summary.requests, summary.files, strict=True):
        yield Reply(request.full_url, archive.read(file.sha256), file.retrieved_at, file.sha256)


def _covered(event: Event, source: Source, wanted: Wanted) -> bool:
    """Whether the event would have come again, if the source still told it."""
    places = {("country", wanted.country), *(("asn", str(asn)) for asn in wanted.asns)}
    known = source.whole_country or (event.entity_type, event.entity) in places
    return known and _at(wanted.since) <= event.onset_earliest and event.onset_latest < _at(wanted.until)


def _at(day: date) -> datetime:
    return datetime.combine(day, time(), tzinfo=UTC)


def _each(replies: Iterable[Reply], parse: Callable[[Reply], Iterator[Row]]) -> Iterator[Row]:
    """The rows of each reply; a reply that is none is Unreadable."""
    for reply in replies:
        try:
            yield from parse(reply)
        except InputError as error:
            yield Unreadable(reply.sha256, error.what, error.remedy)


def _plan_ioda(wanted: Wanted, settings: Settings) -> list[Request]:
    entities = [ioda_api.entity_of("country", wanted.country)]
    entities += [ioda_api.entity_of("region", code) for code in wanted.regions]
    entities += [ioda_api.entity_of("asn", str(asn)) for asn in wanted.asns]
    return ioda_api.plan(entities, wanted.since, wanted.until, settings)


def _ioda(replies: Iterable[Reply], wanted: Wanted) -> Iterator[Row]:
    alerts: list[ioda_alerts.Alert] = []

    def parse(reply: Reply) -> Iterator[Row]:
        kind = ioda_api.asked(reply.url).kind
        if kind == "signals":
            yield from ioda_signals.parse(reply.body, reply.url, reply.retrieved_at, reply.sha256)
        elif kind == "events":
            yield from ioda_alerts.parse_events(reply.body, reply.url, wanted.country, reply.sha256)
        else:
            for row in ioda_alerts.parse_alerts(reply.body, reply.url, wanted.country, reply.sha256):
                if isinstance(row, Unreadable):
                    yield row
                else:
                    alerts.append(row)

    yield from _each(replies, parse)
    yield from ioda_alerts.outages(alerts)


def _radar(replies: Iterable[Reply], wanted: Wanted) -> Iterator[Row]:
    def parse(reply: Reply) -> Iterator[Row]:
        if radar.asked(reply.url).kind in radar.SERIES:
            return radar_series.parse(reply.body, reply.url, reply.retrieved_at, reply.sha256)
        return radar_outages.parse(reply.body, reply.url, wanted.country, reply.sha256)

    return _each(replies, parse)


def _plan_mlab(wanted: Wanted, settings: Settings) -> list[Request]:
    places = [mlab.place_of(wanted.country)]
    places += [mlab.place_of(wanted.country, region) for region in wanted.regions]
    places += [mlab.place_of(wanted.country, asn=asn) for asn in wanted.asns]
    return mlab.plan(places, wanted.since, wanted.until, settings)


SOURCES = {
    "ioda": Source(_plan_ioda, ioda_api.TERMS, _ioda, places=frozenset({"region", "asn"})),
    "radar": Source(
        lambda w, settings: radar.plan(w.country, w.asns, w.since, w.until, settings),
        radar.TERMS,
        _radar,
        radar.headers_of,
        places=frozenset({"asn"}),
        whole_country=True,
    ),
    "ripestat": Source(
        lambda w, settings: ripestat.plan(w.country, w.since, w.until, settings),
        ripestat.TERMS,
        lambda replies, _: _each(replies, lambda r: ripestat.parse(r.body, r.sha256)),
    ),
    "tor": Source(
        lambda w, settings: tor_metrics.plan([w.country], w.since, w.until, settings),
        tor_metrics.TERMS,
        lambda replies, _: _each(replies, lambda r: tor_metrics.parse(r.body, file_sha256=r.sha256)),
    ),
    "mlab": Source(
        _plan_mlab,
        mlab.TERMS,
        lambda replies, _: _each(
            replies, lambda r: mlab.parse(r.body, mlab.asked(r.url), r.sha256[:16], file_sha256=r.sha256)
        ),
        places=frozenset({"region", "asn"}),
    ),
    "ooni-counts": Source(
        lambda w, settings: ooni_aggregation.plan(w.country, w.since, w.until, settings),
        ooni_aggregation.TERMS,
        lambda replies, _: _each(replies, lambda r: ooni_aggregation.parse(r.body, r.url, r.retrieved_at, r.sha256)),
    ),
}
"""All sources that are fetched by requests. To add one is to add a record here, and its help to `cli/fetching.py`."""
