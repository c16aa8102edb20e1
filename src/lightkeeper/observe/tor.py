"""Tor (ts-023): its directory authorities, relays and obfs4 bridges, one by one."""

from __future__ import annotations

from collections import Counter

import msgspec

from lightkeeper.model import Measurement, Observation
from lightkeeper.observe.addresses import endpoint
from lightkeeper.observe.facts import Rows, Seen
from lightkeeper.observe.wire import Connect, Envelope, Exchange, Failure, Handshake, Text, Wire

NAME = "tor"
_PARTS = {"or_port_dirauth": "tor/dirauth", "dir_port": "tor/dir_port", "or_port": "tor/or_port", "obfs4": "tor/obfs4"}


class Outcome(Wire):
    """How one operation on an endpoint ended."""

    failure: Failure = msgspec.UNSET


class Endpoint(Wire):
    """What the probe did with one endpoint."""

    failure: Text = None
    summary: dict[str, Outcome | str | None] | None = None
    target_address: Text = None
    target_protocol: Text = None
    tcp_connect: list[Connect] | None = None
    tls_handshakes: list[Handshake] | None = None
    requests: list[Exchange] | None = None


class TorKeys(Wire):
    """`test_keys` of the Tor nettest. The counts of the probe (`*_accessible`) are not read.

    The first probes, of January 2020, wrote the endpoints as a list, without their names and without a summary.
    """

    targets: dict[str, Endpoint] | list[Endpoint] | None = None


DECODER: msgspec.json.Decoder[TorKeys] = msgspec.json.Decoder(TorKeys)


def target(record: Envelope) -> str:  # noqa: ARG001
    """Always the network as a whole."""
    return "tor/network"


def observe(row: Measurement, keys: TorKeys) -> Seen:
    """Observations of each endpoint: connection, then TLS handshake, request or obfs4 handshake. No control."""
    rows = Rows(row)
    tried: Counter[str] = Counter()
    answered: Counter[str] = Counter()
    targets = keys.targets or []
    for found in rows.at_most(list(targets.values()) if isinstance(targets, dict) else targets):
        first = len(rows.rows)
        _endpoint(rows, found)
        if made := rows.rows[first:]:
            tried[made[0].target] += 1
            answered[made[0].target] += all(_went_well(o) for o in made)
    notes = rows.notes()
    notes += [
        f"of {n} endpoints of {part}, {answered[part]} answered" for part, n in tried.items() if answered[part] < n
    ]
    connected = {o.tcp_failure is None for o in rows.rows if o.tcp_tried}
    if connected == {True, False}:
        notes.append("the probe was online: other endpoints of the same record could be connected to")
    return Seen(row, rows.rows, [], notes)


def _endpoint(rows: Rows, found: Endpoint) -> None:
    protocol = found.target_protocol or ""
    part = _PARTS.get(protocol, "tor/other")
    first = len(rows.rows)
    rows.connections(found.tcp_connect or [], lambda _: None, target=part)
    rows.handshakes(found.tls_handshakes or [], {}, at=found.target_address, target=part)
    rows.exchanges([(0, r) for r in found.requests or []], target=part)
    made = rows.rows[first:]
    where = endpoint(found.target_address or "")
    at = {"ip": where[0], "port": where[1]} if where else {}
    summary = {step: end for step, end in (found.summary or {}).items() if not _is_unsaid(end)}
    rows.unread += len(found.summary or {}) - len(summary)
    connect = _failure(summary.get("connect")) if "connect" in summary else None
    if "connect" in summary and not any(o.tcp_tried for o in made):
        # Private bridges are published without their details.
        rows.add(None, target=part, tcp_tried=True, tcp_failure=connect, **at)
    if connect is not None or any(o.tcp_failure is not None for o in made):
        return
    if protocol.startswith("or_port") and "handshake" in summary and not any(o.tls_tried for o in made):
        rows.add(None, target=part, tls_tried=True, tls_failure=_failure(summary["handshake"]), **at)
    elif protocol == "obfs4" and (made or summary or found.failure):
        rows.app(part, "obfs4 handshake", _failure(summary.get("handshake")) or found.failure, **at)
    elif not made and not summary and found.failure is not None:
        rows.app(part, f"{protocol} access" if protocol in _PARTS else "access", found.failure, **at)


def _went_well(seen: Observation) -> bool:
    return not (seen.tcp_failure or seen.tls_failure or seen.http_failure or seen.app_failure)


def _failure(outcome: Outcome | str | None) -> str | None:
    return outcome.failure or None if isinstance(outcome, Outcome) else outcome


def _is_unsaid(outcome: Outcome | str | None) -> bool:
    return isinstance(outcome, Outcome) and outcome.failure is msgspec.UNSET
