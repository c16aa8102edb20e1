"""Spells: failures of one network at one endpoint over weeks, beside its own past and its neighbours in the same hours.

Blocks keep office hours: exams, nights, Fridays. So sessions of a network are compared at the local hours and on the
days of the week on which its failures fall, from the first of them to the last, and near each one. What it did in the
weeks before (or after), and what other networks of the country did within an hour of its failures, is control. What
`proof` makes of these rows decides.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import Protocol

import msgspec
import numpy as np

from lightkeeper.judge.clocks import said_of_hours, weekday_of
from lightkeeper.judge.everywhere import alike
from lightkeeper.judge.home import HOURS, LEAST_DAYS, MOST_FAILING, NEIGHBOURS, NEIGHBOURS_FAIL, NEIGHBOURS_NOW, ORDERED
from lightkeeper.judge.interval import chance_of_more
from lightkeeper.judge.lines import Codes, Lines
from lightkeeper.judge.orders import Order, order_at
from lightkeeper.judge.past import Flags, Own, Past, past_of, voices_of
from lightkeeper.judge.proof import Key, control_of
from lightkeeper.model import Control

NEAR_HOURS = 1
DAY_HOURS = 12
DAYS_AROUND_HOURS = 3 * 24 + DAY_HOURS
SPAN_HOURS = 21 * 24
"""How far a spell reaches before and after one of its failures."""
GAP_HOURS = 7 * 24 + 12
"""Failures that follow each other after a longer time are no one spell. A block on Fridays comes back after a week."""
LONE_HOURS = 3 * 24
"""A failure is a lone one if the next is farther away. Before or after a spell it may be anything."""
VOICES_A_NEIGHBOUR = 5
HALF = 0.5
KEPT = 5_000
KEYS_KEPT = 200


class Visits(msgspec.Struct, frozen=True):
    """What became of one endpoint, a row for each network, session and hour, ordered by network and hour.

    `family` is the code of how it failed, -1 where it got through; `local` is the hour by the country's clock, since
    1970; `kind` the kind of probe; `prompt` that its line was open by a receipt.
    """

    network: Codes
    session: Codes
    hour: Codes
    local: Codes
    kind: Codes
    family: Codes
    software: Codes
    prompt: Flags
    own_resolver: Flags
    starts: Codes

    def of(self, network: int) -> slice:
        """The rows of one network."""
        if network + 1 >= len(self.starts):
            return slice(0, 0)
        return slice(int(self.starts[network]), int(self.starts[network + 1]))


class Spell(msgspec.Struct, frozen=True):
    """The failures from one hour to another: what all of them tell, and at which hours they fall.

    `failed` and `passed` count the sessions at those hours by the hour of the day (24); `rows` are the control rows;
    `through` the other networks of the country that get through.
    """

    failed: Codes
    passed: Codes
    hours: Codes
    weekdays: Codes
    rows: list[Control]
    through: Codes

    def at_such_hours(self, local: Codes) -> Flags:
        """Whether each local hour is one at which, and on a day of the week on which, it fails."""
        return np.isin(local % 24, self.hours) & np.isin(weekday_of(local), self.weekdays)


class Country(msgspec.Struct, frozen=True):
    """What became of one endpoint on the networks of a country, ordered by hour."""

    hour: Codes
    network: Codes
    passed: Flags


VisitsOf = Callable[[int, Codes], Visits]


class Told(Protocol):
    """What is told of all attempts: the names of outcomes, the clock of each network, how much was looked at."""

    @property
    def outcomes(self) -> list[str]: ...
    @property
    def clocks(self) -> list[str]: ...
    @property
    def looked(self) -> int: ...
    @property
    def networks(self) -> list[tuple[str, int]]: ...
    @property
    def orders(self) -> Sequence[Order]: ...


class Spells:
    """Control rows that a network's own weeks and its neighbours make, for one failure after another."""

    def __init__(self, visits_of: VisitsOf, tried: Told, countries: Codes, lines: Lines) -> None:
        families = sorted({alike(name) for name in tried.outcomes} - {"ok"})
        self.family_of = np.array([-1 if n == "ok" else families.index(alike(n)) for n in tried.outcomes], np.int64)
        self._families, self._clocks, self._looked = families, tried.clocks, max(tried.looked, 1)
        self._networks, self._orders = tried.networks, tried.orders
        self._countries, self._lines = countries, lines
        self._visits = lru_cache(KEYS_KEPT)(lambda code: visits_of(code, self.family_of))
        self._own = lru_cache(KEYS_KEPT * 20)(self._own_of)
        self._country = lru_cache(KEYS_KEPT)(self._country_of)
        self._spell = lru_cache(KEPT)(self._spell_of)
        self._rows = lru_cache(KEPT)(self._rows_of)

    def rows(self, key: Key, code: int, made: str, network: int, at: int) -> list[Control]:
        """Rows for one failure of a network at an hour.

        None where its sessions mostly get through near that hour, at that hour of other days, or at such hours of that
        day.
        """
        return self._rows(key, code, alike(made), network, at)

    def _rows_of(self, key: Key, code: int, made: str, network: int, at: int) -> list[Control]:
        if made not in self._families:
            return []
        own = self._own(key, code, made, network)
        near = own.between(at - NEAR_HOURS, at + NEAR_HOURS)
        failing = near.hour[near.failed]
        if not len(failing) or not _mostly(near.failed.sum(), near.passed.sum()):
            return []
        local = int(near.local[near.failed][0])
        order = self._order_at(key, network, local)
        ends = reach(own.hour[own.failed], int(failing[0]), LONE_HOURS if order is None else GAP_HOURS)
        if ends is None:
            return []
        spell = self._spell(key, code, made, network, *ends, order)
        clock = (local + np.arange(-NEAR_HOURS, NEAR_HOURS + 1)) % 24
        fails = _mostly(spell.failed.sum(), spell.passed.sum())
        fails = fails and _mostly(spell.failed[clock].sum(), spell.passed[clock].sum())
        if not fails or not (_fails_that_day(own, spell, at) or _fails_on_days_around(own, clock, at)):
            return []
        return [*spell.rows, *self._now(key, code, spell, network, at)]

    def _order_at(self, key: Key, network: int, local: int) -> Order | None:
        """The order that covers an hour. By UTC nobody can tell, where a country has several clocks."""
        if not self._orders or self._clocks[network]:
            return None
        return order_at(self._orders, self._networks[network][0], key[1], local)

    def _own_of(self, key: Key, code: int, made: str, network: int) -> Own:
        """The sessions of a network that speak: on an open line, and of instruments that were seen to get through.

        A kind of probe must have got through on this network, a version of its software on some network.
        """
        visits = self._visits(code)
        mine = visits.of(network)
        session, hour, family = visits.session[mine], visits.hour[mine], visits.family[mine]
        kind, passed = visits.kind[mine], family < 0
        open_line = passed | (visits.prompt[mine] if key[0] != "dns" else False)
        for n in np.flatnonzero(~open_line):
            open_line[n] = self._lines.is_open(key[0], key[1], network, int(session[n]), int(hour[n]))
        software, seen_to_work = visits.software[mine], visits.software[visits.family < 0]
        if key[0] == "dns":
            open_line &= visits.own_resolver[mine]
        speaks = open_line & np.isin(kind, kind[passed]) & ((software < 0) | np.isin(software, seen_to_work))
        failed = family == self._families.index(made)
        return Own(hour, visits.local[mine], kind, failed, passed).at(speaks)

    def _spell_of(
        self, key: Key, code: int, made: str, network: int, first: int, last: int, order: Order | None
    ) -> Spell:
        own = self._own(key, code, made, network)
        every = own.between(first, last)
        every = every.at(every.failed | every.passed)
        clock, weekday = every.local % 24, weekday_of(every.local)
        fails = every.failed if order is None else np.array([order.covers(n) for n in every.local.tolist()], np.bool_)
        hours, weekdays = np.unique(clock[fails]), np.unique(weekday[fails])
        inside = np.isin(clock, hours) & np.isin(weekday, weekdays)
        failed = np.bincount(clock[inside & every.failed], minlength=24)
        passed = np.bincount(clock[inside & every.passed], minlength=24)
        past = past_of(own, first, last, hours)
        said = " ".join(filter(None, (said_of_hours(weekdays.tolist(), hours.tolist()), self._clocks[network])))
        here = self._hours_row(key, made, every, inside, past)
        if order is not None:
            here = msgspec.structs.replace(here, lineage=ORDERED)
        through, rows = self._neighbour_rows(key, code, every.hour[every.failed], network)
        rows = [msgspec.structs.replace(here, hours=said), *_past_rows(key, past), *rows]
        return Spell(failed, passed, hours, weekdays, rows, through)

    def _hours_row(self, key: Key, made: str, every: Own, inside: Flags, past: Past | None) -> Control:
        failed = every.at(every.failed & inside)
        here, voices = voices_of(every, every.failed, inside)
        chance = chance_of_more(here - 1, voices - 1, past.failed, past.passed) if past else 1.0
        return control_of(
            key,
            HOURS,
            int((inside & every.passed).sum()),
            len(failed.hour),
            failure=made,
            sessions=voices,
            days=len(np.unique(failed.local // 24)),
            kinds=len(np.unique(failed.kind)),
            chance=min(1.0, chance * self._looked),
        )

    def _country_of(self, code: int, country: int) -> Country:
        visits = self._visits(code)
        chosen = np.flatnonzero(self._countries[visits.network] == country)
        chosen = chosen[np.argsort(visits.hour[chosen], kind="stable")]
        return Country(visits.hour[chosen], visits.network[chosen], visits.family[chosen] < 0)

    def _neighbour_rows(self, key: Key, code: int, failing: Codes, network: int) -> tuple[Codes, list[Control]]:
        """What other networks of the country did within an hour of the failures; and which of them get through."""
        country = self._country(code, int(self._countries[network]))
        near = np.unique(failing[:, None] + np.arange(-NEAR_HOURS, NEAR_HOURS + 1))
        place = np.minimum(np.searchsorted(near, country.hour), len(near) - 1)
        then = (near[place] == country.hour) & (country.network != network)
        passed, failed = _ends(country.network[then], country.passed[then], len(self._countries))
        every = passed + failed
        through = np.flatnonzero((every > 0) & (failed <= MOST_FAILING * every))
        failing_too = np.flatnonzero((every > 0) & (failed >= HALF * every))
        rows = [
            control_of(key, lineage, *_capped(passed[networks], failed[networks]), networks=len(networks))
            for lineage, networks in ((NEIGHBOURS, through), (NEIGHBOURS_FAIL, failing_too))
            if len(networks)
        ]
        return through, rows

    def _now(self, key: Key, code: int, spell: Spell, network: int, at: int) -> list[Control]:
        """What the networks that get through did near this very hour."""
        country = self._country(code, int(self._countries[network]))
        low = int(np.searchsorted(country.hour, at - NEAR_HOURS))
        high = int(np.searchsorted(country.hour, at + NEAR_HOURS, side="right"))
        passed, failed = _ends(country.network[low:high], country.passed[low:high], len(self._countries))
        networks = spell.through[(passed + failed)[spell.through] > 0]
        if not len(networks):
            return []
        ends = _capped(passed[networks], failed[networks])
        return [control_of(key, NEIGHBOURS_NOW, *ends, networks=len(networks))]


def reach(failing: Codes, at: int, lone_hours: int = LONE_HOURS) -> tuple[int, int] | None:
    """The first and the last of the failures that follow each other within a week, three weeks before one and after.

    It neither begins nor ends with one that has no other within `lone_hours`. None where this one is left out.
    """
    apart = np.diff(failing) > GAP_HOURS
    here = int(np.searchsorted(failing, at))
    breaks = np.flatnonzero(apart)
    begin = int(breaks[breaks < here][-1]) + 1 if (breaks < here).any() else 0
    end = int(breaks[breaks >= here][0]) if (breaks >= here).any() else len(failing) - 1
    begin = max(begin, int(np.searchsorted(failing, at - SPAN_HOURS)))
    end = min(end, int(np.searchsorted(failing, at + SPAN_HOURS, side="right")) - 1)
    while begin < end and failing[begin + 1] - failing[begin] > lone_hours:
        begin += 1
    while begin < end and failing[end] - failing[end - 1] > lone_hours:
        end -= 1
    return (int(failing[begin]), int(failing[end])) if failing[begin] <= at <= failing[end] else None


def _past_rows(key: Key, past: Past | None) -> list[Control]:
    if past is None:
        return []
    return [
        control_of(key, past.when, past.passed, past.failed, days=past.days),
        control_of(key, f"{past.when}_hours", past.passed_then, past.failed_then, days=past.days),
    ]


def _mostly(failed: np.int64, passed: np.int64) -> bool:
    return bool(failed > 0 and failed >= HALF * (failed + passed))


def _fails_that_day(own: Own, spell: Spell, at: int) -> bool:
    """Whether it mostly fails half a day before and after, at the hours of the spell."""
    day = own.between(at - DAY_HOURS, at + DAY_HOURS)
    day = day.at(spell.at_such_hours(day.local))
    return _mostly(day.failed.sum(), day.passed.sum())


def _fails_on_days_around(own: Own, clock: Codes, at: int) -> bool:
    """Whether it mostly fails at that hour of the days around, and on two or more: of a block that was for all day at
    first, and then for hours.
    """
    days = own.between(at - DAYS_AROUND_HOURS, at + DAYS_AROUND_HOURS)
    days = days.at(np.isin(days.local % 24, clock))
    several = len(np.unique(days.local[days.failed] // 24)) >= LEAST_DAYS
    return several and _mostly(days.failed.sum(), days.passed.sum())


def _ends(network: Codes, passed: Flags, networks: int) -> tuple[Codes, Codes]:
    """Sessions that got through and that did not, by network."""
    through = np.bincount(network[passed], minlength=networks)
    return through, np.bincount(network, minlength=networks) - through


def _capped(passed: Codes, failed: Codes) -> tuple[int, int]:
    """Voices that got through and that did not: at most five of a network."""
    every = passed + failed
    voices = np.minimum(every, VOICES_A_NEIGHBOUR)
    worst = np.round(failed * voices / every).astype(np.int64)
    return int((voices - worst).sum()), int(worst.sum())
