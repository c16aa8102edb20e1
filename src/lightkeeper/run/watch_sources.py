"""The sources that are watched: how often each is asked, how late it is by nature, and which of its series are heard.

The paces and latenesses are our own estimates from what the sources document. None was measured against the live sites.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date, timedelta
from typing import NamedTuple

from lightkeeper.errors import InputError
from lightkeeper.run.fetching import SOURCES, Wanted, fetch_source
from lightkeeper.run.watch_ooni import judge_source
from lightkeeper.settings import Settings

MINUTE, HOUR, DAY = 60, 3600, 86_400


class Pace(NamedTuple):
    """How one source is watched. Lengths of time are in seconds, or in days where the name says so."""

    every_s: int
    """Least time between two rounds."""
    again_days: int
    """Days before today that are asked for again in each round, since late data come and old ones are mended."""
    window_days: int
    """Days that are fetched at first, and that detection looks at."""
    settle_s: int
    """A step is not looked at before it is this old: until then it may still be filled up."""
    late_s: int
    """Where the newest step with a value ended longer ago, the source is silent."""
    heard: str = ""
    """A pattern of the metrics that detection looks at; empty is all."""


PACES = {
    "ioda": Pace(HOUR, 2, 60, 30 * MINUTE, 4 * HOUR),
    "radar": Pace(HOUR, 30, 31, 2 * HOUR, 8 * HOUR),
    "ripestat": Pace(HOUR, 2, 60, HOUR, 24 * HOUR),
    "tor": Pace(6 * HOUR, 14, 365, 2 * DAY, 5 * DAY, r"tor_(relay|bridge)_users(_low.*)?"),
    "mlab": Pace(DAY, 7, 365, 2 * DAY, 7 * DAY),
    "ooni-counts": Pace(HOUR, 3, 60, 6 * HOUR, 24 * HOUR, r"ooni_(measurements|confirmed_share)"),
    "ooni": Pace(HOUR, 1, 14, 6 * HOUR, 24 * HOUR),
}
"""The sources by name. An anomaly of OONI's is not a block, so its share is not looked at for blocks; the bounds of
Tor's users move together, so only the lower one is."""
HEAVY = {"ooni": "raw measurements, judged here: some hundred MB a day for a large country"}
"""Sources that are watched only where they are named."""
_SPAN = re.compile(r"\d{4}-\d\d-\d\d_\d{4}-\d\d-\d\d")


class Delivered(NamedTuple):
    """What one round of one source gave."""

    rows: int
    failed: int
    set_aside: int
    error: str
    remedy: str
    retry_after_s: float | None


def chosen_sources(names: str | None) -> list[str]:
    """The sources of a list with commas; without one, all that are light. Raises InputError for one we do not know."""
    if names is None:
        return [name for name in PACES if name not in HEAVY]
    wanted = [name.strip() for name in names.split(",") if name.strip()]
    strange = [name for name in wanted if name not in PACES]
    if strange or not wanted:
        raise InputError(
            f"`{strange[0][:40] if strange else names[:40]}` is not a source that is watched",
            remedy=f"Give some of: {', '.join(PACES)}",
        )
    return list(dict.fromkeys(wanted))


def needs(name: str, settings: Settings) -> str | None:
    """What a source lacks to be asked at all, and how to get it: a token. None where it lacks nothing."""
    if name not in SOURCES:
        return None
    try:
        SOURCES[name].headers(settings)
    except InputError as error:
        return f"{error.what}. {error.remedy}"
    return None


def span_of(name: str, today: date, covered: date | None, asked_until: date | None) -> tuple[date, date]:
    """The days to ask for, the last not included.

    `covered` is the first day that was fetched before and `asked_until` the last that was asked for; where there is
    none, or a gap, the time is filled from there.
    """
    pace = PACES[name]
    first = today - timedelta(days=pace.window_days)
    again = today - timedelta(days=pace.again_days)
    if covered is None or asked_until is None or covered > first + timedelta(days=pace.again_days):
        return first, today + timedelta(days=1)
    since = max(min(again, asked_until - timedelta(days=pace.again_days)), first)
    return since, today + timedelta(days=1)


def ask(
    name: str,
    country: str,
    span: tuple[date, date],
    settings: Settings,
    regions: Sequence[str] = (),
    asns: Sequence[int] = (),
) -> Delivered:
    """Fetch a source, write its rows. `regions` are IODA's numbers. Raises LightkeeperError where it gave nothing."""
    if name == "ooni":
        judged = judge_source(country, *span, settings)
        first = judged.failed[0] if judged.failed else None
        error, remedy = (first.error, first.remedy) if first else ("", "")
        return Delivered(judged.judged, len(judged.failed), judged.set_aside, error, remedy, None)
    known = asns if "asn" in SOURCES[name].places else ()
    wanted = Wanted(country, *span, regions if name == "ioda" else (), known)
    found = fetch_source(name, wanted, settings)
    worst = max(found.failed, key=lambda f: f.retry_after_s or 0.0, default=None)
    return Delivered(
        found.signals + found.events,
        len(found.failed),
        found.set_aside,
        worst.error if worst else "",
        worst.remedy if worst else "",
        worst.retry_after_s if worst else None,
    )


def heard_name(name: str, series: str, metric: str, unit: str, place: tuple[str, str], country: str) -> str | None:
    """The name under which detection hears a series: `source/metric/…/place`, so that the place comes last.

    `place` is type and code of the entity. None for a series that is not listened to.
    """
    heard = PACES[name].heard
    if heard and not re.fullmatch(heard, metric):
        return None
    kind, code = place
    own = {country, code, f"AS{code}", f"region-{code}"}
    head, said, *rest = series.split("/")
    middle = [part for part in rest if part not in own and not _SPAN.fullmatch(part)]
    where = {"country": [code], "asn": [country, f"AS{code}"], "region": [country, f"region-{code}"]}.get(kind, [code])
    said = f"{said}_throughput" if unit == "Mbit/s" else said
    return "/".join([head, said, *middle, *where])
