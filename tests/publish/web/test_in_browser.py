"""What a real browser says of each page: it keeps its own policy, and asks nobody but the site itself."""

from __future__ import annotations

import re
import shutil
import socket
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import uvicorn

from lightkeeper.evidence.manifest import write_manifest
from lightkeeper.publish.charts import size_of
from lightkeeper.publish.web.app import app_of
from publish.browser import Browser, browser, needs_chromium

pytestmark = [needs_chromium, pytest.mark.timeout(240)]

KINDS = {
    "index.html", "countries/*.html", "*/index.html", "*/incidents.html", "*/incidents/*.html", "*/operators/*.html",
    "*/series.html", "*/embed/*.html", "*/comparison.html", "*/law.html", "*/worksheets.html", "*/costs.html",
    "*/sources.html", "*/method.html", "*/letter.html", "*/letter-*.html", "*/sign-on.html",
}  # fmt: skip
"""Every kind of page, in English; each is in Persian too."""
ICON = r"404 http://127\.0\.0\.1:\d+/favicon\.ico"
"""A browser asks for it by itself, once; a site without one says so."""
SHAPES = "[...document.images].map(i => [i.src, i.currentSrc, i.clientWidth / i.clientHeight])"
"""Each picture of a page, what has come of it (nothing, while it waits), and the width of its place by the height."""
BAD = (
    "<!DOCTYPE html><meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; img-src 'self'\">"
    "<title>Bad</title>{}"
)


def places(root: Path) -> list[str]:
    return sorted(path.relative_to(root).as_posix() for path in root.rglob("*.html"))


def in_persian(kind: str) -> str:
    return f"*/fa/{kind.removeprefix('*/')}" if kind.startswith("*/") else f"fa/{kind}"


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    with browser() as one:
        yield one


@pytest.fixture(scope="module")
def site(served: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The served site, with two pages that are not as they should be."""
    root = tmp_path_factory.mktemp("browsed") / "site"
    shutil.copytree(served, root)
    (root / "bad").mkdir()
    (root / "bad" / "script.html").write_text(BAD.format("<script>document.title = 'run'</script>"))
    (root / "bad" / "outside.html").write_text(BAD.replace("'self'", "*").format('<img src="http://192.0.2.1/x.png">'))
    write_manifest(root / "bad")
    return root


@pytest.fixture(scope="module")
def origin(site: Path) -> Iterator[str]:
    """The site over HTTP on this machine, with the headers that `serve` sends."""
    with socket.socket() as door:
        door.bind(("127.0.0.1", 0))
        server = uvicorn.Server(uvicorn.Config(app_of(site, burst=1_000_000), log_config=None))
        running = threading.Thread(target=server.run, kwargs={"sockets": [door]}, daemon=True)
        running.start()
        while not server.started:
            assert running.is_alive()
            time.sleep(0.02)
        yield f"http://127.0.0.1:{door.getsockname()[1]}/"
        server.should_exit = True
        running.join(10)


def test_every_kind_of_page_is_visited_in_both_languages(served: Path) -> None:
    for kind in KINDS:
        for pattern in (kind, in_persian(kind)):
            assert list(served.glob(pattern)), pattern


def test_no_page_breaks_its_policy_or_asks_anybody_but_the_site(chromium: Browser, served: Path, origin: str) -> None:
    for place in places(served):
        visit = chromium.visit(origin + place)
        assert [url for url in visit.asked if not url.startswith((origin, "data:image/"))] == [], place
        assert origin + place in visit.asked
        assert [what for what in visit.failed if not re.fullmatch(ICON, what)] == [], place
        assert [what for what in visit.complaints if "404" not in what or not visit.failed] == [], place


def test_nor_does_one_that_is_opened_from_a_disk(chromium: Browser, served: Path) -> None:
    home = served.as_uri()
    for place in places(served):
        visit = chromium.visit(f"{home}/{place}")
        assert [url for url in visit.asked if not url.startswith((home, "data:image/"))] == [], place
        assert visit.failed == [], place
        assert visit.complaints == [], place


@pytest.mark.parametrize("width", [320, 736, 737, 1280])
@pytest.mark.parametrize("place", ["asks/A2.html", "fa/series.html", "embed/*.html"])
def test_the_place_of_a_chart_has_the_shape_of_the_drawing_that_suits_the_screen(
    chromium: Browser, site: Path, origin: str, place: str, width: int
) -> None:
    page = next((site / "synthetic-2031").glob(place)).relative_to(site).as_posix()
    with chromium.screen(width, 600):
        assert [what for what in chromium.visit(origin + page).complaints if "404" not in what] == []
        shapes = chromium.told(SHAPES)
    assert shapes
    for source, came, shape in shapes:
        suits = source.replace(".svg", ".narrow.svg") if width <= 736 else source
        wide, high = size_of((site / suits.removeprefix(origin)).read_text(encoding="utf-8"))
        assert shape == pytest.approx(wide / high, rel=0.01)
        assert came in ("", suits)


@pytest.mark.parametrize(("name", "word"), [("script", "script"), ("outside", "192.0.2.1")])
def test_a_page_that_would_break_it_is_seen(chromium: Browser, origin: str, name: str, word: str) -> None:
    """Else no complaint would mean nothing."""
    visit = chromium.visit(f"{origin}bad/{name}.html")
    assert any(word in complaint for complaint in visit.complaints)
    assert visit.failed or name == "script"
