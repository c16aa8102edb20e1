"""Which AS numbers are a country's. The registries' lines and ranges here are synthetic, of their true form."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lightkeeper.errors import InputError
from lightkeeper.sources.as_number_files import read_table
from lightkeeper.sources.as_numbers import (
    FORM,
    About,
    AsNumbers,
    Pair,
    carried,
    is_special,
    packed,
    table_of,
    unpacked,
)

DAY = date(2024, 11, 7)
ABOUT = About(day=date(2024, 1, 1), origin="test", licence="test", sources=[])

RIPE = """\
2|ripencc|1718582399|5|19830705|20240616|+0200
ripencc|*|asn|*|4|summary
ripencc|IR|asn|12880|1|20000101|allocated|aaaa
ripencc|IR|asn|48159|3|20081015|assigned|bbbb
ripencc|IR|asn|216000|1|20240101|allocated|cccc
ripencc||asn|216001|1||available|
ripencc|IR|ipv4|2.144.0.0|262144|20100603|allocated|dddd
"""
ANNOUNCED = """\
16777216,16777471,64510,"A documentation number"
33554432,33554687,3356,"Level 3 | and a bar"
33554688,33555199,3356,Level 3
50331648,50331775,9009,M247
"""
REGISTERED = """\
16777216,16777471,AU
33554432,33554687,US
33554688,33555199,GB
50331648,50331903,KE
"""


def files(folder: Path, **texts: str) -> list[Path]:
    for name, text in texts.items():
        (folder / name).write_text(text, encoding="utf-8")
    return [folder / name for name in texts]


def of_registry(folder: Path, text: str = RIPE) -> AsNumbers:
    table, aside = read_table(files(folder, ripe=text), origin="o", licence="l")
    assert aside == []
    return table


def test_a_number_is_a_countrys_from_the_day_of_its_allocation(tmp_path: Path) -> None:
    table = of_registry(tmp_path)
    assert table.about.day == date(2024, 6, 16), "the registry says of which day its file is"
    assert table.standing(12880, "IR", DAY) == "home"
    assert table.standing(12880, "KE", DAY) == "elsewhere"
    assert table.standing(216000, "IR", date(2023, 12, 31)) == "later"
    assert table.standing(216000, "IR", date(2024, 1, 1)) == "home"
    assert [table.standing(n, "IR", DAY) for n in (48159, 48160, 48161)] == ["home"] * 3


def test_a_number_that_is_not_in_the_table_is_unknown_and_not_elsewhere(tmp_path: Path) -> None:
    table = of_registry(tmp_path)
    assert table.standing(216001, "IR", DAY) == "unknown", "available is not allocated"
    assert table.standing(48162, "IR", DAY) == "unknown"


@pytest.mark.parametrize(
    "asn", [None, 0, 112, 23456, 64496, 64512, 65535, 65536, 131071, 4_200_000_000, 4_294_967_294, 4_294_967_295]
)
def test_private_reserved_and_documentation_numbers_are_nobodys(asn: int | None, tmp_path: Path) -> None:
    assert (
        of_registry(tmp_path, RIPE + "ripencc|IR|asn|64512|1|20000101|allocated|x\n").standing(asn, "IR", DAY)
        == "special"
    )


@pytest.mark.parametrize("asn", [1, 64495, 131072, 4_199_999_999])
def test_their_neighbours_are_not(asn: int) -> None:
    assert not is_special(asn)


def test_a_network_is_a_countrys_where_it_announces_a_24_that_is_registered_there(tmp_path: Path) -> None:
    both = files(tmp_path, announced=ANNOUNCED, registered=REGISTERED)
    table, aside = read_table(both, origin="o", licence="l", day=DAY)
    assert aside == []
    assert table.standing(3356, "US", DAY) == table.standing(3356, "GB", DAY) == "home"
    assert table.standing(3356, "KE", DAY) == "elsewhere"
    assert table.standing(9009, "KE", DAY) == "unknown", "half a /24 is no network there"
    assert table.standing(64510, "AU", DAY) == "special"
    assert [s.of for s in table.about.sources] == ["announced", "registered"]


def test_a_cloud_that_leases_a_few_ranges_of_a_country_is_no_network_of_it(tmp_path: Path) -> None:
    announced = "16777216,16842751,16509,Cloud\n33554432,33554687,16509,Cloud\n33554688,33554943,15399,ISP\n"
    registered = "16777216,16842751,US\n33554432,33554943,IR\n"
    table, _ = read_table(files(tmp_path, a=announced, r=registered), origin="o", licence="l", day=DAY)
    assert table.standing(16509, "IR", DAY) == "elsewhere", "256 of 65,792 addresses"
    assert table.standing(15399, "IR", DAY) == "home"


def test_ranges_written_as_addresses_and_of_ipv6_are_read_too(tmp_path: Path) -> None:
    announced = (
        "2c0f:fe38::,2c0f:fe38:ffff:ffff:ffff:ffff:ffff:ffff,33771,Safaricom\n105.160.0.0,105.163.255.255,33771,S\n"
    )
    registered = "2c0f:fe38::,2c0f:fe38:ffff:ffff:ffff:ffff:ffff:ffff,KE\n105.160.0.0,105.160.0.255,UG\n"
    table, _ = read_table(files(tmp_path, a=announced, r=registered), origin="o", licence="l", day=DAY)
    assert table.standing(33771, "KE", DAY) == table.standing(33771, "UG", DAY) == "home"


def test_registries_and_ranges_join_into_one_table(tmp_path: Path) -> None:
    three = files(tmp_path, ripe=RIPE, announced=ANNOUNCED, registered=REGISTERED)
    table, _ = read_table(three, origin="o", licence="l")
    assert table.standing(12880, "IR", DAY) == table.standing(3356, "GB", DAY) == "home"


def test_one_half_of_the_ranges_tells_nothing(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="half"):
        read_table(files(tmp_path, announced=ANNOUNCED), origin="o", licence="l", day=DAY)


def test_files_without_a_day_ask_for_it(tmp_path: Path) -> None:
    both = files(tmp_path, announced=ANNOUNCED, registered=REGISTERED)
    with pytest.raises(InputError, match="--day"):
        read_table(both, origin="o", licence="l")


@pytest.mark.parametrize(
    "line",
    [
        "ripencc|IR|asn|x|1|20000101|allocated|a",
        "ripencc|IR|asn|1|99999999|20000101|allocated|a",
        "ripencc|IR|asn|1|1|2000-1-1|allocated|a",
        "ripencc|IR|asn|1|1|20001301|allocated|a",
        "ripencc|I|asn|1|1|20000101|allocated|a",
        "1.0.0.9,1.0.0.0,IR",
        "1.0.0.0,::1,IR",
        "not an address,1.0.0.0,IR",
        "one cell",
    ],
)
def test_a_line_that_cannot_be_read_is_set_aside_with_its_number(line: str, tmp_path: Path) -> None:
    table, aside = read_table(files(tmp_path, ripe=RIPE + line + "\n"), origin="o", licence="l")
    assert [a.where.rpartition(":")[2] for a in aside] == ["8"]
    assert table.standing(12880, "IR", DAY) == "home"


def test_a_file_of_another_kind_is_an_error_that_says_what_to_give(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="delegated"):
        read_table(files(tmp_path, text="Hello\n"), origin="o", licence="l", day=DAY)


@given(
    st.lists(
        st.builds(
            Pair,
            st.integers(1, 4_294_967_295),
            st.sampled_from(["IR", "KE", "US"]),
            st.none() | st.dates(date(1990, 1, 1), date(2026, 1, 1)),
        ),
        min_size=1,
        max_size=40,
    )
)
def test_a_table_says_again_what_it_was_made_of(pairs: list[Pair]) -> None:
    wanted: dict[tuple[int, str], date | None] = {}
    for asn, country, day in pairs:
        if not is_special(asn):
            days = [d for d in (wanted.get((asn, country)), day) if d]
            wanted[asn, country] = min(days) if days else None
    table = table_of(pairs, ABOUT)
    if wanted:
        again = unpacked(packed(table), "test")
        assert {(p.asn, p.country): p.day for p in again.pairs()} == wanted
        assert again.name == table.name == table_of(reversed(pairs), ABOUT).name


@pytest.mark.parametrize("text", [b"", b"x\n{}\n", FORM.encode() + b"\n{}\nIR\t1\n"])
def test_what_is_no_table_is_refused(text: bytes) -> None:
    with pytest.raises(InputError):
        AsNumbers(text).standing(1, "IR", DAY)


@pytest.mark.parametrize("line", [b"IR\tx", b"ir\t1", b"IR\t1+99999999999", b"IR\t1@20001301", b"IR\t1+2000000", b""])
def test_a_damaged_table_is_refused_and_names_the_remedy(line: bytes) -> None:
    head = table_of([Pair(1, "IR")], ABOUT).text.split(b"\n")[:2]
    with pytest.raises(InputError, match="reference as-numbers"):
        AsNumbers(b"\n".join([*head, line])).standing(1, "IR", DAY)


def test_a_packed_table_that_is_cut_off_is_refused() -> None:
    data = packed(table_of([Pair(1, "IR")], ABOUT))
    with pytest.raises(InputError, match="unpacked"):
        unpacked(data[:-9], "test")


def test_the_carried_table_says_what_it_was_made_from_and_is_made_again_byte_for_byte() -> None:
    table = carried()
    assert table.about.day == date(2026, 6, 17)
    assert "CC BY 4.0" in table.about.licence
    assert {s.of for s in table.about.sources} == {"announced", "registered"}
    assert table_of(table.pairs(), table.about).text == table.text


@pytest.mark.parametrize(
    ("country", "asns"),
    [
        ("IR", (58224, 197207, 44244, 57218, 31549, 12880)),
        ("KE", (33771, 37061, 36866, 15399, 12455, 36926, 329152, 328856, 15808)),
        ("UG", (20294, 37063, 37075, 328727, 329415, 329253, 29039, 37273, 36977)),
    ],
)
def test_networks_from_which_people_measured_are_their_countrys_in_the_carried_table(
    country: str, asns: tuple[int, ...]
) -> None:
    """From OONI's tables of Kenya 2024 and Uganda 2026, and the operators of the Iranian cases."""
    assert {asn: carried().standing(asn, country, DAY) for asn in asns} == dict.fromkeys(asns, "home")


def test_a_carrier_of_a_region_that_is_registered_elsewhere_is_no_network_of_the_country() -> None:
    assert carried().standing(30844, "KE", DAY) == carried().standing(37100, "KE", DAY) == "elsewhere"
