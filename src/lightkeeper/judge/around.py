"""Around: the control that other measurements make, as rows that stand beside a measurement's own.

Elsewhere is every network in other countries whose network is known, within twelve hours. One session has one voice: it
got through if it did once. One network has at most five, and the country or network in which most fail is left out, so
that no network and no session, forged or censored, speaks for the world. What `proof` makes of these rows decides.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache

import msgspec
import numpy as np
import numpy.typing as npt

from lightkeeper.judge.everywhere import EVERYWHERE, LEAST_COUNTRIES, alike, fails_in_most
from lightkeeper.judge.failure import kind
from lightkeeper.judge.home import missing_at_home
from lightkeeper.judge.lines import Codes, Lines
from lightkeeper.judge.orders import Order
from lightkeeper.judge.proof import (
    RECEIPT,
    Key,
    control_of,
    failure_of,
    key_of,
    kind_made_by_network,
    layers_tried,
    name_key,
)
from lightkeeper.judge.spells import Spells, Visits
from lightkeeper.model import Control, Measurement
from lightkeeper.observe.addresses import prefix_of
from lightkeeper.observe.facts import Seen, hour_of

Flags = npt.NDArray[np.bool_]

WINDOW_HOURS = 12
HISTORY_HOURS = 30 * 24
SESSIONS_A_NETWORK = 5
"""Voices of one network elsewhere that count. Two networks are not enough for a proof, whatever they send."""
MAX_KEYS = 100
"""Failures of one measurement that others are asked about."""
GOT_THROUGH = "ok"
PROMPT_S = 90
"""Seconds from the begin of a measurement to its receipt. A nettest runs for half a minute and hands in at its end."""
EXACT_ID = r"^[0-9]{14}\.[0-9]+_"
"""How the id of a measurement begins that tells when the collector had it."""
KEPT = 5_000
"""Answers of one kind that are kept for whoever asks next. Measurements of one part ask for the same keys and hours."""


class Attempts(msgspec.Struct, frozen=True):
    """What was tried, a row each: by key, hour since 1970, network, session and outcome, all as codes.

    `outcomes` names the codes of `outcome`: `ok`, or the kind of a failure. `networks` are (country, ASN);
    `software` and `platform` are codes, -1 where not known. `prompt` is true where the record was handed in at once.
    `local` is the hour by the clock of the network's country, `kind` the kind of probe. `clocks` names the clock of
    each network where it is not its country's own.
    """

    key: Codes
    hour: Codes
    network: Codes
    session: Codes
    outcome: Codes
    software: Codes
    platform: Codes
    prompt: Flags
    own_resolver: Flags
    local: Codes
    kind: Codes
    keys: dict[Key, int]
    outcomes: list[str]
    networks: list[tuple[str, int]]
    sessions: dict[str, int]
    clocks: list[str]
    looked: int = 1
    orders: Sequence[Order] = ()


class Tally(msgspec.Struct, frozen=True):
    """Sessions that got through and that failed, by network."""

    network: Codes
    passed: Codes
    failed: Codes


class Around:
    """Answers for one measurement after another. Rows of one hour and key are counted once."""

    def __init__(self, tried: Attempts, lines: Lines) -> None:
        order = np.lexsort((tried.hour, tried.key))
        self._tried = msgspec.structs.replace(tried, **{n: getattr(tried, n)[order] for n in _COLUMNS})
        self._lines = lines
        self._starts = np.searchsorted(self._tried.key, np.arange(len(tried.keys) + 1))
        self._network = {network: code for code, network in enumerate(tried.networks)}
        countries = sorted({country for country, _ in tried.networks})
        self._country = np.array([countries.index(country) for country, _ in tried.networks], dtype=np.int64)
        self._one_country = len(countries) < 2
        self._asn = np.array([asn for _, asn in tried.networks], dtype=np.int64)
        self._ok = tried.outcomes.index(GOT_THROUGH) if GOT_THROUGH in tried.outcomes else -1
        self._count = lru_cache(KEPT)(self._tally_of)
        self._window = lru_cache(KEPT)(self._window_row)
        self._here = lru_cache(KEPT)(self._network_row)
        self._by_software = lru_cache(KEPT)(self._software_rows)
        self._everywhere = lru_cache(KEPT)(self._everywhere_row)
        self._spells = Spells(self._visits_of, tried, self._country, lines)

    def rows(self, seen: Seen, *, lacking: bool = True) -> list[Control]:
        """Control rows for the failures of one measurement; none where its network or hour is not known.

        One that is not `lacking` a control of its own is only told what fails in other countries too.
        """
        row, hour = seen.measurement, hour_of(seen.measurement)
        network = self._network.get((row.probe_cc or "", row.probe_asn or 0))
        if network is None or hour is None:
            return []
        at = int(hour.timestamp()) // 3600
        session = self._tried.sessions.get(row.report_id or row.measurement_id, -1)
        found: list[Control] = []
        for (key, failure), places in _failures(seen).items():
            told = [] if (row_of := self._too(key, failure, network, at)) is None else [row_of]
            if lacking:
                told += self._of(key, kind_made_by_network(key[0], failure), network, session, at, places)
            found += [msgspec.structs.replace(r, measurement_id=row.measurement_id, hour=hour) for r in told]
        if found and lacking and is_prompt(row):
            found.append(
                Control(
                    measurement_id=row.measurement_id, number=0, hour=hour, layer="tls", succeeded=1, lineage=RECEIPT
                )
            )
        lines = {(c.layer, c.target): c for c in found if c.lineage == "same_line"}
        found = [c for c in found if c.lineage != "same_line"] + list(lines.values())
        unique = {(c.lineage, c.layer, c.target, c.hostname, c.ip, c.port, c.step, c.failure): c for c in found}
        first = max((c.number for c in seen.controls), default=-1) + 1
        return [msgspec.structs.replace(c, number=first + n) for n, c in enumerate(unique.values())]

    def _of(self, key: Key, made: str | None, network: int, session: int, at: int, places: int) -> list[Control]:
        exact = self._window(key, network, at, "same_window")
        found = list(self._by_software(key, network, at))
        if made is None:
            return found
        name = name_key(key)
        home = self._at_home(key, made, network, at)
        found += home
        if exact is None and name is not None and places > 1:
            exact = self._window(name, network, at, "same_window")
        if exact is None:
            before = self._window(key, network, at, "history")
            found += [before] if before else []
            return [*found, self._line(key, network, session, at)] if home else found
        return [*found, exact, self._here(key, made, network, at), self._line(key, network, session, at)]

    def _too(self, key: Key, failure: str, network: int, at: int) -> Control | None:
        """Other countries in which it fails alike, at the address or, where too few tried that, under the name."""
        if self._one_country:
            return None
        exact, name = self._everywhere(key, failure, network, at), name_key(key)
        return exact if exact or name is None else self._everywhere(name, failure, network, at)

    def _everywhere_row(self, key: Key, failure: str, network: int, at: int) -> Control | None:
        code = self._tried.keys.get(key)
        if code is None:
            return None
        made = alike(kind(failure) or "")
        same = [n for n, name in enumerate(self._tried.outcomes) if alike(name) == made]
        tally = self._elsewhere(
            self._count(code, at - WINDOW_HOURS, at + WINDOW_HOURS, tuple(same)), network, spare=False
        )
        country = self._country[tally.network]
        fails = tally.failed > tally.passed
        size = len(self._country)
        every = np.bincount(country, minlength=size)
        too = np.bincount(country, weights=fails, minlength=size) * 2 > every
        if (every > 0).sum() < LEAST_COUNTRIES:
            return None
        failing = int(too.sum())
        networks = int((fails & too[country]).sum())
        passed = int((every > 0).sum()) - failing
        more = {
            "networks": networks,
            "countries": passed + failing,
            "sessions": int((tally.passed + tally.failed).sum()),
        }
        row = control_of(key, EVERYWHERE, passed, failing, failure=made, **more)
        return row if fails_in_most(row) else None

    def _window_row(self, key: Key, network: int, at: int, lineage: str) -> Control | None:
        code = self._tried.keys.get(key)
        if code is None or self._one_country:
            return None
        first, last = at - WINDOW_HOURS, at + WINDOW_HOURS
        if lineage == "history":
            first, last = first - HISTORY_HOURS, first - 1
        return self._row(key, lineage, self._elsewhere(self._count(code, first, last), network))

    def _software_rows(self, key: Key, network: int, at: int) -> list[Control]:
        """Sessions elsewhere by the software of those that fail here: of the first axis along which they fall apart."""
        code, tried = self._tried.keys.get(key), self._tried
        if code is None or self._one_country:
            return []
        chosen = self._between(code, at - WINDOW_HOURS, at + WINDOW_HOURS)
        for axis, codes in (("software", tried.software[chosen]), ("platform", tried.platform[chosen])):
            mine = (tried.network[chosen] == network) & (tried.outcome[chosen] != self._ok) & (codes >= 0)
            known = np.unique(codes[mine])
            if len(known) != 1:
                continue
            same, other = (
                self._elsewhere(self._tally(chosen, rows), network, spare=False)
                for rows in (codes == known[0], (codes != known[0]) & (codes >= 0))
            )
            if same.failed.sum() > same.passed.sum() and other.passed.sum() > other.failed.sum():
                made = [self._row(key, f"{n}_software", tally) for n, tally in (("same", same), ("other", other))]
                return [msgspec.structs.replace(row, failure=axis) for row in made if row is not None]
        return []

    def _at_home(self, key: Key, made: str, network: int, at: int) -> list[Control]:
        """What the network's own weeks and its neighbours tell of the endpoint or, if that is no proof, of its name."""
        found: list[Control] = []
        for one in (key, name_key(key)):
            code = self._tried.keys.get(one) if one else None
            if one is not None and code is not None:
                told = self._spells.rows(one, code, made, network, at)
                found += told
                if missing_at_home({row.lineage: row for row in told}) == "":
                    break
        return found

    def _visits_of(self, code: int, family_of: Codes) -> Visits:
        """What became of one key, a row for each network, session and hour; it got through if it did once."""
        tried = self._tried
        rows = slice(int(self._starts[code]), int(self._starts[code + 1]))
        network, session, hour = tried.network[rows], tried.session[rows], tried.hour[rows]
        family = family_of[tried.outcome[rows]]
        order = np.lexsort((family, session, hour, network))
        network, session, hour = network[order], session[order], hour[order]
        new = np.ones(len(order), bool)
        new[1:] = (np.diff(network) != 0) | (np.diff(session) != 0) | (np.diff(hour) != 0)
        first = order[new]
        prompt = np.logical_or.reduceat(tried.prompt[rows][order], np.flatnonzero(new)) if len(order) else new
        return Visits(
            network=network[new],
            session=session[new],
            hour=hour[new],
            local=tried.local[rows][first],
            kind=tried.kind[rows][first],
            software=tried.software[rows][first],
            family=family[first],
            prompt=prompt,
            own_resolver=tried.own_resolver[rows][first],
            starts=np.searchsorted(network[new], np.arange(len(tried.networks) + 1)),
        )

    def _network_row(self, key: Key, made: str, network: int, at: int) -> Control:
        """Sessions on the network itself: got through, or failed alike on a line that was open then."""
        code, tried = self._tried.keys.get(key, -1), self._tried
        chosen = self._between(code, at - WINDOW_HOURS, at + WINDOW_HOURS) if code >= 0 else slice(0)
        mine = tried.network[chosen] == network
        sessions, hours = tried.session[chosen][mine], tried.hour[chosen][mine]
        outcomes = tried.outcome[chosen][mine]
        passed = np.unique(sessions[outcomes == self._ok])
        alike = (outcomes == (tried.outcomes.index(made) if made in tried.outcomes else -1)) & ~np.isin(
            sessions, passed
        )
        pairs = {(int(s), int(h)) for s, h in zip(sessions[alike], hours[alike], strict=True)}
        prompt = set(sessions[alike & tried.prompt[chosen][mine]].tolist()) if key[0] != "dns" else set()
        failed = {s for s, h in sorted(pairs) if s in prompt or self._lines.is_open(key[0], key[1], network, s, h)}
        return control_of(
            key, "same_network", len(passed), len(failed), failure=made, sessions=len(passed) + len(failed)
        )

    def _line(self, key: Key, network: int, session: int, at: int) -> Control:
        layer, target = key[0], key[1]
        passed, failed = self._lines.voices(layer, target, network, session, at)
        return control_of((layer, target, "", "", 0, ""), "same_line", passed, failed)

    def _row(self, key: Key, lineage: str, tally: Tally) -> Control | None:
        if not len(tally.network):
            return None
        every = tally.passed + tally.failed
        voices = np.minimum(every, SESSIONS_A_NETWORK)
        failed = -(-tally.failed * voices // every)
        good = (voices - failed > 0) if lineage != "same_software" else failed > 0
        return control_of(
            key,
            lineage,
            int((voices - failed).sum()),
            int(failed.sum()),
            networks=len(np.unique(self._asn[tally.network[good]])),
            countries=len(np.unique(self._country[tally.network[good]])),
            sessions=int(every.sum()),
        )

    def _elsewhere(self, tally: Tally, network: int, *, spare: bool = True) -> Tally:
        """Other countries and networks; but for the one country, else the one network, that fails most."""
        country = self._country[tally.network]
        kept = (country != self._country[network]) & (self._asn[tally.network] != self._asn[network])
        if spare:
            kept &= ~_spared(tally, country, kept & (tally.failed > tally.passed))
        return Tally(tally.network[kept], tally.passed[kept], tally.failed[kept])

    def _tally_of(self, code: int, first: int, last: int, same: tuple[int, ...] = ()) -> Tally:
        chosen = self._between(code, first, last)
        return self._tally(chosen, np.ones(chosen.stop - chosen.start, bool), same)

    def _tally(self, chosen: slice, rows: Flags, same: tuple[int, ...] = ()) -> Tally:
        """One voice a session of a network: it got through if it did once.

        With `same`, it failed only if it did so in one of these ways, and all others count as passed.
        """
        network, session = self._tried.network[chosen][rows], self._tried.session[chosen][rows]
        ok = self._tried.outcome[chosen][rows] == self._ok
        voices, which = np.unique(network * (len(self._tried.sessions) + 1) + session, return_inverse=True)
        through = np.bincount(which, weights=ok, minlength=len(voices)) > 0
        if same:
            alike_too = np.isin(self._tried.outcome[chosen][rows], same)
            through |= np.bincount(which, weights=alike_too, minlength=len(voices)) == 0
        networks, at = np.unique(voices // (len(self._tried.sessions) + 1), return_inverse=True)
        passed = np.bincount(at, weights=through, minlength=len(networks)).astype(np.int64)
        return Tally(networks, passed, np.bincount(at, minlength=len(networks)) - passed)

    def _between(self, code: int, first: int, last: int) -> slice:
        """Rows of a key from one hour to another, both included."""
        start, stop = int(self._starts[code]), int(self._starts[code + 1])
        hours = self._tried.hour[start:stop]
        low, high = np.searchsorted(hours, first), np.searchsorted(hours, last, side="right")
        return slice(start + int(low), start + int(high))


def _failures(seen: Seen) -> dict[tuple[Key, str], int]:
    """What failed and how, and at how many places of the name the like was seen."""
    found: dict[tuple[Key, str], str] = {}
    for o in seen.observations:
        for layer in layers_tried(o):
            failure = failure_of(layer, o)
            key = key_of(layer, o) if failure is not None else None
            if key is not None and failure is not None and len(found) < MAX_KEYS:
                found[key, failure] = prefix_of(o.ip or "")
    places: dict[tuple[str, ...], set[str]] = {}
    for (key, failure), place in found.items():
        places.setdefault((*key[:3], _made(key, failure)), set()).add(place)
    return {(key, failure): len(places[(*key[:3], _made(key, failure))]) for key, failure in found}


def is_prompt(row: Measurement) -> bool:
    """The collector had the record so soon that its failures were at most a minute old: the line worked just then."""
    if row.started_at is None or row.received_at is None or re.match(EXACT_ID, row.measurement_id) is None:
        return False
    return abs((row.received_at - row.started_at).total_seconds()) <= PROMPT_S


def _made(key: Key, failure: str) -> str:
    return kind_made_by_network(key[0], failure) or ""


def _spared(tally: Tally, country: Codes, failing: Flags) -> Flags:
    """What to leave out: the country with most failing networks if it has two or more, else the one failing network."""
    if not failing.any():
        return failing
    counts = np.bincount(country[failing])
    if counts.max() > 1:
        spared: Flags = country == int(counts.argmax())
        return spared
    worst = int(np.argmax(np.where(failing, tally.failed, -1)))
    spared = np.arange(len(failing)) == worst
    return spared


_COLUMNS: Sequence[str] = (
    "key",
    "hour",
    "network",
    "session",
    "outcome",
    "software",
    "platform",
    "prompt",
    "own_resolver",
    "local",
    "kind",
)
