"""Month names: from the name of a month, in the languages that people record shutdowns in, to its number."""

from __future__ import annotations

import unicodedata
from functools import cache
from typing import NamedTuple

from babel import Locale
from babel.core import UnknownLocaleError
from persiantools import jdatetime

LANGUAGES = (
    "en fr es pt ar ar_IQ ar_MA ar_DZ ar_SY fa fa_AF ps ckb ur hi bn my am sw so ti om ru uk be tr az ku id vi th lo "
    "km ne si ta te kn ml mr gu pa uz kk ky tg de it nl pl ro el he ko ja zh ha yo ig rw ln mg"
).split()
"""Their names of months are Babel's, from Unicode's CLDR. No two of them give one name to different months."""
_AFGHAN = "حمل ثور جوزا سرطان اسد سنبله میزان عقرب قوس جدی دلو حوت".split()
"""The months of the Solar Hijri year as they are called in Afghanistan."""


class Month(NamedTuple):
    """A month of the common or, with `solar`, of the Solar Hijri calendar."""

    number: int
    solar: bool = False


def month_of(word: str) -> Month | None:
    """The month of that name, written out or abbreviated; none for another word. Case and accents do not matter."""
    key = key_of(word)
    return _first().get(key) or _rest().get(key)


def is_weekday(word: str) -> bool:
    """Whether the word is the name of a day of the week."""
    return key_of(word) in _weekdays()


def key_of(word: str) -> str:
    """A word as it is compared: without case, accents and a last point; the Arabic ي and ك as the Persian ی and ک."""
    plain = unicodedata.normalize("NFKD", word.casefold())
    kept = "".join(c for c in plain if not unicodedata.combining(c) and unicodedata.category(c) != "Cf")
    return kept.strip(". '’").replace("ي", "ی").replace("ك", "ک")


@cache
def _first() -> dict[str, Month]:
    return _months_in(LANGUAGES[:4]) | {"sept": Month(9)}


@cache
def _rest() -> dict[str, Month]:
    names = (jdatetime.MONTH_NAMES_FA[1:], jdatetime.MONTH_NAMES_EN[1:], _AFGHAN)
    solar = {key_of(name or ""): Month(n, solar=True) for listed in names for n, name in enumerate(listed, 1)}
    return solar | _months_in(LANGUAGES)


def _months_in(languages: list[str]) -> dict[str, Month]:
    found: dict[str, Month] = {}
    for language in languages:
        try:
            months = Locale.parse(language).months
        except UnknownLocaleError:  # an older Babel lacks it
            continue
        for context in ("format", "stand-alone"):
            for width in ("wide", "abbreviated"):
                for number, name in months[context][width].items():
                    if key := key_of(name or ""):
                        found.setdefault(key, Month(number))
    return found


@cache
def _weekdays() -> frozenset[str]:
    found = set()
    for language in LANGUAGES:
        try:
            days = Locale.parse(language).days
        except UnknownLocaleError:
            continue
        found |= {
            key_of(n or "")
            for c in ("format", "stand-alone")
            for w in ("wide", "abbreviated")
            for n in days[c][w].values()
        }
    return frozenset(found)
