"""An act of review: what a named person did to an incident or a letter, and why. One line of a case's reviews.jsonl."""

from __future__ import annotations

import re
import unicodedata
from datetime import datetime
from typing import Annotated, Literal, get_args

import msgspec

Verb = Literal["merge", "split", "promote", "dispute", "retract", "sign", "unsign"]
VERBS: tuple[str, ...] = get_args(Verb)
FIRST = "0" * 64
"""What the first act has in place of the hash of the act before it."""

Name = Annotated[str, msgspec.Meta(min_length=2, max_length=200)]
Reason = Annotated[str, msgspec.Meta(min_length=3, max_length=2000)]
Id = Annotated[str, msgspec.Meta(min_length=1, max_length=300)]
Digest = Annotated[str, msgspec.Meta(pattern="^[0-9a-f]{64}$")]


class Act(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One act. It is never changed or taken away: a later act undoes it."""

    number: Annotated[int, msgspec.Meta(ge=1)]
    at: datetime
    """When, UTC."""
    by: Name
    verb: Verb
    incident_ids: list[Id]
    """The ids of the incidents as they were then. Ids change with the members, so they are for people."""
    events: list[Id]
    documents: list[Id]
    """The members that the act is about, or the name and hash of the letter. By these it is found again."""
    because: Reason
    before: Digest
    """SHA-256 of the line before, so that no line can be changed, left out or moved without a trace."""


def same_person(one: str, other: str) -> bool:
    """Whether two names are one person's: case, spaces, points, accents and titles of one letter do not matter."""
    return person(one) == person(other)


def person(name: str) -> str:
    """A name as it is compared: letters and digits only, without accents, in lower case, in any order of words."""
    plain = unicodedata.normalize("NFKD", name.casefold())
    plain = "".join(c for c in plain if not unicodedata.combining(c))
    return " ".join(sorted(re.findall(r"\w+", plain)))
