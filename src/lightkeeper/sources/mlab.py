"""M-Lab's public statistics of NDT speed tests: one JSON file a year for a country, a region or a network.

Source: m-lab/stats-pipeline, `docs/api-structure.md` and `config.json` (addresses:
`/v0/<continent>/<country>[/<region>][/asn/<AS1>]/<year>/histogram_daily_stats.json`) and `docs/format-schema.md`
(fields). Eight rows a day, one for each bucket of speed; the columns of the day are the same on all eight. M-Lab takes
one test for each address and day. The 10th and 90th percentile are not given, and eight buckets are too coarse to make
them: the quartiles are taken. A day that is not in the file is a row without a value, not one without tests. Tested
against a local server that replays the documented form; not run against the live site.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime, time, timedelta
from urllib.parse import urlsplit

import msgspec

from lightkeeper.errors import InputError
from lightkeeper.model.signal import Signal
from lightkeeper.settings import Settings
from lightkeeper.sources import checked
from lightkeeper.sources.continents import continent_of
from lightkeeper.sources.mlab_quantiles import MBPS_MAX, SOURCE, TESTS_MAX, Place, signals
from lightkeeper.sources.rows import Unreadable, clean
from lightkeeper.sources.series_fetch import Request, Terms

LICENCE = "CC0-1.0"
STILL_CORRECTED = timedelta(days=45)
"""The year's file is made again for some weeks after its end."""
STEP_S = 86_400
QUARTILES = {25: "Q25", 50: "MED", 75: "Q75"}
WAYS = {"download": "dl_samples_day", "upload": "ul_samples_day"}
FIRST_YEAR = 2009
ROWS_MAX = 8 * 366 * 4
DAYS_MAX = 366
REMEDY = "Fetch the statistics of this year again"


def plan(places: Sequence[Place], since: date, until: date, settings: Settings) -> list[Request]:
    """What to ask for: a file for each place and year, `until` not included.

    Raises InputError for a country whose continent is not known, or times before NDT.
    """
    if until <= since or since.year < FIRST_YEAR:
        raise InputError(f"{since} to {until} cannot be asked for", remedy=f"NDT began in {FIRST_YEAR}")
    return [
        Request(
            url="/".join(
                [settings.mlab_url, "v0", continent_of(place.country), place.country]
                + ([place.region] if place.region else [])
                + (["asn", f"AS{place.asn}"] if place.asn is not None else [])
                + [str(year), "histogram_daily_stats.json"]
            ),
            ends_at=datetime(year + 1, 1, 1, tzinfo=UTC) + STILL_CORRECTED,
        )
        for place in places
        for year in range(since.year, (until - timedelta(days=1)).year + 1)
    ]


def place_of(country: str, region: str | None = None, asn: int | str | None = None) -> Place:
    """A place, checked. Raises InputError."""
    try:
        if region is not None and not checked.REGION.fullmatch(region):
            raise ValueError(f"`{clean(region[:40])}` is not a region in ISO 3166-2, such as IR-23")
        return Place(checked.country(country), region, None if asn is None else checked.asn(asn))
    except ValueError as error:
        raise InputError(str(error), remedy="Name it as IR, IR-23 or AS58224") from error


def asked(url: str) -> Place:
    """Whose statistics a URL asks for. Raises InputError for one that `plan` did not make."""
    parts = urlsplit(url).path.split("/")
    try:
        _, country, *rest = parts[parts.index("v0") + 1 : -2]
        region = rest.pop(0) if rest and rest[0] != "asn" else None
        return place_of(country, region, rest[1] if rest else None)
    except (ValueError, IndexError) as error:
        raise InputError("not a URL of M-Lab's statistics", remedy="Read files that were fetched from M-Lab") from error


def check(body: bytes) -> str | None:
    """What is wrong with a reply as a whole."""
    try:
        _rows(body, "reply")
    except InputError as error:
        return error.what
    return None


TERMS = Terms(source=SOURCE, licence=LICENCE, check=check)


def parse(
    body: bytes, place: Place, where: str = "reply", file_sha256: str | None = None
) -> Iterator[Signal | Unreadable]:
    """The rows that cannot be used, then for each day tests and quartiles, down and up, oldest first.

    Series: `mlab/ndt_download_p50/IR`, `mlab/ndt_download_tests/AS58224/IR`. Raises InputError for another kind of
    file.
    """
    told: dict[date, dict[str, object]] = {}
    for number, row in enumerate(_rows(body, where), 1):
        try:
            day = _day(row)
            if lacking := [name for name in _named() if name not in row]:
                raise ValueError(f"{day}: the field `{lacking[0]}` is missing")
            same = {name: row[name] for name in _named()}
            if day in told and told[day] != same:
                raise ValueError(f"{day} has two accounts; the first is kept")
            told.setdefault(day, same)
        except ValueError as error:
            yield Unreadable(f"{where}, row {number}", str(error), REMEDY)
    first, last = (min(told), max(told)) if told else (date.max, date.min)
    if (last - first).days > DAYS_MAX:
        raise InputError(f"the days run from {first} to {last}", remedy="Mend the wrong date", where=where)
    for day in (first + timedelta(days=n) for n in range((last - first).days + 1)):
        yield from _steps(day, told.get(day), place, where, file_sha256)


def _rows(body: bytes, where: str) -> list[dict[str, object]]:
    try:
        rows = msgspec.json.decode(body, type=list[dict[str, object]])
        if len(rows) > ROWS_MAX:
            raise ValueError("it has more rows than a year can have")
    except (msgspec.MsgspecError, ValueError, RecursionError) as error:
        what = f"this is no file of M-Lab's daily statistics: {clean(str(error))[:120]}"
        raise InputError(what, remedy=REMEDY, where=where) from error
    return rows


def _named() -> list[str]:
    return [*WAYS.values(), *(f"{way}_{name}" for way in WAYS for name in QUARTILES.values())]


def _day(row: dict[str, object]) -> date:
    text = str(row.get("date"))[:10]
    try:
        day = date.fromisoformat(text)
    except ValueError as error:
        raise ValueError(f"`{clean(text)}` is not a day") from error
    if not FIRST_YEAR <= day.year < 2100:
        raise ValueError(f"{day} is not a day of NDT")
    return day


def _steps(
    day: date, row: dict[str, object] | None, place: Place, where: str, file_sha256: str | None
) -> Iterator[Signal | Unreadable]:
    at = datetime.combine(day, time(), tzinfo=UTC)
    absent = "gap_in_source" if row is None else "null_at_source"
    for way, count in WAYS.items():
        tests: float | None = None
        quantiles: dict[int, float | None] = dict.fromkeys(QUARTILES)
        try:
            if row is not None and row[count] is not None:
                tests = checked.amount(row[count], TESTS_MAX, "number of tests")
                quantiles = {p: _speed(row, f"{way}_{name}") for p, name in QUARTILES.items()}
                if sorted(known := [q for q in quantiles.values() if q is not None]) != known:
                    raise ValueError(f"the quartiles of {way} do not rise")
        except ValueError as error:
            yield Unreadable(where, f"{day}: {error}", REMEDY)
            tests, quantiles = None, dict.fromkeys(QUARTILES)
        yield from signals(place, at, STEP_S, tests, quantiles, way, file_sha256, absent)


def _speed(row: dict[str, object], name: str) -> float | None:
    return None if row[name] is None else checked.amount(row[name], MBPS_MAX, "speed in Mbit/s")
