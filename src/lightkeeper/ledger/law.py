"""The law that binds this state on this day: treaties that it has joined, and what stands in for those it has not."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Sequence
from datetime import date
from functools import cache
from importlib.resources import files
from typing import Literal

import msgspec

from lightkeeper.model.case import Case, Law
from lightkeeper.model.reference import Ratification

Binding = Literal["binds", "does not bind", "signed only", "not known", "soft law"]
_TREATIES = {
    "iccpr-op1": re.compile(r"optional protocol", re.I),
    "iccpr": re.compile(r"\bICCPR\b|covenant on civil and political rights", re.I),
    "icescr": re.compile(r"\bICESCR\b|covenant on economic", re.I),
}
"""How a case may name a treaty, the narrowest first: the protocol's name holds that of the covenant."""


class Article(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """An article or paragraph, and what it says that matters here, in words of ours."""

    number: str
    says: str


class Instrument(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One instrument of law, as `instruments.toml` has it."""

    id: str
    kind: Literal["treaty", "comment", "declaration", "resolution", "principles"]
    name: str
    adopted: date
    needs: str | None = None
    instead_of: str | None = None
    articles: tuple[Article, ...]
    source: str
    read: str | None = None


class Bound(msgspec.Struct, frozen=True, kw_only=True):
    """What one instrument is for this state on this day, why, and where that is stated."""

    instrument: Instrument
    binding: Binding
    why: str
    since: date | None = None
    since_year_only: bool = False
    source: str | None = None
    checked_on: date | None = None


@cache
def instruments() -> tuple[Instrument, ...]:
    """All instruments that are carried, in the order of the file."""
    text = files("lightkeeper.ledger").joinpath("instruments.toml").read_text(encoding="utf-8")
    return msgspec.convert(tomllib.loads(text)["instrument"], tuple[Instrument, ...])


def law_of(known: Iterable[Ratification], day: date) -> list[Bound]:
    """What law there was for a state on a day. `known` are the facts on this state; the first on a treaty goes.

    A treaty binds from the day on which the state is known to be a party. What is not known is `not known`, and never
    taken as joined. A comment of a treaty's committee follows its treaty. The Universal Declaration is named where the
    covenant does not bind, or nobody knows. Instruments adopted after the day are left out.
    """
    facts: dict[str, Ratification] = {}
    for fact in known:
        facts.setdefault(fact.instrument, fact)
    found = []
    for instrument in instruments():
        if instrument.adopted > day:
            continue
        if instrument.instead_of is not None:
            if _standing(facts.get(instrument.instead_of), day) != "binds":
                found.append(Bound(instrument=instrument, binding="soft law", why=_INSTEAD))
        elif instrument.needs is None:
            found.append(Bound(instrument=instrument, binding="soft law", why="It binds nobody by itself."))
        else:
            found.append(_of_treaty(instrument, facts.get(instrument.needs), day))
    return [b for b in found if b.instrument.kind != "comment" or b.binding == "binds"]


def contradictions(case: Case, known: Iterable[Ratification]) -> list[str]:
    """Where the case says of a treaty what the known facts deny, one sentence each: a letter must not say that.

    A later ratification than the source's day may be true; then the remedy is a fact with a newer source.
    """
    facts: dict[str, Ratification] = {}
    for fact in known:
        facts.setdefault(fact.instrument, fact)
    return [s for law in case.law if (s := _contradiction(case, law, facts)) is not None]


_INSTEAD = "It is no treaty. It is named because the covenant is not known to bind this state."


def _standing(fact: Ratification | None, day: date) -> Binding:
    if fact is None or (fact.status == "party" and fact.since is None):
        return "not known"
    if fact.status == "none" or (fact.since is not None and fact.since > day):
        return "does not bind"
    return "binds" if fact.status == "party" else "signed only"


def _of_treaty(instrument: Instrument, fact: Ratification | None, day: date) -> Bound:
    binding = _standing(fact, day)
    return Bound(
        instrument=instrument,
        binding=binding,
        why=_WHY[binding],
        since=fact.since if fact and binding in ("binds", "signed only") else None,
        since_year_only=bool(fact and fact.year_only),
        source=fact.source if fact else None,
        checked_on=fact.checked_on if fact else None,
    )


_WHY: dict[Binding, str] = {
    "binds": "The state is a party.",
    "does not bind": "The state is not a party.",
    "signed only": "The state has signed and not joined: it is not bound, and must not defeat the treaty's purpose.",
    "not known": "No fact here says whether the state has joined: look it up in the United Nations Treaty Collection.",
    "soft law": "It binds nobody by itself.",
}


def _contradiction(case: Case, law: Law, facts: dict[str, Ratification]) -> str | None:
    treaty = treaty_of(law.instrument)
    fact = facts.get(treaty) if treaty else None
    if fact is None or law.binds == "soft law":
        return None
    said = {"ratified": "party", "acceded": "party", "signed": "signatory", "not a party": "none"}[law.binds]
    late = said == "party" and law.since is not None and law.since > fact.checked_on
    if said == fact.status or late or (said == "none" and fact.status == "signatory"):
        return None
    words = {"party": "is a party", "signatory": "has only signed", "none": "has not joined it"}[fact.status]
    return f"the case says `{law.binds}` of “{law.instrument}”, but {case.country_name} {words} ({fact.source})"


def treaty_of(name: str) -> str | None:
    """The id of the treaty that a text names; none where it names none of those known here."""
    return next((treaty for treaty, pattern in _TREATIES.items() if pattern.search(name)), None)


def binding_first(found: Sequence[Bound]) -> list[Bound]:
    """Those that bind before those that do not, each in the order of the file."""
    order: list[Binding] = ["binds", "signed only", "soft law", "not known", "does not bind"]
    return sorted(found, key=lambda b: order.index(b.binding))
