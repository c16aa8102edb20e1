"""Names of places in several transliterations."""

from __future__ import annotations

import pytest

from lightkeeper.incidents.places import names_place, same_place


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Ardebil", "Ardabil"),
        ("East Azarbaijan", "East Azerbaijan Province"),
        ("Razavi Khorasan", "Khorasan Razavi"),
        ("Chahar Mahall and Bakhtiari", "Chahar Mahal & Bakhtiari"),
        ("São Paulo", "Sao Paulo"),
    ],
)
def test_one_place_in_two_spellings(one: str, other: str) -> None:
    assert same_place(one, other)
    assert same_place(other, one)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("East Azarbaijan", "West Azarbaijan"),
        ("North Khorasan", "South Khorasan"),
        ("Kerman", "Kermanshah"),
        ("Ilam", "Alma"),
        ("Gilan", "Golestan"),
        ("", ""),
        ("Province", "Region"),
    ],
)
def test_two_places_are_two(one: str, other: str) -> None:
    assert not same_place(one, other)


def test_a_text_names_a_place_as_whole_words() -> None:
    assert names_place("cut off in Shiraz, in the province of Fars", "Fars")
    assert not names_place("a farsighted plan", "Fars")
    assert not names_place("anything", "")
