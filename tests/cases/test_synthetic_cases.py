"""SYNTHETIC cases: each answer follows from the evidence in them, with its reason."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from lightkeeper.incidents import join
from lightkeeper.incidents.spans import spans_of
from lightkeeper.model import Incident
from lightkeeper.run.build import build_case
from lightkeeper.settings import Settings
from lightkeeper.sources.case_files import load_case, load_documents, load_outages
from places import DATA

CASES = DATA / "cases"


def incidents(name: str, *without: str) -> dict[str, Incident]:
    """The incidents of a case, by kind and local day of the begin; without some of its documents."""
    case = load_case(CASES / name)
    documents = [d for d in load_documents(CASES / name, case) if d.document_id not in without]
    found = join(case, load_outages(CASES / name, case), documents)
    return {f"{i.kind} {i.onset_latest.astimezone(case.zone):%d}": i for i in found}


@pytest.fixture(scope="module")
def testland(tmp_path_factory: pytest.TempPathFactory) -> dict[tuple[str, str | None], dict[str, Any]]:
    """The answers of Testland, by ask and operator."""
    out: Path = tmp_path_factory.mktemp("testland")
    build_case(CASES / "testland", out / "pages", Settings(data_dir=out / "data"))
    rows = json.loads((out / "pages" / "testland" / "ledger.json").read_text(encoding="utf-8"))
    asks = rows if isinstance(rows, list) else rows["asks"]
    return {(a["ask_id"], a["operator"]): a for a in asks}


def test_the_block_is_confirmed_by_the_order_measurements_and_somebody_else() -> None:
    block = incidents("testland")["service_block 02"]
    assert block.rung == "confirmed"
    assert "The order is on record (Regulator of Testland: Suspension of social media)" in block.rung_reason
    assert block.operators_by == ["alpha: ooni, notice"]


def test_each_service_of_the_block_ends_when_it_was_released() -> None:
    ends = {
        s.service: (s.ongoing, s.end_latest and s.end_latest.date())
        for s in spans_of(incidents("testland")["service_block 02"])
    }
    assert ends == {
        "facebook": (True, None),
        "twitter": (False, date(2023, 6, 5)),
        "whatsapp": (False, date(2023, 6, 5)),
    }


def test_an_estimated_begin_does_not_widen_the_day_that_three_documents_state() -> None:
    block = incidents("testland")["service_block 02"]
    assert (block.onset_latest - block.onset_earliest).days == 1


def test_without_the_order_the_admission_and_one_measurement_confirm_it() -> None:
    block = incidents("testland", "order")["service_block 02"]
    assert block.rung == "confirmed"
    assert block.rung_reason.startswith("Those who ordered it or are asked admit it (Government)")


def test_without_order_and_admission_it_is_on_record_and_not_confirmed() -> None:
    assert incidents("testland", "order", "released", "released2")["service_block 02"].rung == "signal"


def test_networks_that_fell_with_the_country_are_a_part_of_its_cut() -> None:
    cut = incidents("testland")["outage 02"]
    assert (cut.rung, cut.operators) == ("confirmed", ["beta", "gamma"])
    assert cut.events == ["ioda:b1", "ioda:n1", "ioda:g1"]
    assert cut.end_latest is not None, "that one network has no end on record leaves the country's as it is"


@pytest.mark.parametrize(
    ("ask", "operator", "answer", "because"),
    [
        ("A1", None, "breached", "Confirmed or attributed in the window: Facebook, X (Twitter) and WhatsApp"),
        ("A1", "alpha", "breached", "Confirmed or attributed in the window: Facebook, X (Twitter) and WhatsApp"),
        ("A1", "beta", "untested", "bears on this ask"),
        ("A1", "gamma", "untested", "bears on this ask"),
        ("A2", None, "untested", "bears on this ask"),
        ("A3", None, "breached", "Internet outage, nationwide, from 2 June 2023"),
        ("A3", "alpha", "untested", "bears on this ask"),
        ("A3", "beta", "breached", "Internet outage, nationwide, from 2 June 2023"),
        ("A3", "gamma", "breached", "Internet outage, nationwide, from 2 June 2023"),
        ("A4", "beta", "insufficient", "none speaks of Beta Net"),
        ("A4", "gamma", "insufficient", "none speaks of Gamma Net"),
    ],
)
def test_each_answer_of_testland_follows_from_its_evidence(
    testland: dict[tuple[str, str | None], dict[str, Any]], ask: str, operator: str | None, answer: str, because: str
) -> None:
    found = testland[ask, operator]
    assert found["answer"] == answer
    assert because in found["reasons"][0]


def test_a_record_of_a_country_named_twice_joins_its_first_cut_and_is_told_by_the_others() -> None:
    found = incidents("join-country-named-twice")
    assert {name: (i.rung, i.documents) for name, i in found.items()} == {
        "outage 01": ("confirmed", ["short-record"]),
        "outage 02": ("corroborated", []),
        "outage 03": ("corroborated", []),
    }
    fits = "short-record fits it too, and stands with another incident (score 0.81)."
    assert [found[f"outage 0{n}"].near for n in (1, 2, 3)] == [[], [fits], [fits]]
