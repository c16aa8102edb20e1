"""A made-up case: each answer follows from what names whom, and says why."""

from __future__ import annotations

from pathlib import Path

import pytest

from lightkeeper.model import Ask
from lightkeeper.run.build import build_case
from lightkeeper.settings import Settings

CASE = Path(__file__).parent.parent / "data" / "cases" / "testland"
BLOCK = "Facebook, X (Twitter) and WhatsApp recorded as blocked since 1 June 2023"
CUT = "Internet outage, nationwide, from 2 June 2023"
NOTHING = "Nothing on record here bears on this ask. That is not a sign of openness."


@pytest.fixture(scope="module")
def asks(tmp_path_factory: pytest.TempPathFactory) -> dict[tuple[str, str | None], Ask]:
    folder = tmp_path_factory.mktemp("testland")
    return {(a.ask_id, a.operator): a for a in build_case(CASE, folder / "out", Settings(data_dir=folder / "d")).asks}


@pytest.mark.parametrize(
    ("ask", "operator", "answer", "reason"),
    [
        ("A1", None, "breached", f"Confirmed or attributed in the window: {BLOCK}."),
        ("A1", "alpha", "breached", f"Confirmed or attributed in the window: {BLOCK}."),
        ("A1", "beta", "untested", NOTHING),
        ("A1", "gamma", "untested", NOTHING),
        ("A2", None, "untested", NOTHING),
        ("A2", "alpha", "untested", NOTHING),
        ("A2", "beta", "untested", NOTHING),
        ("A2", "gamma", "untested", NOTHING),
        (
            "A3", None, "breached",
            f"Confirmed in the window, with a cause on record that is no fault or accident: {CUT}.",
        ),
        ("A3", "alpha", "untested", NOTHING),
        (
            "A3", "beta", "breached",
            f"Confirmed in the window, with a cause on record that is no fault or accident: {CUT}.",
        ),
        ("A4", None, "breached", f"Confirmed, and users were not told by any notice on record: {CUT}."),
        (
            "A4", "alpha", "partly",
            "A notice is on record for some confirmed disruptions, by some operators alone, or not before the day on "
            "which they began.",
        ),
        (
            "A4", "beta", "insufficient",
            f"Documents say whether the country's users were told, and none speaks of Beta Net: {CUT}.",
        ),
    ],
)  # fmt: skip
def test_each_answer_follows_from_what_names_whom(
    asks: dict[tuple[str, str | None], Ask], ask: str, operator: str | None, answer: str, reason: str
) -> None:
    found = asks[ask, operator]
    assert (found.answer, found.reasons[0]) == (answer, reason)


def test_the_operators_own_notice_is_evidence_for_its_answer(asks: dict[tuple[str, str | None], Ask]) -> None:
    assert "notice" in asks["A4", "alpha"].evidence
    assert "A notice is on record, on the day of the onset." in " ".join(asks["A4", "alpha"].reasons)


def test_what_names_an_operator_elsewhere_is_said_where_nothing_bears_on_the_ask(
    asks: dict[tuple[str, str | None], Ask],
) -> None:
    assert f"What does name Beta Net, on other asks: {CUT}." in asks["A1", "beta"].reasons
    assert f"What does name Alpha Telecom, on other asks: {BLOCK}." in asks["A3", "alpha"].reasons
    assert (
        "On record with the names of other operators alone: 1 incident. See the country's line."
        in asks["A3", "alpha"].reasons
    )
