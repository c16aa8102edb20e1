"""Which networks can be witnesses. All rows here are synthetic."""

from __future__ import annotations

from datetime import date, timedelta

import msgspec
import pytest

from ledger.ledger_rows import NETWORKS, VOTE, Rows, case, document, incident, ledger, measured, together
from lightkeeper.ledger.answer import answer
from lightkeeper.ledger.networks import HISTORY_DAYS, Networks
from lightkeeper.model import Ask
from lightkeeper.sources.as_numbers import About, AsNumbers, Pair, table_of

DAY = VOTE.date()
ELSEWHERE, UNKNOWN, PRIVATE = 3356, 4_100_000_000, 64512
OTHERS = (57218, 31549, 12880)
"""Three more networks of Iran."""
BEFORE = range(-20, -10)
"""Ten days before the window."""


def networks(rows: Rows, table: AsNumbers | None = None, **more: object) -> Networks:
    return Networks(case(**more), *rows, table)


def table(*pairs: Pair) -> AsNumbers:
    return table_of(pairs, About(day=DAY, origin="test", licence="test", sources=[]))


def named(asn: int) -> list[dict[str, object]]:
    source = {"title": "test", "read_on": date(2026, 1, 1)}
    return [{"id": "one", "name": "One", "kinds": ["mobile"], "asns": [asn], "source": source}]


def uploaded(rows: Rows, *, on: int) -> Rows:
    """The same records, each with an id of OONI's that says that it came in on this day."""
    measurements, verdicts = rows
    names = {
        m.measurement_id: f"{VOTE + timedelta(days=on):%Y%m%d%H%M%S}.{n:06}_IR_signal_{n:016x}"
        for n, m in enumerate(measurements)
    }
    return (
        [msgspec.structs.replace(m, measurement_id=names[m.measurement_id]) for m in measurements],
        [msgspec.structs.replace(v, measurement_id=names[v.measurement_id]) for v in verdicts],
    )


@pytest.mark.parametrize(
    ("asn", "doubt"),
    [(44244, None), (None, "special"), (PRIVATE, "special"), (ELSEWHERE, "elsewhere"), (UNKNOWN, "unknown")],
)
def test_a_network_speaks_only_where_its_number_is_the_countrys(asn: int | None, doubt: str | None) -> None:
    assert networks(([], [])).doubt(asn, DAY) == doubt


def test_a_number_that_was_allocated_later_is_no_witness_of_an_earlier_day() -> None:
    known = networks(([], []), table(Pair(UNKNOWN, "IR", DAY)))
    assert known.doubt(UNKNOWN, DAY - timedelta(days=1)) == "later"
    assert known.doubt(UNKNOWN, DAY) is None


@pytest.mark.parametrize("asn", [UNKNOWN, ELSEWHERE])
def test_a_case_may_name_a_network_that_the_table_does_not_have(asn: int) -> None:
    """An operator of the case has a source that somebody wrote down: a new number is not silenced for ever."""
    assert networks(([], []), operators=named(asn)).doubt(asn, DAY) is None


def test_a_private_number_is_nobodys_even_where_a_case_names_it() -> None:
    assert networks(([], []), operators=named(PRIVATE)).doubt(PRIVATE, DAY) == "special"


@pytest.mark.parametrize(
    "asns", [(PRIVATE, 64513, 4_294_967_294), (ELSEWHERE, 13335, 15169), (UNKNOWN, 4_100_000_001, 4_100_000_002)]
)
def test_records_of_networks_that_are_none_of_the_country_change_nothing(asns: tuple[int, ...]) -> None:
    operators = named(44244)
    false = measured("signal", "blocked", asns=asns, each=9, sessions=9, kinds=9)
    alone = ledger(rows=false, operators=operators)["A1", None]
    assert (alone.answer, alone.networks) == ("insufficient", 0)
    assert any(r.startswith("Not heard, for ") and f"AS{asns[0]}" in r for r in alone.reasons)
    true = measured("instagram", "blocked")
    ask = ledger(rows=together(true, false), operators=operators)["A1", None]
    assert (ask.answer, ask.networks) == ("breached", 3)
    assert "Signal" not in ask.reasons[0]
    softened = measured("instagram", "ok", asns=asns, each=9, sessions=9)
    assert ledger(rows=together(true, softened), operators=operators)["A1", None].answer == "breached"


def test_a_history_takes_three_earlier_days_in_three_sessions() -> None:
    known = networks(measured("signal", "ok", asns=(44244,), days=range(-3, 0)))
    assert known.has_history(44244, DAY)
    assert not known.has_history(44244, DAY - timedelta(days=1)), "only earlier days count"
    assert not known.has_history(197207, DAY)
    one, verdicts = measured("signal", "ok", asns=(44244,), days=range(-3, 0))
    session = [msgspec.structs.replace(m, report_id="r") for m in one]
    assert not networks((session, verdicts)).has_history(44244, DAY)


def test_a_history_is_forgotten_after_four_weeks() -> None:
    known = networks(measured("signal", "ok", asns=(44244,), days=range(-40, -30)))
    assert not known.has_history(44244, DAY)


def test_doubtful_measurements_and_those_of_other_countries_make_no_history() -> None:
    assert not networks(measured("signal", "ok", days=BEFORE, validity="servers")).has_history(44244, DAY)
    measurements, verdicts = measured("signal", "ok", days=BEFORE)
    abroad = [msgspec.structs.replace(m, probe_cc="TR") for m in measurements]
    assert not networks((abroad, verdicts)).has_history(44244, DAY)


