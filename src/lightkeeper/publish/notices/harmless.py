"""Harmless: a name from outside as it may stand in a message, in its own script, and never more than a name."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

import idna

from lightkeeper.publish.text import one_line

NAME_MAX = 253
"""Characters of a name that are looked at: those of the longest host."""
MARKS_MAX = 4
"""Marks on one letter. Hebrew and Tibetan have that many; a heap of them covers the lines above and below."""
JOINERS = "\u200c\u200d"
"""Zero-width non-joiner and joiner: Persian, Urdu and the scripts of India are misspelt without them."""
_KEPT = frozenset(" .:/+-,'’‘ʼ“”„‚«»‹›–—‐‑…·՚׳״־،፡་・")
"""Marks that belong to names in some script, and that no reader of messages takes for markup. The straight double
quote, brackets and full-width forms, which some fold into ASCII, are not among them."""
_UNSEEN = re.compile(
    "[\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u3164\uffa0\ufe00-\ufe0f\U000e0000-\U000e0fff\U0001d173-\U0001d17a]"
)
"""Letters and marks that are not seen: fillers, selectors of variants, tags."""
_VIRAMA = 9
"""Combining class of the sign that takes a letter's vowel."""
_HOST = re.compile(r"[^\s/:]+\.[^\s/:.]+")


def harmless(text: str, most: int = 60) -> str:
    """A name from outside that no reader of messages takes for markup, a link, a mention or a tag.

    Letters, figures and marks of every script stay, with apostrophes, typographic quotes and what joins or parts
    letters where that shows (RFC 5892, appendix A). What is not seen goes, and so do marks without a letter, which
    would sit on our own words; all else becomes `?`. A name of a host that is not plain ASCII is shown as machines
    write it (RFC 5891), so that a look-alike shows; its dots stand in brackets, so that nothing makes a link of it.
    """
    flat = _UNSEEN.sub("", one_line(text, NAME_MAX)).replace("_", " ")
    if _HOST.fullmatch(flat) and not flat.isascii():
        try:
            flat = flat.encode("idna").decode("ascii")
        except UnicodeError:
            flat = flat.encode("ascii", "backslashreplace").decode()
    flat = re.sub(f"([{JOINERS}])[{JOINERS}]+", r"\1", "".join(_shown(flat)))
    flat = "".join(c for place, c in enumerate(flat) if c not in JOINERS or _joins(flat, place))
    flat = re.sub(r"(?<=\w)\.(?=\w)", "[.]", flat).replace("://", "[:]//")
    flat = one_line(flat, 2 * NAME_MAX)
    if text and not flat:
        return "?"  # a name that nobody sees
    return flat if len(flat) <= most else flat[: most - 1].rstrip(f" {JOINERS}") + "…"


def _shown(text: str) -> list[str]:
    """The characters as they may be shown, one by one; nothing for those that are not seen."""
    shown: list[str] = []
    on_one = MARKS_MAX
    for character in text:
        kind = unicodedata.category(character)
        if kind.startswith("M"):
            on_one += 1
            if on_one <= MARKS_MAX:
                shown.append(character)
        elif character in JOINERS:
            shown.append(character)
        elif kind != "Cf":
            known = kind[0] in "LN" or character in _KEPT
            on_one = 0 if kind.startswith("L") else MARKS_MAX
            shown.append(character if known else "?")
    return shown


def _joins(text: str, place: int) -> bool:
    """Whether a joiner stands between letters of a script whose letters join, or behind a virama."""
    if place and unicodedata.combining(text[place - 1]) == _VIRAMA:
        return True
    before = next((c for c in reversed(text[:place]) if not unicodedata.combining(c)), "")
    after = next((c for c in text[place + 1 :] if not unicodedata.combining(c)), "")
    return bool(before and after) and _is_cursive(before) and _is_cursive(after)


@lru_cache(maxsize=4096)
def _is_cursive(letter: str) -> bool:
    """Whether the letter joins the one before it or the one after it, by Unicode's joining types."""
    try:
        return any(idna.core.valid_contextj(text, 1) for text in (f"{letter}\u200cب", f"ب\u200c{letter}"))
    except ValueError:  # a letter that Unicode has not assigned
        return False
