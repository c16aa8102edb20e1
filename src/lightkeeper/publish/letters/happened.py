"""What happened: incidents as a letter tells them, the surest first, with what speaks against them."""

from __future__ import annotations

from collections.abc import Iterable

from lightkeeper.incidents.services import service_name
from lightkeeper.incidents.titles import MOST_NAMED
from lightkeeper.model import Incident
from lightkeeper.publish.book import Book
from lightkeeper.publish.brackets import Bracket, bracket_words
from lightkeeper.publish.letters.blocks import Block, Heading, Items, Line, Para
from lightkeeper.publish.letters.evidence import Evidence
from lightkeeper.publish.letters.writer import Spans, Writer
from lightkeeper.publish.tongue import InFull, n_

SURE = ("attributed", "confirmed")
NOT_ENDED = n_("When last recorded it had not ended.")
RUNGS_SAID = {
    "attributed": n_("This is confirmed, and two named people have signed that it was ordered."),
    "confirmed": n_("This is confirmed: independent evidence of more than one kind agrees on it."),
    "ordered": n_("This is confirmed: the order itself, published measurements and independent documents agree on it."),
    "corroborated": n_("Two or more independent kinds of evidence show it. Who or what caused it is not shown."),
    "signal": n_("It rests on one kind of evidence, and is not confirmed."),
    "disputed": n_("A named reviewer disputes it."),
}
"""How well an incident is known, as a letter says it; `ordered` is `confirmed` without a measurement of this case. A
retracted one is left out."""
SHOWN_BY = {
    "control_plane": n_("routing between networks (BGP)"),
    "active_probing": n_("probes from outside"),
    "telescope": n_("a network telescope"),
    "traffic": n_("traffic of a large service"),
    "in_country": n_("measurements inside the country"),
    "circumvention": n_("use of circumvention tools"),
}
"""Kinds of measurement as a letter names them."""


def told_blocks(
    book: Book, incidents: Iterable[Incident], write: Writer, evidence: Evidence, *, ends: Spans | None = None
) -> list[Block]:
    """The incidents in two lists: what is confirmed, and what is on record and not confirmed.

    `ends` is what is said of one that had not ended.
    """
    rows = sorted((i for i in incidents if i.rung in RUNGS_SAID), key=lambda i: (i.onset_latest, i.incident_id))
    blocks: list[Block] = []
    for heading, chosen in (
        (write.word("Confirmed"), [i for i in rows if i.rung in SURE]),
        (write.word("On record, but not confirmed"), [i for i in rows if i.rung not in SURE]),
    ):
        if chosen:
            lines = tuple(incident_line(book, i, write, evidence, ends=ends) for i in chosen)
            blocks += [Heading(write.line(heading), 3), Items(lines, claims=True)]
    if not rows:
        nothing = write.word("Nothing is on record for these days. That is no sign that all was well.")
        return [Para(write.line(nothing))]
    return [*blocks, *_not_looked_for(rows, write)]


def incident_line(
    book: Book, incident: Incident, write: Writer, evidence: Evidence, *, ends: Spans | None = None
) -> Line:
    """One incident: what and when, its end, how well it is known, by what, and what causes are claimed."""
    parts: list[Spans] = [
        write.strong((*write.told(incident.title), *write.sign("."))),
        *_when(book, incident, write, ends),
    ]
    if len(incident.services) > MOST_NAMED:
        services = [write.told(service_name(book.case, s)) for s in incident.services]
        parts.insert(1, write.word("Services on record: %(names)s.", names=write.listed(services)))
    measured = _kinds(incident.lineages, write)
    rung = "ordered" if incident.rung == "confirmed" and not measured else incident.rung
    parts.append(write.word(RUNGS_SAID[rung]))
    if measured:
        parts.append(write.word("Shown by %(kinds)s.", kinds=write.listed(measured)))
    if silent := _kinds(incident.lineages_silent, write):
        parts.append(write.word("Looked at, and not shown by %(kinds)s.", kinds=write.listed(silent)))
    if publishers := _publishers(book, incident):
        parts.append(write.word("Documents by %(names)s.", names=write.row([write.told(p) for p in publishers])))
    if incident.causes_claimed:
        causes = write.row([write.told(c) for c in incident.causes_claimed])
        parts.append(write.word("Causes that others claim: %(causes)s.", causes=causes))
    return write.line(*parts, notes=evidence.incident(incident))


def _when(book: Book, incident: Incident, write: Writer, ends: Spans | None) -> list[Spans]:
    """Its begin, where it was measured and the title has the day alone, and its end."""
    zone, say = book.case.zone, write.say
    parts: list[Spans] = []
    days = InFull() if say.code == "en" else say
    if incident.events:
        onset = Bracket(incident.onset_earliest, incident.onset_latest)
        parts.append(write.word("It began %(when)s, local time.", when=bracket_words(onset, zone, days)))
    end = Bracket(incident.end_earliest, incident.end_latest)
    if incident.ongoing:
        parts.append(ends or write.word(NOT_ENDED))
    elif end.earliest is None and end.latest is None:
        parts.append(write.word("Its end is not known."))
    else:
        parts.append(write.word("It ended %(when)s, local time.", when=bracket_words(end, zone, days)))
    return parts


def _kinds(lineages: Iterable[str], write: Writer) -> list[Spans]:
    named = (x for x in lineages if x != "document")
    return [write.word(SHOWN_BY[x]) if x in SHOWN_BY else write.outside(x) for x in named]


def _publishers(book: Book, incident: Incident) -> list[str]:
    return list(dict.fromkeys(d.publisher for d in book.documents if d.document_id in incident.documents))


def _not_looked_for(rows: Iterable[Incident], write: Writer) -> list[Block]:
    """What could speak against these incidents, and for which there is no source here."""
    names = list(dict.fromkeys(n for i in rows for n in i.not_looked_for))
    if not names:
        return []
    listed = write.listed([write.told(n) for n in names])
    return [
        Para(write.line(write.word("Not looked for, because no source of it is at hand: %(names)s.", names=listed)))
    ]
