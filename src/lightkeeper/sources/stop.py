"""Access Now's #KeepItOn STOP dataset of internet shutdowns, as documents: what Access Now claims, re-stated.

The sentences of the dataset are not taken over: `claim` is composed from its coded columns. In the raw dataset
operators and services are names as it spells them; a case's documents.csv has the ids of the case.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date, datetime
from pathlib import Path

from lightkeeper.model.document import Document
from lightkeeper.sources import stop_fields as field
from lightkeeper.sources.country_days import day_in_utc, zones
from lightkeeper.sources.country_names import OUTSIDE_ISO, country_codes, nearest
from lightkeeper.sources.day_parts import Orders
from lightkeeper.sources.days import REMEDY, Days, orders_of
from lightkeeper.sources.rows import Unreadable
from lightkeeper.sources.stop_sheets import SheetRow, sheet_rows


def read(path: Path) -> Iterator[Document | Unreadable]:
    """Each row as a Document, in the order of the file; a row about several countries as one for each.

    Days are local. As brackets in UTC they run from the begin of the day in the country's easternmost time zone to its
    end in the westernmost. A row without a begin is kept, flagged `no_start`: it was so in the year of its count. A row
    whose begin cannot be read comes as Unreadable with the cell; so does an end that cannot, beside the row without it.
    A country that we do not know, and a row without a country, come as Unreadable. Raises InputError for a file of
    another form.
    """
    orders = _orders(path)
    for row in sheet_rows(path):
        if isinstance(row, Unreadable):
            yield row
            continue
        codes, unknown = country_codes(row.text("country"))
        where = f"{path}:{f'{row.sheet}:' if row.sheet else ''}{row.number}"
        for name in unknown:
            yield Unreadable(where, f"`{name[:60]}` is not a country that we know", _remedy(name))
        if not codes and not unknown:
            yield Unreadable(where, "the row names no country", "Correct the row, or leave it out")
        told: set[str] = set()
        for code in codes:
            made, wrong = _document(row, code, path, orders.get(row.sheet, {}), several=len(codes) > 1)
            yield from (Unreadable(where, what, REMEDY) for what in wrong if what not in told)
            told |= set(wrong)
            if made is not None:
                yield made


def _orders(path: Path) -> dict[str, Orders]:
    """How each sheet writes days in figures."""
    pairs: dict[str, list[tuple[str, str]]] = {}
    for row in sheet_rows(path):
        if not isinstance(row, Unreadable):
            pairs.setdefault(row.sheet, []).append((row.text("start_date"), row.text("end_date")))
    return {sheet: orders_of(rows) for sheet, rows in pairs.items()}


def _remedy(name: str) -> str:
    near = nearest(name)
    meant = f"Write {' or '.join(near)}, if that is meant. " if near else ""
    return f"{meant}If it has a code of ISO 3166-1, add its name to ALIASES in sources/country_names.py"


def _document(
    row: SheetRow, code: str, path: Path, orders: Orders, *, several: bool
) -> tuple[Document | None, list[str]]:
    """The document, or none where its begin cannot be read; and what is wrong with the cells of its days."""
    there = zones(code)
    wrong: list[str] = []
    read: dict[str, Days | None] = {}
    for name in ("start_date", "end_date"):
        try:
            read[name] = field.days(row, name, orders, there)
        except ValueError as error:
            wrong.append(f"`{row.text(name)[:60]}` in `{name}` is not a day that can be read: {error}")
    if "start_date" not in read:
        return None, wrong
    start, end = read["start_date"], read.get("end_date")
    if start is not None and start.kind == "range" and end is None and not row.text("end_date"):
        start, end = start._replace(last=start.first), start._replace(first=start.last)
    flags = field.flags(row, start, end)
    if code in OUTSIDE_ISO:
        flags.append("code_outside_iso_3166")
    if start and end and end.last < start.first:
        end = None
    place_type, place = field.place(row, code)
    sheet = f", sheet {row.sheet}" if row.sheet else ""
    first = start.first if start else None
    begins = _bracket(code, start, last=False) if start else (None, None)
    ends = _bracket(code, end, last=True) if end else (None, None)
    as_of = _as_of(row, code, start)
    made = Document(
        document_id="stop:" + ":".join([*_slug(row.sheet), str(row.number), *([code.lower()] if several else [])]),
        kind="stop_record",
        publisher="Access Now",
        title=f"#KeepItOn STOP dataset: {place or code}, {_day_said(first)}",
        claim=_claim(row, code, place, first, end.last if end else None),
        country=code,
        place_type=place_type,
        place=place,
        onset_earliest=begins[0],
        onset_latest=begins[1],
        end_earliest=ends[0],
        end_latest=ends[1],
        as_of_earliest=as_of[0],
        as_of_latest=as_of[1],
        ongoing=field.ongoing(row),
        extent=field.extent(row),
        services=field.services(row),
        networks=field.networks(row),
        operators=field.operators(row),
        cause_claimed=field.known(row, "actual_cause"),
        ordered_by=field.known(row, "decision_maker") or field.known(row, "ordered_by"),
        acknowledged=field.yes_no(row, "gov_ack"),
        users_notified=field.yes_no(row, "users_notified"),
        election=field.yes_no(row, "election"),
        url=field.first_address(row.text("info_source_link")),
        dataset=f"STOP, {path.name}{sheet}, row {row.number}",
        flags=flags,
    )
    return made, wrong


def _bracket(code: str, days: Days, *, last: bool) -> tuple[datetime, datetime]:
    """The day as a bracket in UTC. Of a range the first or the last day; of a month all of it, for it may be any."""
    if days.kind == "month":
        return day_in_utc(code, days.first)[0], day_in_utc(code, days.last)[1]
    return day_in_utc(code, days.last if last else days.first)


def _as_of(row: SheetRow, code: str, start: Days | None) -> tuple[datetime | None, datetime | None]:
    """When it was so by the year in whose count it stands: what goes on, at its end; what has no begin, in it."""
    year = field.counted_in(row)
    if year is None or not (field.ongoing(row) or start is None):
        return None, None
    last = day_in_utc(code, date(year, 12, 31))
    return last if field.ongoing(row) else (day_in_utc(code, date(year, 1, 1))[0], last[1])


def _slug(sheet: str) -> list[str]:
    slug = re.sub(r"[^a-z0-9]+", "-", sheet.lower()).strip("-")
    return [slug] if slug else []


def _day_said(day: date | None) -> str:
    return day.isoformat() if day else "day not given"


def _claim(row: SheetRow, code: str, place: str | None, start: date | None, end: date | None) -> str:
    """A sentence of ours: `Full network disruption in Yasuj, IR (mobile) from 2021-06-20 to 2021-06-22. Cause: …`."""
    kinds = {"full_network": "Full network disruption", "service": "Blocking of services", "throttle": "Throttling"}
    what = kinds.get(field.extent(row) or "", "Disruption")
    services, networks = ", ".join(field.services(row)), " and ".join(field.networks(row))
    until = f" to {end}" if end else ", going on when it was recorded" if field.ongoing(row) else ", end not given"
    cause = field.known(row, "actual_cause")
    return "".join(
        [
            what,
            f" ({services})" if services else "",
            f" in {place}, {code}" if place else f" in {code}",
            f" on {networks} networks" if networks else "",
            f" from {_day_said(start)}{until}.",
            f" Cause claimed: {cause}." if cause else "",
        ]
    )
