"""What became of each ask: for the country, and for each operator."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence

from lightkeeper.ledger.coverage import local_days
from lightkeeper.ledger.facts import Facts, gather
from lightkeeper.ledger.networks import Networks
from lightkeeper.ledger.parts import parts
from lightkeeper.ledger.rules import fired
from lightkeeper.ledger.wording import coverage_sentence, missing, reasons
from lightkeeper.model import Ask, Document, Incident, Measurement, Signal, Verdict
from lightkeeper.model.ask import ANSWERS
from lightkeeper.model.case import Case

MOST_MEASUREMENTS_NAMED = 50
"""At most this many deciding measurements are named as evidence; the counts are of all."""
_WORDS = {"insufficient": "without sufficient evidence"}


def answer(
    case: Case,
    incidents: Iterable[Incident],
    documents: Iterable[Document],
    measurements: Iterable[Measurement],
    verdicts: Iterable[Verdict],
    signals: Iterable[Signal] = (),
    *,
    networks: Networks | None = None,
) -> list[Ask]:
    """The ledger: for each ask of the letter a line for the country, then one for each operator of the case.

    `signals` are rows with what was expected of them: they tell how the window was watched. `networks` says which
    networks can be witnesses, by the carried table of AS numbers where it is not given. A pure function of its rows;
    their order does not show. Days are local days of the case.
    """
    happened = sorted(incidents, key=lambda i: (i.onset_latest, i.incident_id))
    said = sorted(documents, key=lambda d: d.document_id)
    measured, judged, series = list(measurements), list(verdicts), list(signals)
    known = networks or Networks(case, measured, judged)
    return [
        _line(gather(case, ask, operator, happened, said, measured, judged, series, networks=known), known)
        for ask in case.asks
        for operator in (None, *case.operators)
    ]


def headline(case: Case, asks: Sequence[Ask]) -> str:
    """One sentence that counts the answers for the country, and what is untested, also operator by operator."""
    country = Counter(a.answer for a in asks if a.operator is None)
    single = [a for a in asks if a.operator is not None]
    counted = [f"{country[name]} {_WORDS.get(name, name)}" for name in ANSWERS if country[name] or name == "untested"]
    said = f"Of {sum(country.values())} asks, for {case.country_name} as a whole: {', '.join(counted)}"
    if single:
        untested = sum(a.answer == "untested" for a in single)
        said += f"; of {len(single)} answers for single operators, {untested} are untested"
    return said + "; untested means that nothing on record tests it, not that all was well."


def _line(facts: Facts, networks: Networks) -> Ask:
    rules = fired(facts)
    covered, (begin, end) = facts.covered, facts.case.window
    return Ask(
        case_id=facts.case.id,
        ask_id=facts.ask.id,
        topic=facts.ask.topic,
        operator=facts.operator.id if facts.operator else None,
        window_from=begin,
        window_to=end,
        answer=rules[0].answer,
        rule=rules[0].id,
        parts=[f"{p.part}: {p.answer}" for p in parts(facts)],
        reasons=reasons(facts, rules),
        missing=[] if rules[0].answer == "met" else missing(facts),
        evidence=_evidence(facts),
        measurements=len(covered.measurements),
        networks=len(covered.networks),
        verified=covered.verified,
        days_measured=len(local_days(facts.case, covered)),
        days_in_window=covered.days_in_window,
        coverage=coverage_sentence(facts),
        as_numbers=networks.table.name if covered.measurements else None,
    )


def _evidence(facts: Facts) -> list[str]:
    of_incidents = [n for i in facts.incidents for n in facts.notices_of(i)]
    notices = [*of_incidents, *facts.loose_notices] if facts.ask.topic == "notice" else []
    assurances = facts.assurances if facts.ask.topic in ("platforms", "vpn") else []
    names = [i.incident_id for i in facts.incidents]
    names += [d.document_id for d in (*facts.documents, *assurances, *notices)]
    return list(dict.fromkeys([*names, *facts.covered.deciding[:MOST_MEASUREMENTS_NAMED]]))
