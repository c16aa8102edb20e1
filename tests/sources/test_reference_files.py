"""Reference facts: each with its source, few and true, and a person's own before the program's."""

from __future__ import annotations

import csv
from contextlib import suppress
from datetime import date
from pathlib import Path

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lightkeeper.errors import InputError
from lightkeeper.model.reference import NetworkUsers
from lightkeeper.sources import iso3166, reference_files
from lightkeeper.sources.case_toml import read_toml
from lightkeeper.sources.rows import Unreadable
from places import ROOT

ALL = (date(1900, 1, 1), date(2100, 1, 1))


def test_every_fact_names_its_source_and_the_day_it_was_read() -> None:
    facts = [
        *reference_files.networks(),
        *(d for cc in ("IR", "DZ", "SY", "IQ") for d in reference_files.days(cc, None, *ALL)),
    ]
    assert len(facts) > 30
    assert all(fact.source and fact.read_on >= date(2026, 1, 1) for fact in facts)


def test_no_kind_of_network_is_told_without_a_source_for_it() -> None:
    for network in reference_files.networks("ir"):
        assert (network.kind == "unknown") == (network.kind_source is None), network.asn


def test_the_networks_agree_with_the_case_on_whose_they_are() -> None:
    case, _ = read_toml(ROOT / "cases" / "iran-2021-election" / "case.toml")
    owners = {asn: operator["name"] for operator in case["operators"] for asn in operator["asns"]}
    known = {network.asn: network.operator for network in reference_files.networks("IR")}
    assert known.items() <= owners.items()


def test_irans_votes_are_all_on_fridays() -> None:
    votes = reference_files.days("IR", "election", *ALL)
    assert len(votes) == 19
    assert {vote.from_day.strftime("%A") for vote in votes} == {"Friday"}


def test_the_votes_agree_with_electionguide_but_for_the_day_that_it_has_wrong(shared: Path) -> None:
    months = "Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec".split()
    held = set()
    with (shared / "calendar" / "electionguide_election_df.csv").open(encoding="utf-8") as stream:
        for row in csv.DictReader(stream):
            if row["country"] == "Islamic Republic of Iran":
                month, day, year = row["date"].replace(",", "").split()
                held.add(date(int(year), months.index(month[:3]) + 1, int(day)))
    ours = {vote.from_day for vote in reference_files.days("IR", "election", *ALL)}
    assert {day for day in held if day.year >= 2005} - ours == {date(2020, 2, 28)}


def test_days_are_found_by_country_kind_and_overlap() -> None:
    june = reference_files.days("dz", "exam", date(2018, 6, 25), date(2018, 7, 1))
    assert [(day.from_day, day.until_day) for day in june] == [(date(2018, 6, 20), date(2018, 6, 25))]
    assert reference_files.days("DZ", "election", *ALL) == []
    assert reference_files.days("XX", None, *ALL) == []


MINE = """[[network]]
asn = 58224
operator = "Mine"
country = "IR"
kind = "fixed"
source = "I asked them"
read_on = 2026-11-24
until_day = 2020-01-01
"""


def added(tmp_path: Path, text: str) -> Path:
    folder = tmp_path / "reference" / "networks"
    folder.mkdir(parents=True)
    (folder / "networks_mine.toml").write_text(text)
    return tmp_path


def test_what_a_person_says_of_a_network_goes_before_for_its_time(tmp_path: Path) -> None:
    known = reference_files.networks("IR", added(tmp_path, MINE))
    early = reference_files.network_of(58224, date(2019, 1, 1), known)
    late = reference_files.network_of(58224, date(2021, 1, 1), known)
    assert early is not None
    assert late is not None
    assert (early.operator, late.kind) == ("Mine", "unknown")
    assert reference_files.network_of(64512, date(2021, 1, 1), known) is None


@pytest.mark.parametrize(
    "text",
    [
        MINE.replace('source = "I asked them"\n', ""),
        MINE.replace('"fixed"', '"perhaps"'),
        MINE.replace("58224", "0"),
        MINE + "from_day = 2021-01-01\n",
        MINE + 'colour = "red"\n',
        "[[network]\n",
        "network = 3\n",
        "x = 1\n",
    ],
)
def test_a_persons_file_that_is_wrong_is_an_error_with_its_name(tmp_path: Path, text: str) -> None:
    with pytest.raises(InputError, match=r"networks_mine\.toml"):
        reference_files.networks(None, added(tmp_path, text))


def test_users_by_as_are_kept_for_each_country(tmp_path: Path) -> None:
    """Synthetic rows, in the form of APNIC's list."""
    good = {"rank": 1, "AS": 58224, "Description": "TCI", "CC": "IR", "Users": 1000, "Samples": 50}
    rows: list[object] = [good, good | {"CC": "DE", "Users": 3}, good | {"Users": -1}, good | {"AS": "x"}, 7]
    found = list(reference_files.read_users(msgspec.json.encode({"Date": "2026", "Data": rows})))
    assert [(u.country, u.users) for u in found if isinstance(u, NetworkUsers)] == [("IR", 1000), ("DE", 3)]
    assert len([u for u in found if isinstance(u, Unreadable)]) == 3


@pytest.mark.parametrize("body", [b"", b"[]", b"{}", b'{"Data": 3}', b"<html>"])
def test_another_file_than_apnics_is_an_error(body: bytes) -> None:
    with pytest.raises(InputError, match="not APNIC's list"):
        list(reference_files.read_users(body))


@given(st.binary(max_size=200))
def test_no_bytes_make_the_reader_of_users_crash(body: bytes) -> None:
    with suppress(InputError):
        list(reference_files.read_users(body))


def test_subdivisions_and_countries_are_named() -> None:
    assert len(iso3166.subdivisions("ir")) == 31
    tehran = iso3166.subdivision("IR-23")
    assert tehran is not None
    assert (tehran.country, tehran.kind) == ("IR", "Province")
    assert iso3166.country_name("IR", "fa") == "ایران"
    assert iso3166.country_name("ZZ") is None
    assert iso3166.country_name("IR", "../x") is None
    assert iso3166.subdivisions("nowhere") == ()
