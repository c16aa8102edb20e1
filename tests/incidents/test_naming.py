"""Which operators an incident names, and by what: who was told to do it is not who did it."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from incidents.incident_rows import case, document, outage
from lightkeeper.incidents import join
from lightkeeper.model import Document, Event, Incident

SOURCE = {"title": "test", "read_on": date(2026, 1, 1)}
OPERATORS = [
    {"id": name, "name": name.upper(), "kinds": ["mobile"], "asns": [number], "source": SOURCE}
    for name, number in (("alpha", 64500), ("beta", 64501))
]
BLOCK: dict[str, Any] = {"extent": "service", "services": ["telegram"]}
ORDER = document("order", kind="order", addressed_to=["alpha", "beta"], ordered_by="Regulator", **BLOCK)
REPORT = document("report", kind="report", publisher="OONI", operators=["alpha"], **BLOCK)


def one(events: list[Event], documents: list[Document]) -> Incident:
    (found,) = join(case(operators=OPERATORS), events, documents)
    return found


def notice(name: str = "notice", said: date | None = date(2021, 6, 21), **more: Any) -> Document:
    facts: dict[str, Any] = {"operators": ["beta"], "services": ["telegram"], "published_on": said, "extent": None}
    return document(name, None, kind="notice", **{**facts, **more})


def test_who_an_order_is_addressed_to_was_told_and_is_not_named_as_who_did_it() -> None:
    found = one([], [ORDER, document("stop", **BLOCK)])
    assert (found.operators, found.addressed_to) == ([], ["alpha", "beta"])


def test_an_operator_in_the_row_of_an_order_is_its_addressee_in_whichever_column_it_stands() -> None:
    found = one([], [document("order", kind="order", operators=["alpha"], **BLOCK)])
    assert (found.operators, found.addressed_to) == ([], ["alpha"])
    assert found.title == "Telegram recorded as blocked from 20 June 2021"


def test_a_report_names_who_did_it_and_the_incident_says_which_report() -> None:
    found = one([], [ORDER, REPORT])
    assert (found.operators, found.operators_by) == (["alpha"], ["alpha: report"])


def test_an_outage_of_a_network_names_its_operator() -> None:
    found = one([outage("e", entity_type="asn", entity="64501")], [])
    assert found.operators_by == ["beta: e"]


def test_an_operator_s_own_notice_of_these_days_on_these_services_names_it() -> None:
    found = one([], [ORDER, REPORT, notice()])
    assert found.operators_by == ["alpha: report", "beta: notice"]
    assert "notice" not in found.documents


@pytest.mark.parametrize(
    "apart",
    [
        {"said": None},
        {"said": date(2021, 3, 1)},
        {"said": date(2021, 9, 1)},
        {"services": ["signal"]},
        {"services": []},
        {"flags": ["denies"]},
    ],
)
def test_a_notice_of_other_days_or_services_names_nobody(apart: dict[str, Any]) -> None:
    assert one([], [ORDER, notice(**apart)]).operators == []


def test_an_order_on_one_operator_is_no_sign_that_an_outage_of_its_network_is_the_same() -> None:
    down = outage("e", entity_type="asn", entity="64500")
    told = document("order", kind="order", operators=["alpha"])
    assert sorted(len(i.documents) for i in join(case(operators=OPERATORS), [down], [told])) == [0, 1]
