"""A letter as DOCX. From right to left each paragraph, run and table says so (`w:bidi`, `w:rtl`, `w:bidiVisual`).

The file holds no time and no name of a maker: the same letter is the same bytes.
"""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any

from docx import Document
from docx.enum.section import WD_SECTION
from docx.enum.style import WD_STYLE_TYPE
from docx.enum.text import WD_ALIGN_PARAGRAPH
from docx.opc.constants import RELATIONSHIP_TYPE
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.shared import Cm, Pt, RGBColor

from lightkeeper.publish.letters.as_html import plain
from lightkeeper.publish.letters.blocks import Block, Heading, Items, Letter, Line, Names, Para, Quote, Table
from lightkeeper.publish.letters.directed import runs
from lightkeeper.publish.text import one_line

NO_TIME = datetime(1980, 1, 1, tzinfo=UTC)
"""The first moment that a ZIP file can hold."""
LATIN_FONT, OTHER_FONT = "Georgia", "Vazirmatn"
"""Fonts by name only: a reader without Vazirmatn gets another font that has the letters."""
LONGEST_TITLE = 255
"""Characters of a title among a document's properties."""
LANGUAGES = {"en": "en-GB", "fa": "fa-IR", "ar": "ar", "fr": "fr-FR"}


def docx(letter: Letter) -> bytes:
    """The letter as a file for a word processor."""
    return _Maker(letter).made()


