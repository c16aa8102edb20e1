"""The ladder of an incident, as data: from a signal to an attribution that a named person signs."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from lightkeeper.incidents.claims import is_broad
from lightkeeper.incidents.group import Members
from lightkeeper.incidents.lineage import (
    independent_documents,
    is_published_measurement,
    measurement_lineages,
    published_lineages,
    publishers,
)
from lightkeeper.incidents.reviewing import SIGNATURES, Judgement, judgements, standing_of
from lightkeeper.incidents.speaking import groups_of_one_source
from lightkeeper.incidents.word import admissions, orders, stands
from lightkeeper.model import Document
from lightkeeper.model.act import Act
from lightkeeper.model.case import Case

SOURCES = {
    "ioda_outages": "IODA",
    "ioda_events": "IODA",
    "ioda_alerts": "IODA",
    "radar_outages": "Cloudflare Radar",
    "radar_anomalies": "Cloudflare Radar",
}
"""Source of an event to its name for readers."""
_NOBODY = frozenset({"", "unknown", "not known", "unclear", "unidentified", "n/a", "none"})


@dataclass(frozen=True)
class Standing:
    """What an incident has to stand on."""

    measured: list[str]
    """Lineages of measurement that saw it."""
    recorded: list[str]
    """Who else has it on record as an outage: those whose events tell no lineage, or are not verified."""
    independent: list[Document]
    """Documents that are witnesses of their own."""
    naming: list[Document]
    """Documents that name who ordered it."""
    orders: list[Document]
    """Orders themselves, and admissions by those who gave them, where that word stands; else none."""
    admitted: list[Document]
    """Admissions by those who ordered it or are asked, where they stand; else none."""
    weak: list[Document]
    """Orders and admissions that come second-hand, or unread, and do not stand by themselves."""
    published: list[Document]
    """Reports by those who measure, on what their own measurements show."""
    documents: list[Document]
    """All of its documents."""
    reviews: list[Judgement]
    """Signed judgements on it that count, oldest first."""
    reviewed_as: str | None
    """What they come to."""
    signed: list[str]
    """Different people who signed an attribution, and whose signature still counts."""

    @property
    def lineages(self) -> list[str]:
        """Independent lineages. All documents together are one."""
        return [*self.measured, "document"] if self.independent else list(self.measured)

    @property
    def others(self) -> list[Document]:
        """Independent documents that rest on nothing by those who ordered or measured it."""
        known = {d.document_id for d in (*self.orders, *self.admitted, *self.published)}
        tied = {
            d.document_id
            for group in groups_of_one_source(self.documents)
            if any(d.document_id in known for d in group)
            for d in group
        }
        return [d for d in self.independent if d.document_id not in tied]

    @property
    def published_lineages(self) -> list[str]:
        """Kinds of witness of the published measurements."""
        return published_lineages(self.published)

    @property
    def shown(self) -> bool:
        """Whether a measurement shows it, here or published by those who measured."""
        return bool(self.measured or self.published)


class Rung(NamedTuple):
    """One rung: when an incident stands on it, and why, as a sentence with `{...}` for the facts."""

    name: str
    holds: Callable[[Standing], bool]
    why: str


def _confirmed(standing: Standing) -> bool:
    return len(standing.measured) >= 2 and bool(standing.independent)


def _shown_and_ordered(standing: Standing) -> bool:
    """The order, measurements that show it, and somebody else: three kinds of witness, one against itself."""
    given = any(d.kind == "order" for d in standing.orders)
    return bool(given and standing.shown and standing.others)


def _shown_and_admitted(standing: Standing) -> bool:
    """Whoever ordered it or is asked admits it, and an independent measurement shows it: a word against oneself."""
    return bool(standing.admitted and standing.shown)


def _is_confirmed(standing: Standing) -> bool:
    return _confirmed(standing) or _shown_and_ordered(standing) or _shown_and_admitted(standing)


LADDER: tuple[Rung, ...] = (
    Rung("retracted", lambda s: s.reviewed_as == "retracted", "A named reviewer withdrew it: {review}."),
    Rung("disputed", lambda s: s.reviewed_as == "disputed", "A named reviewer disputes it: {review}."),
    Rung(
        "attributed",
        lambda s: _is_confirmed(s) and bool(s.naming) and s.reviewed_as == "attributed",
        "It is confirmed, a document names who ordered it ({orders}), and {signed} sign: {review}.",
    ),
    Rung(
        "confirmed",
        _confirmed,
        "{measured_n} lineages of measurement saw it ({measured}); documents by {publishers} agree on place and time.",
    ),
    Rung(
        "confirmed",
        lambda s: _shown_and_ordered(s) and bool(s.published),
        "The order is on record ({given}), {measurers} published measurements that show it, and documents by {others} "
        "agree on place and time.",
    ),
    Rung(
        "confirmed",
        _shown_and_ordered,
        "The order is on record ({given}), measurement shows it ({measured}), and documents by {others} agree on place "
        "and time.",
    ),
    Rung(
        "confirmed",
        lambda s: _shown_and_admitted(s) and bool(s.published),
        "Those who ordered it or are asked admit it ({admitted}), and {measurers} published measurements that show it.",
    ),
    Rung(
        "confirmed",
        _shown_and_admitted,
        "Those who ordered it or are asked admit it ({admitted}), and measurement shows it: {measured}.",
    ),
    Rung("corroborated", lambda s: len(s.lineages) >= 2, "{lineages_n} independent lineages saw it: {lineages}."),
    Rung(
        "corroborated",
        lambda s: len(s.published_lineages) >= 2,
        "Published measurements of independent kinds show it, by {measurers}; no measurement here does.",
    ),
    Rung(
        "corroborated",
        lambda s: bool(s.others) and any(is_broad(d) for d in s.published),
        "{measurers} published measurements that show it on most networks that measured it, and documents by {others} "
        "agree on place and time.",
    ),
    Rung("signal", lambda s: bool(s.measured), "One lineage saw it, {lineages}, and nothing else yet speaks for it."),
    Rung(
        "signal",
        lambda s: bool(s.recorded) and not s.independent,
        "On record with {recorded} alone, and without a measurement that counts here.",
    ),
    Rung(
        "signal",
        lambda s: bool(s.published),
        "{measurers} published measurements that show it; no measurement here does.",
    ),
    Rung("signal", lambda _: True, "Documents only, by {publishers}; no measurement here shows it."),
)
"""From the top: the first rung that holds is the incident's. The signed judgement of people goes before all."""


