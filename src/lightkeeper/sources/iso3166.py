"""Countries and their subdivisions by code (ISO 3166-1 and -2), with the names of countries in the reader's language.

Codes and names of subdivisions: pycountry (Debian's iso-codes; LGPL 2.1). Names of countries: Babel (Unicode CLDR).
"""

from __future__ import annotations

from functools import cache
from typing import Any

import pycountry
from babel import Locale, UnknownLocaleError
from msgspec import Struct


class Subdivision(Struct, frozen=True):
    """A province, county or city with a code: `IR-23`, in `IR`, named and of a kind as ISO has them."""

    code: str
    country: str
    name: str
    kind: str
    within: str | None = None
    """Code of the subdivision that it is a part of."""


def country_name(code: str, language: str = "en") -> str | None:
    """The name of a country in a language (`fa`, `ar`, `fr`); none for a code or a language that is not known."""
    if pycountry.countries.get(alpha_2=code.upper()) is None:
        return None
    try:
        names = Locale.parse(language.replace("-", "_")).territories
    except (UnknownLocaleError, ValueError):
        return None
    name: str | None = names.get(code.upper())
    return name


@cache
def subdivisions(country: str) -> tuple[Subdivision, ...]:
    """The subdivisions of a country, by code; empty where there are none or the code is not known."""
    if len(country) != 2:
        return ()
    known: Any = pycountry.subdivisions
    found = known.get(country_code=country.upper()) or ()
    made = (Subdivision(s.code, s.country_code, s.name, s.type, s.parent_code) for s in found)
    return tuple(sorted(made, key=lambda s: s.code))


def subdivision(code: str) -> Subdivision | None:
    """The subdivision of a code such as `IR-23`, or none."""
    return next((s for s in subdivisions(code[:2]) if s.code == code.upper()), None)
