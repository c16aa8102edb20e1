"""What nettests share that do one thing many times with one endpoint."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import chain, islice
from typing import Any, TypeVar

import msgspec

from lightkeeper.model import Measurement
from lightkeeper.observe.facts import MAX_ROWS, Rows, Seen
from lightkeeper.observe.fetch import named_host
from lightkeeper.observe.targets import target_of
from lightkeeper.observe.wire import Connect, Handshake, Query, Text, Wire

P = TypeVar("P", bound=Wire)


class Reply(Wire):
    """One reply to a ping, of which it matters only that it came."""

    failure: Text = None


class Ping(Wire):
    """One ping, of whichever kind. Until 2022-08-06 each part was a list (ts-034, Semantics; ts-032, Example)."""

    tcp_connect: Connect | list[Connect] | None = None
    tls_handshake: Handshake | list[Handshake] | None = None
    quic_handshake: Handshake | list[Handshake] | None = None
    query: Query | list[Query] | None = None
    failure: Text = None
    responses: list[Reply] | None = None


class PingKeys(Wire):
    """`test_keys` of such nettests."""

    pings: list[Ping] | None = None


DECODER: msgspec.json.Decoder[PingKeys] = msgspec.json.Decoder(PingKeys)


def parts(found: Iterable[P | list[P] | None]) -> list[P]:
    """One part of all pings as one list, of records of either form; at most `MAX_ROWS`."""
    flat = chain.from_iterable(part if isinstance(part, list) else [part] for part in found if part)
    return list(islice(flat, MAX_ROWS))


def ping_target(nettest: str, value: Any) -> str:
    """The target of the pinged host name; an address has none of its own and gives `tcpping/unnamed`."""
    host = named_host(value)
    return target_of(host) if host else f"{nettest}/unnamed"


def observe_pings(row: Measurement, keys: PingKeys) -> Seen:
    """One observation a connection, handshake and look-up. The record has no control."""
    rows = Rows(row, lambda _: row.target)
    pings = rows.at_most(keys.pings or [])
    host = named_host(row.input)
    rows.connections(parts(p.tcp_connect for p in pings), lambda _: host)
    rows.handshakes(parts(p.tls_handshake for p in pings), {})
    rows.handshakes(parts(p.quic_handshake for p in pings), {}, quic=True)
    return Seen(row, rows.rows, [], rows.notes())
