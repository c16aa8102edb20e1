"""List: the files of a route collector for a time, by the names that RIPE RIS and RouteViews give them.

RIS: `rrc00/2026.01/updates.20260108.1630.gz` every 5 minutes, `bview.20260108.1600.gz` every 8 hours
(https://ris.ripe.net/docs/mrt/). RouteViews: `route-views.linx/bgpdata/2026.01/UPDATES/updates.20260108.1630.bz2`
every 15 minutes, `RIBS/rib.20260108.1600.bz2` every 2 hours (https://www.routeviews.org/routeviews/archive/).
Tested against a local server; not run against the live archives.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

from lightkeeper.errors import InputError
from lightkeeper.settings import Settings
from lightkeeper.sources.series_fetch import Request, Terms

SOURCE = "mrt"
LICENCE = "RIPE RIS and RouteViews: open data, cite the source"
MAX_BYTES = 1 << 30
"""A table of a large collector is about 500 MB, packed."""
DEADLINE_S = 3600.0
"""Enough for such a table at 1.2 Mbit/s."""
RIS_EVERY_5_MINUTES = datetime(2003, 8, 1, tzinfo=UTC)
"""Before, RIS cut its files every 15 minutes."""

_RIS = re.compile(r"rrc\d{2}")
_ROUTEVIEWS = re.compile(r"[a-z0-9](?:[a-z0-9.-]{0,60}[a-z0-9])?")


def plan(
    collector: str, begin: datetime, end: datetime, settings: Settings, *, every_table: bool = False
) -> list[Request]:
    """The last table before `begin`, then all updates up to `end` (UTC), in order of time.

    With `every_table`, the tables within that time too: after a gap in the updates, the next one sets the state right.
    `collector` is rrc00, route-views2, route-views.linx, … Raises InputError for a name or a time that cannot be.
    """
    if begin.tzinfo is None or end.tzinfo is None or end <= begin:
        raise InputError(f"{begin} to {end} is no time", remedy="Give a begin and a later end, with a time zone")
    ris = bool(_RIS.fullmatch(collector))
    if not ris and (".." in collector or not _ROUTEVIEWS.fullmatch(collector)):
        raise InputError(f"`{collector[:60]}` is not a collector", remedy="Give one such as rrc00 or route-views.linx")
    if ris and begin < RIS_EVERY_5_MINUTES:
        raise InputError("RIS has files of another length before August 2003", remedy="Import those files by hand")
    updates, tables = (300, 28_800) if ris else (900, 7_200)
    first = next(_every(tables, begin, end))
    wanted = [(at, "table") for at in _every(tables, begin, end) if every_table or at == first]
    wanted += [(at, "updates") for at in _every(updates, begin, end)]
    length = {"table": 0, "updates": updates}
    return [
        Request(
            url=(_ris if ris else _routeviews)(collector, at, what == "table", settings),
            ends_at=at + timedelta(seconds=length[what]),
        )
        for at, what in sorted(wanted)
    ]


def _check(data: bytes) -> str | None:
    is_page = data[:64].lstrip().lower().startswith((b"<!", b"<html", b"<?xml"))
    return "the reply is a page, not an MRT file" if is_page or not data else None


TERMS = Terms(
    source=SOURCE,
    licence=LICENCE,
    pause_s=0.5,
    check=_check,
    max_bytes=MAX_BYTES,
    deadline_s=DEADLINE_S,
    large=True,
)


def _every(seconds: int, begin: datetime, end: datetime) -> Iterator[datetime]:
    """Times on the grid of so many seconds: from the last one at or before `begin` up to `end`, not included."""
    at = int(begin.timestamp()) // seconds * seconds
    while at < end.timestamp():
        yield datetime.fromtimestamp(at, UTC)
        at += seconds


def _ris(collector: str, at: datetime, table: bool, settings: Settings) -> str:
    return f"{settings.ris_url}/{collector}/{at:%Y.%m}/{'bview' if table else 'updates'}.{at:%Y%m%d.%H%M}.gz"


def _routeviews(collector: str, at: datetime, table: bool, settings: Settings) -> str:
    folder = "" if collector == "route-views2" else f"/{collector}"
    name = f"RIBS/rib.{at:%Y%m%d.%H%M}.bz2" if table else f"UPDATES/updates.{at:%Y%m%d.%H%M}.bz2"
    return f"{settings.routeviews_url}{folder}/bgpdata/{at:%Y.%m}/{name}"
