"""Notices: short pages that say that something is withheld, and that a law, a court or an office is the reason.

Such words alone prove nothing: a site may say so of itself, and an article quotes them. They are one mark beside others
(see `judge.rules.http`). The words are data, by language, in `notices.toml`.
"""

from __future__ import annotations

import tomllib
from functools import cache
from importlib.resources import files

import msgspec

SEARCHED = 1 << 15
"""Characters of a body that are searched. A notice is short."""
MOST_WORDS = 3_000
"""Characters of text, without tags, above which a page is no notice but a page about one."""
_NOT_READ = ("script", "style")


class Words(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The words of one language: that it is withheld, and why. One of each must be there."""

    withheld: tuple[str, ...]
    why: tuple[str, ...]


@cache
def words() -> dict[str, Words]:
    """The words by language (BCP 47)."""
    data = files("lightkeeper.observe").joinpath("notices.toml").read_text(encoding="utf-8")
    return msgspec.convert(tomllib.loads(data), dict[str, Words])


def notice(body: str) -> str | None:
    """The language in which a page says so; none where it says no such thing, or is too long for a notice."""
    if len(body) > SEARCHED:
        return None
    text = text_of(body)
    if text is None:
        return None
    return next(
        (
            language
            for language, known in words().items()
            if any(w in text for w in known.withheld) and any(w in text for w in known.why)
        ),
        None,
    )


def text_of(body: str, most: int = MOST_WORDS) -> str | None:
    """The text of a page without its tags, scripts and styles, white space folded, in lower case, in one pass.

    None where it is longer than `most` characters.
    """
    hidden, size = "", 0
    first, *parts = body.casefold().split("<")
    kept = [" ".join(first.split())]
    for part in parts:
        tag, closed, rest = part.partition(">")
        if hidden:
            hidden = "" if tag.startswith(f"/{hidden}") else hidden
        else:
            hidden = next((name for name in _NOT_READ if tag.startswith(name)), "")
        if closed and not hidden and (said := " ".join(rest.split())):
            kept.append(said)
            size += len(said)
            if size > most:
                return None
    text = " ".join(kept).strip()
    return text if len(text) <= most else None