def standing(case: Case, members: Members, acts: Sequence[Act] = ()) -> Standing:
    """What the events and documents of an incident, and the acts of reviewers, give it to stand on."""
    events, documents = members.events, members.documents
    reviewed = standing_of(judgements(case, acts, members))
    independent = independent_documents(documents, events)
    given, admitted = orders(documents), admissions(case, documents)
    ordered = [*given, *(d for d in admitted if d not in given)]
    return Standing(
        measured=measurement_lineages(events),
        recorded=sorted({SOURCES.get(e.source, e.source) for e in events if not measurement_lineages([e])}),
        independent=independent,
        orders=ordered if stands(case, ordered, documents) else [],
        admitted=admitted if stands(case, admitted, documents) else [],
        weak=[] if stands(case, ordered, documents) else ordered,
        published=[d for d in independent if is_published_measurement(d)],
        documents=documents,
        naming=[d for d in documents if names_somebody(d.ordered_by)],
        reviews=reviewed.counted,
        reviewed_as=reviewed.verdict,
        signed=reviewed.signed,
    )


def names_somebody(text: str | None) -> bool:
    """Whether a document that says who ordered it names anybody."""
    return (text or "").strip().casefold() not in _NOBODY


def rung(stands: Standing, documents: list[Document]) -> tuple[str, str]:
    """The rung, and why in one sentence."""
    found = next(r for r in LADDER if r.holds(stands))
    facts = {
        "review": "; ".join(f"{j.by}, {j.at:%d %B %Y}: {j.because.rstrip('.')}" for j in stands.reviews),
        "signed": _listed(stands.signed),
        "orders": "; ".join(f"{d.publisher}: {d.ordered_by}" for d in stands.naming),
        "recorded": _listed(stands.recorded),
        "measured": _listed(stands.measured),
        "measured_n": str(len(stands.measured)),
        "lineages": _listed(stands.lineages),
        "lineages_n": str(len(stands.lineages)),
        "publishers": _listed(publishers(stands.independent or documents)),
        "given": "; ".join(f"{d.publisher}: {d.title}" for d in stands.orders if d.kind == "order"),
        "admitted": _listed(publishers(stands.admitted)),
        "measurers": _listed(publishers(stands.published)),
        "others": _listed(publishers(stands.others)),
    }
    why = found.why.format_map(facts)
    if found.name not in ("attributed", "retracted", "disputed") and len(stands.signed) == SIGNATURES - 1:
        why += f" One person, {stands.signed[0]}, has signed an attribution; it takes {SIGNATURES} different people."
    return found.name, why


def _listed(names: list[str]) -> str:
    plain = [name.replace("_", " ") for name in names]
    return plain[0] if len(plain) == 1 else f"{', '.join(plain[:-1])} and {plain[-1]}" if plain else "nobody"