class _Maker:
    """Builds one document."""

    def __init__(self, letter: Letter) -> None:
        self._letter = letter
        self._rtl = letter.direction == "rtl"
        self._doc: Any = Document()
        self._bookmarks = 0

    def made(self) -> bytes:
        letter = self._letter
        self._page()
        self._styles()
        for line in letter.draft:
            self._boxed(self._paragraph(line))
        self._paragraph(letter.title, "Heading 1")
        for block in letter.blocks():
            self._block(block)
        if letter.notes:
            self._paragraph(Line(()), "Heading 2").add_run(letter.words["notes"])
            self._directed_runs(self._doc.paragraphs[-1])
        for note in letter.notes:
            paragraph = self._paragraph(Line(()), "Note")
            self._bookmarked(paragraph, note.number)
            self._fill(paragraph, note.line)
            if note.url:
                self._add(paragraph, " ", letter.direction)
                self._link(paragraph, note.url, note.url)
        self._paragraph(letter.made, "Note")
        return _without_time(self._doc)

    def _page(self) -> None:
        section = self._doc.sections[0]
        section.page_width, section.page_height = Cm(21), Cm(29.7)
        section.left_margin = section.right_margin = Cm(2.4)
        core = self._doc.core_properties
        core.author = core.last_modified_by = core.comments = ""
        core.created = core.modified = NO_TIME
        core.title = one_line(plain(self._letter.title.spans), LONGEST_TITLE)
        core.language = self._letter.language
        if self._rtl:
            section._sectPr.append(OxmlElement("w:bidi"))
        if self._letter.draft:
            paragraph = section.header.paragraphs[0]
            self._direct(paragraph)
            self._add(paragraph, self._letter.words["draft"], self._letter.direction, strong=True)

    def _styles(self) -> None:
        styles = self._doc.styles
        note = styles.add_style("Note", WD_STYLE_TYPE.PARAGRAPH)
        note.base_style = styles["Normal"]
        for name, size in (("Normal", 11), ("Note", 9), ("Heading 1", 16), ("Heading 2", 13), ("Heading 3", 11)):
            font = styles[name].font
            font.name, font.size = LATIN_FONT, Pt(size)
            styles[name].paragraph_format.space_after = Pt(4)
            if name.startswith("Heading"):
                font.color.rgb = RGBColor(0, 0, 0)
            properties = styles[name].element.get_or_add_rPr()
            fonts = properties.get_or_add_rFonts()
            for theme in ("asciiTheme", "hAnsiTheme", "eastAsiaTheme", "cstheme"):
                fonts.attrib.pop(qn(f"w:{theme}"), None)
            fonts.set(qn("w:cs"), OTHER_FONT)
            self._set(properties, "w:szCs", val=str(size * 2))
            if self._rtl:
                self._set(properties, "w:lang", val="en-GB", bidi=LANGUAGES[self._letter.language])
            else:
                self._set(properties, "w:lang", val=LANGUAGES[self._letter.language], bidi="fa-IR")

    def _block(self, block: Block) -> None:
        match block:
            case Heading():
                self._paragraph(block.line, f"Heading {block.level}")
            case Para():
                self._paragraph(block.line)
            case Quote():
                paragraph = self._paragraph(block.line)
                paragraph.paragraph_format.left_indent = Cm(1)  # `left` is where a line begins, also from right to left
            case Items():
                for number, line in enumerate(block.lines, start=1):
                    item = self._numbered(line, number) if block.numbered else self._paragraph(line, "List Bullet")
                    item.paragraph_format.space_after = Pt(8 if number == len(block.lines) else 2)
            case Names():
                self._columns(2)
                for line in block.lines:
                    self._paragraph(line).paragraph_format.space_after = Pt(2)
                self._columns(1)
            case Table():
                self._table(block)

    def _columns(self, number: int) -> None:
        """What follows is set in so many columns."""
        section = self._doc.add_section(WD_SECTION.CONTINUOUS)
        section._sectPr.xpath("./w:cols")[0].set(qn("w:num"), str(number))

    def _numbered(self, line: Line, number: int) -> Any:
        """An item with its number as text: it then has the digits of the language, in whatever program."""
        paragraph = self._paragraph(Line(()))
        paragraph.paragraph_format.left_indent, paragraph.paragraph_format.first_line_indent = Cm(0.8), Cm(-0.8)
        paragraph.paragraph_format.tab_stops.add_tab_stop(Cm(0.8))
        self._add(paragraph, f"{self._letter.number(number)}.\t", self._letter.direction)
        self._fill(paragraph, line)
        return paragraph

    def _table(self, block: Table) -> None:
        table = self._doc.add_table(rows=0, cols=len(block.head))
        table.style = "Table Grid"
        if self._rtl:
            table._tbl.tblPr.append(OxmlElement("w:bidiVisual"))
        for number, row in enumerate((block.head, *block.rows)):
            cells = table.add_row().cells
            for cell, line in zip(cells, row, strict=True):
                self._direct(cell.paragraphs[0])
                self._fill(cell.paragraphs[0], line, strong=number == 0)

    def _paragraph(self, line: Line, style: str = "Normal") -> Any:
        paragraph = self._doc.add_paragraph()
        if style != "Normal":
            paragraph._p.style = style.replace(" ", "")  # the id: looking a style up by its name takes most of the time
        self._direct(paragraph)
        self._fill(paragraph, line)
        return paragraph

    def _direct(self, paragraph: Any) -> None:
        paragraph.alignment = WD_ALIGN_PARAGRAPH.LEFT  # where a line begins: with `w:bidi` that is on the right
        if self._rtl:
            properties = paragraph._p.get_or_add_pPr()
            properties.insert_element_before(OxmlElement("w:bidi"), *_AFTER_BIDI)

    def _fill(self, paragraph: Any, line: Line, *, strong: bool = False) -> None:
        for span in line.spans:
            for text, direction in runs(span, self._letter.direction):
                self._add(paragraph, text, direction, strong=strong or span.strong)
        for number in line.notes:
            self._link(paragraph, f"[{self._letter.number(number)}]", None, anchor=f"note_{number}")

    def _add(self, paragraph: Any, text: str, direction: str, *, strong: bool = False) -> Any:
        run = paragraph.add_run(text)
        properties = run._r.get_or_add_rPr()
        if strong:
            run.bold = True
            self._set(properties, "w:bCs")
        if direction == "rtl":
            self._set(properties, "w:rtl")
        return run

    def _directed_runs(self, paragraph: Any) -> None:
        for run in paragraph.runs:
            if self._rtl:
                self._set(run._r.get_or_add_rPr(), "w:rtl")

    def _link(self, paragraph: Any, text: str, url: str | None, anchor: str | None = None) -> None:
        """A link to an address that was found safe, or to a note of the letter."""
        link = OxmlElement("w:hyperlink")
        if url:
            link.set(qn("r:id"), paragraph.part.relate_to(url, RELATIONSHIP_TYPE.HYPERLINK, is_external=True))
        if anchor:
            link.set(qn("w:anchor"), anchor)
        run = self._add(paragraph, text, self._letter.direction if anchor else "ltr")
        if anchor:
            run.font.superscript = True
        else:
            run.font.color.rgb = RGBColor(0x0B, 0x4A, 0x8A)
        link.append(run._r)
        paragraph._p.append(link)

    def _bookmarked(self, paragraph: Any, number: int) -> None:
        self._bookmarks += 1
        start, end = OxmlElement("w:bookmarkStart"), OxmlElement("w:bookmarkEnd")
        for element in (start, end):
            element.set(qn("w:id"), str(self._bookmarks))
        start.set(qn("w:name"), f"note_{number}")
        paragraph._p.append(start)
        self._add(paragraph, f"[{self._letter.number(number)}] ", self._letter.direction)
        paragraph._p.append(end)

    def _boxed(self, paragraph: Any) -> None:
        """A frame around a paragraph; neighbours with the same frame share it."""
        borders = OxmlElement("w:pBdr")
        for side in ("top", "left", "bottom", "right"):
            edge = OxmlElement(f"w:{side}")
            for name, value in (("val", "single"), ("sz", "8"), ("space", "4"), ("color", "8A1C0B")):
                edge.set(qn(f"w:{name}"), value)
            borders.append(edge)
        paragraph._p.get_or_add_pPr().insert_element_before(borders, *_AFTER_BORDERS)

    @staticmethod
    def _set(properties: Any, name: str, **attributes: str) -> None:
        """A property of a run, once, in the order that the schema wants."""
        for old in properties.findall(qn(name)):
            properties.remove(old)
        element = OxmlElement(name)
        for key, value in attributes.items():
            element.set(qn(f"w:{key}"), value)
        properties.insert_element_before(element, *_RUN_ORDER[_RUN_ORDER.index(name) + 1 :])


