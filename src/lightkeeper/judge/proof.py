"""Proof: what other measurements say of a failure, and whether that is enough to accuse the network.

All of it stands in control rows, so that a verdict can be made again from the tables:

- `same_window`: sessions in other countries in the same hours, for the endpoint or, without address, for its name;
- `same_network`: sessions on the network itself that failed alike on an open line, and that got through;
- `same_hours`, `ordered_hours`: sessions on the network itself at the local hours and on the days of the week on which
  it fails, or which a document gives;
- `own_before`, `own_after`: a month in which the network got through, and (`_hours`) the same hours of it;
- `neighbours`, `neighbours_fail`, `neighbours_now`: other networks of the country within an hour of the failures: those
  on which most sessions get through, those on which most fail, and the former near this very hour;
- `same_line`: other parts that got through on the line at that hour, and that did not;
- `receipt`: the collector had the record within a minute of its failure, so that the line worked just then. It says
  nothing of the resolver;
- `same_software`, `other_software`: sessions elsewhere of the same version or platform, and of others;
- `history`: the 30 days before. What worked then may be down now, so it explains and never accuses.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import msgspec

from lightkeeper.judge.failure import CUT, kind
from lightkeeper.judge.home import (
    HOME,
    LEAST_DAYS_BY_CLOCK,
    LEAST_NETWORKS,
    LEAST_SESSIONS,
    MOST_FAILING,
    ORDERED,
    hours_in,
    missing_at_home,
    said_at_home,
)
from lightkeeper.judge.interval import share_at_most
from lightkeeper.model import Control, Observation
from lightkeeper.observe.addresses import is_bogon

Key = tuple[str, str, str, str, int, str]
"""Layer, target, host name, address, port and step of what was tried. Empty where it has none."""
RECEIPT = "receipt"
"""Lineage of the row that says that the collector had the record within a minute of its failure."""
LINEAGES = HOME | {"same_window", "same_network", "same_line", RECEIPT, "same_software", "other_software", "history"}
LEAST_COUNTRIES = 2
"""Countries elsewhere in which it must have got through."""
LEAST_WITNESSES = 2
"""Sessions on the network, or endpoints of the part in one measurement, that must fail alike. Endpoints
that time out count as one where another of the part got through: a line that loses packets shows that."""
SOFTWARE_FAILS = 0.8
"""Share of sessions elsewhere, on two networks or more, at which a failure follows the software."""
_MADE = {
    "dns": frozenset({"nxdomain", "refused", "no_answer", "bogon"}),
    "tcp": frozenset({"timeout", "reset", "refused"}),
    "tls": CUT,
    "quic": frozenset({"timeout", "reset", "eof"}),
    "http": CUT,
    "app": frozenset({"timeout", "reset", "eof", "refused"}),
}
_STALLED = frozenset({"not_ready", "timeout-reached"})
HELPERS = ("sni/", "ech/", "dns/")
_ENCRYPTED = frozenset({"doh", "dot", "doq"})


def kind_made_by_network(layer: str, failure: str | None) -> str | None:
    """The kind of a failure, if it is one that a network makes; none for others, such as a refused certificate."""
    found = kind(failure)
    if layer == "app" and failure is not None and found == "failure":
        plain = failure.casefold()
        found = "timeout" if plain in _STALLED or "timeout" in plain or "timed out" in plain else found
    return found if found in _MADE.get(layer, ()) else None


def step_of(seen: Observation) -> str:
    """The step above the common layers, without how far a bootstrap got."""
    step = seen.app_step or ""
    return "bootstrap" if step.startswith("bootstrap") else step


def failure_of(layer: str, seen: Observation) -> str | None:
    """The failure of a layer. An answer that no public server can have is one too, and so is none."""
    if layer != "dns" or seen.dns_failure is not None:
        found: str | None = getattr(seen, f"{layer}_failure")
        return found
    if any(k == "bogon" or k.startswith("fingerprint:") for k in seen.dns_answer_kinds):
        return "dns_bogon_error"
    return None if seen.dns_answers else "dns_no_answer"


def key_of(layer: str, seen: Observation) -> Key | None:
    """What was tried, as it is compared across networks; none for what cannot be.

    Left out are helpers that are asked under other names, encrypted resolvers, IPv6 addresses of a name, and addresses
    that are not public.
    """
    if seen.target.startswith(HELPERS) or (seen.ip is not None and is_bogon(seen.ip)):
        return None
    if layer == "dns" and (seen.dns_engine in _ENCRYPTED or seen.dns_query_type == "AAAA"):
        return None
    step = step_of(seen) if layer == "app" else ""
    if not (seen.hostname or seen.ip or step):
        return None
    place = ("", 0) if layer == "dns" else (seen.ip or "", seen.port or 0)
    return (layer, seen.target, seen.hostname or "", *place, step)


def key_in(row: Control) -> Key:
    """What a control row is about, as it is compared across networks."""
    return (row.layer, row.target or "", row.hostname or "", row.ip or "", row.port or 0, row.step or "")


def name_key(key: Key) -> Key | None:
    """The same without its address; none where there is no name, or no address to leave out."""
    layer, target, host, ip, port, step = key
    return (layer, target, host, "", port, step) if host and ip else None


def works(seen: Control) -> bool:
    """It got through elsewhere: on enough networks of enough countries, and surely in most sessions."""
    return (
        (seen.networks or 0) >= LEAST_NETWORKS
        and (seen.countries or 0) >= LEAST_COUNTRIES
        and share_at_most(seen.failed, seen.succeeded, MOST_FAILING)
    )


def is_open(line: Control | None) -> bool:
    """Other parts got through on the line, and not fewer than did not."""
    return line is not None and line.succeeded >= max(1, line.failed)


class Others:
    """What other measurements say of the failures of one measurement."""

    def __init__(self, observations: Iterable[Observation], controls: Iterable[Control]) -> None:
        self._rows: dict[tuple[str, Key, str], Control] = {}
        self._home: dict[Key, dict[str, Control]] = {}
        for row in controls:
            if row.lineage in HOME:
                self._home.setdefault(key_in(row), {})[row.lineage] = row
                continue
            self._rows[row.lineage, key_in(row), row.failure or "" if row.lineage == "same_network" else ""] = row
        self.known = bool(self._rows or self._home)
        self._through: set[tuple[str, str]] = set()
        self._names_through: set[Key | None] = set()
        self._alike: dict[tuple[str, str, str], set[Key]] = {}
        for seen in observations if self.known else ():
            for layer in layers_tried(seen):
                failure = failure_of(layer, seen)
                key_here, made = key_of(layer, seen), kind_made_by_network(layer, failure)
                if failure is None:
                    self._through.add((layer, seen.target))
                    self._names_through.add(name_key(key_here) if key_here else None)
                if key_here is not None and made is not None and self._works(key_here):
                    self._alike.setdefault((layer, seen.target, made), set()).add(key_here)

    def prove(self, layer: str, seen: Observation) -> bool:
        """Others get through elsewhere, the line is open, and the failure here is no single event."""
        return self.known and self.missing(layer, seen) == ""

    def know(self, layer: str, seen: Observation) -> bool:
        """There is something to say about others, enough or not."""
        return self.known and self.missing(layer, seen) is not None

    def missing(self, layer: str, seen: Observation) -> str | None:
        """What is missing for a proof, in words; empty if nothing is; none where others are not known."""
        if not self.known:
            return None
        made = kind_made_by_network(layer, failure_of(layer, seen))
        key = key_of(layer, seen) if made else None
        if made is None or key is None:
            return None
        there, home = self._there(key), missing_at_home(self._home_of(key))
        if there is None and home is None:
            return "others got through in the 30 days before, and none tried then" if self._before(key) else None
        if there is not None and there.failed > there.succeeded:
            return f"elsewhere it mostly fails too ({_sessions(there)})"
        if (there is None or not works(there)) and home != "":
            return home or f"too few got through elsewhere to tell ({_sessions(there)})"
        if self.follow_the_software(layer, seen):
            return "elsewhere it fails with the same software too, and not with other software"
        if not self._line_is_open(layer, seen.target):
            return "nothing shows that the line was open for other targets"
        return "" if home == "" else self._missing_here(layer, seen, key, made)

    def _missing_here(self, layer: str, seen: Observation, key: Key, made: str) -> str:
        """What is missing on the network itself where others got through elsewhere; empty if nothing is."""
        clock = hours_in(self._home_of(key))
        if clock is not None and clock.lineage == ORDERED and clock.failed >= LEAST_WITNESSES:
            return ""
        if clock is not None and clock.failed >= LEAST_SESSIONS and (clock.days or 0) >= LEAST_DAYS_BY_CLOCK:
            return ""
        here = self._rows.get(("same_network", key, made))
        passed, failed = (here.succeeded, here.failed) if here else (0, 0)
        if passed and passed > MOST_FAILING * (passed + failed):
            return f"{passed} sessions got through on the same network in the same hours"
        endpoints = len(self._alike.get((layer, seen.target, made), ())) if layer != "dns" else 0
        if made == "timeout" and (layer, seen.target) in self._through:
            endpoints = 1
        if max(failed, endpoints) < LEAST_WITNESSES:
            return "only one session and one endpoint on this network show it"
        return ""

    def follow_the_software(self, layer: str, seen: Observation) -> bool:
        """Elsewhere the same version or platform fails too, while others get through."""
        key = key_of(layer, seen) if self._rows else None
        if key is None:
            return False
        same, other = (self._rows.get((lineage, key, "")) for lineage in ("same_software", "other_software"))
        if same is None or other is None or (same.networks or 0) < 2 or (other.networks or 0) < 2:
            return False
        return same.failed >= SOFTWARE_FAILS * (same.failed + same.succeeded) and share_at_most(
            other.failed, other.succeeded, MOST_FAILING
        )

    def figures(self, layer: str, seen: Observation) -> str:
        """What is known, in numbers, as a sentence; empty where nothing is."""
        key = key_of(layer, seen) if self.known else None
        there = self._there(key) if key else None
        missing, home = self.missing(layer, seen), said_at_home(self._home_of(key)) if key else ""
        if not key or missing is None or not (there or home):
            return missing[:1].upper() + missing[1:] + "." if missing else ""
        elsewhere = f"Elsewhere {_sessions(there)}." if there else ""
        if missing:
            return " ".join(filter(None, (elsewhere, home, f"{missing[0].upper()}{missing[1:]}.")))
        if home:
            return " ".join(filter(None, (elsewhere, home)))
        here = self._rows.get(("same_network", key, kind_made_by_network(layer, failure_of(layer, seen)) or ""))
        alike = f" On this network {here.failed} of {here.failed + here.succeeded} failed alike." if here else ""
        return f"{elsewhere}{alike}"

    def _home_of(self, key: Key) -> Mapping[str, Control]:
        """Rows of the endpoint or, where they are no proof and the whole name fails, those of its name."""
        exact, name = self._home.get(key, {}), name_key(key)
        if name is None or name in self._names_through or missing_at_home(exact) == "":
            return exact
        by_name = self._home.get(name, {})
        return by_name if not exact or missing_at_home(by_name) == "" else exact

    def _line_is_open(self, layer: str, target: str) -> bool:
        if is_open(self._rows.get(("same_line", (layer, target, "", "", 0, ""), ""))):
            return True
        return layer != "dns" and ("receipt", ("tls", "", "", "", 0, ""), "") in self._rows

    def _works(self, key: Key) -> bool:
        there = self._there(key)
        return there is not None and works(there)

    def _there(self, key: Key) -> Control | None:
        exact = self._rows.get(("same_window", key, ""))
        name = name_key(key)
        return exact if exact or name is None else self._rows.get(("same_window", name, ""))

    def _before(self, key: Key) -> bool:
        before = self._rows.get(("history", key, ""))
        return before is not None and works(before)


def layers_tried(seen: Observation) -> list[str]:
    """The layers of an observation that can be compared across networks."""
    tried = {"tcp": seen.tcp_tried, "tls": seen.tls_tried, "quic": seen.quic_tried, "http": seen.http_tried}
    return [layer for layer, is_tried in {"dns": seen.dns_engine, **tried, "app": seen.app_tried}.items() if is_tried]


def control_of(key: Key, lineage: str, passed: int, failed: int, **more: int | float | str | None) -> Control:
    """A control row about a key; its measurement, number and hour are still to be set."""
    layer, target, host, ip, port, step = key
    place = {"hostname": host or None, "ip": ip or None, "port": port or None, "step": step or None}
    made = Control(
        measurement_id="", number=0, layer=layer, target=target, succeeded=passed, failed=failed, lineage=lineage
    )
    return msgspec.structs.replace(made, **place, **more)


def _sessions(there: Control | None) -> str:
    if there is None:
        return "none tried"
    every = there.succeeded + there.failed
    where = f"{there.networks or 0} networks in {there.countries or 0} countries"
    return f"{there.succeeded} of {every} sessions got through, on {where}"


NO_OTHERS = Others((), ())
"""Of a measurement of which others say nothing."""
