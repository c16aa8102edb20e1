"""The words of a case in another language: read whole, or refused with the file, the line and what to do."""

from __future__ import annotations

from pathlib import Path

import pytest

from lightkeeper.errors import CaseError
from lightkeeper.model.case_words import in_words, without_words
from lightkeeper.sources.case_files import load_case
from lightkeeper.sources.case_words import load_words

CASE = """\
id = "xx-vote"
title = "A vote"
country = "IR"
country_name = "Iran"
timezone = "Asia/Tehran"
summary = "About a vote."

[letter]
title = "A letter"
written_on = 2021-06-17
addressees = ["The leader", "The president"]
source = { title = "A source", read_on = 2026-11-24 }

[event]
kind = "election"
name = "A vote"
day = 2021-06-18
source = { title = "A source", read_on = 2026-11-24 }

[[asks]]
id = "A1"
topic = "platforms"
short = "Do not block"
wording = "Do not block."

[[history]]
from_day = 2019-11-16
what = "It was cut."
letter_says = "It was cut."
sources = [{ title = "A source", read_on = 2026-11-24 }]
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "xx-vote"
    made.mkdir()
    (made / "case.toml").write_text(CASE, encoding="utf-8")
    return made


def refused(folder: Path, words: str) -> CaseError:
    (folder / "case.fa.toml").write_text(words, encoding="utf-8")
    with pytest.raises(CaseError) as caught:
        load_words(folder, load_case(folder), [])
    return caught.value


def test_a_case_without_words_has_none(folder: Path) -> None:
    assert load_words(folder, load_case(folder), []) == {}


def test_words_take_the_place_of_the_english_ones_and_the_rest_stays(folder: Path) -> None:
    said = 'title = "یک رأی‌گیری"\n[asks.A1]\nshort = "مسدود نکنید"\n'
    said += '[[history]]\nfrom_day = 2019-11-16\nwhat = "قطع شد."\n'
    (folder / "case.fa.toml").write_text(said, encoding="utf-8")
    case = load_case(folder)
    words = load_words(folder, case, [])["fa"]
    other = in_words(case, words)
    assert (other.title, other.asks[0].short, other.asks[0].wording) == ("یک رأی‌گیری", "مسدود نکنید", "Do not block.")
    assert (other.history[0].what, other.history[0].letter_says) == ("قطع شد.", "It was cut.")
    assert without_words(case, words) == ["country_name", "summary", "event.name", "asks.0.wording"]


def test_an_unknown_ask_is_refused_with_its_line_and_the_nearest_id(folder: Path) -> None:
    error = refused(folder, 'title = "یک"\n\n[asks.A2]\nshort = "مسدود نکنید"\n')
    assert str(error.where).endswith("case.fa.toml:3")
    assert "`A2` is not an id of asks" in error.what
    assert "A1" in (error.remedy or "")


def test_a_misspelt_field_is_refused_with_the_right_one(folder: Path) -> None:
    error = refused(folder, '[asks.A1]\nshrt = "مسدود نکنید"\n')
    assert str(error.where).endswith("case.fa.toml:2")
    assert "`shrt` is not a field" in error.what
    assert "Did you mean `short`?" in (error.remedy or "")


def test_an_arabic_letter_that_looks_persian_is_refused(folder: Path) -> None:
    error = refused(folder, 'title = "رأی‌گيری"\n')
    assert str(error.where).endswith("case.fa.toml:1")
    assert "U+064A" in error.what
    assert "`ی`" in (error.remedy or "")


def test_addressees_are_as_many_as_in_the_case(folder: Path) -> None:
    error = refused(folder, '[letter]\naddressees = ["رهبر"]\n')
    assert "`addressees` has 1 entries, and 2 in case.toml" in error.what


def test_a_day_that_the_case_does_not_recall_is_refused(folder: Path) -> None:
    error = refused(folder, '[[history]]\nfrom_day = 2019-11-17\nwhat = "قطع شد."\n')
    assert "nothing that began on 2019-11-17" in error.what
    assert "2019-11-16" in (error.remedy or "")
