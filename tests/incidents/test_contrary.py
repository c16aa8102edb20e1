"""What speaks against an incident, and of which time."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from incidents.incident_rows import BEGIN, case, document
from lightkeeper.incidents import join
from lightkeeper.model import Document

DAY = timedelta(days=1)


def against(*documents: Document) -> list[str]:
    block = document("block", extent="service", services=["telegram"], days=3)
    (one,) = [i for i in join(case(), [], [block, *documents]) if "block" in i.documents]
    return [text for text in one.contrary if "says otherwise" in text]


def denial(days: int, **more: object) -> Document:
    """Telegram could be reached, from so many days after the begin of the block on, for a day."""
    facts: dict[str, Any] = {"extent": "service", "services": ["telegram"], "flags": ["says_reachable"], **more}
    return document("open", BEGIN + days * DAY, facts.pop("lasted", 1), **facts)


def test_a_word_of_the_same_days_speaks_against_a_block() -> None:
    assert against(denial(1)) == ["open news says otherwise (open): c"]


@pytest.mark.parametrize("days", [-30, -4, 9, 400])
def test_a_word_of_another_time_does_not(days: int) -> None:
    assert against(denial(days)) == []


def test_a_word_without_an_end_speaks_until_it_was_published() -> None:
    still = denial(-9, lasted=None, published_on=(BEGIN - 5 * DAY).date())
    assert against(still) == []
    assert against(denial(-9, lasted=None, published_on=(BEGIN + DAY).date())) != []


def test_a_word_that_has_a_day_of_publication_alone_speaks_of_that_day() -> None:
    nothing = {"onset_earliest": None, "onset_latest": None, "end_earliest": None, "end_latest": None}
    assert against(denial(0, published_on=(BEGIN + DAY).date(), **nothing)) != []
    assert against(denial(0, published_on=(BEGIN + 90 * DAY).date(), **nothing)) == []
    assert against(denial(0, **nothing)) != []


def test_a_word_on_another_service_does_not_speak_against_this_one() -> None:
    assert against(denial(1, services=["signal"])) == []
