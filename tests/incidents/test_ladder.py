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
