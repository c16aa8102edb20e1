"""Signs: which clue or word speaks for or against which cause. They are data, each with its sentence.

A sign is a hint. The shares in the sentences are those of outages of known cause in IODA's list (162 of 2018-2021); see
docs/method.md for what that list is and is not.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple

from lightkeeper.incidents.clues import Clues

MANY_COUNTRIES = 5
AT_ONCE = 3
SHORT_H, LONG_H = 0.5, 24.0
CUT_H = (1.0, 8.0)


@dataclass(frozen=True)
class Said:
    """What documents, calendars and records say, apart from the clues."""

    claims: tuple[str, ...] = ()
    """Causes that are claimed, each with who claims it."""
    orders: tuple[str, ...] = ()
    """Who ordered it, each with who says so."""
    days: tuple[tuple[str, str], ...] = ()
    """Known days on which it began: kind and name."""
    calendar: bool = False
    """Any day of the country is known around then, so that silence means something."""
    services: tuple[str, ...] = ()
    """Services that were hit while the network was not."""
    faults: tuple[str, ...] = ()
    """What is wrong with the records themselves."""


class Sign(NamedTuple):
    """One sign: when it holds (none: not known), what it speaks for and against, in a sentence, and what it needs."""

    needs: str
    holds: Callable[[Clues, Said], bool | None]
    speaks_for: tuple[str, ...]
    speaks_against: tuple[str, ...]
    sentence: str


def _is(name: str, wanted: bool = True) -> Callable[[Clues, Said], bool | None]:
    def holds(clues: Clues, _: Said) -> bool | None:
        value = getattr(clues, name)
        return None if value is None else bool(value) is wanted

    return holds


def _between(low: float, high: float) -> Callable[[Clues, Said], bool | None]:
    return lambda clues, _: None if clues.hours is None else low <= clues.hours < high


def _known_day(*kinds: str) -> Callable[[Clues, Said], bool | None]:
    def holds(_: Clues, said: Said) -> bool | None:
        return any(kind in kinds for kind, _ in said.days) or (False if said.calendar else None)

    return holds


SIGNS: tuple[Sign, ...] = (
    Sign("the begin to the minute", _is("round_start"), ("ordered_shutdown", "exam_cut", "maintenance"),
         ("cable", "power", "attack", "disaster"),
         "It began on an hour or half hour of local time: 88 of 100 ordered outages did, and 16 of 62 others."),
    Sign("the begin to the minute", _is("round_start", False), (), ("ordered_shutdown", "exam_cut"),
         "It did not begin on an hour or half hour of local time."),
    Sign("the days around it", _is("recurs"), ("ordered_shutdown", "exam_cut"), ("cable", "disaster", "attack"),
         "The same place was cut at the same time of day one to four days before or after: so were 72 of 100 ordered "
         "outages, and none of 62 others."),
    Sign("the days around it", _is("recurs", False), (), ("exam_cut",),
         "No cut at the same time of day is on record on the days around it."),
    Sign("an end", _between(0, SHORT_H), ("measurement_artefact", "maintenance"), ("disaster",),
         "It lasted less than half an hour."),
    Sign("an end", _between(*CUT_H), ("exam_cut",), (), "It lasted as long as an exam takes."),
    Sign("an end", _between(LONG_H, float("inf")), ("cable", "disaster"), ("exam_cut", "maintenance"),
         "It lasted more than a day."),
    Sign("other countries", lambda c, _: None if c.elsewhere is None else c.elsewhere > 0, ("cable", "disaster"),
         ("ordered_shutdown", "exam_cut"), "An outage began in another country at the same moment."),
    Sign("other countries", lambda c, _: None if c.elsewhere is None else c.elsewhere >= MANY_COUNTRIES,
         ("measurement_artefact",), (), "Outages began in five or more other countries at the same moment."),
    Sign("other countries", lambda c, _: None if c.elsewhere is None else c.elsewhere == 0, (),
         ("measurement_artefact",), "No other country that was looked at had an outage begin at that moment."),
    Sign("two kinds of measurement", lambda c, _: c.seen_by >= 2 if c.seen_by else None, (), ("measurement_artefact",),
         "Independent kinds of measurement saw it."),
    Sign("two kinds of measurement", lambda c, _: c.seen_by == 1 and c.unseen_by > 0 if c.seen_by else None,
         ("measurement_artefact",), (), "One kind of measurement saw it, and others that were looked at did not."),
    Sign("networks one by one", lambda c, _: None if c.networks_together is None else c.networks_together >= AT_ONCE,
         ("ordered_shutdown",), ("attack",), "Three or more networks fell within ten minutes."),
    Sign("the local time", _is("working_hours"), (), ("maintenance",),
         "It began in working hours, when operators avoid maintenance."),
    Sign("the local time", _is("small_hours"), ("maintenance",), (),
         "It began between midnight and six o'clock, when operators do maintenance."),
    Sign("a calendar of exams", _known_day("exam"), ("exam_cut",), (), "Exams are known on that day: {days}."),
    Sign("a calendar of votes and protests", _known_day("election", "protest"), ("ordered_shutdown",), (),
         "A vote or protests are known on that day: {days}."),
    Sign("", lambda _, s: bool(s.services) or None, ("ordered_shutdown",), ("cable", "power", "disaster"),
         "Only some services were hit: {services}."),
    Sign("a document that names an order", lambda _, s: bool(s.orders) or None, ("ordered_shutdown",), (),
         "An order is on record: {orders}."),
    Sign("", lambda _, s: bool(s.faults) or None, ("measurement_artefact",), (),
         "The record itself is in doubt: {faults}."),
)  # fmt: skip
"""Every sign. What neither speaks for nor against a cause is not listed."""

CLAIMS: tuple[tuple[str, re.Pattern[str]], ...] = tuple(
    (cause, re.compile(pattern, re.IGNORECASE))
    for cause, pattern in (
        ("exam_cut", r"\bexam"),
        (
            "ordered_shutdown",
            r"government|\border(s|ed)?\b|shutdown|protest|election|information control|instability|\bcoup\b",
        ),
        ("cable", r"\bcable|fib(re|er)"),
        ("power", r"\bpower|electric|blackout of the grid"),
        ("maintenance", r"maintenance|equipment|technical|routing|route-leak|upgrade"),
        ("attack", r"\bd?dos\b|attack|hack|intrusion"),
        ("disaster", r"weather|storm|hurricane|cyclone|earthquake|flood|\bfire\b"),
    )
)
"""Words of a claimed cause, by the cause they speak for. The first that has one is taken."""


def claimed(claim: str) -> str | None:
    """The cause that a claim names, without the name of who claims it; none for one that names none of ours."""
    words = claim.rsplit(" (", 1)[0]
    return next((cause for cause, pattern in CLAIMS if pattern.search(words)), None)
