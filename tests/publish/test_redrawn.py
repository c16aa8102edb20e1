"""A chart in Persian: the same drawing, with its words and digits said anew."""

from __future__ import annotations

from lxml import etree

from lightkeeper.publish.figures import case_series
from lightkeeper.publish.persian import Persian
from lightkeeper.publish.redrawn import redrawn
from publish.synthetic_kit import synthetic_book


def words_of(svg: str) -> list[str]:
    return ["".join(t.itertext()).strip("\u2067\u2069") for t in etree.fromstring(svg.encode()).iter("{*}text")]


def chart() -> str:
    """The first chart of a series of the synthetic case."""
    return next(iter(case_series(synthetic_book()).values()))[0].svg


def test_the_words_of_a_chart_are_persian_and_its_lines_stay() -> None:
    svg = chart()
    drawn = Persian().drawing(svg)
    words = words_of(drawn)
    assert "رأی‌گیری، ۲۳ اسفند ۱۴۰۹ (۱۴ مارس ۲۰۳۱)" in words
    assert not [w for w in words if w.isascii() and w.replace(",", "").isdigit()]
    paths = [[p.get("d") for p in etree.fromstring(s.encode()).iter("{*}path")] for s in (svg, drawn)]
    assert paths[0] == paths[1]


def test_the_words_for_those_who_cannot_see_it_are_persian_too() -> None:
    desc = etree.fromstring(Persian().drawing(chart()).encode()).findtext("{*}desc") or ""
    assert "کمترین مقدار ۹۰۰ در 2031-03-13 00:00" in desc
    assert "گام از ۶۰ گام مقداری ندارد (جاافتاده در منبع: ۲)." in desc


def test_hours_and_weekdays_of_an_axis_are_told() -> None:
    svg = "".join(
        f"<text>{t}</text>" for t in ("06 PM", "Mon 05", "Jun 18", "8 Jan", "Jan 2026", "July", "1,250", "120k", "x")
    )
    drawn = redrawn(f"<svg>{svg}</svg>", lambda words: words)
    assert words_of(drawn) == [
        "18:00",
        "دوشنبه ۵",
        "۱۸ ژوئن",
        "۸ ژانویه",
        "ژانویه ۲۰۲۶",
        "ژوئیه",
        "۱٬۲۵۰",
        "۱۲۰ هزار",
        "x",
    ]


def test_a_hostile_word_stays_escaped() -> None:
    drawn = redrawn("<svg><text>&lt;script&gt;&amp;</text></svg>", lambda words: words)
    assert "<script>" not in drawn
    assert words_of(drawn) == ["<script>&"]


def test_the_name_of_an_axis_makes_room_for_the_word_in_its_numbers() -> None:
    name = '<text transform="translate(-39.0,95) rotate(-90)">users</text>'
    assert "translate(-63,95)" in redrawn(f"<svg>{name}<text>120k</text><text>0k</text></svg>", str)
    assert "translate(-39.0,95)" in redrawn(f"<svg>{name}<text>120</text></svg>", str)
    assert words_of(redrawn("<svg><text>0k</text></svg>", str)) == ["۰"]
