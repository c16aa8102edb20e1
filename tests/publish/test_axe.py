"""axe-core finds no fault on any kind of page, in either language, in light and in dark. Needs Chromium."""

from __future__ import annotations

import gzip
import json
import re
import shutil
import subprocess
from html import unescape
from pathlib import Path
from typing import Any

import pytest

from lightkeeper.publish.book import Book
from lightkeeper.publish.editions import edition
from lightkeeper.publish.languages import ARABIC, FRENCH
from lightkeeper.publish.pages import Pages
from lightkeeper.publish.site import write_index
from places import DATA
from publish.browser import chromium_command, needs_chromium

AXE = DATA / "axe" / "axe-4.11.4.min.js.gz"
KINDS = (
    "index.html",
    "incidents.html",
    "series.html",
    "sources.html",
    "comparison.html",
    "method.html",
    "embed/{series}.html",
    "law.html",
    "worksheets.html",
    "costs.html",
    "letter.html",
    "letter-before.html",
    "letter-during.html",
    "letter-after.html",
    "sign-on.html",
    "operators/alpha.html",
    "asks/A1.html",
    "asks/A4.html",
    "incidents/XA-13-0002.html",
)
"""Kinds of pages of a case. The incident is the one that has documents, reviews, series and causes."""
ABOVE = ("index.html", "countries/XA.html")
"""Kinds of pages above the cases."""
OTHERS = (FRENCH, ARABIC)
"""Languages that have the page of answers alone."""
RUN = """
addEventListener('load', () => axe.run(document, {resultTypes: ['violations', 'incomplete']}).then(
  r => parent.postMessage({page: NAME, violations: r.violations, passes: r.passes.length}, '*'),
  e => parent.postMessage({page: NAME, error: String(e)}, '*')));
"""
COLLECT = """
const found = [];
addEventListener('message', e => {
  found.push(e.data);
  if (found.length === WANTED) document.getElementById('found').textContent = JSON.stringify(found);
});
"""

pytestmark = [needs_chromium, pytest.mark.timeout(240)]


@pytest.fixture(scope="module")
def site(book: Book, built: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the site whose pages load axe. The pages themselves allow no script, so the copy has no policy."""
    home = tmp_path_factory.mktemp("axe") / "site"
    case = home / built.name
    shutil.copytree(built, case)
    write_index(home)
    for language in OTHERS:
        (case / language.code).mkdir()
        (case / language.code / "index.html").write_text(Pages(*edition(book, language)).answers(), encoding="utf-8")
    (home / "axe.js").write_bytes(gzip.decompress(AXE.read_bytes()))
    series = next(p.stem for p in sorted((case / "embed").iterdir()))
    names = [f"{case.name}/{folder}{kind.format(series=series)}" for folder in ("", "fa/") for kind in KINDS]
    names += [f"{folder}{kind}" for folder in ("", "fa/") for kind in ABOVE]
    names += [f"{case.name}/{language.code}/index.html" for language in OTHERS]
    for name in names:
        page = home / name
        text = re.sub(r'<meta http-equiv="Content-Security-Policy"[^>]*>', "", page.read_text(encoding="utf-8"))
        up = "../" * name.count("/")
        script = f'<script src="{up}axe.js"></script><script>const NAME = {json.dumps(name)};{RUN}</script>'
        page.write_text(text.replace("</head>", f"{script}</head>"), encoding="utf-8")
    frames = "".join(f'<iframe src="{n}" style="width:1000px;height:1400px"></iframe>' for n in names)
    script = COLLECT.replace("WANTED", str(len(names)))
    top = f'<!DOCTYPE html><meta charset="utf-8"><pre id="found"></pre><script>{script}</script>{frames}'
    (home / "all.html").write_text(top, encoding="utf-8")
    return home


def found_by_axe(site: Path, *options: str) -> list[dict[str, Any]]:
    page = (site / "all.html").as_uri()
    command = chromium_command(*options, "--virtual-time-budget=20000", "--dump-dom", page)
    dom = subprocess.run(command, capture_output=True, timeout=200, check=True).stdout.decode("utf-8")
    text = re.search(r'<pre id="found">(.*?)</pre>', dom, re.DOTALL)
    assert text, dom[:500]
    assert text[1], "Chromium ended before axe did"
    return json.loads(unescape(text[1]))


DARK = pytest.param(("--blink-settings=preferredColorScheme=0",), id="dark", marks=pytest.mark.nightly)


@pytest.mark.parametrize("options", [pytest.param((), id="light"), DARK])
def test_axe_finds_no_fault_on_any_page_in_any_language(site: Path, options: tuple[str, ...]) -> None:
    found = found_by_axe(site, *options)
    assert len(found) == 2 * (len(KINDS) + len(ABOVE)) + len(OTHERS)
    faults = [
        (page["page"], fault["id"], node["html"][:200], node["failureSummary"][:200])
        for page in found
        for fault in page.get("violations", [{"id": page.get("error"), "nodes": []}])
        for node in fault["nodes"]
    ]
    assert faults == []
    assert all(page["passes"] > 20 for page in found)
