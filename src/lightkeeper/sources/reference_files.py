"""Reference files: small sourced TOML files that come with the program, and those that a person adds.

A person adds files `networks_*.toml`, `days_*.toml` and `ratifications_*.toml` of the same form to the folders
`networks`, `days` and `ratifications` in `<data>/reference`. What a person says goes before what the program says.
Every fact names its source; there are few, and what is not here is not known: no day in a calendar is no proof of an
ordinary day. Users by AS come with no licence to carry them: a person brings APNIC's list
(stats.labs.apnic.net/cgi-bin/aspop?f=j).
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from datetime import date
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any, TypeVar

import msgspec

from lightkeeper.errors import InputError
from lightkeeper.model.reference import Day, DayKind, Network, NetworkUsers, Ratification
from lightkeeper.sources import checked
from lightkeeper.sources.rows import Unreadable, clean

T = TypeVar("T", Network, Day, Ratification)
SIZE_MAX = 4 << 20
USERS_BYTES_MAX = 64 << 20
PEOPLE_MAX = 1e10


def networks(country: str | None = None, data: Path | None = None) -> list[Network]:
    """All facts on networks, of one country if it is named: first those in the data folder, then the program's.

    Raises InputError with file and place for a file of the person's that is not of this form.
    """
    found = [*_added(data, "network", Network), *_carried("network", Network)]
    return [network for network in found if country is None or network.country == country.upper()]


def ratifications(country: str, data: Path | None = None) -> list[Ratification]:
    """What is known of a state's treaties: first the facts in the data folder, then the program's.

    Raises InputError with file and place for a file of the person's that is not of this form.
    """
    found = [*_added(data, "ratification", Ratification), *_carried("ratification", Ratification)]
    return [fact for fact in found if fact.country == country.upper()]


def network_of(asn: int, day: date, known: list[Network]) -> Network | None:
    """The first fact on an AS that holds on a day; none where nothing is known."""
    return next((network for network in known if network.asn == asn and network.holds_on(day)), None)


def days(country: str, kind: DayKind | None, from_day: date, until_day: date, data: Path | None = None) -> list[Day]:
    """The known days of a country from `from_day` to `until_day` (included), of one kind if it is named, oldest first.

    Raises InputError with file and place for a file of the person's that is not of this form.
    """
    found = {
        day
        for day in [*_added(data, "day", Day), *_carried("day", Day)]
        if day.country == country.upper()
        and (kind is None or day.kind == kind)
        and day.from_day <= until_day
        and from_day <= day.until_day
    }
    return sorted(found, key=lambda day: (day.from_day, day.until_day, day.kind, day.name))


def read_users(body: bytes, where: str = "file") -> Iterator[NetworkUsers | Unreadable]:
    """The rows of APNIC's list of users by AS and country, as JSON. Re-use with attribution is permitted by its header.

    Raises InputError for another kind of file.
    """
    remedy = "Save https://stats.labs.apnic.net/cgi-bin/aspop?f=j again"
    try:
        if len(body) > USERS_BYTES_MAX:
            raise ValueError("too long")
        rows = msgspec.json.decode(body, type=dict[str, Any])["Data"]
        if not isinstance(rows, list):
            raise TypeError("no list")
    except (msgspec.MsgspecError, ValueError, KeyError, TypeError, RecursionError) as error:
        raise InputError("this is not APNIC's list of users by AS", remedy=remedy, where=where) from error
    for number, row in enumerate(rows, 1):
        try:
            if not isinstance(row, dict):
                raise ValueError("the row is no object")
            yield NetworkUsers(
                asn=checked.asn(row.get("AS")),
                country=checked.country(str(row.get("CC"))),
                users=checked.amount(row.get("Users"), PEOPLE_MAX, "number of users"),
                samples=checked.amount(row.get("Samples"), PEOPLE_MAX, "number of samples"),
                name=clean(str(row.get("Description", ""))[:200]),
            )
        except ValueError as error:
            yield Unreadable(f"{where}, row {number}", str(error), remedy)


@cache
def _carried(table: str, kind: type[T]) -> tuple[T, ...]:
    folder = files("lightkeeper.sources").joinpath("reference")
    names = sorted(f.name for f in folder.iterdir() if f.name.startswith(f"{table}s_") and f.name.endswith(".toml"))
    return tuple(x for n in names for x in _facts(folder.joinpath(n).read_text(encoding="utf-8"), n, table, kind))


def _added(data: Path | None, table: str, kind: type[T]) -> Iterator[T]:
    folder = data / "reference" / f"{table}s" if data else None
    for path in sorted(folder.glob(f"{table}s_*.toml")) if folder and folder.is_dir() else ():
        try:
            if path.stat().st_size > SIZE_MAX:
                raise InputError("the file is too large", remedy="Split it", where=str(path))
            text = path.read_bytes().decode("utf-8-sig")
        except UnicodeDecodeError as error:
            raise InputError("the text is not UTF-8", remedy="Save it as UTF-8", where=str(path)) from error
        except OSError as error:
            raise InputError(f"cannot be read: {error.strerror}", remedy="Check the file", where=str(path)) from error
        yield from _facts(text, str(path), table, kind)


def _facts(text: str, where: str, table: str, kind: type[T]) -> Iterator[T]:
    try:
        found = tomllib.loads(text)
    except (ValueError, RecursionError) as error:  # TOML that is none, and a number of more digits than Python takes
        what = f"this is not TOML: {clean(str(error))[:120]}"
        raise InputError(what, remedy="Mend the line that it names", where=where) from error
    if set(found) != {table} or not isinstance(found[table], list):
        raise InputError(
            f"it must hold `[[{table}]]` entries alone", remedy="Write it like the ones carried", where=where
        )
    for number, entry in enumerate(found[table], 1):
        try:
            fact = msgspec.convert(entry, kind)
            first, last = getattr(fact, "from_day", None), getattr(fact, "until_day", None)
            if first and last and last < first:
                raise ValueError("it ends before it begins")
        except (msgspec.ValidationError, ValueError) as error:
            what = f"entry {number}: {clean(str(error))[:200]}"
            raise InputError(what, remedy="Mend the entry; each needs its source", where=where) from error
        yield fact
