"""What a disruption cost, as published methods have it: at least two side by side as a range, or nothing."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta

import msgspec

from lightkeeper.ledger.facts import lasted
from lightkeeper.model import Incident
from lightkeeper.model.case import Case, CostInputs

DELOITTE = (
    "Deloitte, The economic impact of disruptions to Internet connectivity, for the GNI and Facebook, October 2016"
)
_PER_TEN_MILLION = {"low": 0.6e6, "medium": 6.6e6, "high": 23.6e6}
"""US dollars a day and 10 million people for all services, by level of connectivity (Deloitte 2016)."""
_OF_DAILY_GDP = {"low": 0.004, "medium": 0.01, "high": 0.019}
"""Share of a day's GDP for all services, by level of connectivity (Deloitte 2016, as the GNI restates it)."""
LEAST_METHODS = 2
CAVEATS = (
    "Every method is contested: these are orders of magnitude, not accounts.",
    "Averages over countries of a level of connectivity are laid on one country; no loss of its own was measured.",
    "Losses that are no part of GDP (health, safety, votes, trust) are in none of them.",
)


class Estimate(msgspec.Struct, frozen=True, kw_only=True):
    """One method and the range that it gives, in US dollars of the year of its inputs."""

    study: str
    method: str
    low_usd: float
    high_usd: float
    rests_on: list[str]


class Cost(msgspec.Struct, frozen=True, kw_only=True):
    """The estimates of one incident. Empty, with the reason, where fewer than two studies speak of it."""

    incident_id: str
    estimates: list[Estimate]
    low_usd: float | None = None
    high_usd: float | None = None
    why_none: str | None = None
    caveats: tuple[str, ...] = CAVEATS


def costs(case: Case, incidents: Iterable[Incident]) -> list[Cost]:
    """The cost of each confirmed or attributed incident of the window, by onset.

    Two figures of one study are one method. Estimates are computed for a whole cut of the whole country alone: the
    methods here say nothing of a region, and of a single service not enough.
    """
    kept = [i for i in incidents if i.in_window and i.rung in ("confirmed", "attributed")]
    return [_cost(case, i) for i in sorted(kept, key=lambda i: (i.onset_latest, i.incident_id))]


def _cost(case: Case, incident: Incident) -> Cost:
    found = [*_published(case, incident), *_computed(case, incident)]
    studies = {e.study for e in found}
    if len(studies) < LEAST_METHODS:
        have = f"only {next(iter(studies))} speaks of it" if studies else "no published method speaks of it"
        return Cost(incident_id=incident.incident_id, estimates=[], why_none=f"No figure is given: {have}.")
    return Cost(
        incident_id=incident.incident_id,
        estimates=found,
        low_usd=min(e.low_usd for e in found),
        high_usd=max(e.high_usd for e in found),
    )


def _published(case: Case, incident: Incident) -> list[Estimate]:
    return [
        Estimate(study=p.by, method=p.method, low_usd=p.usd, high_usd=p.usd, rests_on=[p.source.title])
        for p in case.costs.published
        if set(p.document_ids) & set(incident.documents)
    ]


def _computed(case: Case, incident: Incident) -> list[Estimate]:
    inputs = case.costs.inputs
    whole = "country" in incident.scopes and not incident.services and incident.kind == "outage"
    lengths = lasted(incident)
    if inputs is None or not whole or lengths is None:
        return []
    least, most = (length / timedelta(days=1) for length in lengths)
    days = " to ".join(dict.fromkeys((f"{least:.1f}", f"{most:.1f}"))) + " days"
    people = inputs.population / 1e7
    by_people = [_PER_TEN_MILLION[level] * people for level in inputs.connectivity]
    by_gdp = [_OF_DAILY_GDP[level] * inputs.gdp_usd / 365 for level in inputs.connectivity]
    return [
        Estimate(study=DELOITTE, method=f"{name}, {_level(inputs)}, {days}", low_usd=min(a_day) * least,
                 high_usd=max(a_day) * most, rests_on=[*sources, inputs.connectivity_source.title])
        for name, a_day, sources in (
            ("Dollars a day and 10 million people", by_people, [inputs.population_source.title]),
            ("Share of a day's GDP", by_gdp, [inputs.gdp_source.title]),
        )
    ]  # fmt: skip


def _level(inputs: CostInputs) -> str:
    return f"{' or '.join(inputs.connectivity)} connectivity"
