"""On paper nothing stays folded, nothing is cut off at the edge, and a dark screen prints in light. Needs Chromium."""

from __future__ import annotations

import re
import subprocess
import unicodedata
from pathlib import Path

import pytest
from lxml import html
from pypdf import PdfReader

import lightkeeper.publish
from publish.browser import chromium_command, needs_chromium

SHEET = (Path(lightkeeper.publish.__file__).parent / "style.css").read_text(encoding="utf-8")


def bare(text: str) -> str:
    """Letters and digits alone: a printed page breaks lines and joins letters as it likes."""
    return re.sub(r"\W+", "", unicodedata.normalize("NFKC", text))


@needs_chromium
@pytest.mark.parametrize("name", ["index.html", "asks/A3.html", "incidents/XA-13-0002.html"])
def test_what_is_folded_on_the_screen_is_printed(built: Path, tmp_path: Path, name: str) -> None:
    page, printed = built / name, tmp_path / "page.pdf"
    command = chromium_command("--no-pdf-header-footer", f"--print-to-pdf={printed}", page.as_uri())
    subprocess.run(command, capture_output=True, timeout=100, check=True)
    text = bare(" ".join(p.extract_text() for p in PdfReader(printed).pages))
    tree = html.fromstring(page.read_bytes())
    folded = tree.xpath("//details[not(@open)]//*[self::li or self::dd or self::blockquote]")
    assert folded
    for part in folded:
        assert bare(part.text_content())[:60] in text, part.text_content()


def test_dark_colours_are_for_screens_alone() -> None:
    assert re.findall(r"@media ([^{]*dark[^{]*)\{", SHEET) == ["screen and (prefers-color-scheme: dark) "]
