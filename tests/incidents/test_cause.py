"""What may have caused an incident: clues, hypotheses side by side, and a weight that proves nothing."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from incidents.incident_rows import case, document, outage
from lightkeeper.incidents import join
from lightkeeper.incidents.cause import hypotheses
from lightkeeper.incidents.clues import Clues, Company, clues_of, features
from lightkeeper.incidents.signs import SIGNS, claimed
from lightkeeper.incidents.weight import learnt, weight_of
from lightkeeper.model import Document, Event, Hypothesis
from lightkeeper.model.hypothesis import CAUSES

FIVE = datetime(2021, 7, 5, 0, 30, tzinfo=UTC)
"""Five o'clock in Tehran, in summer."""
DAY = timedelta(days=1)
MINUTE = timedelta(minutes=1)


def clues(*events: Event, around: tuple[Event, ...] = ()) -> Clues:
    return clues_of(events, Company.of([*events, *around]))


def causes(events: list[Event], documents: list[Document], **more: Any) -> dict[str, Hypothesis]:
    incidents = join(case(**more), events, documents)
    (one,) = {i.incident_id for i in incidents if not events or events[0].event_id in i.events}
    return {h.cause: h for h in hypotheses(case(**more), incidents, events, documents) if h.incident_id == one}


def test_every_cause_stands_beside_the_others() -> None:
    assert tuple(causes([outage("e")], [])) == CAUSES


def test_a_begin_on_the_local_hour_speaks_for_an_order_and_against_a_cable() -> None:
    found = causes([outage("e", FIVE)], [])
    assert any("hour or half hour" in s for s in found["ordered_shutdown"].evidence_for)
    assert any("hour or half hour" in s for s in found["cable"].evidence_against)
    odd = causes([outage("e", FIVE + 7 * MINUTE)], [])
    assert any("did not begin" in s for s in odd["ordered_shutdown"].evidence_against)


def test_a_begin_that_is_known_to_the_hour_only_is_not_called_round() -> None:
    wide = outage("e", onset_earliest=FIVE - 60 * MINUTE, onset_latest=FIVE)
    assert clues(wide).round_start is None
    assert "the begin to the minute" in causes([wide], [])["ordered_shutdown"].not_known


def test_cuts_at_one_time_of_day_recur_and_others_do_not() -> None:
    first = outage("a", FIVE)
    assert clues(first, around=(outage("b", FIVE + 2 * DAY),)).recurs is True
    assert clues(first, around=(outage("b", FIVE - DAY + 14 * MINUTE),)).recurs is True
    assert clues(first, around=(outage("b", FIVE + DAY + 40 * MINUTE),)).recurs is False
    assert clues(first, around=(outage("b", FIVE + 5 * DAY),)).recurs is False
    assert clues(first, around=(outage("b", FIVE + DAY, entity_type="asn", entity="1"),)).recurs is False


def test_an_outage_elsewhere_at_the_same_moment_speaks_for_a_cable() -> None:
    other = outage("t", FIVE + 5 * MINUTE, country="TR", entity="TR")
    assert clues(outage("e", FIVE), around=(other,)).elsewhere == 1
    assert clues(outage("e", FIVE)).elsewhere is None, "no other country was looked at"


def test_networks_that_fall_together_are_counted_by_ten_minutes() -> None:
    falls = [outage(f"e{n}", FIVE + n * 4 * MINUTE, entity_type="asn", entity=str(n)) for n in range(5)]
    assert clues(*falls).networks_together == 3
    assert clues(outage("e")).networks_together is None


def test_a_claimed_cable_fault_stands_for_the_cable_and_against_an_order() -> None:
    found = causes([outage("e", cause_claimed="Cable-Cut")], [])
    assert any("It is claimed" in s for s in found["cable"].evidence_for)
    assert any("Another cause" in s for s in found["ordered_shutdown"].evidence_against)


def test_an_exam_cut_does_not_speak_against_an_order() -> None:
    found = causes([outage("e", FIVE, cause_claimed="Exams")], [])
    assert not any("Another cause" in s for s in found["ordered_shutdown"].evidence_against)


@pytest.mark.parametrize(
    ("claim", "cause"),
    [
        ("Cable-Cut (ioda_outages)", "cable"),
        ("Unrest at the border (x)", None),
        ("Other (Government of X)", None),
        ("Exam cheating (Access Now)", "exam_cut"),
        ("DDoS (ioda_outages)", "attack"),
        ("Firewall upgrade (x)", "maintenance"),
        ("Power-Outage (x)", "power"),
    ],
)
def test_a_claim_names_a_cause_by_its_words_and_not_by_who_claims_it(claim: str, cause: str | None) -> None:
    assert claimed(claim) == cause


