"""Tor Metrics: estimates of Tor's users a day, by country and by transport, as CSV.

Source: metrics.torproject.org/stats.html, "Users". Each file begins with comments (`#`); columns go by their names
and may stand in any order. `users` is an estimate; `low` and `high` bound it where Tor can give no more; `frac` is the
share of relays or bridges in percent that it rests on, one number a day for all countries. `lower` and `upper` are no
bounds but a peer's expectation (Danezis 2011): they are kept in Estimate and go into no series.
Tested against a local server that replays the documented form; not run against the live site.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path

import msgspec

from lightkeeper.errors import InputError
from lightkeeper.model.signal import Signal
from lightkeeper.settings import Settings
from lightkeeper.sources import checked, series_fetch
from lightkeeper.sources.bounded import whole
from lightkeeper.sources.rows import CELL_LIMIT, Unreadable, clean
from lightkeeper.sources.series_fetch import Request, Terms

SOURCE, LICENCE = "tor_metrics", "CC0-1.0"
FILES = {
    "relay": "userstats-relay-country.csv",
    "bridge": "userstats-bridge-country.csv",
    "combined": "userstats-bridge-combined.csv",
}
"""Files by country. `userstats-bridge-transport.csv` has the whole world and is read too, if it is given."""
COLUMNS = {
    "combined": {"date", "country", "transport", "low", "high", "frac"},
    "transport": {"date", "transport", "users", "frac"},
    "relay": {"date", "country", "users", "lower", "upper", "frac"},
    "bridge": {"date", "country", "users", "frac"},
}
"""What a file must have to be of this kind; the first that fits."""
CHUNK_DAYS = 184
STILL_CORRECTED = timedelta(days=7)
"""Relays report late, and estimates of the last days are made again: replies are final after this."""
LEAST_FRAC = 20.0
"""Percent. An estimate from a smaller share of relays was multiplied by more than five: our choice to leave it out."""
STEP_S = 86_400
DAYS_MAX = 20_000
USERS_MAX = 1e9
BYTES_MAX = 256 << 20
PLACES = {"": None, "??": "ZZ"}
TRANSPORTS = {"<OR>": "default", "<??>": "unknown", "!<OR>": "pluggable"}
_TRANSPORT = re.compile(r"[a-z0-9][a-z0-9_-]{0,30}")
REMEDY = "Get the file from Tor Metrics again"


class Estimate(msgspec.Struct, frozen=True, kw_only=True):
    """One row. `country` is ISO 3166-1 alpha-2, `ZZ` where Tor could not tell, none for all the world."""

    kind: str
    day: date
    country: str | None
    transport: str | None
    users: float | None
    low: float | None
    high: float | None
    expected_low: float | None
    expected_high: float | None
    frac: float
    """Percent of relays or bridges that reported."""


def plan(
    countries: Sequence[str], since: date, until: date, settings: Settings, kinds: Sequence[str] = tuple(FILES)
) -> list[Request]:
    """What to ask for: the users of each country by day, `until` not included."""
    return [
        Request(
            url=f"{settings.tor_metrics_url}/{FILES[kind]}",
            params={
                "start": f"{begin:%Y-%m-%d}",
                "end": f"{end - timedelta(days=1):%Y-%m-%d}",
                "country": checked.asked_country(country).lower(),
            }
            | ({"events": "off"} if kind == "relay" else {}),
            ends_at=end + STILL_CORRECTED,
        )
        for kind in kinds
        for country in countries
        for begin, end in series_fetch.windows(since, until, CHUNK_DAYS)
    ]


def check(body: bytes) -> str | None:
    """What is wrong with a reply as a whole. One that says in a comment that there are no data is whole."""
    try:
        kind, *_ = _opened(body, "reply")
    except InputError as error:
        return error.what
    return None if kind or body.lstrip().startswith(b"#") else "the reply is empty"


TERMS = Terms(source=SOURCE, licence=LICENCE, check=check)


def parse(body: bytes, where: str = "reply", file_sha256: str | None = None) -> Iterator[Signal | Unreadable]:
    """The rows that cannot be used, then one Signal a day for each series, dense, oldest first.

    Series: `tor_metrics/relay_users/IR`, `…/bridge_users/IR`; by transport `…/bridge_users_low/IR/obfs4` and `_high`.
    Raises InputError for a file that is none of Tor's.
    """
    series: dict[tuple[str, str | None, str | None], dict[date, Estimate]] = {}
    for row in estimates(body, where):
        if isinstance(row, Unreadable):
            yield row
            continue
        days = series.setdefault((row.kind, row.country, row.transport), {})
        if row.day in days:
            yield Unreadable(where, f"{row.day} stands twice for one series; the first is kept", REMEDY)
        else:
            days[row.day] = row
    for (kind, _, _), days in series.items():
        for name in ("low", "high") if kind == "combined" else ("users",):
            yield from _dense(days, name, where, file_sha256)


def read(path: Path, file_sha256: str | None = None) -> Iterator[Signal | Unreadable]:
    """The same from a file on disk. Raises InputError for one that is too long, too."""
    return parse(whole(path, BYTES_MAX), path.name, file_sha256)


def estimates(body: bytes, where: str = "reply") -> Iterator[Estimate | Unreadable]:
    """The rows of one file as they stand, with bounds and `frac`. Raises InputError for what is no file of Tor's."""
    kind, names, lines, first = _opened(body, where)
    if kind is None:
        return
    reader = csv.DictReader(lines, fieldnames=names)
    try:
        for row in reader:
            try:
                yield _estimate(kind, row)
            except ValueError as error:
                yield Unreadable(f"{where}:{first + reader.line_num}", str(error), REMEDY)
    except csv.Error as error:
        raise InputError(f"not CSV: {error}", remedy=REMEDY, where=where) from error


