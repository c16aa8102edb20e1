"""Word: the order itself, and admissions of those who gave it or are asked: weighed by who speaks and who carries."""

from __future__ import annotations

from collections.abc import Sequence

from lightkeeper.incidents.claims import denies
from lightkeeper.incidents.speaking import (
    distinct_carriers,
    is_asked,
    is_by,
    is_ordering,
    is_second_hand,
    voice,
    was_read,
)
from lightkeeper.model import Document
from lightkeeper.model.case import Case

OWN_WORD = frozenset({"statement", "assurance", "notice", "order", "letter"})
"""Kinds of documents in which somebody speaks for himself."""
CARRIERS = 2
"""So many texts that do not rest on one another must carry a word that nobody read at its source."""


def orders(documents: Sequence[Document]) -> list[Document]:
    """Orders, whoever carries them."""
    return [d for d in documents if d.kind == "order" and not denies(d)]


def admissions(case: Case, documents: Sequence[Document]) -> list[Document]:
    """Words in which those who ordered it, or whom the letter asks, say that it is so."""
    ordering = [d.ordered_by for d in documents if d.ordered_by]
    found = []
    for document in documents:
        speaker = voice(document.publisher).speaker
        theirs = is_asked(case, speaker) or any(is_by(speaker, who) for who in ordering)
        said = document.acknowledged or (document.acknowledged is None and is_ordering(document))
        if document.kind in OWN_WORD - {"order"} and theirs and said and not denies(document):
            found.append(document)
    return found


def stands(case: Case, word: Sequence[Document], among: Sequence[Document]) -> bool:
    """Whether a word stands: somebody read it at its source, or two texts carry it that do not rest on one another.

    A row that calls itself an order and is carried by a newspaper is what the newspaper says.
    """
    return any(is_first_hand(case, d) for d in word) or distinct_carriers(word, among) >= CARRIERS


def is_first_hand(case: Case, document: Document) -> bool:
    """Whether it is by the one who speaks, and was read. An order must be by who gave it, or by one who rules."""
    own = document.kind != "order" or is_ordering(document) or is_asked(case, voice(document.publisher).speaker)
    return own and was_read(document) and not is_second_hand(document)
