"""Country names: from the name of a country, as datasets spell it, to ISO 3166-1 alpha-2.

Known are the names of ISO 3166-1, short, official and common, as pycountry has them; those of Unicode's CLDR in many
languages, as Babel has them; and the few in ALIASES. A name that two countries bear in two languages is no name.
"""

from __future__ import annotations

import difflib
import gettext
import re
import unicodedata
from collections.abc import Iterator
from contextlib import suppress
from functools import cache, lru_cache

import pycountry
from babel import Locale
from babel.core import UnknownLocaleError

from lightkeeper.sources.month_names import LANGUAGES

ALIASES = {
    "bahamas the": "BS",
    "bosnia": "BA",
    "bosnia herzegovina": "BA",
    "burma": "MM",
    "cape verde": "CV",
    "central african rep": "CF",
    "congo": "CG",
    "congo brazzaville": "CG",
    "congo dem rep": "CD",
    "congo democratic republic of": "CD",
    "congo dr": "CD",
    "congo drc": "CD",
    "congo kinshasa": "CD",
    "congo rep": "CG",
    "congo republic of": "CG",
    "czech republic": "CZ",
    "democratic republic congo": "CD",
    "democratic republic of": "CD",
    "democratic republic of congo": "CD",
    "democratic republic of drc": "CD",
    "dr congo": "CD",
    "east timor": "TL",
    "egypt arab rep": "EG",
    "federated states of micronesia": "FM",
    "gambia the": "GM",
    "great britain": "GB",
    "guinea conakry": "GN",
    "holy see": "VA",
    "hong kong": "HK",
    "hong kong sar china": "HK",
    "iran islamic rep": "IR",
    "ivory coast": "CI",
    "korea dem peoples rep": "KP",
    "korea democratic peoples republic of": "KP",
    "korea north": "KP",
    "korea rep": "KR",
    "korea republic of": "KR",
    "korea south": "KR",
    "kyrgyz republic": "KG",
    "lao pdr": "LA",
    "lao peoples democratic republic": "LA",
    "macao": "MO",
    "macau": "MO",
    "macedonia": "MK",
    "micronesia fed sts": "FM",
    "myanmar burma": "MM",
    "north korea": "KP",
    "occupied palestinian territories": "PS",
    "occupied palestinian territory": "PS",
    "palestine": "PS",
    "palestinian territories": "PS",
    "republic of congo": "CG",
    "republic of korea": "KR",
    "russian federation": "RU",
    "slovak republic": "SK",
    "south korea": "KR",
    "state of palestine": "PS",
    "swaziland": "SZ",
    "syrian arab republic": "SY",
    "timor leste": "TL",
    "turkey": "TR",
    "united republic of tanzania": "TZ",
    "united states of america": "US",
    "venezuela rb": "VE",
    "viet nam": "VN",
    "west bank and gaza": "PS",
    "yemen rep": "YE",
    "zaire": "CD",
}
"""Names that neither list has: former ones, those of the World Bank, and those of everyday."""
SHORT = {
    "UK": "GB", "USA": "US", "UAE": "AE", "DRC": "CD", "CAR": "CF", "KSA": "SA", "PRC": "CN", "ROC": "TW", "ROK": "KR",
    "DPRK": "KP", "PNG": "PG", "BiH": "BA",
}  # fmt: skip
"""Abbreviations that are no codes of ISO 3166-1, or that mean another country than the code does."""
OUTSIDE_ISO = {"XK": "Kosovo"}
"""Codes that are in use and that ISO 3166-1 leaves to its users; they say nothing of a state."""
SEVERAL = frozenset({"congo", "korea", "virginislands", "guinea", "samoa", "sudan"})
"""What is left of several countries' names without their brackets."""
NEAREST_LEAST = 0.72
"""Likeness (Ratcliff and Obershelp) from which a name is told as one that may be meant."""

