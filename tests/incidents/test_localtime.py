"""Local time, where a country has one zone and where it has several."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from lightkeeper.incidents.localtime import clocks, is_between, is_round, local_days


def at(hour: int, minute: int = 0, month: int = 1) -> datetime:
    return datetime(2021, month, 15, hour, minute, tzinfo=UTC)


@pytest.mark.parametrize(
    ("country", "moment", "expected"),
    [
        ("IR", at(12, 30), True),
        ("IR", at(12, 10), False),
        ("NP", at(12, 15), True),
        ("NP", at(12, 0), False),
        ("RU", at(12, 0), True),
        ("AU", at(12, 0), None),
        ("ZZ", at(12, 0), None),
    ],
)
def test_round_is_round_on_all_clocks_of_the_country_or_not_known(
    country: str, moment: datetime, expected: bool | None
) -> None:
    assert is_round(country, moment) is expected


def test_hours_of_a_country_with_several_zones_are_known_only_where_all_agree() -> None:
    assert is_between("RU", at(0), 8, 18) is None
    assert is_between("IQ", at(5), 8, 18) is True
    assert is_between("IQ", at(0), 8, 18) is False


def test_summer_time_is_that_of_the_day() -> None:
    assert {c.hour for c in clocks("IR", at(12, 30, month=1))} == {16}
    assert {c.hour for c in clocks("IR", at(12, 30, month=7))} == {17}


def test_the_local_day_of_a_wide_country_is_two_days() -> None:
    first, last = local_days("RU", at(20))
    assert (last - first).days == 1
