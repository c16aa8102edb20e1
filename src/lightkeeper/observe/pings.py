"""What nettests share that do one thing many times with one endpoint."""

from __future__ import annotations

from typing import Any

import msgspec

from lightkeeper.model import Measurement
from lightkeeper.observe.facts import MAX_ROWS, Rows, Seen
from lightkeeper.observe.fetch import named_host
from lightkeeper.observe.targets import target_of
from lightkeeper.observe.wire import Connect, Handshake, Query, Text, Wire


class Reply(Wire):
    """One reply to a ping, of which it matters only that it came."""

    failure: Text = None


class Ping(Wire):
    """One ping, of whichever kind."""

    tcp_connect: Connect | None = None
    tls_handshake: Handshake | None = None
    quic_handshake: Handshake | None = None
    query: Query | None = None
    failure: Text = None
    responses: list[Reply] | None = None


class PingKeys(Wire):
    """`test_keys` of such nettests."""

    pings: list[Ping] | None = None


DECODER: msgspec.json.Decoder[PingKeys] = msgspec.json.Decoder(PingKeys)


def ping_target(nettest: str, value: Any) -> str:
    """The target of the pinged host name; an address has none of its own and gives `tcpping/unnamed`."""
    host = named_host(value)
    return target_of(host) if host else f"{nettest}/unnamed"


def observe_pings(row: Measurement, keys: PingKeys) -> Seen:
    """One observation a connection, handshake and look-up. The record has no control."""
    rows = Rows(row, lambda _: row.target)
    pings = (keys.pings or [])[:MAX_ROWS]
    host = named_host(row.input)
    rows.connections([p.tcp_connect for p in pings if p.tcp_connect], lambda _: host)
    rows.handshakes([p.tls_handshake for p in pings if p.tls_handshake], {})
    rows.handshakes([p.quic_handshake for p in pings if p.quic_handshake], {}, quic=True)
    return Seen(row, rows.rows, [], rows.notes())
