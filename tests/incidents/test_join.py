"""Which events and documents are one thing in the world."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from incidents.incident_rows import BEGIN, case, document, outage, tor_drop
from lightkeeper.incidents import join
from lightkeeper.model import Document, Event, Incident

MINUTES = timedelta(minutes=1)


def one(events: list[Event], documents: list[Document]) -> Incident:
    (found,) = join(case(), events, documents)
    return found


def test_outages_of_one_country_with_near_onsets_are_one() -> None:
    fars = outage("a", entity_type="region", entity="Fars")
    yazd = outage("b", BEGIN + 20 * MINUTES, entity_type="region", entity="Yazd")
    found = one([fars, yazd], [])
    assert found.scopes == ["region:Fars", "region:Yazd"]
    assert found.title == "Internet outage in Fars and Yazd, from 20 June 2021"


def test_outages_an_hour_apart_are_two() -> None:
    assert len(join(case(), [outage("a"), outage("b", BEGIN + 60 * MINUTES)], [])) == 2


def test_a_chain_of_near_onsets_does_not_reach_without_end() -> None:
    chain = [outage(f"e{i:02}", BEGIN + 25 * i * MINUTES, 12) for i in range(12)]
    found = join(case(), chain, [])
    assert len(found) > 1
    spans = [i.events for i in found]
    assert sorted(e for events in spans for e in events) == [e.event_id for e in chain]
    assert max(len(events) for events in spans) <= 5


def test_outages_that_do_not_overlap_are_two() -> None:
    assert len(join(case(), [outage("a", hours=0.1), outage("b", BEGIN + 29 * MINUTES, 2)], [])) == 2


def test_a_document_of_the_country_joins_a_national_outage() -> None:
    found = one([outage("e")], [document("d")])
    assert (found.events, found.documents, found.rung) == (["e"], ["d"], "confirmed")


@pytest.mark.parametrize(
    ("theirs", "ours"),
    [
        ("Sistan and Baluchistan", "Sistan and Baluchestan"),
        ("Kohgiluyeh and Boyer-Ahmad", "Kohgiluyeh and Buyer Ahmad"),
        ("Kurdistan Province", "Kordestan"),
        ("Isfahan", "Esfahan"),
    ],
)
def test_a_document_of_a_region_joins_an_outage_there_however_it_is_spelt(theirs: str, ours: str) -> None:
    event = outage("e", entity_type="region", entity=ours)
    assert one([event], [document("d", place_type="region", place=theirs)]).documents == ["d"]


@pytest.mark.parametrize(
    "apart",
    [
        {"place_type": "region", "place": "Khuzestan"},
        {"place_type": "city", "place": "Yasuj"},
        {"extent": "service", "services": ["telegram"]},
        {"country": "TR"},
        {"day": BEGIN + timedelta(days=5)},
        {"day": BEGIN - timedelta(days=5)},
    ],
)
def test_a_document_of_another_place_time_or_extent_stays_apart(apart: dict) -> None:
    event = outage("e", entity_type="region", entity="Fars")
    found = join(case(), [event], [document("d", **{"place_type": "region", "place": "Fars", **apart})])
    assert sorted((len(i.events), len(i.documents)) for i in found) == [(0, 1), (1, 0)]


def test_a_city_joins_the_outage_of_a_region_only_where_the_document_names_the_region() -> None:
    event = outage("e", entity_type="region", entity="Fars")
    named = document("d", place_type="city", place="Shiraz", claim="Mobile data was cut in Shiraz, Fars province.")
    assert one([event], [named]).documents == ["d"]


def test_a_document_goes_to_the_nearest_of_two_outages() -> None:
    early, late = outage("early", BEGIN - timedelta(hours=30)), outage("late")
    found = join(case(), [early, late], [document("d")])
    assert [i.events for i in found if i.documents] == [["late"]]


def test_a_document_goes_to_the_event_that_fits_best_and_not_to_the_nearest() -> None:
    whole, region = outage("whole"), outage("region", BEGIN + timedelta(hours=3), entity_type="region", entity="Fars")
    found = join(case(), [whole, region], [document("d", place_type="region", place="Fars")])
    assert [i.events for i in found if i.documents] == [["region"]]


def test_a_record_of_several_regions_joins_the_national_outage() -> None:
    record = document("d", place_type="region", place="Fars, Yazd, Tehran and Qom")
    assert one([outage("e")], [record]).documents == ["d"]


def test_a_cable_fault_and_a_record_of_a_shutdown_stay_apart() -> None:
    fault = outage("e", cause_claimed="Cable cut")
    assert len(join(case(), [fault], [document("d", cause_claimed="Protests")])) == 2
    assert len(join(case(), [fault], [document("d", cause_claimed="Technical problems")])) == 1


def test_a_tool_that_the_case_alone_knows_as_one_joins_the_fall_of_tools() -> None:
    watched = [{"id": "oddtool", "name": "Oddtool", "kind": "vpn", "targets": ["oddtool/*"]}]
    record = document("a", extent="service", services=["oddtool"])
    assert len(join(case(watched=watched), [tor_drop()], [record])) == 1
    assert len(join(case(), [tor_drop()], [record])) == 2


def test_blocks_of_one_service_from_one_day_are_one_and_others_are_not() -> None:
    blocks = [
        document("a", extent="service", services=["telegram", "signal"], days=None, ongoing=True),
        document("b", BEGIN + timedelta(days=1), extent="service", services=["telegram"], days=None),
        document("c", extent="service", services=["grindr"], days=None),
        document("d", BEGIN - timedelta(days=300), extent="service", services=["telegram"], days=None),
    ]
    found = join(case(), [], blocks)
    assert sorted(i.documents for i in found) == [["a", "b"], ["c"], ["d"]]
    assert {i.kind for i in found} == {"service_block"}
    assert next(i.title for i in found if len(i.documents) == 2) == (
        "Telegram and Signal recorded as blocked since 20 June 2021"
    )


def test_letters_assurances_notices_and_denials_form_no_incident() -> None:
    kinds = [document(kind, kind=kind) for kind in ("letter", "assurance", "notice")]
    assert join(case(), [], [*kinds, document("x", flags=["denies"]), document("y", None)]) == []


def test_a_fall_of_tor_joins_documents_that_name_a_tool() -> None:
    https = document("b", extent="service", services=["https"])
    found = join(case(), [tor_drop()], [document("a", extent="service", services=["tor"]), https])
    assert [(i.kind, i.documents) for i in found if i.events] == [("circumvention_drop", ["a"])]
    assert found[0].title == "Use of Tor fell nationwide, from 20 June 2021"


def test_there_is_no_single_end() -> None:
    fast = outage("fast", hours=10, source="lightkeeper.detect", lineages=["traffic"])
    slow = outage("slow", hours=200, source="lightkeeper.detect", lineages=["active_probing"])
    found = one([fast, slow], [])
    assert (found.end_earliest, found.end_latest) == (fast.end_earliest, slow.end_latest)
    assert not found.ongoing


def test_a_series_that_is_still_low_leaves_the_end_open() -> None:
    still = outage("b", hours=None, source="lightkeeper.detect", flags=["open_at_end_of_data"])
    found = one([outage("a", source="lightkeeper.detect"), still], [])
    assert found.ongoing
    assert found.end_latest is None


def as_of(day: datetime) -> dict:
    """The columns of a record that says that it was so on this day."""
    return {"as_of_earliest": day, "as_of_latest": day + timedelta(days=1)}


@pytest.mark.parametrize(
    ("began", "more", "inside"),
    [
        (datetime(2020, 10, 1, tzinfo=UTC), {"days": None, "ongoing": True}, True),
        (datetime(2018, 5, 1, tzinfo=UTC), {"days": None, "ongoing": True}, False),
        (
            datetime(2018, 5, 1, tzinfo=UTC),
            {"days": None, "ongoing": True, **as_of(datetime(2021, 1, 1, tzinfo=UTC))},
            True,
        ),
        (
            datetime(2018, 5, 1, tzinfo=UTC),
            {"days": None, "ongoing": True, **as_of(datetime(2020, 1, 1, tzinfo=UTC))},
            False,
        ),
        (datetime(2018, 5, 1, tzinfo=UTC), {"days": None}, False),
        (datetime(2018, 5, 1, tzinfo=UTC), {"days": 10}, False),
        (datetime(2021, 6, 20, tzinfo=UTC), {"days": 1}, True),
        (datetime(2022, 9, 21, tzinfo=UTC), {"days": None, "ongoing": True}, False),
    ],
)
def test_a_block_is_in_the_window_only_where_the_record_reaches_into_it(
    began: datetime, more: dict, inside: bool
) -> None:
    found = one([], [document("d", began, extent="service", services=["telegram"], **more)])
    assert found.in_window is inside


def test_operators_come_from_numbers_and_from_documents() -> None:
    event = outage("e", entity_type="asn", entity="58224")
    noted = document("d", place_type="asn", place="58224", operators=["mci"])
    assert one([event], [noted]).operators == ["mci", "tci"]


@settings(max_examples=25, deadline=None)
@given(st.randoms(use_true_random=False))
def test_the_order_of_rows_does_not_show(random) -> None:
    events = [outage(f"e{i}", BEGIN + 25 * i * MINUTES) for i in range(5)] + [tor_drop()]
    documents = [document("d"), document("f", extent="service", services=["tor"]), document("g", BEGIN, 3)]
    usual = join(case(), events, documents)
    random.shuffle(events)
    random.shuffle(documents)
    assert join(case(), events, documents) == usual


def test_the_id_is_stable_and_names_country_and_local_day() -> None:
    late = datetime(2019, 6, 26, 20, tzinfo=UTC)
    found = one([outage("e", late)], [])
    assert found.incident_id.startswith("IR-20190627-")
    assert found.incident_id == one([outage("e", late, cause_claimed="x")], []).incident_id


def test_an_event_in_several_places_is_one_incident_of_all_of_them() -> None:
    event = outage("two", entity_type="region", entity="IR-13", places=["region:IR-13", "asn:58224"])
    (incident,) = join(case(), [event], [])
    assert incident.scopes == ["region:IR-13", "asn:58224"]
    assert incident.operators == ["tci"]


def test_a_fall_of_use_of_one_service_is_not_called_a_block() -> None:
    event = outage("fall", kind="service_drop", targets=["telegram"], source="lightkeeper.detect")
    (incident,) = join(case(), [event], [])
    assert (incident.kind, incident.title) == ("service_drop", "Use of Telegram fell nationwide, from 20 June 2021")


def network(name: str, at: datetime = BEGIN, hours: float | None = None, **more) -> Event:
    return outage(name, at, hours, entity_type="asn", entity="58224", lineages=["active_probing"], **more)


NATIONAL = outage("n", hours=24)


@pytest.mark.parametrize(
    "theirs",
    [
        network("a", BEGIN + timedelta(hours=3)),
        network("a", BEGIN - timedelta(hours=3)),
        network("a", BEGIN + timedelta(hours=20), 30),
    ],
)
def test_an_operator_s_outage_that_overlaps_a_confirmed_national_one_joins_it_and_does_not_date_it(
    theirs: Event,
) -> None:
    found = one([NATIONAL, theirs], [document("d")])
    assert (found.operators, found.title) == (["tci"], "Internet outage, nationwide, from 20 June 2021")
    assert (found.onset_earliest, found.end_latest) == (NATIONAL.onset_earliest, NATIONAL.end_latest)


@pytest.mark.parametrize(
    "apart",
    [
        network("a", BEGIN + timedelta(hours=25)),
        network("a", BEGIN - timedelta(hours=12)),
        network("a", BEGIN - timedelta(hours=4), 2),
        outage("a", BEGIN + timedelta(hours=3), entity_type="region", entity="Fars"),
        network("a", BEGIN + timedelta(hours=3), kind="blocking", targets=["telegram"]),
    ],
)
def test_outages_of_other_times_or_of_regions_and_blocks_of_services_stay_apart(apart: Event) -> None:
    assert len(join(case(), [NATIONAL, apart], [document("d")])) == 2


def test_nothing_joins_a_national_outage_that_is_not_confirmed() -> None:
    assert len(join(case(), [NATIONAL, network("a", BEGIN + timedelta(hours=3))], [])) == 2


MEASURED = document(
    "ooni", BEGIN - timedelta(days=80), 167, kind="report", publisher="OONI", extent="service", services=["telegram"],
    networks_measured=32, networks_blocked=32,
)  # fmt: skip
BLOCKED = document("stop", BEGIN - timedelta(days=150), None, extent="service", services=["telegram"], ongoing=True)


def test_published_measurements_join_the_block_that_went_on_while_they_were_made() -> None:
    found = one([], [BLOCKED, MEASURED])
    assert found.documents == ["stop", "ooni"]
    assert found.onset_earliest == BLOCKED.onset_earliest
    assert found.ongoing, "the end of measuring is not the end of the block"


@pytest.mark.parametrize(
    "other",
    [
        document("stop", BEGIN - timedelta(days=150), 10, extent="service", services=["telegram"]),
        document("stop", BEGIN - timedelta(days=150), None, extent="service", services=["signal"], ongoing=True),
        document("stop", BEGIN - timedelta(days=900), None, extent="service", services=["telegram"], ongoing=True),
    ],
)
def test_measurements_of_another_service_or_after_its_end_or_horizon_do_not_join_a_block(other: Document) -> None:
    assert len(join(case(), [], [other, MEASURED])) == 2


def test_two_blocks_that_go_on_and_were_measured_by_nobody_stay_two() -> None:
    later = document("news", BEGIN - timedelta(days=80), None, extent="service", services=["telegram"], ongoing=True)
    assert len(join(case(), [], [BLOCKED, later])) == 2


@pytest.mark.parametrize(
    ("more", "shows"),
    [
        ({}, ["ooni"]),
        ({"networks_blocked": 17}, ["ooni"]),
        ({"networks_blocked": 16}, []),
        ({"networks_measured": 2, "networks_blocked": 2}, []),
        ({"networks_measured": None, "networks_blocked": None}, []),
        ({"publisher": "OONI, as RFE/RL has it"}, []),
        ({"publisher": "Access Now"}, []),
    ],
)
def test_published_measurements_on_most_networks_in_the_window_are_named(more: dict, shows: list[str]) -> None:
    facts = {"networks_measured": 32, "networks_blocked": 32, "publisher": "OONI", **more}
    paper = document("ooni", BEGIN, 20, kind="report", extent="service", services=["telegram"], **facts)
    assert one([], [paper]).published_in_window == shows


def test_published_measurements_of_other_months_are_not_of_the_window() -> None:
    paper = document(
        "ooni", BEGIN - timedelta(days=300), 20, kind="report", publisher="OONI", extent="service",
        services=["telegram"], networks_measured=9, networks_blocked=9,
    )  # fmt: skip
    assert one([], [paper]).published_in_window == []


def test_a_record_of_one_day_without_a_begin_is_kept_and_its_title_names_that_day() -> None:
    found = one(
        [], [document("d", None, extent="service", services=["tor"], **as_of(datetime(2021, 6, 20, tzinfo=UTC)))]
    )
    assert (found.begin_known, found.in_window) == (False, True)
    assert found.title == "Tor recorded as blocked on 20 June 2021"


def test_a_record_of_one_day_joins_the_block_that_went_on_then_and_does_not_date_it() -> None:
    paper = document("d", None, extent="service", services=["telegram"], **as_of(datetime(2021, 6, 20, tzinfo=UTC)))
    found = one([], [BLOCKED, paper])
    assert (found.begin_known, found.onset_earliest) == (True, BLOCKED.onset_earliest)


def test_a_record_of_one_day_joins_the_outage_that_was_on_then() -> None:
    paper = document("d", None, **as_of(datetime(2021, 6, 20, 12, tzinfo=UTC)))
    assert one([outage("e", hours=30)], [paper]).documents == ["d"]
    assert len(join(case(), [outage("e", BEGIN + timedelta(days=2))], [paper])) == 2


def test_what_nearly_joined_is_told_on_both_sides() -> None:
    record = document("d", days=4, place_type="region", place="Fars")
    event = outage("e", entity_type="country")
    alone, outage_alone = sorted(join(case(), [event], [record]), key=lambda i: len(i.events))
    why = "the record is of a part, the event of the whole country"
    assert alone.near == [f"e nearly joined it (score 0.315): {why}."]
    assert outage_alone.near == [f"d nearly joined it (score 0.315): {why}."]


def test_a_record_that_fits_two_outages_is_told_by_the_one_that_it_does_not_stand_with() -> None:
    first, second = join(case(), [outage("e"), outage("f", BEGIN + timedelta(days=1))], [document("d", days=3)])
    assert (first.documents, first.near) == (["d"], [])
    assert second.near == ["d fits it too, and stands with another incident (score 0.81)."]


def test_a_country_that_is_open_for_some_after_a_cut_is_an_incident_beside_the_cut() -> None:
    tier = outage("t", BEGIN + timedelta(days=10), 96, kind="allowlisted", source="lightkeeper.detect")
    cut, opened = join(case(), [outage("e", hours=350), tier], [document("d")])
    assert (cut.kind, cut.documents, cut.rung) == ("outage", ["d"], "confirmed")
    assert (opened.kind, opened.documents, opened.rung) == ("allowlisted", [], "corroborated")
    assert opened.title == "Internet back for some and dark for others nationwide, from 30 June 2021"


def test_claims_on_single_services_are_one_block_where_an_order_on_all_of_them_ties_them() -> None:
    papers = [
        document("a", extent="service", services=["telegram"]),
        document("b", extent="service", services=["signal"]),
        document("c", extent="service", services=["telegram", "signal"]),
    ]
    assert [sorted(i.documents) for i in join(case(), [], papers)] == [["a", "b", "c"]]
    assert len(join(case(), [], papers[:2])) == 2
