"""What the pages show of a row: ready words, no logic left for the templates."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any

from lightkeeper.ledger.disclosure import Disclosure, Notice
from lightkeeper.ledger.wording import restored_words, told_words
from lightkeeper.model import Ask, Event, Incident, Measurement, Member, Verdict
from lightkeeper.model.case import Case, CaseSeries, Operator
from lightkeeper.model.verdict import STATES
from lightkeeper.publish.book import Book
from lightkeeper.publish.brackets import Bracket, bracket_words, span_words
from lightkeeper.publish.figures import Figure, numbered_events
from lightkeeper.publish.letter import Notes
from lightkeeper.publish.text import safe_name
from lightkeeper.publish.tongue import Tongue
from lightkeeper.publish.words import EARLY_SIGNS, EVENT_KINDS, INCIDENT_KINDS, lineage, scope


def case_notes(case: Case, tongue: Tongue) -> Notes:
    """All sources that the case itself names, numbered as in the letter, then those of operators, series and costs."""
    notes = Notes(tongue)
    if case.letter:
        notes.number(case.letter.source)
    notes.number(case.event.source)
    for past in sorted(case.history, key=lambda h: (h.from_day, h.what)):
        notes.numbers(past.sources)
    for law in case.law:
        notes.number(law.source)
    for operator in case.operators:
        notes.number(operator.source)
    for series in case.series:
        notes.number(series.source)
    for recorded in case.recorded:
        notes.number(recorded.source)
    if inputs := case.costs.inputs:
        notes.numbers([inputs.gdp_source, inputs.population_source, inputs.connectivity_source])
    notes.numbers(p.source for p in case.costs.published)
    return notes


def incident_view(case: Case, incident: Incident, tongue: Tongue, number: int | None = None) -> dict[str, Any]:
    """An incident in words: when, where, what, by whom seen. `number` is its place in the list of the window."""
    onset, end = (
        Bracket(incident.onset_earliest, incident.onset_latest),
        Bracket(incident.end_earliest, incident.end_latest),
    )
    names = {w.id: w.name for w in case.watched}
    return {
        "number": number,
        "row": incident,
        "href": f"incidents/{safe_name(incident.incident_id)}.html",
        "kind": tongue.named(incident.kind, INCIDENT_KINDS),
        "when": span_words(onset, end, incident.ongoing, case.zone, tongue, begin_known=incident.begin_known),
        "brackets": brackets(onset, end, case, tongue),
        "scopes": [scope(s, case.country_name, tongue) for s in incident.scopes],
        "services": [names.get(s) or tongue.tell_plain(s) for s in incident.services],
        "operators": [o for o in case.operators if o.id in incident.operators],
        "addressed_to": [o for o in case.operators if o.id in incident.addressed_to],
        "saw": [lineage(x, tongue) for x in incident.lineages],
        "silent": [lineage(x, tongue) for x in incident.lineages_silent],
    }


def brackets(onset: Bracket, end: Bracket, case: Case, tongue: Tongue) -> list[tuple[str, str, str]]:
    """Rows of a small table: begin and end, each in UTC and in the local time of the case."""
    pairs = ((tongue.word("Began"), onset), (tongue.word("Ended"), end))
    return [(word, bracket_words(b, None, tongue), bracket_words(b, case.zone, tongue)) for word, b in pairs]


def event_view(case: Case, event: Event, tongue: Tongue) -> dict[str, Any]:
    """An event in words."""
    onset, end = Bracket(event.onset_earliest, event.onset_latest), Bracket(event.end_earliest, event.end_latest)
    return {
        "row": event,
        "kind": tongue.named(event.kind, EVENT_KINDS | INCIDENT_KINDS),
        "entity": _entity(case, event, tongue),
        "brackets": brackets(onset, end, case, tongue),
        "saw": [lineage(x, tongue) for x in event.lineages],
        "silent": [lineage(x, tongue) for x in event.lineages_silent],
        "flags": [tongue.term(f) for f in event.flags],
    }


def _entity(case: Case, event: Event, tongue: Tongue) -> str:
    """The place of an event; in other languages than English a country is named, and not given by its code."""
    if event.entity_type == "asn":
        return f"AS{event.entity.removeprefix('AS')}"
    if tongue.code != "en" and event.entity_type == "country" and event.entity == case.country:
        return case.country_name
    return tongue.tell_plain(event.entity)


def found_views(book: Book, tongue: Tongue) -> list[dict[str, Any]]:
    """The events that were found in series, with the numbers that they have in the charts."""
    incidents = {e: i for i in book.incidents for e in i.events}
    stayed = Counter(m.event_id for m in book.members if m.role == "stayed")
    found = []
    for number, event in numbered_events(book):
        incident = incidents.get(event.event_id)
        found.append(
            event_view(book.case, event, tongue)
            | {
                "number": number,
                "incident": incident and incident_view(book.case, incident, tongue),
                "deepest": _share(event.severity, tongue),
                "moved": len(event.members),
                "stayed": stayed[event.event_id],
                "leads": lead_views(book, [event], tongue),
            }
        )
    return found


def member_views(book: Book, incident: Incident, tongue: Tongue) -> tuple[list[dict[str, str]], list[str]]:
    """The series that moved in an incident, each with its own onset and end; and the names of those that did not."""
    mine = [m for m in book.members if m.event_id in incident.events]
    moved = [
        {
            "series": m.series,
            "begun": bracket_words(Bracket(m.onset_earliest, m.onset_latest), None, tongue),
            "ended": _ended(m, tongue),
            "deepest": _share(m.severity, tongue),
        }
        for m in sorted(mine, key=lambda m: (m.onset_latest is None, m.onset_latest, m.series))
        if m.role == "moved"
    ]
    names = {m["series"] for m in moved}
    return moved, sorted({m.series for m in mine if m.role == "stayed"} - names)


def lead_views(book: Book, events: Iterable[Event], tongue: Tongue) -> list[dict[str, str]]:
    """The early signs before some events, in order: hours before, what changed, and the series."""
    onsets = {e.event_id: e.onset_latest for e in events}
    mine = (m for m in book.members if m.role == "sign" and m.event_id in onsets)
    signs = [(m.onset_latest, m) for m in mine if m.onset_latest]
    return [
        {
            "hours": tongue.number((onsets[m.event_id] - at).total_seconds() / 3600, ".0f"),
            "sign": tongue.named(m.sign or m.role, EARLY_SIGNS),
            "series": m.series,
        }
        for at, m in sorted(signs, key=lambda sign: (sign[0], sign[1].series))
    ]


def _ended(member: Member, tongue: Tongue) -> str:
    if not member.end_latest and "re_based" in member.flags:
        return tongue.word("not known: a new level held for half a year")
    if not member.end_latest:
        return tongue.word("not in the data")
    return bracket_words(Bracket(member.end_earliest, member.end_latest), None, tongue)


def _share(severity: float | None, tongue: Tongue) -> str:
    return "" if severity is None else tongue.number(severity, ".0%")


def ask_rows(book: Book) -> list[dict[str, Any]]:
    """The ledger as a grid: for each ask its wording, the row for the country, and one cell an operator.

    A row that the ledger does not have is `untested`, since silence is never shown as openness.
    """
    by_key = {(a.ask_id, a.operator): a for a in book.asks}
    found = []
    for wording in book.case.asks:
        whole = by_key.get((wording.id, None)) or _unanswered(book.case, wording.id, wording.topic, None)
        cells = [
            (o, by_key.get((wording.id, o.id)) or _unanswered(book.case, wording.id, wording.topic, o.id))
            for o in book.case.operators
        ]
        found.append({"wording": wording, "whole": whole, "cells": cells, "anchor": safe_name(wording.id)})
    return found


def disclosure_view(found: Disclosure, tongue: Tongue) -> dict[str, Any]:
    """What was said of a disruption, in words; what is empty is not on record."""
    return {
        "row": found,
        "notices": [(n.document, lead_words(n, tongue)) for n in found.notices],
        "told": told_words(found.told),
        "restored": restored_words(found.incident),
        "speaking": [(d, True) for d in found.acknowledged] + [(d, False) for d in found.denied],
    }


def lead_words(notice: Notice, tongue: Tongue) -> str:
    """`2 days before the onset`; two ends where the onset is a bracket of several days."""
    least, most = notice.least_days_before, notice.most_days_before
    ends = [_days_from_onset(n, tongue) for n in (most, least)]
    return ends[0] if least == most else tongue.word("between %(first)s and %(last)s", first=ends[0], last=ends[1])


def _days_from_onset(days: int, tongue: Tongue) -> str:
    if not days:
        return tongue.word("the day of the onset")
    shown = tongue.counted(abs(days), "day")
    if days > 0:
        return tongue.word("%(days)s before the onset", days=shown)
    return tongue.word("%(days)s after the onset", days=shown)


def state_counts(book: Book, operator: Operator) -> list[tuple[str, Counter[str]]]:
    """Target to counts of states, over the measurements of the window that came from the operator's networks."""
    begin, end = book.case.window
    mine = {
        m.measurement_id
        for m in book.measurements
        if m.probe_asn in operator.asns and m.started_at and begin <= m.started_at < end
    }
    counts: dict[str, Counter[str]] = {}
    for verdict in book.verdicts:
        if verdict.layer == "all" and verdict.measurement_id in mine:
            counts.setdefault(verdict.target, Counter(dict.fromkeys(STATES, 0)))[verdict.state] += 1
    return sorted(counts.items())


