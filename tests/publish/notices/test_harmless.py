"""Names from outside in messages: in their own script, and never markup, a link, a mention or unseen."""

from __future__ import annotations

import re
import unicodedata

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lightkeeper.publish.notices.harmless import JOINERS, MARKS_MAX, harmless

FILLERS = "\u115f\u1160\u3164\uffa0"
LETTERS = st.characters(categories=["Lu", "Ll", "Lt", "Lo", "Lm", "Nd"], exclude_characters=FILLERS)
PERSIAN = st.sampled_from("ابپتجچخدرزسشعفقکگلمنوهی")


@pytest.mark.parametrize(
    "name",
    [
        "ریاست\u200cجمهوری",
        "می\u200cخواهم",
        "روز\u200cها",
        "داده\u200cها",
        "क्\u200dष",
        "শ্\u200cম",
        "Côte d'Ivoire",
        "Côte d’Ivoire",
        "N’Djamena",
        "“Télé” «Net»",
        "Khmelnyts’kyy",
        "זה״ל",
        "བོད་ལྗོངས",
        "አዲስ፡አበባ",
        "ประเทศไทย",
        "မြန်မာ",
        "Ḥaḍramawt",
        "MTN-Irancell, 4G",
    ],
)
def test_a_name_in_any_script_comes_out_as_it_is_spelt(name: str) -> None:
    assert harmless(name) == name


@given(st.text(max_size=80))
@settings(max_examples=300, deadline=None)
def test_whatever_a_name_is_it_comes_out_harmless_and_short(name: str) -> None:
    made = harmless(name)
    assert len(made) <= 60
    assert bool(made) is bool(name)
    assert not re.search(r"[<>`*_()|#@=~{}\"&\n\r]|://|\w\.\w", made)
    made.encode()


@given(st.text(alphabet=LETTERS, min_size=1, max_size=50))
@settings(max_examples=300, deadline=None)
def test_letters_and_figures_of_every_script_stay(name: str) -> None:
    assert harmless(name) == name


@given(st.text(max_size=60))
@settings(max_examples=300, deadline=None)
def test_nothing_that_is_not_seen_stays_but_a_joiner_within_a_word(name: str) -> None:
    made = harmless(name)
    assert not any(unicodedata.category(c) in ("Cc", "Cf", "Co", "Cn", "Cs") for c in made if c not in JOINERS)
    for place, character in enumerate(made):
        if character in JOINERS:
            assert unicodedata.category(made[place - 1])[0] in "LM"
            assert place


@given(st.lists(PERSIAN, min_size=2, max_size=20), st.integers(1, 100))
def test_a_joiner_between_letters_that_join_stays_once(letters: list[str], place: int) -> None:
    at = place % (len(letters) - 1) + 1
    word = "".join([*letters[:at], "\u200c", *letters[at:]])
    assert harmless(word) == harmless(word.replace("\u200c", "\u200c\u200c\u200d")) == word


@given(st.from_regex(r"[A-Za-z]{1,5}[\u200c\u200d][A-Za-z]{1,5}", fullmatch=True))
def test_a_joiner_between_letters_that_never_join_goes(name: str) -> None:
    assert harmless(name) == re.sub(f"[{JOINERS}]", "", name)


@pytest.mark.parametrize(
    ("name", "made"),
    [
        ("\u202egnp.exe", "gnp[.]exe"),
        ("\u2066ab\u2069\u061c\u200b", "ab"),
        ("tag\U000e0041\U000e0042", "tag"),
        ("x\u00ady\u2060\ufeff", "xy"),
        ("\u3164\u3164", "?"),
        ("\u200c", "?"),
        ("\u0301abc", "abc"),
        ("👨\u200d👩", "??"),
        ("Ａ＠ｂ＜ｃ", "Ａ?ｂ?ｃ"),
        ("a。b", "a?b"),
    ],
)
def test_what_turns_hides_or_folds_goes(name: str, made: str) -> None:
    assert harmless(name) == made


def test_a_letter_keeps_a_few_marks_and_not_a_heap() -> None:
    assert harmless("Ha" + "\u0301" * 40 + "noi") == "Ha" + "\u0301" * MARKS_MAX + "noi"


def test_a_look_alike_host_is_shown_as_machines_write_it() -> None:
    assert harmless("раураl.com") == "xn--l-7sba6dbr[.]com"
    assert harmless("www.womenonwaves.org") == "www[.]womenonwaves[.]org"


def test_a_name_that_is_cut_does_not_end_in_a_joiner() -> None:
    assert harmless("ب\u200c" * 100) == "ب\u200c" * 29 + "ب…"
