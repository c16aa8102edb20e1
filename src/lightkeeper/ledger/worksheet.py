"""The worksheet of an incident: the questions that a limit of a right must stand, and the facts on record."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Literal

import msgspec

from lightkeeper.incidents.ladder import names_somebody
from lightkeeper.incidents.places import named_places
from lightkeeper.incidents.services import service_name
from lightkeeper.ledger.facts import lasted
from lightkeeper.ledger.told import is_notice_of
from lightkeeper.ledger.wording import length_words
from lightkeeper.model import Document, Incident
from lightkeeper.model.case import Case

Part = Literal["legality", "aim", "necessity", "proportionality", "remedy"]
QUESTIONS: dict[Part, str] = {
    "legality": "Was it provided by a law that people could know, and ordered by somebody whom that law empowers?",
    "aim": "Which aim was given, and does the Covenant allow it (rights of others, security, order, health, morals)?",
    "necessity": "Was it needed for that aim, or would something milder have done?",
    "proportionality": "How many people, places, services and hours did it touch, and what else was on those days?",
    "remedy": "Were people told, could they complain, and was it repaired?",
}
"""ICCPR, articles 19 (3), 21 and 22 (2), and General Comment 34, paragraphs 22 to 36. Conclusions are a lawyer's."""


class Answer(msgspec.Struct, frozen=True, kw_only=True):
    """One question, the facts on record that bear on it, and the ids of what states them."""

    part: Part
    question: str
    facts: list[str]
    evidence: list[str]
    silent: bool
    """Nothing on record bears on it; the one sentence in `facts` says so."""


class Worksheet(msgspec.Struct, frozen=True, kw_only=True):
    """The questions of one incident, in their order."""

    incident_id: str
    title: str
    rung: str
    answers: list[Answer]


def worksheets(case: Case, incidents: Iterable[Incident], documents: Iterable[Document]) -> list[Worksheet]:
    """One worksheet for each incident of the watch window that is not retracted, in the order of onset.

    Facts are restated from the documents with their publishers, and are claims. Nothing here concludes.
    """
    every = sorted(documents, key=lambda d: d.document_id)
    kept = sorted(incidents, key=lambda i: (i.onset_latest, i.incident_id))
    return [_sheet(case, i, every) for i in kept if i.in_window and i.rung != "retracted"]


def _sheet(case: Case, incident: Incident, every: Sequence[Document]) -> Worksheet:
    mine = [d for d in every if d.document_id in incident.documents]
    notices = [d for d in every if d.kind == "notice" and is_notice_of(d, incident)]
    return Worksheet(
        incident_id=incident.incident_id,
        title=incident.title,
        rung=incident.rung,
        answers=[
            _answer(
                "legality",
                [*_orders(mine), *_laws(case, incident, every)],
                "No order, and no law under which one was given, is on record.",
            ),
            _answer("aim", _aims(mine), "Nobody on record gives an aim."),
            _answer("necessity", [], "Nothing on record says whether milder means were weighed or tried."),
            _answer("proportionality", _extent(case, incident), "Nothing is on record."),
            _answer(
                "remedy", _told(mine, notices, incident), "Nothing on record says whether people were told, or by whom."
            ),
        ],
    )


Fact = tuple[str, str]
"""A sentence, and the id of what states it."""


def _answer(part: Part, facts: Sequence[Fact], silence: str) -> Answer:
    return Answer(
        part=part,
        question=QUESTIONS[part],
        facts=[sentence for sentence, _ in facts] or [silence],
        evidence=list(dict.fromkeys(name for _, name in facts)),
        silent=not facts,
    )


def _orders(mine: Sequence[Document]) -> list[Fact]:
    found = [(f"An order by {d.publisher} ({_day(d)}): {d.claim}", d.document_id) for d in mine if d.kind == "order"]
    found += [
        (f"{d.publisher} says who ordered it: {d.ordered_by}.", d.document_id)
        for d in mine
        if d.kind != "order" and names_somebody(d.ordered_by)
    ]
    return found


def _laws(case: Case, incident: Incident, every: Sequence[Document]) -> list[Fact]:
    """Laws and decrees on record that were there by the local day of the onset. Whether they allow it is a lawyer's."""
    day = incident.onset_latest.astimezone(case.zone).date()
    there = [d for d in every if d.kind == "law" and (d.published_on is None or d.published_on <= day)]
    return [(f"A law or decree by {d.publisher} ({_day(d)}): {d.claim}", d.document_id) for d in there]


def _aims(mine: Sequence[Document]) -> list[Fact]:
    return [(f"{d.publisher} gives as the cause: {d.cause_claimed}.", d.document_id) for d in mine if d.cause_claimed]


def _extent(case: Case, incident: Incident) -> list[Fact]:
    name = incident.incident_id
    places = ", ".join(named_places(incident.scopes, case.country_name))
    services = ", ".join(service_name(case, s) for s in incident.services)
    found = [(f"Where: {places}.", name)] if places else []
    found.append((f"What: {services}." if services else "What: no single services are named; the whole network.", name))
    if incident.networks:
        found.append((f"Kinds of access named: {' and '.join(incident.networks)}.", name))
    found.append((_length(incident), name))
    vote = case.midnight(case.event.day), case.midnight(case.event.day + timedelta(days=1))
    if incident.onset_latest < vote[1] and (incident.end_earliest or datetime.max.replace(tzinfo=UTC)) > vote[0]:
        found.append((f"It was on record as going on during the day of the {case.event.kind}, {case.event.day}.", name))
    return found


def _length(incident: Incident) -> str:
    lengths = lasted(incident)
    if lengths is None:
        return f"How long: {'the latest record has it going on' if incident.ongoing else 'no end is on record'}."
    least, most = map(length_words, lengths)
    return f"How long: {least} to {most}."


def _told(mine: Sequence[Document], notices: Sequence[Document], incident: Incident) -> list[Fact]:
    found = [(f"A notice by {d.publisher} ({_day(d)}): {d.claim}", d.document_id) for d in notices]
    said = {True: "that users were told", False: "that users were not told"}
    spoken = [(d, d.users_notified) for d in mine if d.users_notified is not None]
    found += [(f"{d.publisher} has it {said[told]}.", d.document_id) for d, told in spoken]
    if found and incident.end_latest is not None:
        ended = incident.end_latest.astimezone(UTC)
        found.append((f"It had ended by {ended:%Y-%m-%d %H:%M} UTC.", incident.incident_id))
    return found


def _day(document: Document) -> str:
    return document.published_on.isoformat() if document.published_on else "day not known"
