"""Forms: what a letter can be written as, and how."""

from __future__ import annotations

from collections.abc import Callable

from lightkeeper.publish.letters.as_docx import docx
from lightkeeper.publish.letters.as_html import html_page
from lightkeeper.publish.letters.as_markdown import markdown
from lightkeeper.publish.letters.as_pdf import pdf
from lightkeeper.publish.letters.as_text import plain_text
from lightkeeper.publish.letters.blocks import Letter

FORMS: dict[str, Callable[[Letter], bytes]] = {
    "html": html_page,
    "pdf": pdf,
    "docx": docx,
    "md": markdown,
    "txt": plain_text,
}
"""Ending of the file to what writes it. All write the same blocks."""
FILES = ("pdf", "docx", "md", "txt")
"""Forms that stand beside the page of a letter on the site of a case."""
