"""From a country's name, as datasets spell it, to ISO 3166-1 alpha-2; and when its days are, in UTC."""

from __future__ import annotations

import re
import unicodedata
from datetime import UTC, date, datetime, time, timedelta
from functools import cache, lru_cache
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from babel import Locale
from babel.core import get_global

ALIASES = {
    "bonaire sint eustatius and saba": "BQ",
    "brunei darussalam": "BN",
    "burma": "MM",
    "cape verde": "CV",
    "congo": "CG",
    "congo brazzaville": "CG",
    "congo democratic republic of": "CD",
    "congo kinshasa": "CD",
    "czech republic": "CZ",
    "democratic republic congo": "CD",
    "democratic republic of congo": "CD",
    "democratic republic of drc": "CD",
    "democratic republic of": "CD",
    "drc": "CD",
    "east timor": "TL",
    "federated states of micronesia": "FM",
    "great britain": "GB",
    "holy see": "VA",
    "hong kong": "HK",
    "ivory coast": "CI",
    "kyrgyz republic": "KG",
    "lao peoples democratic republic": "LA",
    "korea democratic peoples republic of": "KP",
    "korea republic of": "KR",
    "macao": "MO",
    "north korea": "KP",
    "macedonia": "MK",
    "myanmar burma": "MM",
    "palestine": "PS",
    "republic of congo": "CG",
    "republic of korea": "KR",
    "russian federation": "RU",
    "south korea": "KR",
    "state of palestine": "PS",
    "swaziland": "SZ",
    "syrian arab republic": "SY",
    "timor leste": "TL",
    "turkey": "TR",
    "turkiye": "TR",
    "united republic of tanzania": "TZ",
    "united states of america": "US",
    "viet nam": "VN",
}
"""Names that the Unicode list does not have."""

_REST_OF_A_NAME = re.compile(
    r"((united|bolivarian|islamic|plurinational|(peoples? )?democratic|federated|arab) )?(peoples? )?"
    r"(republic|states?)( of( the)?)?",
    re.IGNORECASE,
)
"""What stands behind the comma in `Tanzania, United Republic of`, also where a list of countries is split at commas."""

NOT_A_COUNTRY = {"EU", "EZ", "UN", "XA", "XB", "ZZ", "QO"}


def country_code(name: str) -> str | None:
    """The code of a country, or none for a name that we do not know. Accents, case, spaces, `the` and brackets do not
    matter.

    `Tanzania, United Republic of` and `Venezuela (Bolivarian Republic of)` are tried whole, then without the rest.
    """
    known = _known()
    short = re.sub(r"\(.*?\)", " ", name)
    first, _, rest = short.partition(",")
    inverted = [f"{rest} {first}", first] if _REST_OF_A_NAME.fullmatch(" ".join(rest.split())) else []
    for form in (name, short, *inverted):
        key = _key(form)
        if key in known:
            return known[key]
    return None


def country_codes(names: str) -> tuple[list[str], list[str]]:
    """The codes of one or several countries in one cell, and the names in it that we do not know."""
    whole = country_code(names)
    if whole:
        return [whole], []
    codes: list[str] = []
    unknown: list[str] = []
    for listed in re.split(r"[,;/\n]", names):
        if not listed.strip() or (codes and _REST_OF_A_NAME.fullmatch(" ".join(listed.split()))):
            continue
        whole = country_code(listed)
        for name in [listed] if whole else re.split(r"\s(?:and|&)\s", listed):
            code = country_code(name)
            if code is None:
                unknown.append(name.strip())
            elif code not in codes:
                codes.append(code)
    return codes, unknown


@lru_cache(maxsize=4096)
def day_in_utc(code: str, day: date) -> tuple[datetime, datetime]:
    """The begin and the end of a local day, in UTC. In a country with several time zones: first begin, last end."""
    there = zones(code)
    begins = [datetime.combine(day, time(), tzinfo=zone).astimezone(UTC) for zone in there]
    ends = [datetime.combine(day + timedelta(days=1), time(), tzinfo=zone).astimezone(UTC) for zone in there]
    if not begins:
        midnight = datetime.combine(day, time(), tzinfo=UTC)
        return midnight - timedelta(hours=14), midnight + timedelta(hours=24 + 12)
    return min(begins), max(ends)


def zones(code: str) -> tuple[ZoneInfo, ...]:
    """The time zones of a country in the tz database; none for a code that it does not have."""
    return _zones().get(code, ())


def _key(name: str) -> str:
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower()
    plain = plain.replace("&", " and ").replace("'", "").replace("st.", "saint")
    words = re.findall(r"[a-z0-9]+", plain)
    return "".join(w for w in words if w != "the")


@cache
def _known() -> dict[str, str]:
    names = Locale("en").territories
    states = {c: n for c, n in names.items() if re.fullmatch("[A-Z]{2}", c) and c not in NOT_A_COUNTRY}
    short = {_key(re.sub(r"\(.*?\)", " ", n)): c for c, n in states.items()}
    full = {_key(n): c for c, n in states.items()}
    return {**short, **full, **{_key(n): c for n, c in ALIASES.items()}}


@cache
def _zones() -> dict[str, tuple[ZoneInfo, ...]]:
    found: dict[str, list[ZoneInfo]] = {}
    for name, code in get_global("zone_territories").items():
        if code in NOT_A_COUNTRY:
            continue
        try:
            found.setdefault(code, []).append(ZoneInfo(name))
        except (ZoneInfoNotFoundError, ValueError, OSError):
            continue
    return {code: tuple(zones) for code, zones in found.items()}
