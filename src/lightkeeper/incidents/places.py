"""Whether two sources name the same place. Transliteration differs: Sistan and Baluchistan, Baluchestan."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable

from lightkeeper.model import Event

_NOT_NAMES = frozenset("and the of province region state ostan governorate county district city".split())
_LEAST_SKELETON = 3
_LENGTH_SLACK = 3


def places_of(event: Event) -> list[tuple[str, str]]:
    """Kind and name of each place that an event hit."""
    named = [(kind, name) for kind, _, name in (place.partition(":") for place in event.places)]
    return named or [(event.entity_type, event.entity)]


def named_places(scopes: Iterable[str], country_name: str) -> list[str]:
    """Scopes as a reader says them: the country's name, that of a region or city, `AS58224`."""
    named = (scope.partition(":") for scope in scopes)
    return [f"AS{place}" if kind == "asn" else place or country_name for kind, _, place in named]


def words(name: str) -> list[str]:
    """The words of a name, lower case, without accents and without words such as `province`."""
    plain = unicodedata.normalize("NFKD", name.casefold().replace("&", " and "))
    plain = "".join(c for c in plain if not unicodedata.combining(c))
    return [word for word in re.split(r"[^\w]+", plain) if word and word not in _NOT_NAMES]


def same_place(one: str, other: str) -> bool:
    """Whether two names of regions are one name: the same words, or the same consonants in the same words.

    Vowels are what transliterations differ in (Esfahan, Isfahan; Kordestan, Kurdistan). Names with fewer than three
    consonants must agree letter by letter.
    """
    first, second = sorted(words(one)), sorted(words(other))
    if not first or not second:
        return False
    if first == second:
        return True
    bones, other_bones = _skeleton(first), _skeleton(second)
    near = abs(len("".join(first)) - len("".join(second))) <= _LENGTH_SLACK
    return near and bones == other_bones and len("".join(bones)) >= _LEAST_SKELETON


def names_place(text: str, place: str) -> bool:
    """Whether `text` has the name of `place` in it, word by word."""
    wanted, there = words(place), words(text)
    return bool(wanted) and any(there[i : i + len(wanted)] == wanted for i in range(len(there)))


def _skeleton(parts: list[str]) -> list[str]:
    bones = []
    for part in parts:
        consonants = re.sub(r"[aeiou]", "", part)
        bones.append(re.sub(r"(.)\1+", r"\1", consonants))
    return sorted(bones)
