"""What a forger can turn, and what he cannot, whatever he sends. All rows are synthetic."""

from __future__ import annotations

from itertools import product

import pytest

from ledger.forging import BACKGROUNDS, Attack, Background, answers, table, turned, written

BELOW = "below the floor"
FIRM = [b for b in BACKGROUNDS if BELOW not in b.name]
EFFORTS = ((3, 1), (40, 40))
"""Records of a day on one network, and names of software."""


def test_the_page_on_security_has_the_table_that_is_measured_and_no_true_block_is_made_met() -> None:
    hidden = [name for name, before, goal, ways in turned() if before == "breached" and goal == "met" and ways]
    assert hidden == [], "a forger divides days and softens, with networks and days enough, and no more"
    assert written() == table(), "run `python tests/ledger/forging.py` with `src` and `tests` on the path"


@pytest.mark.parametrize("background", FIRM, ids=lambda b: b.name)
def test_fewer_than_three_networks_on_fewer_than_three_days_turn_no_answer(background: Background) -> None:
    before = answers(background)
    for state, networks, days, honest, (each, names) in product(
        ("blocked", "ok"), (1, 2), (1, 2), (False, True), EFFORTS
    ):
        attack = Attack(state, networks, days, False, honest, each, names)
        after = answers(background, attack)
        other = {who: (before[who], after[who]) for who in before if before[who] != after[who]}
        assert set(other.values()) <= {("untested", "insufficient")}, attack


@pytest.mark.parametrize("background", BACKGROUNDS, ids=lambda b: b.name)
def test_networks_that_are_none_of_the_country_turn_no_answer_in_any_number(background: Background) -> None:
    before = answers(background)[None]
    for state, days in product(("blocked", "ok"), (1, 6)):
        attack = Attack(state, 4, days, True, False, 40, 40, foreign=True)
        assert answers(background, attack)[None] == before, attack


@pytest.mark.parametrize("background", BACKGROUNDS[2:6], ids=lambda b: b.name)
def test_neither_records_nor_names_of_software_add_to_what_a_forger_can_do(background: Background) -> None:
    for state, networks, days in product(("blocked", "ok"), (1, 3), (1, 3)):
        little = answers(background, Attack(state, networks, days, False, True))
        for each, names in ((40, 1), (40, 40)):
            assert answers(background, Attack(state, networks, days, False, True, each, names)) == little
