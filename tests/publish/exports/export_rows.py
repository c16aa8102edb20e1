"""A record for the tests of the exports, from the synthetic book; and the same with hostile words in it."""

from __future__ import annotations

import dataclasses

from msgspec.structs import replace

from lightkeeper.model.case_words import CaseWords
from lightkeeper.publish.exports.record import Record
from publish.synthetic_kit import synthetic_book

HOSTILE = "=cmd|' /C calc'!A0 </alert><x> \u202eevil \\input{/etc/passwd} & \x00%"


def record() -> Record:
    book = synthetic_book()
    return Record(
        case=book.case,
        version="0.0.0",
        incidents=book.incidents,
        documents=book.documents,
        events=book.events,
        asks=book.asks,
    )


def persian() -> Record:
    """The same with a few words of the case in Persian."""
    words = {"fa": CaseWords(title="پروندهٔ ساختگی", country_name="آرکادیا", summary="ساختگی است.")}
    return dataclasses.replace(record(), words=words)


def hostile() -> Record:
    plain = record()
    incidents = [replace(i, title=HOSTILE, rung_reason=HOSTILE, causes_claimed=[HOSTILE]) for i in plain.incidents]
    documents = [replace(d, title=HOSTILE, publisher=HOSTILE, url="javascript:alert(1)") for d in plain.documents]
    return Record(case=plain.case, version="0.0.0", incidents=incidents, documents=documents, events=plain.events)
