"""Who speaks in a document and who carries it; and which texts rest on one source."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from incidents.incident_rows import case, document
from lightkeeper.incidents.speaking import groups_of_one_source, is_asked, is_by, is_second_hand, voice, was_read

LETTER = {
    "title": "A letter", "written_on": date(2021, 6, 1), "addressees": ["Ebrahim Raisi, President-elect"],
    "source": {"title": "test", "read_on": date(2026, 1, 1)},
}  # fmt: skip


@pytest.mark.parametrize(
    ("publisher", "speaker", "carrier"),
    [
        ("OONI", "OONI", "OONI"),
        ("OONI, as RFE/RL has it", "OONI", "RFE/RL"),
        ("OONI as RFE/RL reports it", "OONI", "RFE/RL"),
        ("OONI (via RFE/RL)", "OONI", "RFE/RL"),
        ("The regulator, as quoted by Techzim", "The regulator", "Techzim"),
        ("The regulator, quoted in Techzim", "The regulator", "Techzim"),
        ("RFE/RL, citing OONI", "OONI", "RFE/RL"),
        ("Ministry of Home Affairs", "Ministry of Home Affairs", "Ministry of Home Affairs"),
    ],
)
def test_a_publisher_that_quotes_is_told_from_whom_it_quotes(publisher: str, speaker: str, carrier: str) -> None:
    assert voice(publisher) == (speaker, carrier)
    assert is_second_hand(document("d", publisher=publisher)) is (speaker != carrier)


def test_a_flag_too_says_that_it_is_second_hand_or_was_not_read() -> None:
    assert is_second_hand(document("d", flags=["second_hand"]))
    assert was_read(document("d", flags=["read_as_stored_copy"]))
    assert not was_read(document("d", flags=["read_as_summary"]))
    assert not was_read(document("d", read_on=None))


@pytest.mark.parametrize(
    ("name", "who", "same"),
    [
        ("UCC", "Uganda Communications Commission (UCC)", True),
        ("Uganda Communications Commission", "Uganda Communications Commission issued the order to the ISPs", True),
        ("Government", "Government of Uganda", True),
        ("The Daily Regulator", "Regulator", False),
        ("Tasnim", "Prosecutor of Tehran", False),
        ("Regulator", None, False),
        ("", "Regulator", False),
    ],
)
def test_a_name_is_that_of_somebody_whom_a_text_names_whole(name: str, who: str | None, same: bool) -> None:
    assert is_by(name, who) is same


@pytest.mark.parametrize(
    ("name", "asked"),
    [
        ("Minister of ICT", True),
        ("Ebrahim Raisi", True),
        ("TCI", True),
        ("Access Now", False),
        ("Former minister of ICT", False),
        ("Committee to Protect Journalists", False),
    ],
)
def test_asked_are_addressees_operators_of_the_case_and_those_who_rule(name: str, asked: bool) -> None:
    assert is_asked(case(letter=LETTER), name) is asked


def together(*more: dict[str, Any]) -> int:
    """How many witnesses two documents are, with these columns."""
    return len(groups_of_one_source([document(f"d{n}", **one) for n, one in enumerate(more)]))


def test_two_papers_are_two_witnesses() -> None:
    assert together({"publisher": "One"}, {"publisher": "Two"}) == 2


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ({"publisher": "One"}, {"publisher": "one"}),
        ({"publisher": "The regulator, as One has it"}, {"publisher": "One"}),
        ({"url": "https://www.a.example/x/"}, {"url": "https://a.example/x"}),
        ({"rests_on": ["Reuters"]}, {"rests_on": ["reuters"]}),
        ({"rests_on": ["d1"]}, {}),
        ({"rests_on": ["NetBlocks"]}, {"publisher": "NetBlocks"}),
        ({"publisher": "Kentik"}, {"publisher": "Doug Madory"}),
        ({"publisher": "IODA"}, {"publisher": "RouteViews"}),
    ],
)
def test_two_texts_that_rest_on_one_source_are_one_witness(one: dict, other: dict) -> None:
    assert together(one, other) == 1


def test_the_first_page_of_a_site_ties_nothing_together() -> None:
    assert together({"url": "https://a.example/"}, {"url": "https://a.example"}) == 2


def test_a_place_in_brackets_ties_no_papers_together() -> None:
    assert together({"publisher": "The Observer (Kampala)"}, {"publisher": "New Vision (Kampala)"}) == 2