def _opened(body: bytes, where: str) -> tuple[str | None, list[str], list[str], int]:
    """Kind, columns and rows of a file, and the line of its header. No kind where there are only comments."""
    csv.field_size_limit(CELL_LIMIT)
    try:
        lines = body.decode("utf-8-sig").splitlines()
    except UnicodeDecodeError as error:
        raise InputError("the text is not UTF-8", remedy=REMEDY, where=where) from error
    lines = ["" if line.startswith("#") else line for line in lines]
    first = next((n for n, line in enumerate(lines) if line.strip()), None)
    if first is None:
        return None, [], [], 0
    try:
        names = [clean(name) for name in next(csv.reader(lines[first : first + 1]))]
    except csv.Error as error:
        raise InputError(f"not CSV: {error}", remedy=REMEDY, where=where) from error
    kind = next((k for k, needed in COLUMNS.items() if needed <= set(names)), None)
    if kind is None or "version" in names:
        shown = clean(", ".join(names)[:120])
        raise InputError(f"no file of Tor's users has the columns: {shown}", remedy=REMEDY, where=where)
    return kind, names, lines[first + 1 :], first + 1


def _estimate(kind: str, row: dict[str, str | None]) -> Estimate:
    def optional(name: str) -> float | None:
        return checked.amount(text, USERS_MAX, "number of users") if (text := (row.get(name) or "").strip()) else None

    text = (row["date"] or "").strip()
    try:
        day = date.fromisoformat(text)
    except ValueError as error:
        raise ValueError(f"`{clean(text[:40])}` is not a day") from error
    country = (row.get("country") or "").strip()
    found = Estimate(
        kind=kind,
        day=day,
        country=PLACES[country] if country in PLACES else checked.country(country),
        transport=_transport(row["transport"] or "") if "transport" in row else None,
        users=optional("users"),
        low=optional("low"),
        high=optional("high"),
        expected_low=optional("lower"),
        expected_high=optional("upper"),
        frac=checked.amount(row["frac"], 1000, "percentage"),
    )
    if found.low is not None and found.high is not None and found.low > found.high:
        raise ValueError(f"{found.low:g} to {found.high:g} is no range")
    return found


def _transport(text: str) -> str:
    name = TRANSPORTS.get(text.strip(), text.strip().lower())
    if not _TRANSPORT.fullmatch(name):
        raise ValueError(f"`{clean(text[:40])}` is not the name of a transport")
    return name


def _dense(days: dict[date, Estimate], name: str, where: str, file_sha256: str | None) -> Iterator[Signal]:
    first, last = min(days), max(days)
    count = (last - first).days + 1
    if count > DAYS_MAX:
        raise InputError(f"the days run from {first} to {last}", remedy="Mend the wrong date", where=where)
    some = days[first]
    people = ("relay_users" if some.kind == "relay" else "bridge_users") + ("" if name == "users" else f"_{name}")
    entity = some.country or "world"
    series = "/".join(part for part in (SOURCE, people, entity, some.transport) if part)
    for day in (first + timedelta(days=n) for n in range(count)):
        value, missing = _value(days.get(day), name)
        yield Signal(
            series=series,
            step_at=datetime.combine(day, time(), tzinfo=UTC),
            step_s=STEP_S,
            source=SOURCE,
            lineage="circumvention",
            entity_type="country" if some.country else "world",
            entity=entity,
            metric=f"tor_{people}" + (f"_{some.transport}" if some.transport else ""),
            unit="users",
            value=value,
            missing=missing,
            file_sha256=file_sha256,
        )


def _value(row: Estimate | None, name: str) -> tuple[float | None, str | None]:
    if row is None:
        return None, "gap_in_source"
    if row.frac < LEAST_FRAC:
        return None, "weak_estimate"
    value: float | None = getattr(row, name)
    return (value, None) if value is not None else (None, "null_at_source")
