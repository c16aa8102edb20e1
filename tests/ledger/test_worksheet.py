"""The worksheet states facts and leaves the conclusion to a lawyer."""

from __future__ import annotations

from datetime import timedelta

from ledger.ledger_rows import VOTE, case, document, incident
from lightkeeper.ledger.worksheet import QUESTIONS, Answer, worksheets
from lightkeeper.model import Document, Incident


def answers(of: Incident, *documents: Document) -> dict[str, Answer]:
    (sheet,) = worksheets(case(), [of], documents)
    return {a.part: a for a in sheet.answers}


def test_an_incident_without_documents_says_of_each_question_that_nothing_is_on_record() -> None:
    found = answers(incident())
    assert list(found) == list(QUESTIONS)
    assert found["legality"].facts == ["No order, and no law under which one was given, is on record."]
    assert {part for part, a in found.items() if a.silent} == {"legality", "aim", "necessity", "remedy"}


def test_an_order_and_a_claim_of_one_are_told_apart_by_who_says_so() -> None:
    order = document("o", "order", publisher="Regulator", claim="Cut it off.")
    claim = document("c", publisher="Paper", ordered_by="The council", cause_claimed="Security")
    found = answers(incident(documents=["o", "c"]), order, claim)
    assert found["legality"].facts == [
        "An order by Regulator (2021-06-18): Cut it off.",
        "Paper says who ordered it: The council.",
    ]
    assert found["legality"].evidence == ["o", "c"]
    assert found["aim"].facts == ["Paper gives as the cause: Security."]


def test_an_unknown_orderer_is_no_fact() -> None:
    assert answers(incident(documents=["d"]), document("d", ordered_by="Unknown"))["legality"].silent


def test_proportion_is_place_extent_length_and_the_day_of_the_vote() -> None:
    found = answers(incident(scopes=["region:Fars"], services=["signal"], networks=["mobile"]))["proportionality"]
    assert found.facts == [
        "Where: Fars.",
        "What: Signal.",
        "Kinds of access named: mobile.",
        "How long: 1 h 50 min to 3 h 0 min.",
        "It was on record as going on during the day of the election, 2021-06-18.",
    ]
    later = incident(onset_earliest=VOTE + timedelta(days=2), onset_latest=VOTE + timedelta(days=2))
    assert not any("day of the election" in f for f in answers(later)["proportionality"].facts)


def test_a_network_is_named_by_its_number_as_one() -> None:
    found = answers(incident(scopes=["asn:44244", "country"]))["proportionality"]
    assert found.facts[0] == "Where: AS44244, Iran."


def test_contradicting_records_on_notice_both_stand() -> None:
    yes, no = document("yes", publisher="A", users_notified=True), document("no", publisher="B", users_notified=False)
    facts = answers(incident(documents=["yes", "no"]), yes, no)["remedy"].facts
    assert facts[:2] == ["B has it that users were not told.", "A has it that users were told."]


def test_a_retracted_incident_and_one_outside_the_window_have_no_worksheet() -> None:
    assert worksheets(case(), [incident(rung="retracted"), incident("IR-2", in_window=False)], []) == []


def test_no_sentence_concludes() -> None:
    documents = [document("o", "order", ordered_by="Regulator"), document("n", "notice")]
    for answer in answers(incident(documents=["o", "n"]), *documents).values():
        said = " ".join(answer.facts).casefold()
        assert not any(word in said for word in ("unlawful", "illegal", "disproportionate", "violat", "unnecessary"))


def test_a_law_or_decree_stands_on_the_worksheets_of_what_came_after_it_and_is_no_order() -> None:
    law = document("l", "law", publisher="Parliament", claim="It lets.", published_on=(VOTE - timedelta(days=9)).date())
    late = document("m", "law", publisher="Parliament", published_on=(VOTE + timedelta(days=2)).date())
    found = answers(incident(), law, late)["legality"]
    assert (found.facts, found.evidence) == (["A law or decree by Parliament (2021-06-09): It lets."], ["l"])
