"""Doubts: what a person should look at in the documents of a case, before it is built."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from lightkeeper.incidents.claims import NO_INCIDENT, denies, first_known, lasting_until
from lightkeeper.incidents.word import admissions, is_first_hand
from lightkeeper.model import Document
from lightkeeper.model.case import Case
from lightkeeper.sources.case_times import DATED_BY_PUBLICATION


def doubts_of(case: Case, documents: Sequence[Document]) -> list[str]:
    """One sentence for each thing to look at, with the row and what to do."""
    return [f"{d.row or d.document_id} ({d.document_id}): {text}" for d in documents for text in _of(case, d)]


def _of(case: Case, document: Document) -> Iterator[str]:
    claims = bool(document.extent or document.services or document.networks)
    if document.kind not in NO_INCIDENT and not denies(document) and claims and first_known(document) is None:
        yield 'it states no time, and joins no incident. If it says "is blocked", write the day into `as_of`'
    if DATED_BY_PUBLICATION in document.flags:
        yield "it states no begin, and is taken to speak of its day of publication. If it says more, write that"
    if (document.kind == "order" or admissions(case, [document])) and not is_first_hand(case, document):
        yield (
            "it is second-hand, was not read, or is not by the one who, as it says, ordered it: by itself it does not "
            "count. Look for the text itself, or for another that carries it; `ordered_by` says who gave it"
        )
    until = lasting_until(document)
    if until is not None and document.end_latest is None and _is_before(document, case) and until <= case.window[0]:
        yield (
            f"it went on when written, and lapses on {until.astimezone(case.zone):%Y-%m-%d}, before the watch window. "
            "If it was said again later, write that day into `as_of`"
        )
    if document.rests_on and document.document_id in document.rests_on:
        yield "it rests on itself. Name the documents or publishers that it rests on in `rests_on`"


def _is_before(document: Document, case: Case) -> bool:
    known = first_known(document)
    return known is not None and known[0] < case.window[0]