def test_documents_alone_have_no_weight_and_without_a_word_each_cause_is_insufficient() -> None:
    found = causes([], [document("d", cause_claimed=None)])
    assert {h.weight for h in found.values()} == {None}
    assert {h.standing for h in found.values()} == {"insufficient"}
    assert "insufficient" in found["ordered_shutdown"].weight_note or "whole networks" in (
        found["ordered_shutdown"].weight_note
    )


def test_a_calendar_speaks_for_a_cause_only_on_its_days() -> None:
    on_the_day = datetime(2021, 6, 18, 5, 30, tzinfo=UTC)
    found = causes([outage("e", on_the_day)], [])
    assert any("A vote or protests are known" in s for s in found["ordered_shutdown"].evidence_for)
    later = causes([outage("e", on_the_day + 9 * DAY)], [])
    assert not any("A vote" in s for s in later["ordered_shutdown"].evidence_for)


def test_the_weight_grows_with_a_round_start_and_recurrence_and_falls_with_other_countries() -> None:
    plain = Clues(round_start=False, recurs=False, hours=3, elsewhere=0)
    more = Clues(round_start=True, recurs=False, hours=3, elsewhere=0)
    most = Clues(round_start=True, recurs=True, hours=3, elsewhere=0)
    shared = Clues(round_start=False, recurs=False, hours=3, elsewhere=4)
    weights = [weight_of(c) for c in (shared, plain, more, most)]
    assert weights == sorted(weights, key=lambda w: w or 0)
    assert len(set(weights)) == 4


def test_with_too_little_known_there_is_no_weight() -> None:
    assert weight_of(Clues(round_start=True)) is None
    assert weight_of(Clues()) is None


def test_a_weight_that_is_made_of_nothing_seen_is_not_known() -> None:
    first_day = causes([outage("e", FIVE, None)], [])["ordered_shutdown"]
    assert (first_day.weight, first_day.weight_note) == (
        None, "Three or more of the four clues are as they are where nothing was seen: not known."
    )  # fmt: skip
    odd = causes([outage("e", FIVE + 7 * MINUTE, 3)], [])["ordered_shutdown"]
    assert odd.weight is None
    assert causes([outage("e", FIVE, 3)], [])["ordered_shutdown"].weight is not None


def test_a_weight_says_what_recurrence_adds_to_it() -> None:
    nights = [outage(f"e{n}", FIVE + 7 * MINUTE + n * DAY, 3) for n in range(4)]
    found = causes(nights, [])["ordered_shutdown"]
    once = weight_of(Clues(round_start=False, recurs=False, hours=3, elsewhere=None))
    assert found.weight is not None
    assert once is not None
    assert found.weight_note.endswith(
        f"Recurrence adds {found.weight - once:.2f} to it: without that it is {once:.2f}."
    )
    assert "Recurrence" not in causes([outage("e", FIVE, 3)], [])["ordered_shutdown"].weight_note


def test_the_weight_never_raises_the_rung() -> None:
    mornings = [outage(f"e{n}", FIVE + n * DAY, 4, lineages=["telescope"]) for n in range(5)]
    incidents = join(case(), mornings, [])
    found = hypotheses(case(), incidents, mornings, [])
    assert max(h.weight or 0 for h in found) > 0.8
    assert {i.rung for i in incidents} == {"signal"}


def test_the_numbers_learnt_are_of_the_features_that_there_are() -> None:
    assert set(learnt().features) == set(features(Clues()))
    assert all(f.spread > 0 for f in learnt().features.values())


def test_every_sign_names_causes_that_there_are_and_can_be_told() -> None:
    for sign in SIGNS:
        assert set(sign.speaks_for + sign.speaks_against) <= set(CAUSES)
        assert not set(sign.speaks_for) & set(sign.speaks_against)
        assert sign.sentence.endswith((".", "}"))


def test_services_that_were_hit_are_named_as_readers_know_them() -> None:
    watched = [{"id": "google-play", "name": "Google Play Store", "kind": "web", "targets": ["play.google.com"]}]
    paper = document("a", kind="report", services=["google-play"], extent="service")
    found = causes([], [paper], watched=watched)
    assert found["cable"].evidence_against == ["Only some services were hit: Google Play Store."]
