"""Place: from where and with what a record was made, as far as its conclusions hang on it."""

from __future__ import annotations

import tomllib
from datetime import date
from functools import cache, lru_cache
from importlib.resources import files
from typing import Any, NamedTuple

from lightkeeper.model import Measurement
from lightkeeper.sources import as_numbers


class Place(NamedTuple):
    """What the outer record says of the probe's line. Whatever is not known speaks for neither side."""

    country: str | None = None
    asn: int | None = None
    chosen_resolver: bool = False
    """The resolver belongs neither to the probe's network nor to its country: somebody chose it."""
    other_line: bool = False
    """The probe's network is not known, or its resolver sits in another country: the line may be another."""
    day: date | None = None
    android: bool = False
    """Android's own resolver, which calls every failure a name that does not exist (ooni/probe#2029, #2120)."""


NOWHERE = Place()


def place_of(row: Measurement) -> Place:
    """The place of a measurement."""
    day = row.started_at.date() if row.started_at else None
    chosen = resolver_is_chosen(row.probe_asn, row.probe_cc, row.resolver_asn, day)
    return Place(
        country=row.probe_cc,
        asn=row.probe_asn,
        day=day,
        chosen_resolver=chosen,
        other_line=row.probe_asn is None or chosen,
        android="android" in f"{row.platform or ''} {row.software or ''}".casefold(),
    )


def is_at_home(asn: int | None, place: Place) -> bool:
    """Whether a network is of the country of a place, by the table that the program carries."""
    table = as_numbers.carried()
    return (
        asn is not None
        and place.country is not None
        and table.standing(asn, place.country, place.day or table.about.day) == "home"
    )


@lru_cache(maxsize=65536)
def resolver_is_chosen(asn: int | None, country: str | None, resolver: int | None, day: date | None) -> bool:
    """Whether the resolver's network is neither the probe's nor of its country; false where it is not known.

    Of a country is a network that is allocated to it or announces addresses there, by the table that the program
    carries; so is none of those that anybody can choose, but the one whose home that country is.
    """
    if resolver is None or resolver == asn:
        return False
    known = public_resolvers().get(resolver)
    if known is not None:
        return known.get("country") != country
    table = as_numbers.carried()
    return country is not None and table.standing(resolver, country, day or table.about.day) == "elsewhere"


@cache
def public_resolvers() -> dict[int, dict[str, Any]]:
    """Networks of resolvers that anybody can choose, by AS number, each with its name and source."""
    return _networks("public_resolvers.toml")


@cache
def refusers() -> dict[int, dict[str, Any]]:
    """Networks that turn countries away below the page, by AS number, each with the countries and a source."""
    return _networks("refusers.toml")


def refuses(asn: int | None, country: str | None) -> bool:
    """Whether a server's network is known to turn this country away."""
    known = refusers().get(asn or 0)
    return known is not None and country in known["countries"]


def _networks(name: str) -> dict[int, dict[str, Any]]:
    text = files("lightkeeper.judge").joinpath(name).read_text(encoding="utf-8")
    return {one["asn"]: one for one in tomllib.loads(text)["network"]}
