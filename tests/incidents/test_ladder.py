"""How far up the ladder the witnesses carry an incident, and what speaks against it."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from incidents.incident_rows import case, document, outage, tor_drop
from lightkeeper.incidents import join
from lightkeeper.model import Incident


def review(verdict: str, on: date = date(2026, 1, 1), **more: Any) -> dict[str, Any]:
    return {"document_ids": ["d"], "verdict": verdict, "by": "A. Reviewer", "on": on, "because": "I read it.", **more}


BOTH = [review("attributed"), review("attributed", by="B. Second")]


def one(events: list, documents: list, **more: Any) -> Incident:
    return next(i for i in join(case(**more), events, documents) if i.events or not events)


def test_one_lineage_is_a_signal() -> None:
    assert one([outage("e", lineages=["telescope"])], []).rung == "signal"


def test_two_series_of_one_lineage_are_one_witness() -> None:
    both = [outage("e", lineages=["traffic"]), outage("f", lineages=["traffic"])]
    assert one(both, []).rung == "signal"


def test_two_lineages_corroborate() -> None:
    found = one([outage("e")], [])
    assert (found.rung, found.lineages) == ("corroborated", ["active_probing", "control_plane"])


def test_documents_alone_never_rise_above_a_signal() -> None:
    found = one([], [document("d"), document("e"), document("f")])
    assert (found.rung, found.lineages) == ("signal", ["document"])


def test_one_lineage_of_measurement_and_a_document_corroborate_but_do_not_confirm() -> None:
    assert one([outage("e", lineages=["telescope"])], [document("d")]).rung == "corroborated"


def test_two_lineages_and_an_independent_document_confirm() -> None:
    assert one([outage("e")], [document("d")]).rung == "confirmed"


BLOCK = {"extent": "service", "services": ["signal"]}


def ordered(*left_out: str) -> Incident:
    every = {
        "order": document("o", kind="order", publisher="Regulator", **BLOCK),
        "measured": document("m", kind="report", publisher="OONI", **BLOCK),
        "other": document("n", publisher="Access Now", **BLOCK),
    }
    return one([], [d for name, d in every.items() if name not in left_out])


def test_the_order_itself_published_measurements_and_somebody_else_confirm_a_block() -> None:
    found = ordered()
    assert found.rung == "confirmed"
    assert "The order is on record (Regulator" in found.rung_reason
    assert "OONI published measurements that show it" in found.rung_reason


@pytest.mark.parametrize("missing", ["order", "measured", "other"])
def test_without_one_of_the_three_documents_stay_a_signal(missing: str) -> None:
    assert ordered(missing).rung == "signal"


ORDER: dict[str, Any] = {"kind": "order", "publisher": "Regulator", "ordered_by": "Regulator", **BLOCK}
MEASURED: dict[str, Any] = {"kind": "report", "publisher": "OONI", **BLOCK}
OTHER = document("n", publisher="Access Now", **BLOCK)


@pytest.mark.parametrize(
    "weak",
    [
        {"publisher": "Daily News"},
        {"publisher": "Regulator, as Daily News has it"},
        {"flags": ["second_hand"]},
        {"flags": ["read_as_summary"]},
        {"read_on": None},
    ],
)
def test_one_second_hand_or_unread_row_that_calls_itself_an_order_is_not_the_order(weak: dict[str, Any]) -> None:
    found = one([], [document("o", **{**ORDER, **weak}), document("m", **MEASURED), OTHER])
    assert found.rung == "signal"
    assert any("is not counted by itself" in sentence for sentence in found.contrary)


def test_an_order_that_two_papers_carry_stands_and_one_that_both_have_of_one_agency_does_not() -> None:
    def carried(second: dict[str, Any]) -> str:
        first = document("o", **{**ORDER, "publisher": "Regulator, as One has it", "rests_on": ["Reuters"]})
        again = document("p", **{**ORDER, "publisher": "Regulator, as Two has it", **second})
        return one([], [first, again, document("m", **MEASURED), OTHER]).rung

    assert carried({}) == "confirmed"
    assert carried({"rests_on": ["Reuters"]}) == "signal"
    assert carried({"publisher": "Regulator, as One has it"}) == "signal"


ADMITTED: dict[str, Any] = {"kind": "statement", "publisher": "Minister of ICT", "acknowledged": True, **BLOCK}


def test_an_admission_by_those_who_are_asked_and_one_independent_witness_confirm() -> None:
    found = one([], [document("a", **ADMITTED), document("m", **MEASURED)])
    assert found.rung == "confirmed"
    assert found.rung_reason == (
        "Those who ordered it or are asked admit it (Minister of ICT), and OONI published measurements that show it."
    )


@pytest.mark.parametrize("measurer", ["NetBlocks", "Kentik", "Cloudflare Radar", "Censored Planet", "M-Lab", "Google"])
def test_whoever_measures_and_published_it_is_that_witness(measurer: str) -> None:
    assert (
        one([], [document("a", **ADMITTED), document("m", **{**MEASURED, "publisher": measurer})]).rung == "confirmed"
    )


def test_one_kind_of_measurement_here_is_that_witness_too() -> None:
    admitted = document("a", kind="statement", publisher="Government", acknowledged=True)
    assert one([outage("e", lineages=["telescope"])], [admitted]).rung == "confirmed"


def test_whoever_says_that_he_ordered_it_admits_it() -> None:
    said = {**ADMITTED, "publisher": "Security Council", "ordered_by": "Security Council", "acknowledged": None}
    assert one([], [document("a", **said), document("m", **MEASURED)]).rung == "confirmed"


@pytest.mark.parametrize(
    "none",
    [
        {"publisher": "Access Now"},
        {"publisher": "Opposition leader"},
        {"kind": "news"},
        {"acknowledged": None},
        {"acknowledged": False},
        {"publisher": "Minister of ICT, as Daily News has it"},
        {"flags": ["read_as_quoted_by_others"]},
    ],
)
def test_what_others_say_or_carry_of_an_admission_is_none(none: dict[str, Any]) -> None:
    assert one([], [document("a", **{**ADMITTED, **none}), document("m", **MEASURED)]).rung == "signal"


def test_an_admission_without_any_measurement_stays_a_signal() -> None:
    assert one([], [document("a", **ADMITTED), OTHER]).rung == "signal"


def test_a_list_of_others_findings_is_no_measurement() -> None:
    pulse = document("m", **{**MEASURED, "publisher": "Internet Society Pulse"})
    assert one([], [document("a", **ADMITTED), pulse]).rung == "signal"


def test_published_measurements_of_two_independent_kinds_corroborate_and_do_not_confirm() -> None:
    by = [document("a", kind="report", publisher="NetBlocks"), document("b", kind="report", publisher="Kentik")]
    assert one([], by).rung == "corroborated"
    same = [document("a", kind="report", publisher="IODA"), document("b", kind="report", publisher="RouteViews")]
    assert one([], same).rung == "signal"


def test_the_order_one_kind_of_measurement_here_and_somebody_else_confirm() -> None:
    given = document("o", kind="order", publisher="Regulator", ordered_by="Regulator")
    seen = outage("e", lineages=["telescope"])
    assert one([seen], [given, document("n", publisher="Access Now")]).rung == "confirmed"
    assert one([seen], [given]).rung == "corroborated"


def test_a_text_that_rests_on_the_order_s_own_is_nobody_else() -> None:
    papers = [document("o", **ORDER), document("m", **MEASURED), document("n", rests_on=["o"], **BLOCK)]
    assert one([], papers).rung == "signal"


def test_texts_on_one_source_are_told_and_are_one_witness() -> None:
    found = one([], [document("a", rests_on=["Reuters"]), document("b", rests_on=["Reuters"])])
    assert "These texts rest on one source, and count as one witness: a news, b news." in found.contrary
    assert "It rests on a single witness." in found.contrary


def test_an_order_is_attributed_only_by_two_named_reviewers_too() -> None:
    acts = [{**r, "document_ids": ["o"]} for r in BOTH]
    documents = [
        document("o", kind="order", publisher="Regulator", ordered_by="Regulator", **BLOCK),
        document("m", kind="report", publisher="OONI", **BLOCK),
        document("n", publisher="Access Now", **BLOCK),
    ]
    assert one([], documents, reviews=acts[:1]).rung == "confirmed"
    assert one([], documents, reviews=acts).rung == "attributed"


def test_a_report_on_ones_own_data_is_not_a_second_witness() -> None:
    blog = document("d", publisher="The Tor Project", extent="service", services=["tor"])
    found = one([tor_drop()], [blog])
    assert (found.rung, found.lineages) == ("signal", ["circumvention"])
    assert any("Not independent" in sentence for sentence in found.contrary)


def test_a_document_with_one_source_that_is_the_events_own_is_not_independent() -> None:
    rests = document("d", publisher="Access Now", witnesses=1, url="https://ioda.caida.org/ioda/dashboard")
    assert one([outage("e")], [rests]).rung == "corroborated"


def test_a_document_that_may_rest_on_another_is_not_independent() -> None:
    assert one([outage("e")], [document("d", flags=["may_rest_on_the_same_source"])]).rung == "corroborated"


def test_nothing_is_attributed_without_two_named_reviewers() -> None:
    ordered = document("d", ordered_by="Supreme National Security Council")
    assert one([outage("e")], [ordered]).rung == "confirmed"
    alone = one([outage("e")], [ordered], reviews=[review("attributed")])
    assert (alone.rung, alone.reviewers) == ("confirmed", ["A. Reviewer"])
    assert "it takes 2 different people" in alone.rung_reason
    found = one([outage("e")], [ordered], reviews=BOTH)
    assert (found.rung, found.reviewers) == ("attributed", ["A. Reviewer", "B. Second"])
    assert "Supreme National Security Council" in found.rung_reason


def test_nothing_is_attributed_to_nobody() -> None:
    unknown = document("d", ordered_by="Unknown")
    assert one([outage("e")], [unknown], reviews=BOTH).rung == "confirmed"


def test_a_review_does_not_replace_measurement() -> None:
    ordered = document("d", ordered_by="A court")
    assert one([], [ordered], reviews=BOTH).rung == "signal"


def test_only_a_reviewer_disputes_or_retracts_and_the_latest_word_counts() -> None:
    reviews = [review("retracted", date(2026, 2, 1)), review("disputed", date(2026, 1, 1))]
    assert one([outage("e")], [document("d")], reviews=reviews[1:]).rung == "disputed"
    assert one([outage("e")], [document("d")], reviews=reviews).rung == "retracted"


def test_contrary_evidence_is_kept() -> None:
    event = outage("e", lineages_silent=["telescope"], flags=["ends_before_it_begins"], cause_claimed="Cable cut")
    said = document("d", cause_claimed="Technical problems", witnesses=1)
    found = one([event], [said])
    assert found.contrary == [
        "Telescope was looked at and did not show it.",
        "The record e ends before it begins; its end is not used.",
        "A cause that is not an order is claimed: Cable cut (ioda_outages).",
        "A cause that is not an order is claimed: Technical problems (d news).",
        "By its own account it rests on one source: d.",
    ]
    assert "cable faults" not in found.not_looked_for
    assert "power cuts" in found.not_looked_for


def test_a_denial_stands_against_a_block() -> None:
    block = document("d", extent="service", services=["clubhouse"])
    denial = document("m", None, publisher="Minister", services=["clubhouse"], flags=["denies"], claim="It is not so.")
    found = one([], [block, denial])
    assert found.documents == ["d"]
    assert "Minister says otherwise (m): It is not so." in found.contrary


def test_a_single_witness_is_called_one() -> None:
    assert "It rests on a single witness." in one([], [document("d")]).contrary
    assert "It rests on a single witness." not in one([outage("e")], [document("d")]).contrary


def test_published_measurements_on_most_networks_and_somebody_else_corroborate_a_block() -> None:
    broad = document("m", **MEASURED, networks_measured=32, networks_blocked=32)
    found = one([], [broad, OTHER])
    assert found.rung == "corroborated"
    assert "on most networks that measured it" in found.rung_reason
    assert one([], [broad]).rung_reason == "OONI published measurements that show it; no measurement here does."
    few = document("m", **MEASURED, networks_measured=32, networks_blocked=9)
    assert one([], [few, OTHER]).rung == "signal"
