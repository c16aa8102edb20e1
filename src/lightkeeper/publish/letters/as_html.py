"""A letter as HTML: its blocks for a page of the site, or a page that stands alone. All text is cleaned and escaped."""

from __future__ import annotations

from collections.abc import Sequence

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup, escape

from lightkeeper.publish import pieces, text
from lightkeeper.publish.languages import LANGUAGES
from lightkeeper.publish.letters.blocks import Letter, Span
from lightkeeper.publish.pieces import Piece


def html_blocks(letter: Letter, *, with_pages: bool) -> Markup:
    """All of the letter but its frame. `with_pages`: notes lead to pages of the site that it stands on."""
    blocks = _environment(letter).get_template("letter_blocks.html")
    is_whole = LANGUAGES[letter.language].is_whole  # where it is not, notes lead to the English pages
    made = blocks.render(letter=letter, with_pages=with_pages, is_whole=is_whole)
    return Markup(made)  # noqa: S704 - each value was escaped by the template


def html_page(letter: Letter) -> bytes:
    """The letter as one file that needs no other."""
    body = html_blocks(letter, with_pages=False)
    return _environment(letter).get_template("letter_alone.html").render(letter=letter, body=body).encode()


def _environment(letter: Letter) -> Environment:
    env = Environment(
        loader=PackageLoader("lightkeeper.publish"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )

    def words(spans: Sequence[Span]) -> Markup:
        return Markup("").join(_span(span, letter.direction) for span in spans)

    env.filters |= {"words": words, "n": letter.number, "plain": plain, "safe_url": text.safe_url}
    return env


def plain(spans: Sequence[Span]) -> str:
    """The text alone."""
    return "".join(text.clean(s.text) for s in spans)


def _span(span: Span, direction: str) -> Markup:
    piece = Piece(span.text, span.kind)
    if direction == "rtl":
        shown = pieces.html([piece])
    elif span.kind == "other":
        shown = text.bdi(span.text)
    else:
        shown = escape(text.clean(span.text))
    return Markup("<strong>{}</strong>").format(shown) if span.strong else shown
