"""A name that is withheld is found in whatever form it stands."""

from __future__ import annotations

import html
import json

import pytest
from markupsafe import escape

from lightkeeper.evidence.redact import NAME, _pattern
from lightkeeper.publish.letters.as_markdown import escaped
from lightkeeper.publish.pieces import Piece, outside, plain

NAMES = [
    "Zohreh Q. Madeupname", "Conor O'Invented", "Jean-Luc Nobody_Real", "René Müller", 'Ann "Pip" Nowhere',
    "A & B Nemo", "Nguyễn Văn Không", "Nobody R.", "زهره ساختگی",
]  # fmt: skip
AROUND = "به گفتهٔ {} که آن را دید."


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize(
    "form",
    [
        lambda text: text,
        str.upper,
        lambda text: text.replace(" ", "\n  "),
        html.escape,
        lambda text: str(escape(text)),
        lambda text: json.dumps(text),
        lambda text: json.dumps(text, ensure_ascii=False),
        escaped,
        lambda text: str(outside(text)),
        lambda text: plain([Piece(text, "other")], isolate=True),
        lambda text: plain([Piece(text)], isolate=True),
    ],
    ids="plain upper lines html page json-ascii json markdown persian-page persian-text own".split(),
)
def test_no_form_of_a_withheld_name_is_missed(name: str, form) -> None:  # type: ignore[no-untyped-def]
    pattern = _pattern([name])
    assert pattern is not None
    made = form(AROUND.format(name))
    shown = pattern.sub(NAME, made)
    assert NAME in shown, made
    for word in name.split():
        if len(word) > 3:
            assert word.casefold() not in shown.casefold()


def test_other_names_stay() -> None:
    pattern = _pattern(["Nobody R.", " "])
    assert pattern is not None
    assert pattern.sub(NAME, "Nobody else, and R. alone") == "Nobody else, and R. alone"
    assert _pattern(["", " . "]) is None
