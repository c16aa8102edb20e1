"""Families: who measures the internet, as data with a source each (`families.toml`).

Who shares raw data is one witness.
"""

from __future__ import annotations

import re
import tomllib
import unicodedata
from datetime import date
from functools import cache
from importlib.resources import files

import msgspec

_BRACKETS = re.compile(r"[(\[]([^()\[\]]*)[)\]]")
_JOINT = re.compile(r"\s*;\s*|\s+(?:and|with|&|/|\+)\s+|,\s+", re.IGNORECASE)

LEAST_ACRONYM = 2


class Source(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Where a fact on a family is stated, and when it was read."""

    title: str
    read_on: date
    url: str | None = None


class Family(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One measurer, or a list that measures nothing: names, domains, feeds here, kinds of witness, shared raw data."""

    id: str
    names: tuple[str, ...]
    domains: tuple[str, ...]
    feeds: tuple[str, ...]
    lineages: tuple[str, ...]
    witness: tuple[str, ...]
    measures: str
    source: Source

    @property
    def is_measurer(self) -> bool:
        """Whether it measures anything of its own."""
        return bool(self.lineages)


@cache
def families() -> tuple[Family, ...]:
    """Every family that the program carries."""
    text = files("lightkeeper.incidents").joinpath("families.toml").read_text(encoding="utf-8")
    return msgspec.convert(tomllib.loads(text)["family"], tuple[Family, ...])


def family_named(name: str) -> Family | None:
    """The family of a publisher: by an exact name or alias, of the whole or of one of several who publish together.

    A name that only has another in it is none: `OONI critics` do not measure.
    """
    known = _by_name()
    whole = next((known[n] for n in spellings(name) if n in known), None)
    parts = (known[n] for part in _JOINT.split(name) for n in spellings(part) if n in known)
    return whole or next(parts, None)


def family_at(host: str) -> Family | None:
    """The family that a web host belongs to."""
    plain = host.casefold().rstrip(".")
    return next(
        (f for f in families() if any(plain == d or plain.endswith(f".{d}") for d in f.domains)), None
    )  # fmt: skip


def family_feeding(feed: str) -> Family | None:
    """The family of whose data a source or a series here is made: by the first part of its name."""
    plain = feed.split("/", 1)[0].casefold()
    return next((f for f in families() if plain in f.feeds), None)


def spellings(name: str) -> list[str]:
    """A name as it is compared: the whole, without what stands in brackets, and that by itself if it is its acronym."""
    bare = _BRACKETS.sub(" ", name)
    short = [inside for inside in _BRACKETS.findall(name) if _is_acronym(inside, bare)]
    return [text for text in dict.fromkeys(_plain(text) for text in (name, bare, *short)) if text]


def _is_acronym(short: str, name: str) -> bool:
    initials = "".join(word[0] for word in re.findall(r"\w+", name)).casefold()
    letters = iter(initials)
    plain = re.sub(r"\W", "", short).casefold()
    return len(plain) >= LEAST_ACRONYM and short.isupper() and all(letter in letters for letter in plain)


@cache
def _by_name() -> dict[str, Family]:
    return {_plain(name): family for family in families() for name in family.names}


def _plain(text: str) -> str:
    """Lower case, one space between words, without `the` in front and without marks at the ends."""
    folded = " ".join(unicodedata.normalize("NFKC", text).casefold().split())
    return folded.removeprefix("the ").strip(" .,:;'\"«»“”-–—")
