"""What acts of named people make of incidents: two names, nothing deleted, a later act undoes an earlier one."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from incidents.incident_rows import BEGIN, case, document, outage
from lightkeeper.incidents import join
from lightkeeper.model import Document, Event, Incident
from lightkeeper.model.act import FIRST, Act, same_person

NOW = datetime(2026, 1, 1, tzinfo=UTC)
ORDERED = document("d", ordered_by="A council")


def acts(*of: tuple[str, str, list[str], list[str]]) -> list[Act]:
    """Acts as (verb, by, events, documents), an hour apart."""
    return [
        Act(number=n, at=NOW + timedelta(hours=n), by=by, verb=verb, incident_ids=["IR-x"], events=events,
            documents=documents, because="I read it.", before=FIRST)  # type: ignore[arg-type]
        for n, (verb, by, events, documents) in enumerate(of, 1)
    ]  # fmt: skip


def promoted(*names: str) -> list[tuple[str, str, list[str], list[str]]]:
    return [("promote", name, ["e"], ["d"]) for name in names]


def one(of: list[Act], **more: Any) -> Incident:
    (found,) = join(case(**more), [outage("e")], [ORDERED], of)
    return found


def groups(of: list[Act], events: list[Event], documents: list[Document] | None = None) -> set[frozenset[str]]:
    found = join(case(), events, documents or [], of)
    return {frozenset([*i.events, *i.documents]) for i in found}


def test_two_different_names_attribute() -> None:
    found = one(acts(*promoted("Ann Other", "B. Second")))
    assert (found.rung, found.reviewers) == ("attributed", ["Ann Other", "B. Second"])


@pytest.mark.parametrize("again", ["Ann Other", "ann  other", "Other, Ann", "ANN OTHER.", "Ánn Other"])
def test_one_name_twice_is_not_two(again: str) -> None:
    assert same_person("Ann Other", again)
    found = one(acts(*promoted("Ann Other", again)))
    assert found.rung == "confirmed"
    assert len(found.reviewers) == 1


def test_a_signature_in_case_toml_counts_as_one_of_two() -> None:
    signed = {"document_ids": ["d"], "verdict": "attributed", "by": "C. Third", "on": NOW.date(), "because": "x y z"}
    assert one([], reviews=[signed]).rung == "confirmed"
    assert one(acts(*promoted("Ann Other")), reviews=[signed]).rung == "attributed"
    assert one(acts(*promoted("c third")), reviews=[signed]).rung == "confirmed"


def test_signatures_do_not_replace_a_document_that_names_who_ordered_it() -> None:
    (found,) = join(case(), [outage("e")], [document("d")], acts(*promoted("Ann Other", "B. Second")))
    assert found.rung == "confirmed"


def test_a_retracted_incident_stays_visible_with_the_reason() -> None:
    found = one(acts(*promoted("Ann Other", "B. Second"), ("retract", "C. Third", ["e"], ["d"])))
    assert found.rung == "retracted"
    assert "C. Third" in found.rung_reason
    assert "I read it" in found.rung_reason
    assert found.reviewers == ["C. Third"]
    assert len(found.history) == 3


def test_a_dispute_stands_until_two_people_sign_after_it() -> None:
    disputed = [*promoted("Ann Other", "B. Second"), ("dispute", "C. Third", ["e"], [])]
    assert one(acts(*disputed)).rung == "disputed"
    assert one(acts(*disputed, *promoted("Ann Other"))).rung == "disputed"
    assert one(acts(*disputed, *promoted("Ann Other", "B. Second"))).rung == "attributed"


def test_a_merge_is_undone_by_a_later_split_and_a_split_by_a_later_merge() -> None:
    events = [outage("e"), outage("f", BEGIN + timedelta(hours=9))]
    apart, together = {frozenset("e"), frozenset("f")}, {frozenset("ef")}
    steps = [("merge", "Ann", ["e", "f"], []), ("split", "Bob", ["f"], []), ("merge", "Ann", ["e", "f"], [])]
    assert groups([], events) == apart
    assert groups(acts(*steps[:1]), events) == together
    assert groups(acts(*steps[:2]), events) == apart
    assert groups(acts(*steps), events) == together


def test_a_split_takes_members_out_into_an_incident_of_their_own() -> None:
    events = [outage("e"), outage("f", BEGIN + timedelta(minutes=5))]
    assert groups([], events, [document("d")]) == {frozenset("efd")}
    assert groups(acts(("split", "Ann", ["f"], ["d"])), events, [document("d")]) == {frozenset("e"), frozenset("fd")}


def test_no_member_is_lost_or_doubled_by_acts() -> None:
    events = [outage(f"e{n}", BEGIN + timedelta(hours=9 * n)) for n in range(5)]
    steps = [("merge", "Ann", ["e0", "e1"], []), ("merge", "Ann", ["e1", "e3"], []), ("split", "Bob", ["e0", "e3"], []),
             ("merge", "Ann", ["e4", "gone"], []), ("split", "Bob", ["gone"], [])]  # fmt: skip
    found = [name for group in groups(acts(*steps), events) for name in group]
    assert sorted(found) == [e.event_id for e in events]


def test_a_signature_ends_when_somebody_merges_or_splits_what_was_signed() -> None:
    events = [outage("e"), outage("f", BEGIN + timedelta(hours=9))]
    signed = promoted("Ann Other", "B. Second")
    merged = join(case(), events, [ORDERED], acts(*signed, ("merge", "C. Third", ["e", "f"], ["d"])))
    assert [i.rung for i in merged] == ["confirmed"]
    again = [("promote", name, ["e", "f"], ["d"]) for name in ("Ann Other", "B. Second")]
    anew = join(case(), events, [ORDERED], acts(*signed, ("merge", "C. Third", ["e", "f"], ["d"]), *again))
    assert [i.rung for i in anew] == ["attributed"]


def test_a_retraction_holds_for_every_part_of_a_later_split() -> None:
    events = [outage("e"), outage("f", BEGIN + timedelta(minutes=5))]
    found = join(case(), events, [], acts(("retract", "Ann", ["e", "f"], []), ("split", "Bob", ["f"], [])))
    assert [i.rung for i in found] == ["retracted", "retracted"]
    assert all(len(i.history) >= 1 for i in found)
