"""The law that binds this state, and no other."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.ledger_rows import SOURCE, case
from lightkeeper.ledger.law import Bound, binding_first, contradictions, instruments, law_of, treaty_of
from lightkeeper.model.reference import Ratification
from lightkeeper.sources.reference_files import ratifications

VOTE = date(2021, 6, 18)


def law(country: str, day: date = VOTE) -> dict[str, Bound]:
    return {b.instrument.id: b for b in law_of(ratifications(country), day)}


def letter(instrument: str, binds: str, **more: Any) -> dict[str, Any]:
    return {"instrument": instrument, "says": "s", "binds": binds, "source": SOURCE, **more}


def test_iran_is_bound_by_the_covenant_since_1975_and_did_not_join_the_first_protocol() -> None:
    found = law("IR")
    assert (found["iccpr"].binding, found["iccpr"].since) == ("binds", date(1975, 6, 24))
    assert found["iccpr-op1"].binding == "does not bind"
    assert "udhr" not in found


def test_myanmar_is_not_bound_by_the_covenant_and_the_declaration_stands_in_its_place() -> None:
    found = law("MM")
    assert found["iccpr"].binding == "does not bind"
    assert (found["udhr"].binding, "not known to bind" in found["udhr"].why) == ("soft law", True)
    assert not [b for b in found.values() if b.binding == "binds"]
    assert not [b for b in found.values() if b.instrument.kind == "comment"]


def test_a_state_of_which_nothing_is_known_is_never_taken_as_bound() -> None:
    found = law("FR")
    assert found["iccpr"].binding == "not known"
    assert "udhr" in found
    assert "Treaty Collection" in found["iccpr"].why


def test_a_signatory_is_not_a_party() -> None:
    assert law("CN")["iccpr"].binding == "signed only"
    assert "udhr" in law("CN")


def test_what_was_adopted_after_the_day_is_left_out() -> None:
    assert "hrc-47-16" not in law("IR", VOTE)
    assert "hrc-47-16" in law("IR", date(2021, 7, 13))


def test_a_year_alone_binds_from_its_last_day() -> None:
    assert law("UG", date(1995, 6, 30))["iccpr"].binding == "does not bind"
    assert law("UG", date(1996, 1, 1))["iccpr"].binding == "binds"


@given(
    st.lists(
        st.tuples(st.sampled_from(["iccpr", "iccpr-op1", "icescr"]), st.sampled_from(["party", "signatory", "none"]))
    ),
    st.integers(-40_000, 40_000),
)
def test_nothing_but_a_known_party_is_ever_bound(facts: list[tuple[str, Any]], days: int) -> None:
    day = VOTE + timedelta(days=days // 4)
    known = [
        Ratification(country="XX", instrument=i, status=s, since=VOTE, source="s", checked_on=VOTE, read_on=VOTE)
        for i, s in facts
    ]
    parties = {f.instrument for f in reversed(known) if f.status == "party"}
    for bound in law_of(known, day):
        if bound.binding == "binds":
            assert bound.instrument.needs in parties
            assert day >= VOTE


def test_a_letter_to_myanmar_must_not_say_that_it_ratified_the_covenant() -> None:
    watched = case(law=[letter("International Covenant on Civil and Political Rights (ICCPR), article 19", "ratified")])
    (said,) = contradictions(watched, ratifications("MM"))
    assert "has not joined it" in said
    assert contradictions(watched, ratifications("IR")) == []


def test_a_letter_to_iran_must_not_say_that_it_joined_the_first_protocol() -> None:
    watched = case(law=[letter("First Optional Protocol to the ICCPR", "ratified", since=date(1990, 1, 1))])
    assert len(contradictions(watched, ratifications("IR"))) == 1


def test_a_ratification_after_the_day_of_the_source_may_be_true() -> None:
    watched = case(law=[letter("ICCPR", "ratified", since=date(2025, 1, 1))])
    assert contradictions(watched, ratifications("MM")) == []


@pytest.mark.parametrize(
    ("name", "treaty"),
    [
        ("First Optional Protocol to the ICCPR", "iccpr-op1"),
        ("The International Covenant on Civil and Political Rights, articles 19 and 21", "iccpr"),
        ("UN Guiding Principles on Business and Human Rights", None),
    ],
)
def test_treaties_are_known_by_their_names(name: str, treaty: str | None) -> None:
    assert treaty_of(name) == treaty


def test_what_binds_comes_first() -> None:
    order = [b.binding for b in binding_first(law_of(ratifications("IR"), VOTE))]
    assert order[0] == "binds"
    assert order == sorted(order, key=["binds", "signed only", "soft law", "not known", "does not bind"].index)


def test_every_instrument_says_where_it_comes_from() -> None:
    ids = [i.id for i in instruments()]
    assert len(ids) == len(set(ids))
    for instrument in instruments():
        assert instrument.source
        assert all(a.says.endswith(".") for a in instrument.articles)
