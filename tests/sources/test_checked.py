"""Codes of countries and networks are checked in one place: rows may have the codes of databases, people may not."""

from __future__ import annotations

from datetime import date

import pytest

from lightkeeper.errors import InputError
from lightkeeper.run.fetching import SOURCES, Wanted
from lightkeeper.settings import Settings
from lightkeeper.sources import checked, ooni_bucket


def test_a_row_may_have_a_code_that_databases_use_for_what_is_no_country() -> None:
    assert checked.country("a1") == "A1"
    with pytest.raises(InputError, match="as in IR"):
        checked.asked_country("A1")


def test_a_code_is_read_in_small_letters_and_with_marks_of_direction() -> None:
    assert checked.asked_country("\u200eir ") == "IR"
    assert checked.asked_asn("as58224") == 58224


def plan(name: str, country: str) -> object:
    since, until = date(2026, 1, 1), date(2026, 1, 2)
    if name == "ooni":
        return ooni_bucket.plan(country, since, until, None, Settings())
    return SOURCES[name].plan(Wanted(country, since, until), Settings())


@pytest.mark.parametrize("name", [*SOURCES, "ooni"])
@pytest.mark.parametrize("country", ["Iran", "I1", "..", "", "ИР", "I\n"])
def test_every_source_refuses_what_is_no_country_before_any_request(name: str, country: str) -> None:
    with pytest.raises(InputError):
        plan(name, country)