_RUN_ORDER = tuple(
    f"w:{name}"
    for name in (
        "rStyle rFonts b bCs i iCs caps smallCaps strike dstrike outline shadow emboss imprint noProof snapToGrid "
        "vanish webHidden color spacing w kern position sz szCs highlight u effect bdr shd fitText vertAlign rtl cs em "
        "lang eastAsianLayout specVanish oMath"
    ).split()
)
"""Properties of a run in the order of ECMA-376, part 1, 17.3.2.28."""
_AFTER_BIDI = tuple(
    f"w:{name}"
    for name in (
        "adjustRightInd snapToGrid spacing ind contextualSpacing mirrorIndents suppressOverlap jc textDirection "
        "textAlignment textboxTightWrap outlineLvl divId cnfStyle rPr sectPr pPrChange"
    ).split()
)
_AFTER_BORDERS = (
    tuple(
        f"w:{name}"
        for name in (
            "shd tabs suppressAutoHyphens kinsoku wordWrap overflowPunct topLinePunct autoSpaceDE autoSpaceDN bidi"
        ).split()
    )
    + _AFTER_BIDI
)
"""What follows in a paragraph's properties, by 17.3.1.26."""


def _without_time(document: Any) -> bytes:
    """The bytes of a document with all times of its ZIP file set to the first that there is."""
    raw, made = io.BytesIO(), io.BytesIO()
    document.save(raw)
    with zipfile.ZipFile(raw) as given, zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as out:
        for name in _in_order(given.namelist()):
            entry = zipfile.ZipInfo(name, NO_TIME.timetuple()[:6])
            entry.compress_type, entry.external_attr, entry.create_system = zipfile.ZIP_DEFLATED, 0o600 << 16, 3
            out.writestr(entry, given.read(name))
    return made.getvalue()


def _in_order(names: Iterable[str]) -> list[str]:
    """The list of contents first, as readers expect, then the rest by name."""
    return sorted(names, key=lambda name: (name != "[Content_Types].xml", name))
