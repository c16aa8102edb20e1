"""Costs: two methods or more, or nothing."""

from __future__ import annotations

from typing import Any

import pytest

from ledger.ledger_rows import SOURCE, case, incident
from lightkeeper.ledger.cost import DELOITTE, Cost, costs

INPUTS = {
    "gdp_usd": 36.5e9, "gdp_year": 2020, "gdp_source": SOURCE, "population": 45e6, "population_source": SOURCE,
    "connectivity": ["low"], "connectivity_source": SOURCE,
}  # fmt: skip
PUBLISHED = {"by": "NetBlocks", "method": "COST", "usd": 9e6, "document_ids": ["d"], "source": SOURCE}


def cost(costs_known: dict[str, Any], **of: Any) -> Cost:
    facts = {"rung": "confirmed", "scopes": ["country"], "documents": ["d"], **of}
    (found,) = costs(case(costs=costs_known), [incident(**facts)])
    return found


def test_nothing_known_gives_nothing_and_says_why() -> None:
    found = cost({})
    assert (found.estimates, found.low_usd) == ([], None)
    assert found.why_none == "No figure is given: no published method speaks of it."


@pytest.mark.parametrize("known", [{"inputs": INPUTS}, {"published": [PUBLISHED]}])
def test_one_study_alone_gives_nothing_however_many_figures_it_has(known: dict[str, Any]) -> None:
    found = cost(known)
    assert found.estimates == []
    assert found.why_none
    assert "only" in found.why_none


def test_two_studies_give_a_range_over_all_their_figures() -> None:
    found = cost({"inputs": INPUTS, "published": [PUBLISHED]})
    assert [e.study for e in found.estimates] == ["NetBlocks", DELOITTE, DELOITTE]
    people, gdp = found.estimates[1:]
    hours = (110 / 60, 3)
    assert (people.low_usd, people.high_usd) == tuple(pytest.approx(0.6e6 * 4.5 * h / 24) for h in hours)
    assert (gdp.low_usd, gdp.high_usd) == tuple(pytest.approx(0.004 * 1e8 * h / 24) for h in hours)
    assert (found.low_usd, found.high_usd) == (gdp.low_usd, 9e6)


@pytest.mark.parametrize(
    "of", [{"scopes": ["region:Fars"]}, {"services": ["signal"]}, {"end_earliest": None, "end_latest": None}]
)
def test_only_a_whole_cut_of_the_country_with_an_end_is_computed(of: dict[str, Any]) -> None:
    assert cost({"inputs": INPUTS, "published": [PUBLISHED]}, **of).estimates == []


@pytest.mark.parametrize("rung", ["signal", "corroborated", "disputed", "retracted"])
def test_what_is_not_confirmed_has_no_cost(rung: str) -> None:
    assert costs(case(costs={"published": [PUBLISHED]}), [incident(rung=rung)]) == []


def test_a_level_in_doubt_widens_the_range() -> None:
    wide = cost({"inputs": {**INPUTS, "connectivity": ["low", "medium"]}, "published": [PUBLISHED]})
    narrow = cost({"inputs": INPUTS, "published": [PUBLISHED]})
    assert wide.high_usd is not None
    assert narrow.high_usd is not None
    assert wide.high_usd >= narrow.high_usd
    assert wide.low_usd == narrow.low_usd
