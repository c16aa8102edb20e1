"""Catalogues: what each message is in another language, from gettext files that people edit with their own tools."""

from __future__ import annotations

import io
from functools import lru_cache
from importlib.resources import files
from typing import NamedTuple

from babel.messages.pofile import read_po

SENTENCE, RULE, TERM = "sentence", "rule", "term"
"""Contexts: templates of sentences made by the rooms before, reasons of the judge's rules, code words of rows."""


class Entry(NamedTuple):
    """One message with what it is in the language of the catalogue; empty where nobody wrote it."""

    context: str | None
    message: str
    text: str
    fuzzy: bool


@lru_cache(maxsize=8)
def entries(code: str) -> tuple[Entry, ...]:
    """All messages of a language, in the order of its file."""
    path = files("lightkeeper.publish").joinpath("locale", code, "LC_MESSAGES", "lightkeeper.po")
    read = read_po(io.BytesIO(path.read_bytes()), locale=code, ignore_obsolete=True)
    return tuple(
        Entry(m.context, str(m.id), str(m.string or ""), m.fuzzy) for m in read if m.id and isinstance(m.id, str)
    )


@lru_cache(maxsize=8)
def messages(code: str) -> dict[tuple[str | None, str], str]:
    """The same by context and message, without what is empty or fuzzy."""
    return {(e.context, e.message): e.text for e in entries(code) if e.text and not e.fuzzy}
