"""Access Now's #KeepItOn STOP dataset of internet shutdowns, as documents: what Access Now claims, re-stated.

The sentences of the dataset are not taken over: `claim` is composed from its coded columns. In the raw dataset
operators and services are names as it spells them; a case's documents.csv has the ids of the case.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date
from pathlib import Path

from lightkeeper.model.document import Document
from lightkeeper.sources import stop_fields as field
from lightkeeper.sources.rows import Unreadable
from lightkeeper.sources.stop_countries import country_codes, day_in_utc
from lightkeeper.sources.stop_sheets import SheetRow, sheet_rows


def read(path: Path) -> Iterator[Document | Unreadable]:
    """Each row as a Document, in the order of the file; a row about several countries as one for each.

    Days are local. As brackets in UTC they run from the begin of the day in the country's easternmost time zone to its
    end in the westernmost. A row without a begin is kept, flagged `no_start`. A country that we do not know, and a
    row without a country, come as Unreadable. Raises InputError for a file of another form.
    """
    for row in sheet_rows(path):
        codes, unknown = country_codes(row.text("country"))
        where = f"{path}:{f'{row.sheet}:' if row.sheet else ''}{row.number}"
        for name in unknown:
            remedy = "If it has a code of ISO 3166-1, add its name to ALIASES in sources/stop_countries.py"
            yield Unreadable(where, f"`{name[:60]}` is not a country that we know", remedy)
        if not codes and not unknown:
            yield Unreadable(where, "the row names no country", "Correct the row, or leave it out")
        for code in codes:
            yield _document(row, code, path, several=len(codes) > 1)


def _document(row: SheetRow, code: str, path: Path, *, several: bool) -> Document:
    start, end = field.day(row, "start_date"), field.day(row, "end_date")
    flags = field.flags(row, start, end)
    if start and end and end < start:
        end = None
    place_type, place = field.place(row)
    sheet = f", sheet {row.sheet}" if row.sheet else ""
    begins, ends = day_in_utc(code, start) if start else None, day_in_utc(code, end) if end else None
    return Document(
        document_id="stop:" + ":".join([*_slug(row.sheet), str(row.number), *([code.lower()] if several else [])]),
        kind="stop_record",
        publisher="Access Now",
        title=f"#KeepItOn STOP dataset: {place or code}, {_day_said(start)}",
        claim=_claim(row, code, place, start, end),
        country=code,
        place_type=place_type,
        place=place,
        onset_earliest=begins[0] if begins else None,
        onset_latest=begins[1] if begins else None,
        end_earliest=ends[0] if ends else None,
        end_latest=ends[1] if ends else None,
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
