"""A letter as PDF, set by Typst. The words go to the template as data and are never read as markup."""

from __future__ import annotations

from importlib.resources import as_file, files
from typing import Any

import msgspec
import typst

from lightkeeper.errors import LightkeeperError
from lightkeeper.publish.letters.as_html import plain
from lightkeeper.publish.letters.blocks import Block, Heading, Items, Letter, Line, Names, Para, Quote, Table
from lightkeeper.publish.letters.directed import isolated
from lightkeeper.publish.text import one_line


def pdf(letter: Letter) -> bytes:
    """The letter as PDF. It holds no time, and uses only fonts that are built in or ours: the same letter is the same
    bytes. Raises LightkeeperError if it cannot be set."""
    home = files("lightkeeper.publish")
    template = home.joinpath("templates/letter.typ").read_bytes()
    words = msgspec.json.encode(_data(letter)).decode()
    try:
        with as_file(home.joinpath("fonts")) as fonts:
            known = typst.Fonts(include_system_fonts=False, font_paths=[str(fonts)])
            made = typst.compile(
                template, format="pdf", sys_inputs={"letter": words}, timestamp=0, font_paths=known, pdf_tags=True
            )
    except RuntimeError as error:
        remedy = "Report it with the case file; the other forms of the letter do not need the PDF."
        raise LightkeeperError(f"The letter could not be set as PDF: {one_line(str(error))}", remedy=remedy) from error
    return bytes(made)


def _data(letter: Letter) -> dict[str, Any]:
    def line(of: Line) -> dict[str, Any]:
        spans = [{"text": " ".join(isolated(s, letter.direction).split(" ")), "strong": s.strong} for s in of.spans]
        return {"spans": spans, "notes": list(of.notes)}

    def block(of: Block) -> dict[str, Any]:
        match of:
            case Heading():
                return {"kind": of.kind, "line": line(of.line), "level": of.level}
            case Para() | Quote():
                return {"kind": of.kind, "line": line(of.line)}
            case Items() | Names():
                numbered = isinstance(of, Items) and of.numbered
                return {"kind": of.kind, "lines": [line(x) for x in of.lines], "numbered": numbered}
            case Table():
                rows = [[line(cell) for cell in row] for row in of.rows]
                return {"kind": of.kind, "head": [line(cell) for cell in of.head], "rows": rows}

    return {
        "language": letter.language,
        "direction": letter.direction,
        "words": letter.words,
        "name": plain(letter.title.spans),
        "title": line(letter.title),
        "draft": [line(x) for x in letter.draft],
        "blocks": [block(b) for b in letter.blocks()],
        "notes": [{"number": n.number, "line": line(n.line), "url": n.url} for n in letter.notes],
        "made": line(letter.made),
    }
