"""Countries by all the names that datasets give them."""

from __future__ import annotations

import pycountry
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lightkeeper.sources.country_days import zones
from lightkeeper.sources.country_names import OUTSIDE_ISO, country_code, country_codes, nearest, part_of_country

NAMES = [
    (getattr(country, kind), country.alpha_2)
    for country in pycountry.countries
    for kind in ("name", "official_name", "common_name")
    if hasattr(country, kind)
]


def test_every_name_of_iso_3166_is_known_alone_twice_and_in_a_list() -> None:
    assert len(NAMES) > 400
    for name, code in NAMES:
        assert country_codes(name) == ([code], []), name
        assert country_codes(f"{name}/{name}") == ([code], []), name
        assert country_codes(f"{name}; Kenya")[0] == list(dict.fromkeys([code, "KE"])), name
        assert country_codes(f"Kenya, {name}")[0] == list(dict.fromkeys(["KE", code])), name


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("Iran (Islamic Republic of)", "IR"),
        ("Iran", "IR"),
        ("Iran, Islamic Rep.", "IR"),
        ("ایران", "IR"),
        ("إيران", "IR"),
        ("IRN", "IR"),
        ("Democratic Republic of the Congo", "CD"),
        ("DRC", "CD"),
        ("Congo (DRC)", "CD"),
        ("Congo (Kinshasa)", "CD"),
        ("République démocratique du Congo", "CD"),
        ("Congo (Brazzaville)", "CG"),
        ("Congo-Brazzaville", "CG"),
        ("Congo", "CG"),
        ("Congo, Democratic Republic of the", "CD"),
        ("Congo (Democratic Republic of the)", "CD"),
        ("Türkiye", "TR"),
        ("TÜRKİYE", "TR"),
        ("Turkey", "TR"),
        ("Myanmar", "MM"),
        ("Burma", "MM"),
        ("Swaziland", "SZ"),
        ("Ivory Coast", "CI"),
        ("Côte d'Ivoire", "CI"),
        ("Côte d’Ivoire", "CI"),
        ("Cabo Verde", "CV"),
        ("Taiwan, Province of China", "TW"),
        ("Venezuela, Bolivarian Republic of", "VE"),
        ("Palestine", "PS"),
        ("Palestine, State of", "PS"),
        ("Kosovo", "XK"),
        ("Korea (Democratic People's Republic of)", "KP"),
        ("Korea, Rep.", "KR"),
        ("Micronesia, Federated States of", "FM"),
        ("U.S.A.", "US"),
        ("SriLanka", "LK"),
        ("Kenya, Uganda", None),
        ("Korea", None),
        ("Virgin Islands", None),
        ("Atlantis", None),
        ("", None),
    ],
)
def test_a_country_is_known_by_all_its_names(name: str, code: str | None) -> None:
    assert country_code(name) == code


def test_several_countries_in_a_cell_are_told_apart_from_one_with_a_comma() -> None:
    assert country_codes("Tanzania, United Republic of") == (["TZ"], [])
    assert country_codes("Kenya, Tanzania, United Republic of") == (["KE", "TZ"], [])
    assert country_codes("Kenya, Taiwan, Province of China, Palestine, State of") == (["KE", "TW", "PS"], [])
    assert country_codes("Bosnia and Herzegovina, Serbia and Atlantis") == (["BA", "RS"], ["Atlantis"])


def test_what_is_left_of_several_names_without_their_brackets_is_not_taken_for_one() -> None:
    assert country_code("Korea (somewhere)") is None
    assert country_code("Indonesia (Papua)") == "ID"


@pytest.mark.parametrize(
    ("place", "code", "part"),
    [
        ("Kenya/Kenya", "KE", ""),
        ("Kenya, Republic of Kenya", "KE", ""),
        ("Iran; Iran (Islamic Republic of)", "IR", ""),
        ("Iran - Iran", "IR", ""),
        ("whole of Kenya", "KE", ""),
        ("Bosnia and Herzegovina", "BA", ""),
        ("Iran, Tehran", "IR", "Tehran"),
        ("Tehran, Iran", "IR", "Tehran"),
        ("Tehran (Iran)", "IR", "Tehran"),
        ("Iran: Tehran, Shiraz", "IR", "Tehran, Shiraz"),
        ("Bosnia and Herzegovina, Sarajevo", "BA", "Sarajevo"),
        ("Sistan and Baluchistan", "IR", "Sistan and Baluchistan"),
        ("Niger", "NG", "Niger"),
        ("Kenya/Uganda", "KE", "Uganda"),
        ("", "IR", ""),
    ],
)
def test_a_place_is_what_it_names_apart_from_its_country_however_often_that_is_named(
    place: str, code: str, part: str
) -> None:
    assert part_of_country(place, code) == part


def test_an_unknown_name_is_told_with_the_nearest_and_never_taken_for_one() -> None:
    assert country_codes("Irann") == ([], ["Irann"])
    assert nearest("Irann") == ["Iran"]
    assert nearest("Xyzzy") == []


def test_the_one_code_that_iso_does_not_assign_is_known_as_such() -> None:
    assert pycountry.countries.get(alpha_2="XK") is None
    assert "XK" in OUTSIDE_ISO
    assert zones("IR")


@given(st.text(max_size=60))
def test_no_text_stops_it_and_what_is_known_is_a_code(text: str) -> None:
    codes, unknown = country_codes(text)
    assert all(code in OUTSIDE_ISO or pycountry.countries.get(alpha_2=code) for code in codes)
    assert len(set(codes)) == len(codes)
    assert all(isinstance(name, str) for name in unknown)
