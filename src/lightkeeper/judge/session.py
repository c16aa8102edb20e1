"""Session: what the other records of one session say of a record, as control rows that stand beside its own.

One record cannot tell a block from a resolver that answers for every dead name, nor from one that was slow just then.
Its session can: the same resolver, within the hour, asked for other names.
"""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

from lightkeeper.judge.failure import kind
from lightkeeper.judge.resolving import SYSTEM
from lightkeeper.model import Control, Measurement, Observation
from lightkeeper.observe.facts import Seen, hour_of

SESSION = "same_session"
"""Lineage of the rows."""
DEAD, OTHERS = "dead names", "other names"
"""Steps of the rows: names that do not exist and lead to one address; other names that the resolver answered."""
LEAST_DEAD = 2
"""Dead names at one address that make a wildcard of it."""
LEAST_OTHERS = 2
"""Other names that the resolver must have answered, and none that it failed alike, so that one failure stands out."""
MOST_NAMES = 5_000
"""Names of one session that are kept. Real ones have some hundreds."""


def session_of(row: Measurement) -> tuple[object, ...]:
    """What the records of one session share: the report; without one the network, the software and the hour."""
    if row.report_id:
        return (row.report_id,)
    hour = hour_of(row)
    return (row.probe_cc, row.probe_asn, row.resolver_asn, row.software, row.platform, hour)


class Session:
    """The look-ups of one session, by name."""

    def __init__(self) -> None:
        self._dead: dict[str, set[str]] = {}
        self._answered: set[str] = set()
        self._failed: dict[str, set[str]] = {}

    def take(self, seen: Seen) -> None:
        """Take in the look-ups of one record by the resolver of its line."""
        gone = {c.hostname for c in seen.controls if c.layer == "dns" and kind(c.failure) == "nxdomain"}
        for o in seen.observations:
            if o.dns_engine not in SYSTEM or o.hostname is None or len(self._answered) >= MOST_NAMES:
                continue
            if o.dns_failure is None and o.dns_answers:
                self._answered.add(o.hostname)
                for address in o.dns_answers if o.hostname in gone else ():
                    self._dead.setdefault(address, set()).add(o.hostname)
            elif (made := kind(o.dns_failure)) is not None:
                self._failed.setdefault(made, set()).add(o.hostname)

    def rows(self, seen: Seen) -> list[Control]:
        """What the session says of one record, numbered after its own control rows."""
        found: dict[tuple[str, str, str], Control] = {}
        for o in seen.observations:
            if o.dns_engine not in SYSTEM or o.hostname is None:
                continue
            for address in o.dns_answers:
                names = self._dead.get(address, set())
                if o.hostname in names and len(names) >= LEAST_DEAD:
                    found[DEAD, o.hostname, address] = _row(o, DEAD, failed=len(names), ip=address, failure="nxdomain")
            made = kind(o.dns_failure)
            if made in ("servfail", "timeout"):
                others, alike = self._answered - {o.hostname}, self._failed.get(made, set()) - {o.hostname}
                if others:
                    found[OTHERS, o.hostname, made] = _row(
                        o, OTHERS, succeeded=len(others), failed=len(alike), failure=made
                    )
        first = max((c.number for c in seen.controls), default=-1) + 1
        return [msgspec.structs.replace(c, number=first + n) for n, c in enumerate(found.values())]


class Told:
    """What the rows of a session say, asked by look-up."""

    def __init__(self, rows: Iterable[Control]) -> None:
        self._dead: set[tuple[str | None, str | None]] = set()
        self._others: dict[tuple[str | None, str | None], Control] = {}
        for row in rows:
            if row.step == DEAD and row.failed >= LEAST_DEAD:
                self._dead.add((row.hostname, row.ip))
            elif row.step == OTHERS:
                self._others[row.hostname, row.failure] = row

    def is_wildcard(self, seen: Observation) -> bool:
        """The resolver gives this answer for other names too that do not exist."""
        return any((seen.hostname, address) in self._dead for address in seen.dns_answers)

    def answers_others(self, seen: Observation) -> bool:
        """The resolver answered other names in the session, and failed for none of them as for this one."""
        row = self._others.get((seen.hostname, kind(seen.dns_failure)))
        return row is not None and row.succeeded >= LEAST_OTHERS and row.failed == 0


def _row(seen: Observation, step: str, *, succeeded: int = 0, failed: int = 0, **more: str) -> Control:
    made = Control(
        measurement_id=seen.measurement_id, number=0, layer="dns", hostname=seen.hostname, step=step, lineage=SESSION
    )
    return msgspec.structs.replace(made, succeeded=succeeded, failed=failed, **more)
