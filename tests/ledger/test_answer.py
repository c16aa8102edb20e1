"""What becomes of each ask."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ledger.ledger_rows import NETWORKS, VOTE, case, document, incident, ledger, measured, together
from lightkeeper.ledger import answer, headline
from lightkeeper.ledger.bearing import bears
from lightkeeper.ledger.rules import RULES
from lightkeeper.model.ask import ANSWERS

BLOCK = {"kind": "service_block", "services": ["signal"], "ongoing": True, "end_earliest": None, "end_latest": None}


def test_silence_is_untested_and_never_met() -> None:
    asks = ledger()
    assert len(asks) == 16
    assert {a.answer for a in asks.values()} == {"untested"}
    assert "not a sign of openness" in asks["A1", None].reasons[0]
    assert asks["A4", "mci"].reasons[0] == "No disruption on record to give notice of."


@pytest.mark.parametrize("rung", ["signal", "corroborated"])
def test_the_lower_rungs_point_and_do_not_breach(rung: str) -> None:
    asks = ledger([incident(rung=rung)])
    assert (asks["A3", None].answer, asks["A3", None].rule) == ("insufficient", "incident_points")
    assert asks["A4", None].answer == "insufficient"
    assert asks["A1", None].answer == "untested"


@pytest.mark.parametrize(("rung", "answer"), [("corroborated", "insufficient"), ("attributed", "breached")])
def test_a_network_that_is_open_for_some_only_is_read_as_a_disruption_and_said_to_name_nobody(
    rung: str, answer: str
) -> None:
    asks = ledger([incident(rung=rung, kind="allowlisted", title="Internet back for some and dark for others")])
    ask = asks["A3", None]
    assert (ask.answer, asks["A1", None].answer) == (answer, "untested")
    (told,) = [reason for reason in ask.reasons if reason.startswith("Internet back for some and dark for others:")]
    assert "the network was not open to all" in told
    assert "For whom it was open, and who chose them, no measurement shows." in told


def test_an_attributed_outage_breaches_the_ask_for_quality() -> None:
    ask = ledger([incident(rung="attributed")])["A3", None]
    assert (ask.answer, ask.rule, ask.evidence) == ("breached", "disruption_imposed", ["IR-1"])


@pytest.mark.parametrize("claim", [{"cause_claimed": "Protests"}, {"ordered_by": "Ministry of ICT"}])
def test_a_confirmed_outage_that_a_document_says_was_decided_breaches_the_ask_for_quality(claim: dict) -> None:
    asks = ledger([incident(rung="confirmed", documents=["d"])], [document("d", **claim)])
    assert (asks["A3", None].answer, asks["A3", None].rule) == ("breached", "disruption_imposed")


@pytest.mark.parametrize("claim", [{}, {"cause_claimed": "Technical problems"}, {"ordered_by": "Unknown"}])
def test_a_confirmed_outage_of_unknown_cause_accuses_nobody(claim: dict) -> None:
    asks = ledger([incident(rung="confirmed", documents=["d"])], [document("d", **claim)])
    assert (asks["A3", None].answer, asks["A3", None].rule) == ("insufficient", "disruption_of_unknown_cause")


def test_a_confirmed_block_of_a_tool_breaches_the_ask_for_vpn() -> None:
    asks = ledger([incident(rung="confirmed", kind="circumvention_drop")])
    assert (asks["A2", None].answer, asks["A2", None].rule) == ("breached", "incident_proven")


def test_measurement_shows_disruption_and_not_intention() -> None:
    reasons = " ".join(ledger([incident(rung="confirmed")])["A3", None].reasons)
    assert "not intention" in reasons
    assert "not intention" not in " ".join(ledger([incident(rung="attributed")])["A3", None].reasons)


def test_what_is_outside_the_window_or_retracted_does_not_count() -> None:
    asks = ledger([incident("a", "confirmed", in_window=False), incident("b", "retracted")])
    assert asks["A3", None].answer == "untested"


def test_a_reviewers_dispute_is_an_answer() -> None:
    assert ledger([incident(rung="disputed")])["A3", None].answer == "disputed"


def test_only_an_incident_that_names_an_operator_bears_on_it() -> None:
    asks = ledger([incident("a", operators=["mci"]), incident("b")])
    assert asks["A3", "mci"].answer == "insufficient"
    assert asks["A3", "tci"].answer == "untested"
    assert "1 incident of the country" in " ".join(asks["A3", "tci"].reasons)


def test_a_record_of_a_block_bears_on_platforms_and_of_a_tool_on_vpn() -> None:
    asks = ledger([incident(**BLOCK)])
    assert (asks["A1", None].answer, asks["A2", None].answer, asks["A3", None].answer) == (
        "insufficient",
        "untested",
        "untested",
    )
    asks = ledger([incident(kind="circumvention_drop")])
    assert (asks["A1", None].answer, asks["A2", None].answer) == ("untested", "insufficient")


def test_published_measurements_on_most_networks_breach_for_the_country_and_for_no_operator() -> None:
    told = incident("b", published_in_window=["ooni-report"], operators=["irancell"], **BLOCK)
    asks = ledger([told])
    assert (asks["A1", None].answer, asks["A1", None].rule) == ("breached", "published_where_measured")
    assert not any("below what a breach needs" in reason for reason in asks["A1", None].reasons)
    assert asks["A1", "irancell"].answer == "insufficient", "they speak of most networks, and not of this one"


def test_published_measurements_against_our_own_that_found_it_open_decide_nothing() -> None:
    rows = together(measured("signal", "ok"), measured("instagram", "ok"))
    told = incident("b", published_in_window=["ooni-report"], **BLOCK)
    assert ledger([told], [], rows)["A1", None].answer == "disputed"


def test_open_on_enough_days_and_networks_with_an_assurance_is_met() -> None:
    rows = together(measured("signal", "ok"), measured("instagram", "ok"))
    asks = ledger([], [document("d", "assurance")], rows)
    assert asks["A1", None].answer == "met"
    assert asks["A1", None].missing == []
    assert (asks["A1", None].measurements, asks["A1", None].networks, asks["A1", None].days_measured) == (180, 3, 10)
    assert asks["A1", None].coverage == "180 measurements from 3 networks on 10 of 10 days."


def test_open_without_an_assurance_is_partly() -> None:
    rows = together(measured("signal", "ok"), measured("instagram", "ok"))
    assert ledger(rows=rows)["A1", None].answer == "partly"


def test_an_assurance_after_the_window_is_none() -> None:
    rows = together(measured("signal", "ok"), measured("instagram", "ok"))
    late = document("d", "assurance", published_on=(VOTE + timedelta(days=30)).date())
    assert ledger([], [late], rows)["A1", None].answer == "partly"


def test_an_assurance_alone_meets_nothing() -> None:
    assert ledger([], [document("d", "assurance")])["A1", None].answer == "insufficient"


@pytest.mark.parametrize(
    "rows",
    [
        measured("signal", "ok"),
        together(measured("signal", "ok", days=range(3)), measured("instagram", "ok", days=range(3))),
        together(measured("signal", "ok", asns=(44244,)), measured("instagram", "ok", asns=(44244,))),
        together(measured("signal", "ok", each=2), measured("instagram", "ok", each=2)),
        together(measured("signal", "ok", sessions=1), measured("instagram", "ok", sessions=1)),
    ],
    ids=["one service", "few days", "one network", "few measurements", "one session a day"],
)
def test_open_where_little_was_looked_at_is_insufficient(rows) -> None:
    assert ledger([], [document("d", "assurance")], rows)["A1", None].answer == "insufficient"


def test_blocked_above_the_floor_is_breached_and_names_its_measurements() -> None:
    ask = ledger(rows=measured("signal", "blocked", days=range(1)))["A1", None]
    assert ask.answer == "breached"
    assert "Signal on AS44244, AS58224, AS197207 (1 day)" in ask.reasons[0]
    assert len(ask.evidence) == 9


def test_blocked_below_the_floor_is_insufficient() -> None:
    assert ledger(rows=measured("signal", "blocked", each=2))["A1", None].answer == "insufficient"


def test_one_probe_that_says_blocked_all_day_breaches_nothing() -> None:
    assert ledger(rows=measured("signal", "blocked", each=40, sessions=1))["A1", None].answer == "insufficient"


@pytest.mark.parametrize("days", [range(1), range(2)])
def test_one_network_on_a_day_or_two_breaches_nothing_whatever_the_number_of_records_and_softwares(days: range) -> None:
    asks = ledger(rows=measured("signal", "blocked", asns=(44244,), days=days, each=40, sessions=40, kinds=40))
    for operator in (None, "irancell"):
        assert (asks["A1", operator].answer, asks["A1", operator].rule) == ("insufficient", "blocked_by_too_few")
        assert "Signal on AS44244" in asks["A1", operator].reasons[0]
        assert not [e for e in asks["A1", operator].evidence if e.startswith("signal-")]


def test_three_networks_or_three_days_are_witnesses_enough() -> None:
    for more in ({"asns": (44244,), "days": range(3)}, {"asns": NETWORKS, "days": range(1)}):
        rows = measured("signal", "blocked", kinds=1, **more)
        assert ledger(rows=rows)["A1", None].rule == "blocked_where_measured"


def test_a_service_with_too_few_witnesses_does_not_hide_one_with_enough() -> None:
    alone = measured("signal", "blocked", asns=(44244,), days=range(1))
    seen = measured("instagram", "blocked", asns=(44244,))
    ask = ledger(rows=together(alone, seen))["A1", None]
    assert ask.answer == "breached"
    assert "Instagram" in ask.reasons[0]
    assert "Signal" not in ask.reasons[0]
    assert {e.partition("-")[0] for e in ask.evidence} == {"instagram"}


def test_interception_that_one_network_saw_on_one_day_breaches_nothing() -> None:
    one = measured("signal", "blocked", asns=(44244,), days=range(1), mechanism="tls.mitm")
    assert ledger(rows=one)["A3", None].rule == "blocked_by_too_few"
    three = measured("signal", "blocked", asns=(44244,), days=range(3), mechanism="tls.mitm")
    assert ledger(rows=three)["A3", None].answer == "breached"


def test_blocked_on_one_network_and_open_on_another_is_partly_for_the_country_and_breached_for_the_one() -> None:
    rows = together(measured("signal", "blocked", asns=(44244,)), measured("signal", "ok", asns=(197207,)))
    asks = ledger(rows=rows)
    assert asks["A1", None].answer == "partly"
    assert asks["A1", "irancell"].answer == "breached"
    assert asks["A1", "mci"].answer == "insufficient"
    assert asks["A1", "tci"].answer == "untested"


def test_measured_open_against_a_record_of_a_block_is_disputed() -> None:
    rows = together(measured("signal", "ok"), measured("instagram", "ok"))
    assert ledger([incident(**BLOCK)], [], rows)["A1", None].answer == "disputed"


def test_a_broken_instrument_and_another_country_do_not_count() -> None:
    assert ledger(rows=measured("signal", "blocked", validity="clock"))["A1", None].answer == "untested"
    assert ledger(rows=measured("signal", "blocked", validity="chosen_resolver"))["A1", None].answer == "insufficient"
    assert ledger(rows=measured("signal", "blocked"), country="TR")["A1", None].answer == "untested"


def test_measurements_outside_the_window_do_not_count() -> None:
    assert ledger(rows=measured("signal", "blocked", days=range(20, 25)))["A1", None].answer == "untested"


def test_interception_breaches_the_ask_for_quality_and_a_plain_block_does_not() -> None:
    intercepted = measured("signal", "blocked", mechanism="tls.mitm")
    assert ledger(rows=intercepted)["A3", None].rule == "interfered_where_measured"
    assert ledger(rows=measured("signal", "blocked", mechanism="tcp.timeout"))["A3", None].answer == "insufficient"


def test_a_confirmed_outage_of_which_users_were_not_told_breaches_the_ask_for_notice() -> None:
    told = document("d", users_notified=False)
    asks = ledger([incident(rung="confirmed", documents=["d"])], [told])
    assert (asks["A4", None].answer, asks["A4", None].rule) == ("breached", "disruption_unannounced")


def test_documents_that_contradict_each_other_on_whether_users_were_told_make_a_dispute() -> None:
    yes = document("yes", users_notified=True, operators=["mci"])
    no = document("no", users_notified=False)
    asks = ledger([incident(rung="confirmed", documents=["yes", "no"], operators=["mci", "tci"])], [yes, no])
    assert (asks["A4", None].answer, asks["A4", None].rule) == ("disputed", "notice_in_dispute")
    assert asks["A4", "mci"].answer == "disputed"
    assert (asks["A4", "tci"].answer, asks["A4", "tci"].rule) == ("insufficient", "told_of_the_country_alone")


def test_a_notice_on_one_app_is_no_notice_of_a_whole_cut() -> None:
    notice = document("n", "notice", services=["signal"], published_on=(VOTE - timedelta(days=1)).date())
    asks = ledger([incident(rung="confirmed", documents=["d"])], [document("d", users_notified=False), notice])
    assert (asks["A4", None].answer, asks["A4", None].rule) == ("breached", "disruption_unannounced")


def test_an_ask_that_names_its_services_is_answered_from_these_alone() -> None:
    asks = [{"id": "A1", "topic": "platforms", "short": "s", "wording": "w", "services": ["signal"]}]
    watching = case(asks=asks)
    (ask,) = watching.asks
    assert [w.id for w in watching.watched_for(ask)] == ["signal"]
    assert bears(watching, ask, incident(kind="service_block", services=["signal", "x"]))
    assert not bears(watching, ask, incident(kind="service_block", services=["instagram"]))


def test_an_ask_may_only_name_what_is_watched_for_its_topic() -> None:
    asks = [{"id": "A1", "topic": "platforms", "short": "s", "wording": "w", "services": ["tor"]}]
    with pytest.raises(ValueError, match="names the service `tor`"):
        case(asks=asks)


def test_a_notice_before_the_onset_meets_the_ask_and_one_after_it_in_part() -> None:
    outage = incident(rung="confirmed", operators=["mci"])
    early = document("n", "notice", operators=["mci"], published_on=(VOTE - timedelta(days=2)).date())
    late = document("n", "notice", operators=["mci"], published_on=(VOTE + timedelta(days=2)).date())
    asks = ledger([outage], [early])
    assert asks["A4", "mci"].answer == "met"
    assert "A notice is on record, 2 days before the onset." in " ".join(asks["A4", "mci"].reasons)
    assert ledger([outage], [late])["A4", "mci"].answer == "partly"


def test_a_confirmed_outage_without_a_word_on_notice_is_insufficient() -> None:
    ask = ledger([incident(rung="confirmed")])["A4", None]
    assert ask.answer == "insufficient"
    assert "Restored after 1 h 50 min to 3 h 0 min." in " ".join(ask.reasons)


def test_what_is_missing_is_a_command_that_can_be_run() -> None:
    missing = " ".join(ledger()["A1", None].missing)
    assert f"`lightkeeper case gather cases/{case().id}`" in missing
    assert "A public assurance by the authorities of Iran" in missing


def test_the_headline_counts_what_is_untested() -> None:
    asks = answer(case(), [incident(rung="attributed")], [], [], [])
    assert headline(case(), asks) == (
        "Of 4 asks, for Iran as a whole: 1 breached, 1 without sufficient evidence, 2 untested; "
        "of 12 answers for single operators, 12 are untested; "
        "untested means that nothing on record tests it, not that all was well."
    )


def test_every_rule_has_an_answer_of_the_ledger_and_an_id_of_its_own() -> None:
    assert {rule.answer for rule in RULES} <= set(ANSWERS)
    assert len({rule.id for rule in RULES}) == len(RULES)


def test_all_rules_that_fired_are_kept() -> None:
    asks = ledger([incident("a", "confirmed"), incident("b", "signal")])
    assert asks["A3", None].reasons[-1].startswith("Also: On record, but below what a breach needs")


@settings(max_examples=20, deadline=None)
@given(st.randoms(use_true_random=False))
def test_the_order_of_rows_does_not_show(random) -> None:
    incidents = [incident("a", "confirmed", documents=["d"]), incident("b"), incident("c", **BLOCK)]
    documents = [document("d"), document("e", "assurance"), document("f", "notice")]
    measurements, verdicts = measured("signal", "ok", days=range(2))
    usual = answer(case(), incidents, documents, measurements, verdicts)
    for rows in (incidents, documents, measurements, verdicts):
        random.shuffle(rows)
    assert answer(case(), incidents, documents, measurements, verdicts) == usual


def test_a_cut_that_a_document_says_was_decided_is_not_also_called_undecided() -> None:
    ask = ledger([incident(rung="confirmed", documents=["d"])], [document("d", ordered_by="Ministry of ICT")])[
        "A3", None
    ]
    assert ask.answer == "breached"
    assert not any("nothing on record says that anybody decided it" in r for r in ask.reasons)
    assert any("documents name who ordered it, and nobody has signed" in r for r in ask.reasons)


def test_no_test_is_offered_for_what_none_can_measure() -> None:
    asks = [{"id": "A1", "topic": "platforms", "short": "s", "wording": "w", "services": ["money"]}]
    watched = [{"id": "money", "name": "Mobile money", "kind": "payment", "targets": ["money"]}]
    (line,) = answer(case(asks=asks, watched=watched, operators=[]), [], [], [], [])
    assert any("there is no OONI test to fetch" in m for m in line.missing)
    assert not any("case gather" in m for m in line.missing)


@pytest.mark.parametrize("nobody", ["Unknown", "not known", "", None])
def test_a_record_that_says_unknown_names_nobody_who_ordered_it(nobody: str | None) -> None:
    asks = ledger([incident(rung="confirmed", documents=["d"])], [document("d", ordered_by=nobody)])
    said = " ".join(asks["A3", None].reasons)
    assert asks["A3", None].rule == "disruption_of_unknown_cause"
    assert "documents name who ordered it" not in said
    assert "who ordered it, and whether anyone did, is not shown" in said
