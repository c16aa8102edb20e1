"""The sheet: every answer differs by more than its colour, and can be read in light and in dark."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import lightkeeper.publish
from lightkeeper.publish.words import ANSWERS, RUNGS

SHEET = (Path(lightkeeper.publish.__file__).parent / "style.css").read_text()
LIGHT, DARK = (dict(re.findall(r"--([a-z-]+): (#[0-9a-f]{6})", b)) for b in SHEET.split("color-scheme: dark")[:2])
PAIRS = [
    ("ink", "paper"), ("ink", "card"), ("ink", "mark"), ("soft", "paper"), ("soft", "card"), ("link", "paper"),
    ("link", "card"), ("link", "mark"), ("link", "thin-bg"), ("good", "good-bg"), ("half", "half-bg"),
    ("bad", "bad-bg"), ("split", "split-bg"), ("thin", "thin-bg"),
]  # fmt: skip


def luminance(colour: str) -> float:
    """Relative luminance as WCAG 2.2 defines it."""
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    r, g, b = (p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts)
    return 0.2126 * r + 0.7152 * g + 0.0722 * b


def contrast(one: str, two: str) -> float:
    low, high = sorted((luminance(one), luminance(two)))
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("pair", PAIRS, ids=" on ".join)
@pytest.mark.parametrize("colours", [LIGHT, DARK], ids=["light", "dark"])
def test_text_has_the_contrast_that_wcag_aa_asks_for(colours: dict[str, str], pair: tuple[str, str]) -> None:
    assert contrast(colours[pair[0]], colours[pair[1]]) >= 4.5


def test_untested_can_be_read_on_its_stripes_and_looks_like_no_other_answer() -> None:
    for part, ink in zip(re.findall(r"--stripe: [^;]+;", SHEET), (LIGHT["none"], DARK["none"]), strict=True):
        stripes = [c if len(c) == 7 else "#" + "".join(2 * x for x in c[1:]) for c in re.findall(r"#[0-9a-f]+", part)]
        assert all(contrast(ink, stripe) >= 4.5 for stripe in stripes)
    assert SHEET.count("var(--stripe)") == 1


def test_every_answer_has_its_own_sign_and_a_rule_of_the_sheet() -> None:
    assert len({sign for sign, _ in ANSWERS.values()}) == len(ANSWERS)
    for word in ANSWERS:
        assert f".a-{word} " in SHEET
    for word in RUNGS:
        assert f".r-{word}" in SHEET
