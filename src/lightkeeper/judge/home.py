"""Home: what a network's own weeks and its country's other networks say of a failure, and whether that is a proof.

The rows are made by `judge.spells`. They are a control where no other country measured, and weigh less than one: the
failure must come back on several days, and must be rare enough before not to come by accident.
"""

from __future__ import annotations

from collections.abc import Mapping

from lightkeeper.judge.interval import share_at_most
from lightkeeper.model import Control

LEAST_NETWORKS = 3
"""Networks of other countries, or of the same, on which it must have got through."""
MOST_FAILING = 0.2
"""Share of sessions elsewhere that may fail, at the upper bound: nine sessions that all got through are just enough."""
ORDERED = "ordered_hours"
"""Lineage instead of `same_hours` where a document gives the hours."""
HOURS, PAST = "same_hours", ("own_before", "own_after")
NEIGHBOURS, NEIGHBOURS_FAIL, NEIGHBOURS_NOW = "neighbours", "neighbours_fail", "neighbours_now"
HOME = frozenset({HOURS, ORDERED, *PAST, *(f"{p}_hours" for p in PAST), NEIGHBOURS, NEIGHBOURS_FAIL, NEIGHBOURS_NOW})
"""Lineages of what the network's own weeks and the country's other networks say (`judge.spells`)."""
LEAST_SESSIONS, LEAST_DAYS_BY_CLOCK, LEAST_DAYS = 3, 3, 2
"""Sessions and local days on which it must fail where the network's own past is the control; two days are enough where
two kinds of probe fail, or a document gives the hours."""
LEAST_THEN = 3
"""Sessions at the same hours of that past in which it must have got through."""
MOST_CHANCE = 0.05
"""Chance at which as many failures would come by accident, among all networks, services and spells looked at."""
LEAST_VOICES = 9
"""Sessions that tell something of a share: the fewest whose upper bound can be below `MOST_FAILING`."""


def missing_at_home(rows: Mapping[str, Control]) -> str | None:
    """What is missing for a proof by the network's own past and its neighbours; empty for a proof; none if unknown.

    `rows` are those of one endpoint by lineage.
    """
    here = hours_in(rows)
    if here is None:
        return None
    before, then = (next((rows[p + end] for p in PAST if p + end in rows), None) for end in ("", "_hours"))
    if before is None or then is None:
        return "no month is known in which this network got through"
    if then.succeeded < LEAST_THEN or then.failed > MOST_FAILING * (then.succeeded + then.failed):
        return "too few sessions got through on this network at the same hours of other weeks"
    near, now, fail = (rows.get(n) for n in (NEIGHBOURS, NEIGHBOURS_NOW, NEIGHBOURS_FAIL))
    through = near.networks or 0 if near else 0
    if near is None or through < LEAST_NETWORKS or not share_at_most(near.failed, near.succeeded, MOST_FAILING):
        return "too few other networks of the country got through in the same hours"
    if fail is not None and (fail.networks or 0) > through:
        return "in the same hours it failed on more networks of the country than it got through on"
    if now is not None and now.failed > now.succeeded:
        return "at that very hour it failed on other networks of the country too"
    days, kinds = here.days or 0, here.kinds or 0
    known = here.lineage == ORDERED or days >= LEAST_DAYS_BY_CLOCK or kinds >= 2
    if here.failed < LEAST_SESSIONS or days < LEAST_DAYS or not known:
        return f"{here.failed} sessions on {days} days are too few to go by this network's past alone"
    if here.chance is None or here.chance > MOST_CHANCE:
        return "as many failures may come by accident, among all that was looked at"
    return ""


def hours_in(rows: Mapping[str, Control]) -> Control | None:
    """The row about the hours at which it fails, if there is one: found, or given by a document."""
    return rows.get(ORDERED) or rows.get(HOURS)


def said_at_home(rows: Mapping[str, Control]) -> str:
    """What the network's own weeks and its neighbours show, as a sentence; empty where nothing is known."""
    here, near = hours_in(rows), rows.get(NEIGHBOURS)
    if here is None:
        return ""
    given = ", as a document gives them" if here.lineage == ORDERED else ""
    alike = f"{here.failed} of {here.failed + here.succeeded} sessions on this network failed alike"
    said = [f"{alike} ({here.hours}{given}, on {here.days} days)"]
    for lineage in PAST:
        if (past := rows.get(lineage)) is not None:
            said.append(f"{past.failed} of {past.failed + past.succeeded} in a month {lineage.partition('_')[2]}")
    if near is not None:
        got = f"{near.succeeded} of {near.failed + near.succeeded}"
        said.append(f"in the same hours {got} got through on {near.networks} other networks of the country")
    return f"{'; '.join(said)}."