def measurement_views(book: Book) -> list[dict[str, Any]]:
    """Measurements with their verdicts and the titles of the pages that they were shown, in order of time."""
    verdicts: dict[str, list[Verdict]] = {}
    for verdict in book.whole_verdicts():
        verdicts.setdefault(verdict.measurement_id, []).append(verdict)
    titles: dict[str, set[str]] = {}
    for seen in book.observations:
        if seen.http_title:
            titles.setdefault(seen.measurement_id, set()).add(seen.http_title)
    return [
        {
            "row": m,
            "verdicts": sorted(verdicts.get(m.measurement_id, []), key=lambda v: v.target),
            "titles": sorted(titles.get(m.measurement_id, ())),
        }
        for m in sorted(book.measurements, key=_in_time)
    ]


def datasets(book: Book) -> list[dict[str, Any]]:
    """The raw files counted by source and licence."""
    counts: Counter[tuple[str, str]] = Counter((f.source, f.licence or "") for f in book.files)
    return [{"source": s, "licence": lic, "files": n} for (s, lic), n in sorted(counts.items())]


def absent_series(book: Book) -> dict[str, list[CaseSeries]]:
    """Topic to the series that the case names and the book does not hold."""
    found: dict[str, list[CaseSeries]] = {}
    for number, wanted in enumerate(book.case.series):
        if not any(book.series_names[number : number + 1]):
            found.setdefault(wanted.topic, []).append(wanted)
    return found


def series_by_topic(book: Book, series: Mapping[int, list[Figure]]) -> dict[str, list[Figure]]:
    """Topic to the charts of the series that bear on it; `series` is by the number of the series in the case."""
    found: dict[str, list[Figure]] = {}
    for number, figures in series.items():
        found.setdefault(book.case.series[number - 1].topic, []).extend(figures)
    return found


def in_order(incidents: Iterable[Incident]) -> list[Incident]:
    """Incidents in order of onset."""
    return sorted(incidents, key=lambda i: (i.onset_earliest, i.incident_id))


def _in_time(m: Measurement) -> tuple[str, str]:
    return (m.started_at.isoformat() if m.started_at else "", m.measurement_id)


def _unanswered(case: Case, ask_id: str, topic: str, operator: str | None) -> Ask:
    begin, end = case.window
    days = case.event.watch_days_before + case.event.watch_days_after + 1
    reason = "The ledger has no row for it."
    return Ask(
        case_id=case.id, ask_id=ask_id, topic=topic, operator=operator, window_from=begin, window_to=end,
        answer="untested", rule="no_row", reasons=[reason], days_in_window=days, coverage="Nothing was measured.",
    )  # fmt: skip