_REST_OF_A_NAME = re.compile(
    r"((united|bolivarian|islamic|plurinational|(peoples? )?democratic|federated|arab) )?(peoples? )?"
    r"(republic|states?)( of( the)?)?",
    re.IGNORECASE,
)
"""What stands behind the comma in `Tanzania, United Republic of`, also where a list of countries is split at commas."""
_LISTED = re.compile(r"\s*[,;/\n،؛、]\s*")
_PARTS_MAX = 3
"""Parts of a list that one country's name may take: `Palestine, State of` takes two."""
NAME_MAX = 200


def is_a_country(code: str) -> bool:
    """Whether it is a code of ISO 3166-1 that is assigned, or one that is in use beside them."""
    return code in OUTSIDE_ISO or pycountry.countries.get(alpha_2=code) is not None


@lru_cache(maxsize=4096)
def country_code(name: str) -> str | None:
    """The code of a country, or none for a name that we do not know. Accents, case, spaces, `the` and brackets do not
    matter; codes of ISO 3166-1 are known in capitals.

    `Tanzania, United Republic of` and `Venezuela (Bolivarian Republic of)` are tried whole, then without the rest.
    """
    name = " ".join(name[:NAME_MAX].split())
    name = name.replace(".", "") if re.fullmatch(r"([A-Z]\.){2,}", name) else name
    if code := _coded(name):
        return code
    short = " ".join(re.sub(r"\(.*?\)", " ", name).split())
    first, _, rest = short.partition(",")
    is_rest = (
        _REST_OF_A_NAME.fullmatch(" ".join(rest.split())) and _key(rest) not in _known()
    )  # or it is another country
    inverted = [f"{rest} {first}", first] if is_rest else []
    bare = [] if short != name and _key(short) in SEVERAL else [short]
    for form in (name, *bare, *inverted):
        key = _key(form)
        if code := _known().get(key) or (_elsewhere().get(key) if key else None):
            return code
    return None


def country_codes(names: str) -> tuple[list[str], list[str]]:
    """The codes of one or several countries in one cell, and the names in it that we do not know."""
    whole = country_code(names)
    if whole:
        return [whole], []
    parts = [part for part in _LISTED.split(names) if part.strip()]
    codes: list[str] = []
    unknown: list[str] = []
    at = 0
    while at < len(parts):
        found, taken = _first_of(parts[at:])
        if found is None and not (codes and _REST_OF_A_NAME.fullmatch(" ".join(parts[at].split()))):
            for name in re.split(r"\s(?:and|&|et|y|e|و)\s", parts[at]):
                code = country_code(name)
                (codes.append(code) if code else unknown.append(name.strip()))
        elif found is not None:
            codes.append(found)
        at += taken
    return list(dict.fromkeys(codes)), unknown


_APART = re.compile(r"\s*[/;,|]\s*|\s+[-–—]\s+|\s*:\s+|\s+(?:and|&)\s+", re.IGNORECASE)
_ALL_OF = re.compile(r"^(?:(?:the\s+)?(?:whole|entire|all)(?:\s+of)?|throughout|across)\s+", re.IGNORECASE)


def part_of_country(place: str, code: str) -> str:
    """What a place names apart from the country itself; empty where it names the country alone, however often.

    `Kenya/Kenya` and `Iran; Iran (Islamic Republic of)` name no part, `Iran, Tehran` and `Tehran (Iran)` name Tehran.
    """
    plain = " ".join(place[:NAME_MAX].split())
    if not plain or country_code(_ALL_OF.sub("", plain)) == code:
        return ""
    bare = re.sub(r"\(([^()]*)\)", lambda m: "" if country_code(m[1]) == code else m[0], plain)
    parts = [part.strip() for part in _APART.split(bare) if part.strip()]
    kept = [part for part in parts if country_code(_ALL_OF.sub("", part)) != code]
    return plain if len(kept) == len(parts) and bare == plain else ", ".join(kept)


