"""Catalogues: what each message is in another language, from gettext files that people edit with their own tools."""

from __future__ import annotations

import io
from collections.abc import Callable
from functools import lru_cache
from gettext import c2py
from importlib.resources import files
from typing import NamedTuple

from babel.messages.catalog import Catalog, Message
from babel.messages.pofile import read_po

SENTENCE, RULE, TERM = "sentence", "rule", "term"
"""Contexts: templates of sentences made by the rooms before, reasons of the judge's rules, code words of rows."""


class Entry(NamedTuple):
    """One message with what it is in the language of the catalogue; empty where nobody wrote it."""

    context: str | None
    message: str
    text: str
    fuzzy: bool
    forms: tuple[str, ...] = ()
    """What it is by number, in the order of the header `Plural-Forms`; none for a message without a number."""


@lru_cache(maxsize=8)
def entries(code: str) -> tuple[Entry, ...]:
    """All messages of a language, in the order of its file."""
    return tuple(_entry(m) for m in _read(code) if m.id)


@lru_cache(maxsize=8)
def messages(code: str) -> dict[tuple[str | None, str], str]:
    """The same by context and message, without what is empty or fuzzy, and without what has forms."""
    return {(e.context, e.message): e.text for e in entries(code) if e.text and not e.fuzzy and not e.forms}


@lru_cache(maxsize=8)
def plurals(code: str) -> dict[tuple[str | None, str], tuple[str, ...]]:
    """The messages that have forms by number, by context and message, without what is empty or fuzzy."""
    return {(e.context, e.message): e.forms for e in entries(code) if e.forms and all(e.forms) and not e.fuzzy}


@lru_cache(maxsize=8)
def plural_rule(code: str) -> Callable[[int], int]:
    """Which form a number takes, by the header `Plural-Forms` of the file."""
    return c2py(_read(code).plural_expr)


@lru_cache(maxsize=8)
def _read(code: str) -> Catalog:
    path = files("lightkeeper.publish").joinpath("locale", code, "LC_MESSAGES", "lightkeeper.po")
    return read_po(io.BytesIO(path.read_bytes()), locale=code, ignore_obsolete=True)


def _entry(message: Message) -> Entry:
    if isinstance(message.id, str):
        return Entry(message.context, message.id, str(message.string or ""), message.fuzzy)
    forms = tuple(message.string or ())
    return Entry(message.context, str(message.id[0]), forms[-1] if forms else "", message.fuzzy, forms)
