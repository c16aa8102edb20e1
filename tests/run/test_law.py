"""The law of a case is that of its state on its day."""

from __future__ import annotations

from pathlib import Path

import pytest

from lightkeeper.errors import CaseError
from lightkeeper.run.build import build_case
from lightkeeper.run.law import law_for
from lightkeeper.settings import Settings
from lightkeeper.sources.case_files import load_case
from places import ROOT

MYANMAR = """
[[ratification]]
country = "IR"
instrument = "iccpr"
status = "none"
source = "A synthetic fact for this test"
checked_on = 2030-01-01
read_on = 2030-01-01
"""


@pytest.mark.parametrize("name", sorted(p.parent.name for p in (ROOT / "cases").glob("*/case.toml")))
def test_no_shipped_case_says_what_the_facts_deny(name: str) -> None:
    folder = ROOT / "cases" / name
    assert law_for(load_case(folder), folder, None)[0].binding == "binds"


def test_a_fact_that_a_person_adds_goes_before_ours_and_stops_a_false_letter(tmp_path: Path) -> None:
    place = tmp_path / "reference" / "ratifications"
    place.mkdir(parents=True)
    (place / "ratifications_mine.toml").write_text(MYANMAR)
    folder = ROOT / "cases" / "iran-2021-election"
    with pytest.raises(CaseError, match="has not joined it") as error:
        law_for(load_case(folder), folder, tmp_path)
    assert "ratifications" in str(error.value)


def test_a_letter_that_claims_a_treaty_falsely_is_not_built(tmp_path: Path) -> None:
    place = tmp_path / "reference" / "ratifications"
    place.mkdir(parents=True)
    (place / "ratifications_mine.toml").write_text(MYANMAR)
    with pytest.raises(CaseError, match="has not joined it"):
        build_case(ROOT / "cases" / "iran-2021-election", tmp_path / "out", Settings(data_dir=tmp_path))
    assert not (tmp_path / "out").exists()
