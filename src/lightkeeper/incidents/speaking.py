"""Speaking: who speaks in a document, who carries it, whether somebody read it, and what rests on one source."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import NamedTuple
from urllib.parse import urlsplit

from lightkeeper.incidents.families import family_named, spellings
from lightkeeper.incidents.places import words
from lightkeeper.model import Document
from lightkeeper.model.case import Case

_HAS = "(?:has|have|had|reports?|reported|quotes?|quoted|puts?|tells?|told|gives?|gave|cites?|cited|carrie[sd]|prints?)"
_BY_OTHERS = (
    re.compile(rf"^(?P<speaker>.+?)[,;]?\s+\(?as\s+(?P<carrier>.+?)\s+{_HAS}(?:\s+(?:it|them|him|her))?\)?$", re.I),
    re.compile(
        r"^(?P<speaker>.+?)[,;]?\s+\(?(?:as\s+)?(?:quoted|reported|cited|carried|printed|relayed|republished|told)\s+"
        r"(?:by|in|to)\s+(?P<carrier>.+?)\)?$",
        re.I,
    ),
    re.compile(r"^(?P<speaker>.+?)[,;]?\s+\(?(?:via|through|according to)\s+(?P<carrier>.+?)\)?$", re.I),
    re.compile(r"^(?P<carrier>.+?)[,;]?\s+\(?(?:citing|quoting|republishing|relaying)\s+(?P<speaker>.+?)\)?$", re.I),
)
"""How a publisher's name says that somebody else carries what it says."""
_SECOND_HAND = frozenset({"second_hand", "read_as_quoted_by_others"})
_NOT_READ = frozenset({"read_as_summary", "read_as_quoted_by_others", "not_read"})
_OFFICES = frozenset(
    "government minister ministers ministry president presidency cabinet prosecutor regulator gouvernement ministre "
    "ministere gobierno ministro ministerio governo دولت وزیر وزارت حكومة الحكومة وزير وزارة".split()
)
"""Words of those who rule; without one, who acknowledges is known by name only."""
_OUT_OF_OFFICE = frozenset("former ex shadow opposition exile".split())


class Voice(NamedTuple):
    """Who speaks, and who carries it: the same, or another."""

    speaker: str
    carrier: str


def voice(publisher: str) -> Voice:
    """Who speaks and who carries: `OONI, as RFE/RL has it` is OONI's word in RFE/RL's text."""
    plain = " ".join(publisher.split())
    found = next((m for m in (form.match(plain) for form in _BY_OTHERS) if m), None)
    return Voice(found["speaker"], found["carrier"]) if found else Voice(plain, plain)


def is_second_hand(document: Document) -> bool:
    """Whether somebody else carries what it says."""
    said = voice(document.publisher)
    return said.speaker != said.carrier or bool(_SECOND_HAND & set(document.flags))


def was_read(document: Document) -> bool:
    """Whether somebody read it, or a copy of it, and not a summary or what others quote of it."""
    return document.read_on is not None and not _NOT_READ & set(document.flags)


def is_by(name: str, who: str | None) -> bool:
    """Whether a name is that of somebody named in a text: `UCC` in `Communications Commission (UCC)`."""
    if who is None or not who.strip():
        return False
    mine, theirs = spellings(name), spellings(who)
    return bool(set(mine) & set(theirs)) or any(
        (own := set(words(m))) and own <= set(words(t)) for m in mine for t in theirs
    )  # fmt: skip


def is_ordering(document: Document) -> bool:
    """Whether it speaks for the one who ordered the thing, as it says itself."""
    return is_by(voice(document.publisher).speaker, document.ordered_by)


def is_asked(case: Case, name: str) -> bool:
    """Whether somebody is one whom the letter asks: its addressee, an operator of the case, or one who rules."""
    named = set(words(name))
    addressees = case.letter.addressees if case.letter else []
    if named & _OUT_OF_OFFICE:
        return False
    return bool(named & _OFFICES) or case.operator_of(name) is not None or any(is_by(name, a) for a in addressees)


def groups_of_one_source(documents: Sequence[Document]) -> list[list[Document]]:
    """Documents that rest on one source, together: of one carrier, of one page, one of the other, of one measurer.

    Each group is one witness, however many texts it has.
    """
    groups: list[tuple[set[str], list[Document]]] = []
    for document in sorted(documents, key=lambda d: d.document_id):
        marks, members = _marks(document), [document]
        for other in [g for g in groups if g[0] & marks]:
            groups.remove(other)
            marks, members = marks | other[0], other[1] + members
        groups.append((marks, members))
    return [members for _, members in groups]


def rests_on(document: Document) -> set[str]:
    """Marks of what a document says that it rests on: documents, publishers and measurers."""
    found = set()
    for name in document.rests_on:
        family = family_named(name)
        found |= {f"document:{name}", *(f"carrier:{s}" for s in spellings(name))}
        found |= {f"raw:{w}" for w in family.witness} if family else set()
    return found


def _marks(document: Document) -> set[str]:
    """What two documents of one source have in common."""
    said = voice(document.publisher)
    marks = {f"document:{document.document_id}", *(f"carrier:{s}" for s in spellings(said.carrier))}
    family = family_named(said.carrier)
    marks |= {f"raw:{w}" for w in family.witness} if family else set()
    return marks | page(document.url) | rests_on(document)


def page(url: str | None) -> set[str]:
    """The mark of a page; a site's first page is none, for much stands on it."""
    parts = urlsplit(url or "")
    path = f"{parts.path.rstrip('/')}?{parts.query}"
    return {f"page:{(parts.hostname or '').casefold().removeprefix('www.')}{path}"} if path != "?" else set()


def distinct_carriers(documents: Iterable[Document], among: Sequence[Document]) -> int:
    """By how many independent sources documents are carried, where `among` are all that may tie two together."""
    wanted = {d.document_id for d in documents}
    return sum(any(d.document_id in wanted for d in group) for group in groups_of_one_source(among))
