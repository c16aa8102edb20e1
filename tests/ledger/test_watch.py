"""How series watched the window, and when that is enough to say that the ask for quality was met."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta

import pytest

from ledger.ledger_rows import case, document, incident, measured
from lightkeeper.ledger import answer
from lightkeeper.ledger.parts import RULES
from lightkeeper.ledger.watch import watch
from lightkeeper.model import Ask, Signal
from lightkeeper.model.ask import ANSWERS

BEGIN, END = case().window
HOURS = (END - BEGIN) // timedelta(hours=1)


def hours(
    lineage: str, *, name: str = "", gaps: Iterable[int] = (), entity: str = "IR", step_s: int = 3600,
    known: bool = True, **more: object,
) -> list[Signal]:  # fmt: skip
    """A quiet series through the window, but for the hours in `gaps`."""
    made, at, left_out = [], BEGIN, set(gaps)
    while at < END:
        lost = (at - BEGIN) // timedelta(hours=1) in left_out
        facts: dict[str, object] = {
            "series": f"x/{name or lineage}/{entity}", "step_at": at, "step_s": step_s, "source": "x",
            "lineage": lineage, "entity_type": "asn" if entity.isdigit() else "country", "entity": entity,
            "metric": name or lineage, "unit": "u", "value": None if lost else 100.0,
            "expected": 100.0 if known else None, "missing": "gap_in_source" if lost else None,
        }  # fmt: skip
        made.append(Signal(**{**facts, **more}))  # type: ignore[arg-type]
        at += timedelta(seconds=step_s)
    return made


def quality(signals: list[Signal], incidents=(), documents=(), rows=([], []), operator: str | None = None) -> Ask:
    found = answer(case(), incidents, documents, *rows, signals)
    return next(a for a in found if a.topic == "quality" and a.operator == operator)


SPEED = hours("in_country", name="ndt_download_p50", unit="Mbit/s", step_s=86_400)
CLEAN = measured("example", "ok")
TWO = [*hours("control_plane"), *hours("active_probing")]


def test_the_window_is_watched_hour_by_hour_and_the_longest_gap_is_told() -> None:
    found = watch(case(), None, hours("control_plane", gaps=range(10, 15)))
    (seen,) = found.reach
    assert (seen.hours, seen.longest_gap_h, seen.hours_in_window) == (HOURS - 5, 5, HOURS)


def test_half_hours_watch_the_hour_in_which_they_lie() -> None:
    (seen,) = watch(case(), None, hours("traffic", step_s=1800)).reach
    assert seen.hours == HOURS


def test_a_step_of_which_nothing_was_expected_watches_nothing() -> None:
    (seen,) = watch(case(), None, hours("control_plane", known=False)).reach
    assert seen.hours == 0


@pytest.mark.parametrize(
    "no_watch",
    [
        hours("circumvention"),
        hours("traffic", step_s=86_400),
        hours("traffic", entity="44244"),
        hours("in_country", n=4.0),
    ],
    ids=["use of tools", "steps of a day", "one network", "shares of measurements"],
)
def test_what_could_not_show_a_cut_of_the_country_is_no_watch(no_watch: list[Signal]) -> None:
    assert watch(case(), None, no_watch).reach == []


def test_all_three_parts_watched_and_nothing_found_is_met() -> None:
    found = quality([*TWO, *SPEED], rows=CLEAN)
    assert (found.answer, found.rule) == ("met", "watched_and_nothing_found")
    assert found.parts == ["reach: met", "quality: met", "security: met"]
    assert found.missing == []


def test_reach_alone_is_not_the_whole_ask() -> None:
    found = quality(TWO)
    assert (found.answer, found.rule) == ("insufficient", "watched_in_part")
    assert found.parts == ["reach: met", "quality: untested", "security: untested"]
    assert any(f"active probing (100% of {HOURS} hours" in reason for reason in found.reasons)


def test_one_feed_in_three_products_is_one_witness_and_not_enough() -> None:
    one = [s for product in ("ioda", "ripestat", "mrt") for s in hours("control_plane", name=product)]
    found = quality([*one, *SPEED], rows=CLEAN)
    assert found.answer == "insufficient"
    assert found.parts[0] == "reach: insufficient"


@pytest.mark.parametrize("gaps", [range(50, 80), range(0, HOURS, 5)], ids=["a long gap", "many hours"])
def test_gaps_of_the_second_witness_take_the_answer_away(gaps: range) -> None:
    signals = [*hours("control_plane"), *hours("traffic", gaps=gaps), *SPEED]
    assert quality(signals, rows=CLEAN).parts[0] == "reach: insufficient"


def test_a_cut_on_record_is_never_outweighed_by_watching() -> None:
    found = quality([*TWO, *SPEED], [incident(rung="signal")], rows=CLEAN)
    assert (found.answer, found.parts[0]) == ("insufficient", "reach: insufficient")
    decided = document("order", ordered_by="Ministry")
    proven = incident(rung="confirmed", documents=["order"])
    assert quality([*TWO, *SPEED], [proven], [decided], CLEAN).answer == "breached"


def test_nothing_watched_and_nothing_on_record_stays_untested() -> None:
    found = quality([])
    assert (found.answer, found.parts) == ("untested", ["reach: untested", "quality: untested", "security: untested"])


def test_an_operator_is_watched_by_series_of_its_own_networks_only() -> None:
    assert quality(TWO, operator="irancell").answer == "untested"
    own = [*hours("control_plane", entity="44244"), *hours("active_probing", entity="44244")]
    assert quality(own, operator="irancell").parts[0] == "reach: met"
    assert quality(own, operator="mci").answer == "untested"


def test_a_cut_that_names_no_operator_leaves_each_in_doubt() -> None:
    own = [*hours("control_plane", entity="44244"), *hours("active_probing", entity="44244")]
    assert quality(own, [incident()], operator="irancell").parts[0] == "reach: insufficient"


def test_each_part_has_rules_to_the_end_and_answers_that_there_are() -> None:
    assert {r.answer for r in RULES} <= set(ANSWERS)
    last = {r.part: r.id for r in RULES}
    assert set(last.values()) == {"not_watched", "speed_not_watched", "not_measured"}
    assert len({r.id for r in RULES}) == len(RULES)


def test_the_order_of_rows_does_not_show() -> None:
    assert quality([*TWO, *SPEED], rows=CLEAN) == quality([*reversed(SPEED), *reversed(TWO)], rows=CLEAN)
