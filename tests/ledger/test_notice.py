"""What becomes of the ask for notice: whose users were told, of what, and who says so."""

from __future__ import annotations

from datetime import timedelta

import pytest

from ledger.ledger_rows import VOTE, document, incident, ledger

BLOCK = {"kind": "service_block", "services": ["signal", "instagram"]}
DAY = timedelta(days=1)


def test_a_row_on_the_country_accuses_no_operator() -> None:
    row = document("row", "stop_record", users_notified=False)
    asks = ledger([incident(rung="confirmed", documents=["row"], operators=["mci", "tci"])], [row])
    assert asks["A4", None].answer == "breached"
    for operator in ("mci", "tci"):
        ask = asks["A4", operator]
        assert (ask.answer, ask.rule) == ("insufficient", "told_of_the_country_alone")
        assert ask.reasons[0] == (
            f"Documents say whether the country's users were told, and none speaks of {operator.upper()}: Outage IR-1."
        )
        assert (
            f"a document says that the country's users were not told, and none speaks of {operator.upper()}"
            in (ask.reasons[1])
        )


@pytest.mark.parametrize(
    "named", [{"operators": ["mci"]}, {"place_type": "asn", "place": "197207"}], ids=["by name", "by network"]
)
def test_a_row_that_names_the_operator_or_its_network_does(named: dict) -> None:
    row = document("row", "stop_record", users_notified=False, **named)
    asks = ledger([incident(rung="confirmed", documents=["row"], operators=["mci", "tci"])], [row])
    assert (asks["A4", "mci"].answer, asks["A4", "mci"].rule) == ("breached", "disruption_unannounced")
    assert (asks["A4", "tci"].answer, asks["A4", "tci"].rule) == ("insufficient", "notice_not_known")


def test_rows_on_the_country_that_contradict_each_other_dispute_nothing_of_an_operator() -> None:
    rows = [document("yes", users_notified=True), document("no", users_notified=False)]
    asks = ledger([incident(rung="confirmed", documents=["yes", "no"], operators=["mci"])], rows)
    assert asks["A4", None].answer == "disputed"
    assert asks["A4", "mci"].answer == "insufficient"


def test_a_row_on_the_country_may_contradict_one_that_names_the_operator() -> None:
    rows = [document("yes", users_notified=True), document("no", users_notified=False, operators=["mci"])]
    asks = ledger([incident(rung="confirmed", documents=["yes", "no"], operators=["mci"])], rows)
    assert (asks["A4", "mci"].answer, asks["A4", "mci"].rule) == ("disputed", "notice_in_dispute")


@pytest.mark.parametrize("kind", ["service_block", "service_drop", "throttling"])
def test_a_block_of_services_is_a_disruption_to_give_notice_of(kind: str) -> None:
    row = document("row", users_notified=False, operators=["mci"])
    asks = ledger([incident(rung="confirmed", documents=["row"], operators=["mci"], **{**BLOCK, "kind": kind})], [row])
    assert (asks["A4", None].answer, asks["A4", "mci"].answer) == ("breached", "breached")


def test_an_operators_own_notice_about_social_media_bears_on_its_ask_for_notice() -> None:
    notice = document("n", "notice", operators=["mci"], services=["signal", "instagram"])
    ask = ledger([incident(rung="confirmed", operators=["mci"], **BLOCK)], [notice])["A4", "mci"]
    assert (ask.answer, ask.rule) == ("partly", "disruption_announced_late_or_in_part")
    assert "A notice is on record, on the day of the onset." in " ".join(ask.reasons)
    assert "n" in ask.evidence


def test_a_notice_on_the_day_of_the_onset_is_not_known_to_have_come_before_it() -> None:
    outage = incident(rung="confirmed", operators=["mci"])
    said = {k: document("n", "notice", operators=["mci"], published_on=(VOTE - k * DAY).date()) for k in (0, 1)}
    assert ledger([outage], [said[0]])["A4", "mci"].answer == "partly"
    assert ledger([outage], [said[1]])["A4", "mci"].answer == "met"


def test_the_notice_of_one_operator_is_not_the_countrys() -> None:
    notice = document("n", "notice", operators=["mci"], published_on=(VOTE - DAY).date())
    asks = ledger([incident(rung="confirmed", operators=["mci", "tci"])], [notice])
    assert (asks["A4", "mci"].answer, asks["A4", None].answer) == ("met", "partly")
    assert asks["A4", "tci"].answer == "insufficient"
    asks = ledger([incident(rung="confirmed")], [notice])
    assert asks["A4", None].answer == "partly"


def test_a_notice_of_what_is_not_proven_points_and_does_not_stand_beside_that_nothing_was_told() -> None:
    notice = document("n", "notice", operators=["mci"], services=["signal"])
    ask = ledger([incident(operators=["mci"], **BLOCK)], [notice])["A4", "mci"]
    assert (ask.answer, ask.rule) == ("insufficient", "notice_points")
    assert not any("not what users were told" in r for r in ask.reasons)


def test_a_notice_without_a_disruption_on_record_is_an_answer_and_not_silence() -> None:
    notice = document("n", "notice", operators=["mci"], services=["signal"])
    asks = ledger([], [notice])
    assert (asks["A4", "mci"].answer, asks["A4", "mci"].rule) == ("insufficient", "notice_without_a_disruption")
    assert asks["A4", "mci"].reasons[0] == "A notice is on record, and no disruption that it may be of: n."
    assert asks["A4", "mci"].evidence == ["n"]
    assert asks["A4", "tci"].answer == "untested"


@pytest.mark.parametrize("kind", ["silence", "decline", "outage"])
def test_a_fall_of_volunteers_measurements_on_a_network_disrupts_no_service(kind: str) -> None:
    fewer = incident(kind=kind, lineages=["in_country"], scopes=["asn:197207"], operators=["mci"])
    asks = ledger([fewer])
    assert {asks[ask, who].answer for ask in ("A3", "A4") for who in (None, "mci")} == {"untested"}


def test_a_fall_of_volunteers_measurements_of_a_whole_country_points_at_an_outage_and_asks_for_no_notice() -> None:
    asks = ledger([incident(kind="silence", lineages=["in_country"], scopes=["country"])])
    assert (asks["A3", None].answer, asks["A4", None].answer) == ("insufficient", "untested")


def test_a_fall_that_another_lineage_saw_too_is_a_disruption() -> None:
    outage = incident(lineages=["in_country", "control_plane"], scopes=["asn:197207"], operators=["mci"])
    asks = ledger([outage])
    assert (asks["A3", "mci"].answer, asks["A4", "mci"].answer) == ("insufficient", "insufficient")


def test_no_sentence_says_that_no_disruption_is_on_record_where_one_is() -> None:
    asks = ledger([incident(operators=["mci"])])
    assert asks["A4", "tci"].reasons[0] == "No disruption that names TCI is on record to give notice of."
    assert ledger()["A4", "tci"].reasons[0] == "No disruption on record to give notice of."
