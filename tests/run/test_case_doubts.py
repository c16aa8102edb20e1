"""What a person should look at in the documents of a case: each with its row and what to do."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

import pytest

from incidents.incident_rows import case, document
from lightkeeper.run.case_doubts import doubts_of

BLOCK: dict[str, Any] = {"extent": "service", "services": ["telegram"]}


def test_a_plain_record_asks_for_nothing() -> None:
    assert doubts_of(case(), [document("d", **BLOCK)]) == []


@pytest.mark.parametrize(
    ("more", "says"),
    [
        ({"day": None}, "it states no time"),
        ({"flags": ["dated_by_publication"]}, "it states no begin"),
        ({"kind": "order", "publisher": "Daily News", "ordered_by": "Regulator"}, "second-hand"),
        ({"kind": "order", "publisher": "Regulator", "ordered_by": "Regulator", "read_on": None}, "second-hand"),
        ({"day": datetime(2013, 3, 1, tzinfo=UTC), "days": None, "ongoing": True}, "lapses on 2014-03-01"),
        ({"rests_on": ["d"]}, "rests on itself"),
    ],
)
def test_what_is_in_doubt_is_told_with_the_remedy(more: dict[str, Any], says: str) -> None:
    (told,) = doubts_of(case(), [document("d", row="documents.csv:2", **{**BLOCK, **more})])
    assert told.startswith("documents.csv:2 (d): ")
    assert says in told


@pytest.mark.parametrize(
    "fine",
    [
        {"kind": "letter", "day": None},
        {"flags": ["denies"], "day": None},
        {"kind": "order", "publisher": "Regulator", "ordered_by": "Regulator"},
        {"day": datetime(2021, 1, 1, tzinfo=UTC), "days": None, "ongoing": True},
        {"day": None, "as_of_earliest": datetime(2021, 6, 1, tzinfo=UTC)},
    ],
)
def test_letters_denials_first_hand_orders_and_what_reaches_the_window_ask_for_nothing(fine: dict[str, Any]) -> None:
    assert date(2026, 1, 1) == document("d").read_on
    assert doubts_of(case(), [document("d", **{**BLOCK, **fine})]) == []
