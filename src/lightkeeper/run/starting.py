"""Start a case: a folder with all that is known before anybody has written a word, and room for the rest."""

from __future__ import annotations

import re
from datetime import date, timedelta
from importlib.resources import files
from pathlib import Path
from string import Template
from typing import NamedTuple

import msgspec

from lightkeeper.errors import InputError
from lightkeeper.model.case import SLUG, Case
from lightkeeper.model.reference import Network
from lightkeeper.run.case_series import WARM_UP
from lightkeeper.sources import checked
from lightkeeper.sources.case_files import load_case
from lightkeeper.sources.case_rows import DOCUMENT_COLUMNS, OUTAGE_COLUMNS
from lightkeeper.sources.iso3166 import country_name
from lightkeeper.sources.reference_files import networks

BEFORE, AFTER = timedelta(days=30), timedelta(days=14)
"""The window of a new case, around the day of the vote."""
_KINDS = {"mobile", "fixed", "transit"}


class Vote(NamedTuple):
    """What a person says of the vote: its local day, what kind it is, and where the day is stated."""

    country: str
    day: date
    kind: str
    source: str
    source_url: str | None = None
    timezone: str | None = None
    publisher: str = "#KeepItOn coalition"
    addressees: tuple[str, ...] = ()


def start_case(folder: Path, vote: Vote, today: date, data: Path | None = None) -> Case:
    """Write a case that can be checked and built as it is, and return it. The name of the folder becomes its id.

    Raises InputError for a folder that holds anything, a country without a name, a country of several time zones where
    none is named, and CaseError for anything that a case may not say.
    """
    name, code = folder.resolve().name, checked.asked_country(vote.country)
    country = country_name(code)
    if country is None:
        raise InputError(f"`{code}` is no country that ISO 3166-1 lists", remedy="Write its two letters, as KE")
    if not re.fullmatch(SLUG, name):
        remedy = "Name it in small letters, digits and hyphens, as cases/kenya-2027-election"
        raise InputError(f"`{name[:80]}` cannot be the id of a case", remedy=remedy, where=str(folder))
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise InputError("there is something already", remedy="Name a folder that is not there", where=str(folder))
    text = _text(folder, name, code, country, vote, today, data)
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "measurements").mkdir()
    (folder / "documents.csv").write_text(",".join(DOCUMENT_COLUMNS) + "\n", encoding="utf-8")
    (folder / "outages.csv").write_text(",".join(OUTAGE_COLUMNS) + "\n", encoding="utf-8")
    (folder / "case.toml").write_text(text, encoding="utf-8")
    return load_case(folder)


def zones_of(code: str) -> list[str]:
    """Time zones of a country, as the tz database lists them in `zone.tab`."""
    table = files("tzdata").joinpath("zoneinfo", "zone.tab").read_text(encoding="utf-8")
    rows = (line.split("\t") for line in table.splitlines() if line and not line.startswith("#"))
    return [row[2] for row in rows if row[0] == code]


def _text(folder: Path, name: str, code: str, country: str, vote: Vote, today: date, data: Path | None) -> str:
    first, last = vote.day - BEFORE, vote.day + AFTER
    day = f"{vote.day.day} {vote.day:%B %Y}"
    span = f"--cc {code} --since {first - WARM_UP} --until {last + timedelta(days=1)}"
    source = f"{{ title = {_quoted(vote.source)}"
    source += f", url = {_quoted(vote.source_url)}" if vote.source_url else ""
    quoted = {
        "id": name,
        "title": f"{country}, {vote.kind} of {day}",
        "country": code,
        "country_name": country,
        "timezone": vote.timezone or _zone(code, country),
        "summary": f"This case watches the internet in {country} around the {vote.kind} of {day}.",
        "kind": vote.kind,
        "event": f"{vote.kind[:1].upper()}{vote.kind[1:]} in {country}",
        "letter": f"{country} must keep the internet open and secure during the {vote.kind} of {day}",
        "publisher": vote.publisher,
        "a1": "Refrain from arbitrarily blocking access to social media platforms and messaging apps, and publicly "
        f"assure the people of {country} that the internet, including social media and other digital communication "
        f"platforms, will remain open, accessible, inclusive, and secure across {country} throughout the election and "
        "thereafter;",
        "ioda": f"lightkeeper fetch ioda {span}",
        "tor": f"lightkeeper fetch tor {span}",
    }
    plain = {
        "folder": str(folder) if str(folder).isprintable() else name,
        "day": str(vote.day),
        "before": str(BEFORE.days),
        "after": str(AFTER.days),
        "first": str(first),
        "last": str(last),
        "today": str(today),
        "addressees": ", ".join(map(_quoted, vote.addressees or (f"The Government of {country}",))),
        "source": f"{source}, read_on = {today} }}",
        "operators": _operators(networks(code, data), vote.day),
    }
    template = files("lightkeeper.run").joinpath("new_case.toml").read_text(encoding="utf-8")
    return Template(template).substitute({key: _quoted(value) for key, value in quoted.items()} | plain)


def _zone(code: str, country: str) -> str:
    zones = zones_of(code)
    if len(zones) != 1:
        remedy = (
            f"Name one with --timezone: {', '.join(zones)}" if zones else "Name one with --timezone, as Asia/Tehran"
        )
        raise InputError(f"{country} has {len(zones) or 'no known'} time zones", remedy=remedy)
    return zones[0]


def _operators(known: list[Network], day: date) -> str:
    """Networks that the reference knows, as operators: by name, with the kinds that a source states."""
    found: dict[str, list[Network]] = {}
    for network in known:
        if network.holds_on(day) and network.kind in _KINDS:
            found.setdefault(network.operator, []).append(network)
    return "".join(_operator(name, rows) for name, rows in sorted(found.items()))


def _operator(name: str, rows: list[Network]) -> str:
    slug = re.sub(r"[^a-z0-9]+", "-", name.casefold().encode("ascii", "ignore").decode()).strip("-")[:60].strip("-")
    asns = sorted({row.asn for row in rows})
    source = f"{{ title = {_quoted(rows[0].source)}, read_on = {rows[0].read_on} }}"
    lines = (
        "[[operators]]",
        f"id = {_quoted(slug or f'as{asns[0]}')}",
        f"name = {_quoted(name)}",
        f"kinds = [{', '.join(_quoted(kind) for kind in sorted({row.kind for row in rows}))}]",
        f"asns = [{', '.join(map(str, asns))}]",
        f"source = {source}",
    )
    return "\n" + "\n".join(lines) + "\n"


def _quoted(text: str) -> str:
    """A TOML basic string: JSON's escapes are TOML's."""
    return msgspec.json.encode(text).decode()