def test_a_past_that_was_uploaded_today_is_none() -> None:
    late = uploaded(measured("signal", "ok", asns=(44244,), days=BEFORE), on=0)
    assert not networks(late).has_history(44244, DAY)
    assert (
        networks(uploaded(measured("signal", "ok", asns=(44244,), days=range(-9, -5)), on=-5)).days_measured(44244, DAY)
        == 1
    ), "what came in on one day is of one day"


def test_a_network_without_a_history_neither_accuses_nor_acquits_beside_three_that_have_one() -> None:
    past = measured("signal", "ok", days=BEFORE)
    for state in ("blocked", "ok"):
        new = measured("instagram", state, asns=OTHERS, days=range(1))
        ask = ledger(rows=together(past, new))["A1", None]
        assert ask.answer == "insufficient"
        assert f"Not heard, for too little was measured there on earlier days: {_listed(OTHERS)}." in ask.reasons
    assert ledger(rows=together(past, measured("instagram", "blocked", days=range(1))))["A1", None].answer == "breached"


def _listed(asns: tuple[int, ...]) -> str:
    return ", ".join(f"AS{n}" for n in sorted(asns))


def test_a_case_that_begins_with_the_vote_asks_nobody_for_a_history() -> None:
    assert ledger(rows=measured("signal", "blocked", days=range(1)))["A1", None].answer == "breached"


@pytest.mark.parametrize("n", [1, 2])
def test_a_past_that_was_made_up_for_one_network_or_two_silences_nobody(n: int) -> None:
    true = measured("signal", "blocked", days=range(1))
    past = measured("instagram", "ok", asns=OTHERS[:n], days=BEFORE)
    assert ledger(rows=together(true, past))["A1", None].answer == "breached"


def test_a_new_network_speaks_after_three_days_of_its_own() -> None:
    past = measured("signal", "ok", days=BEFORE)
    new = measured("instagram", "blocked", asns=(57218,), days=range(-4, 6))
    ask = ledger(rows=together(past, new))["A1", None]
    assert ask.answer == "breached"
    assert f"Instagram on AS57218 ({10 - HISTORY_DAYS} days)" in ask.reasons[0]


def test_three_days_that_came_in_on_one_day_are_one_day() -> None:
    rows = measured("signal", "blocked", asns=(44244,), days=range(3))
    assert ledger(rows=rows)["A1", "irancell"].answer == "breached"
    assert ledger(rows=uploaded(rows, on=4))["A1", "irancell"].answer == "insufficient"
    three = uploaded(measured("signal", "blocked", days=range(1)), on=4)
    assert ledger(rows=three)["A1", None].answer == "breached", "what is measured in a shutdown is uploaded after it"


def test_one_network_on_one_day_accuses_where_a_document_tells_of_the_same() -> None:
    rows = measured("signal", "blocked", asns=(44244,), days=range(1))
    told = incident(kind="service_block", services=["signal"], lineages=["document"], documents=["d"], operators=[])
    assert ledger([told], [document("d")], rows)["A1", None].answer == "breached"
    for other in (
        {"services": ["instagram"]},
        {"lineages": ["in_country"]},
        {"onset_earliest": VOTE + timedelta(days=2), "onset_latest": VOTE + timedelta(days=2), "end_latest": None},
    ):
        apart = msgspec.structs.replace(told, **other)
        assert ledger([apart], [document("d")], rows)["A1", None].answer == "insufficient"


def test_a_small_network_never_softens_a_breach_and_a_large_one_does() -> None:
    blocked = measured("signal", "blocked", days=range(-14, 6))
    ten, nine = (measured("signal", "ok", asns=(57218,), days=range(-n, 2)) for n in (8, 7))
    assert ledger(rows=together(blocked, ten))["A1", None].answer == "partly", "ten days of twenty"
    ask = ledger(rows=together(blocked, nine))["A1", None]
    assert ask.answer == "breached"
    assert "Seen open too, by too few to count, on AS57218." in ask.reasons


def test_a_block_of_one_day_on_a_network_with_a_history_is_enough_not_to_say_that_all_was_open() -> None:
    past = measured("tor", "ok", asns=(*NETWORKS, 57218), days=BEFORE)
    fine = together(past, measured("signal", "ok"), measured("instagram", "ok"))
    assert ledger([], [document("d", "assurance")], fine)["A1", None].answer == "met"
    seen = together(fine, measured("signal", "blocked", asns=(57218,), days=range(1)))
    assert ledger([], [document("d", "assurance")], seen)["A1", None].rule == "blocked_by_too_few"


def test_a_block_by_a_network_without_a_history_takes_nothing_from_what_others_saw_open() -> None:
    fine = together(measured("signal", "ok"), measured("instagram", "ok"))
    seen = together(fine, measured("signal", "blocked", asns=(57218,), days=range(2)))
    ask = ledger([], [document("d", "assurance")], seen)["A1", None]
    assert ask.answer == "met"
    assert "Not heard, for too little was measured there on earlier days: AS57218." in ask.reasons, "it is told"


def test_the_line_names_the_table_and_the_records_that_ooni_verified() -> None:
    measurements, verdicts = measured("signal", "blocked")
    rows = [msgspec.structs.replace(m, is_verified=n < 5) for n, m in enumerate(measurements)]
    ask: Ask = answer(case(), [], [], rows, verdicts)[0]
    assert (ask.verified, ask.as_numbers) == (5, Networks(case(), [], []).table.name)
    assert "OONI verified the senders of 5 measurements." in ask.coverage
    assert ledger(rows=(measurements, verdicts))["A1", None].answer == ask.answer, (
        "that nobody is verified silences none"
    )
    assert ledger()["A1", None].as_numbers is None
