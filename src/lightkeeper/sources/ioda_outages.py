"""Outages that IODA's analysts investigated by hand: one CSV file of 2018-2020, and Iran's to July 2021.

The file came with "Destination Unreachable" (Bischof and others, SIGCOMM 2023). Times are UTC, in several spellings;
some records end before they begin; the scope column holds a country, a region or an AS.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

from lightkeeper.errors import InputError
from lightkeeper.model.event import Event
from lightkeeper.sources.country_names import country_code
from lightkeeper.sources.month_names import month_of
from lightkeeper.sources.rows import Row, Unreadable, clean, read_csv

COLUMNS = {
    "ID": "id",
    "Begin time": "begin",
    "End time": "end",
    "Country": "country",
    "IODA BGP visible by human": "control_plane",
    "IODA AP visible by human": "active_probing",
    "IODA IBR visible by human": "telescope",
    "Scope (based on granularity at which the outage appears in IODA)": "scope",
    "Cause": "cause",
    "Confirmation Status": "confirmation",
}
LINEAGES = ("control_plane", "active_probing", "telescope")
SEEN = {"true": True, "ture": True, "yes": True, "false": False, "no": False}

RESOLUTION = timedelta(minutes=10)
"""The coarsest bins on IODA's charts (active probing) are 10 minutes, so a moment is known to 10 minutes either way."""

_CLOCK = r"(\d{1,2})[:.](\d{1,2})(?:[:.]\d{1,2})?[:.]? ?([AP]\.?M\.?)?(?: ?(?:UTC|GMT))?"
"""Seconds may be lacking with their colon left: `2:30: AM`."""
_WORDS = re.compile(r"(?:([A-Za-z]+),? )?([A-Za-z]+) (\d{1,2}), (\d{4}),? " + _CLOCK, re.IGNORECASE)
_FIGURES = re.compile(r"(\d{1,2})/(\d{1,2})/(\d{4}) " + _CLOCK, re.IGNORECASE)


def read(path: Path) -> Iterator[Event | Unreadable]:
    """Each record as an Event, or as Unreadable with the reason. Raises InputError for a file of another form.

    A record that ends before it begins, or has no end, is kept without an end and flagged. A second record with the
    id of an earlier one gets `-2` behind it. A lineage that the analysts saw is in `lineages`, one that they looked
    at in vain in `lineages_silent`, one that the file does not tell in neither.
    """
    ids: Counter[str] = Counter()
    for row in read_csv(path):
        if isinstance(row, list):
            lacking = [name for name in COLUMNS if name not in row]
            if lacking:
                what, remedy = f"the column `{lacking[0]}` is missing", "Take the file of IODA's investigated outages"
                raise InputError(what, remedy=remedy, where=f"{path}:1")
            continue
        try:
            yield _event(row, f"{path.name}:{row.line}", ids)
        except ValueError as error:
            yield Unreadable(f"{path}:{row.line}", str(error), "Correct the record, or leave it out")


def _event(row: Row, where: str, ids: Counter[str]) -> Event:
    cell = {name: " ".join(clean(row.cells[column]).split()) for column, name in COLUMNS.items()}
    flags: list[str] = []
    began, ended = _moment(cell["begin"], flags), _end(cell["end"], flags)
    if began is None:
        raise ValueError("it has no begin")
    if ended is None:
        flags.append("no_end")
    elif ended < began:
        flags.append("ends_before_it_begins")
        ended = None
    code = country_code(cell["country"])
    if code is None:
        raise ValueError(f"`{cell['country'][:60]}` is not a country that we know")
    entity_type, entity = _scope(cell["scope"], code)
    saw = {lineage: SEEN.get(cell[lineage].lower()) for lineage in LINEAGES}
    if not cell["id"]:
        raise ValueError("it has no id")
    ids[cell["id"]] += 1
    if ids[cell["id"]] > 1:
        flags.append("id_stands_twice")
        cell["id"] += f"-{ids[cell['id']]}"
    cause = cell["cause"]
    return Event(
        event_id=f"ioda:{cell['id']}",
        kind="outage",
        source="ioda_outages",
        country=code,
        entity_type=entity_type,
        entity=entity,
        onset_earliest=began - RESOLUTION,
        onset_latest=began + RESOLUTION,
        end_earliest=ended - RESOLUTION if ended else None,
        end_latest=ended + RESOLUTION if ended else None,
        lineages=[lineage for lineage, seen in saw.items() if seen],
        lineages_silent=[lineage for lineage, seen in saw.items() if seen is False],
        cause_claimed=None if cause.lower() in ("", "unknown", "n/a") else cause,
        flags=list(dict.fromkeys(flags)),
        note=f"The source calls it {cell['confirmation'].lower()}." if cell["confirmation"] else "",
        row=where,
    )


def _end(text: str, flags: list[str]) -> datetime | None:
    return None if text.lower() in ("", "n/a", "na") else _moment(text, flags)


def _moment(text: str, flags: list[str]) -> datetime | None:
    """A time in one of the file's spellings. `17:00:00 PM` is taken as 24 hours. Adds a flag for a wrong weekday."""
    if not text:
        return None
    if words := _WORDS.fullmatch(text):
        weekday, month, day, year, hour, minute, half = words.groups()
        named = month_of(month)
        if named is None or named.solar:
            raise ValueError(f"`{text[:60]}` has no month")
        numbers = (int(year), named.number, int(day))
    elif figures := _FIGURES.fullmatch(text):
        weekday, half = None, figures[6]
        hour, minute = figures[4], figures[5]
        numbers = (int(figures[3]), int(figures[1]), int(figures[2]))
    else:
        raise ValueError(f"`{text[:60]}` is not a time in a spelling that we know")
    try:
        at = datetime(*numbers, _hour(int(hour), half), int(minute), tzinfo=UTC)
    except ValueError as error:
        raise ValueError(f"`{text[:60]}`: {error}") from error
    if weekday and f"{at:%A}" != weekday:
        flags.append("weekday_contradicts_date")
    return at


def _hour(hour: int, half: str | None) -> int:
    if half is None or hour > 12:
        return hour
    return hour % 12 + (12 if half[0] in "Pp" else 0)


def _scope(scope: str, code: str) -> tuple[str, str]:
    if scope.lower() == "country":
        return "country", code
    if number := re.fullmatch(r"AS ?\((?:AS)?(\d{1,10})\)", scope, re.IGNORECASE):
        return "asn", number[1]
    if region := re.fullmatch(r"Region ?\((.+)\)", scope, re.IGNORECASE):
        return "region", region[1].strip()
    raise ValueError(f"`{scope[:60]}` is not a country, a region or an AS")
