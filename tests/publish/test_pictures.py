"""Every picture of every page states its size, so that nothing moves when it comes."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from lxml import etree, html

from lightkeeper.publish.charts import size_of
from lightkeeper.publish.persian import Persian
from lightkeeper.publish.redrawn import PAD_PX
from lightkeeper.publish.site import write_index

WITH_CHARTS = ("index.html", "series.html", "asks/*.html", "embed/*.html", "incidents/*.html")
"""The kinds of pages that show charts."""


@pytest.fixture(scope="module")
def whole(built: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of all cases, with the pages above them."""
    home = tmp_path_factory.mktemp("pictures") / "site"
    shutil.copytree(built, home / built.name)
    write_index(home)
    return home


def pictures(page: Path) -> list[html.HtmlElement]:
    """All that takes room on a page once it is loaded."""
    return html.fromstring(page.read_bytes()).xpath("//img | //picture/source | //svg | //object | //embed | //video")


def viewed(drawing: Path) -> tuple[float, float]:
    """Width and height of the part of a drawing that is seen."""
    _, _, width, height = etree.parse(drawing).getroot().get("viewBox").split()
    return float(width), float(height)


def test_every_picture_of_every_page_states_the_size_of_what_it_shows(whole: Path) -> None:
    checked = 0
    for page in sorted(whole.rglob("*.html")):
        for picture in pictures(page):
            stated = float(picture.get("width", 0)), float(picture.get("height", 0))
            assert stated == viewed(page.parent / (picture.get("src") or picture.get("srcset"))), (page, picture.attrib)
            checked += 1
    assert checked > 20


@pytest.mark.parametrize("folder", ["", "fa/"])
@pytest.mark.parametrize("kind", WITH_CHARTS)
def test_each_kind_of_page_that_shows_charts_is_among_them(built: Path, kind: str, folder: str) -> None:
    assert any(pictures(page) for page in built.glob(folder + kind))


def test_a_chart_in_persian_states_the_room_that_its_words_take() -> None:
    drawing = '<svg class="marks" width="749" height="296" viewBox="0 0 749 296" role="img">'
    assert size_of(drawing) == (749, 296)
    assert size_of(Persian().drawing(drawing)) == (749 + PAD_PX, 296)


def test_parts_of_a_pixel_are_rounded() -> None:
    assert size_of('<svg width="748.6" height="296.25">') == (749, 296)


def test_a_drawing_without_a_size_is_refused() -> None:
    with pytest.raises(ValueError, match="without a size"):
        size_of('<svg viewBox="0 0 10 10"><rect width="1" height="1"/></svg>')