def nearest(name: str, most: int = 3) -> list[str]:
    """English names that are most like this one, the most alike first; none where nothing is."""
    names = _english()
    near = difflib.get_close_matches(_key(name[:NAME_MAX]), names, n=most, cutoff=NEAREST_LEAST)
    return list(dict.fromkeys(names[key] for key in near))


def _first_of(parts: list[str]) -> tuple[str | None, int]:
    """The country that the first parts of a list name together, as many as it takes, and how many these are."""
    for taken in range(min(_PARTS_MAX, len(parts)), 0, -1):
        if code := country_code(", ".join(parts[:taken])):
            return code, taken
    return None, 1


def _coded(name: str) -> str | None:
    if name in SHORT:
        return SHORT[name]
    if name in OUTSIDE_ISO:
        return name
    if not re.fullmatch(r"[A-Z]{2,3}", name):
        return None
    get = pycountry.countries.get
    found = get(alpha_2=name) if len(name) == 2 else get(alpha_3=name)
    return str(found.alpha_2) if found else None


def _key(name: str) -> str:
    """Letters and figures only, of any script; without accents, case, `the` and what differs in Arabic and Persian."""
    plain = unicodedata.normalize("NFKD", name.casefold().replace("ı", "i"))
    plain = "".join(c for c in plain if not unicodedata.combining(c) and unicodedata.category(c) != "Cf")
    plain = re.sub(r"['’‘`ʼʻ]", "", plain.replace("&", " and ").replace("ي", "ی").replace("ك", "ک"))
    words = ("saint" if word == "st" else word for word in re.findall(r"[^\W_]+", plain))
    return "".join(word for word in words if word != "the")


@cache
def _known() -> dict[str, str]:
    """English names. Those of ISO go before those of Unicode, and ours before both."""
    states = {c: n for c, n in Locale("en").territories.items() if len(c) == 2 and is_a_country(c)}
    found = {_key(re.sub(r"\(.*?\)", " ", n)): c for c, n in states.items()}
    found |= {_key(n): c for c, n in states.items()}
    for country in pycountry.countries:
        names = (getattr(country, kind, None) for kind in ("official_name", "common_name", "name"))
        found |= {_key(name): country.alpha_2 for name in names if name}
    return found | {_key(n): c for n, c in ALIASES.items()}


@cache
def _elsewhere() -> dict[str, str]:
    """Names in other languages, but for those that two countries bear."""
    found: dict[str, set[str]] = {}
    for language in LANGUAGES:
        for code, name in _names_in(language):
            first, _, rest = name.partition(", ")
            for form in (name, re.sub(r"\(.*?\)", " ", name), f"{rest} {first}"):
                found.setdefault(_key(form), set()).add(code)
    return {key: next(iter(codes)) for key, codes in found.items() if key and len(codes) == 1}


def _names_in(language: str) -> Iterator[tuple[str, str]]:
    """Code and name of each country in a language: Unicode's, and the translations of ISO's that pycountry brings."""
    with suppress(UnknownLocaleError):
        names = Locale.parse(language).territories
        yield from ((c, n) for c, n in names.items() if len(c) == 2 and is_a_country(c))
    with suppress(OSError):
        iso = gettext.translation("iso3166-1", pycountry.LOCALES_DIR, [language])
        for country in pycountry.countries:
            said = (getattr(country, kind, None) for kind in ("name", "official_name", "common_name"))
            yield from ((country.alpha_2, iso.gettext(name)) for name in said if name)


@cache
def _english() -> dict[str, str]:
    """Keys of English names to the names, of countries only once each."""
    names = {_key(country.name): str(country.name) for country in pycountry.countries}
    common = {_key(c.common_name): str(c.common_name) for c in pycountry.countries if hasattr(c, "common_name")}
    return names | {_key(n): n for c, n in Locale("en").territories.items() if len(c) == 2 and is_a_country(c)} | common
