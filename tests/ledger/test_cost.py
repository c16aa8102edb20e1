"""Costs: two methods or more, or nothing."""

from __future__ import annotations

from datetime import timedelta
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


def test_a_length_that_is_known_to_a_tenth_of_a_day_is_said_once() -> None:
    begin, end = incident().onset_latest, incident().onset_latest + timedelta(days=4, hours=17)
    minute = timedelta(minutes=10)
    exact = cost({"inputs": INPUTS, "published": [PUBLISHED]}, onset_earliest=begin - minute, onset_latest=begin,
                 end_earliest=end, end_latest=end + minute)  # fmt: skip
    assert exact.estimates[1].method == "Dollars a day and 10 million people, low connectivity, 4.7 days"
    wide = cost({"inputs": INPUTS, "published": [PUBLISHED]}, onset_latest=begin, end_earliest=end,
                end_latest=end + timedelta(days=1))  # fmt: skip
    assert wide.estimates[2].method == "Share of a day's GDP, low connectivity, 4.7 to 5.7 days"
