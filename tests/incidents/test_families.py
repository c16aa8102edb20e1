"""Who measures: families are data with a source each, known by exact names, and who shares raw data is one witness."""

from __future__ import annotations

import pytest

from incidents.incident_rows import document, outage
from lightkeeper.incidents.families import families, family_at, family_feeding, family_named
from lightkeeper.incidents.lineage import family_of, independent_documents, is_published_measurement, publishers
from lightkeeper.model.signal import LINEAGES


def test_every_family_says_what_it_measures_and_where_that_is_stated() -> None:
    assert all(f.measures and f.source.title and f.source.read_on for f in families())
    assert len({f.id for f in families()}) == len(families())
    assert {lineage for f in families() for lineage in f.lineages} <= set(LINEAGES)


def test_no_name_domain_or_feed_is_of_two_families() -> None:
    for field in ("names", "domains", "feeds"):
        every = [name.casefold() for f in families() for name in getattr(f, field)]
        assert sorted(set(every)) == sorted(every)


@pytest.mark.parametrize(
    ("name", "family"),
    [
        ("OONI", "ooni"),
        ("Open Observatory of Network Interference (OONI)", "ooni"),
        ("OONI and Sinar Project", "ooni"),
        ("the Tor Project", "tor"),
        ("NetBlocks", "netblocks"),
        ("Cloudflare Radar", "cloudflare"),
        ("Kentik", "kentik"),
        ("Censored Planet", "censoredplanet"),
        ("M-Lab", "mlab"),
        ("Google Transparency Report", "google"),
        ("Dyn Research", "oracle"),
        ("OONI critics", None),
        ("NetBlocked", None),
        ("Access Now", None),
        ("Daily News (OONI)", None),
        ("Torture Watch", None),
        ("", None),
    ],
)
def test_a_family_is_known_by_an_exact_name_and_not_by_a_part_of_one(name: str, family: str | None) -> None:
    found = family_named(name)
    assert (found.id if found else None) == family


def test_a_domain_is_whole_and_not_the_end_of_another() -> None:
    assert family_at("explorer.ooni.org") == family_named("OONI")
    assert family_at("notooni.org") is None


def test_what_somebody_else_has_of_a_measurer_is_that_somebody_s() -> None:
    quoted = document("d", kind="report", publisher="OONI, as RFE/RL has it")
    assert family_of(quoted) is None
    assert not is_published_measurement(quoted)
    assert is_published_measurement(document("d", kind="report", publisher="OONI"))


@pytest.mark.parametrize(
    "not_one",
    [{"publisher": "Internet Society Pulse"}, {"kind": "news"}, {"flags": ["second_hand"]}, {"publisher": "RFE/RL"}],
)
def test_lists_news_and_what_is_second_hand_are_no_published_measurement(not_one: dict) -> None:
    assert not is_published_measurement(document("d", **{"kind": "report", "publisher": "OONI", **not_one}))


def test_one_text_has_one_publisher_whoever_speaks_in_it() -> None:
    both = [document("a", publisher="OONI, as RFE/RL has it"), document("b", publisher="RFE/RL")]
    assert publishers(both) == ["RFE/RL"]


@pytest.mark.parametrize(
    ("source", "publisher", "independent"),
    [
        ("ioda_outages", "IODA", False),
        ("ioda_outages", "RouteViews", False),
        ("ioda_outages", "OONI", True),
        ("ioda_outages", "NetBlocks", True),
        ("radar_outages", "Cloudflare", False),
        ("radar_outages", "Kentik", True),
    ],
)
def test_who_shares_the_raw_data_of_an_outage_is_no_second_witness(
    source: str, publisher: str, independent: bool
) -> None:
    paper = document("d", kind="report", publisher=publisher)
    assert bool(independent_documents([paper], [outage("e", source=source)])) is independent


def test_what_rests_on_the_source_of_an_outage_is_no_second_witness() -> None:
    by_name = document("a", publisher="Access Now", rests_on=["IODA"])
    report = document("r", kind="report", publisher="IODA")
    by_id = document("b", publisher="A paper", rests_on=["r"])
    assert independent_documents([by_name, report, by_id], [outage("e")]) == []


def test_a_series_is_of_the_family_that_its_name_begins_with() -> None:
    assert family_feeding("ioda_api/bgp/IR") == family_named("IODA")
    assert family_feeding("mrt/rrc00/x") == family_named("RouteViews")
    assert family_feeding("my_own/series") is None
