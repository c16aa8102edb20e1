"""What the page of one ask shows: its answers counted, what was measured by service and network, its incidents."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from lightkeeper.incidents.services import service_name
from lightkeeper.ledger.bearing import bears
from lightkeeper.ledger.coverage import Coverage, coverage
from lightkeeper.ledger.disclosure import Disclosure
from lightkeeper.ledger.voices import ANY_TARGET
from lightkeeper.ledger.watch import LineageWatch, watch
from lightkeeper.model import Incident
from lightkeeper.model.ask import ANSWERS
from lightkeeper.model.case import AskWording
from lightkeeper.publish.book import Book
from lightkeeper.publish.tongue import n_

ANY_SERVICE = n_("any page or app")


@dataclass(frozen=True)
class Tested:
    """One service on one network: local days of the window on which it was blocked, open, or too little measured."""

    service: str
    network: int | None
    operators: list[str]
    """Names of the operators of the case that run the network."""
    blocked: int
    open: int
    undecided: int
    doubts: list[str]
    """Why the network does not count on days: `special`, `elsewhere`, `later`, `unknown`, `new`; see the method."""


@dataclass(frozen=True)
class AskCoverage:
    """What was measured and watched for one ask in the window."""

    tested: list[Tested]
    untested: list[str]
    """Services of which the case holds no measurement."""
    days_in_window: int
    watched: list[LineageWatch]
    """Kinds of witness whose series watch for cuts or slow-downs; for the ask for quality alone."""


def counting(book: Book) -> dict[str, Coverage]:
    """The counting of the ledger for each ask, for the country. It goes through all measurements, and names nothing in
    any language: one counting serves all pages.
    """
    networks = book.networks()
    return {
        a.id: coverage(book.case, a, None, book.measurements, book.verdicts, networks=networks) for a in book.case.asks
    }


def ask_coverage(book: Book, ask: AskWording, found: Coverage) -> AskCoverage:
    """What was counted for an ask, by service and network, in the words of the book."""
    case = book.case
    groups: dict[tuple[str, int | None], Counter[str]] = {}
    doubts: dict[tuple[str, int | None], set[str]] = {}
    for day in found.days:
        groups.setdefault((day.service, day.asn), Counter())[day.state] += 1
        doubts.setdefault((day.service, day.asn), set()).update([day.doubt] if day.doubt else [])
    rows = [
        Tested(
            service=ANY_SERVICE if service == ANY_TARGET else service_name(case, service),
            network=network,
            operators=[o.name for o in case.operators if network in o.asns],
            blocked=states["blocked"],
            open=states["ok"],
            undecided=states["insufficient"],
            doubts=sorted(doubts[service, network]),
        )
        for (service, network), states in groups.items()
    ]
    touched = {service for service, _ in groups}
    series = [row for rows in book.signals.values() for row in rows] if ask.topic == "quality" else []
    watched = watch(case, None, series)
    return AskCoverage(
        tested=rows,
        untested=[service_name(case, s) for s in found.services if s not in touched],
        days_in_window=found.days_in_window,
        watched=[w for w in (*watched.reach, *watched.speed) if w.hours],
    )


def bearing(book: Book, ask: AskWording) -> list[Incident]:
    """The incidents of the window that bear on an ask, in order of onset. Retracted ones are kept: they are shown."""
    found = [i for i in book.incidents if i.in_window and bears(book.case, ask, i)]
    return sorted(found, key=lambda i: (i.onset_earliest, i.incident_id))


def answer_counts(row: dict[str, Any]) -> list[tuple[str, int]]:
    """Answer to the number of operators that have it; `untested` is counted also where it is none."""
    counts = Counter(cell.answer for _, cell in row["cells"])
    return [(name, counts[name]) for name in ANSWERS if counts[name] or name == "untested"]


def contrary(incidents: Iterable[Incident]) -> list[Incident]:
    """Incidents with something on record that speaks against them, or with witnesses that looked and did not see."""
    return [i for i in incidents if i.contrary or i.lineages_silent]


def disagreeing(covered: AskCoverage) -> list[str]:
    """Services that were seen open on some days or networks and blocked on others."""
    opened = {t.service for t in covered.tested if t.open}
    return sorted({t.service for t in covered.tested if t.blocked} & opened)


def told_counts(told: Iterable[Disclosure]) -> dict[str, int]:
    """How many disruptions have what on record."""
    rows = list(told)
    return {
        "notices": sum(bool(d.notices) for d in rows),
        "before": sum(d.lead_days is not None for d in rows),
        "acknowledged": sum(bool(d.acknowledged) for d in rows),
        "naming": sum(bool(d.naming) for d in rows),
        "restored": sum(d.restored_after is not None for d in rows),
    }
