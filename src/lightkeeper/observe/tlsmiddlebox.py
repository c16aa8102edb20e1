"""TLS middlebox (ts-037): handshakes with a helper under the tested name and a harmless one, at a rising TTL."""

from __future__ import annotations

import msgspec

from lightkeeper.model import Measurement
from lightkeeper.observe.facts import Rows, Seen
from lightkeeper.observe.fetch import named_host
from lightkeeper.observe.wire import Connect, Envelope, Handshake, Query, Text, Wire

NAME = "tlsmiddlebox"
MAX_ITERATIONS = 64
MAX_TRACES = 32
_OUT_OF_TTL = frozenset({"generic_timeout_error", "host_unreachable", "network_unreachable"})
"""How a handshake ends whose packets did not live to reach the server, which is what the nettest sets out to do."""


class Iteration(Wire):
    """One handshake whose packets live for `ttl` hops."""

    ttl: int | None = None
    handshake: Handshake | None = None


class Trace(Wire):
    """The handshakes under one name."""

    server_name: Text = None
    iterations: list[Iteration] | None = None


class Traced(Wire):
    """One address of the helper. The TCP traceroute (addresses of routers near the probe) is not read."""

    address: Text = None
    control_trace: Trace | None = None
    target_trace: Trace | None = None


class MiddleboxKeys(Wire):
    """`test_keys` of TLS middlebox."""

    queries: list[Query] | None = None
    tcp_connect: list[Connect] | None = None
    iterative_trace: list[Traced] | None = None


DECODER: msgspec.json.Decoder[MiddleboxKeys] = msgspec.json.Decoder(MiddleboxKeys)


def target(record: Envelope) -> str:
    """The tested name, as the name in a handshake with someone else's server: `sni/example.org`."""
    return f"sni/{named_host(record.input) or 'unknown'}"


def observe(row: Measurement, keys: MiddleboxKeys) -> Seen:
    """One observation a connection, and one a name and address: the handshake that tells.

    The harmless name shows that the helper and the probe work; it is no control for the other.
    """
    rows = Rows(row)
    rows.connections(keys.tcp_connect or [], lambda _: None, target="sni/control")
    for traced in rows.at_most(keys.iterative_trace or [], MAX_TRACES):
        for part, trace in (("sni/control", traced.control_trace), (row.target, traced.target_trace)):
            if trace is not None and (found := telling(trace)) is not None:
                rows.handshakes([found], {}, at=traced.address, target=part)
    return Seen(row, rows.rows, [], rows.notes())


def telling(trace: Trace) -> Handshake | None:
    """The handshake that tells how the name fared: one that succeeds, else one that was cut, else the farthest.

    Packets with a small TTL die on the way. That is the method, so such an end counts only where none lived longer.
    """
    tried = [(i.ttl or 0, i.handshake) for i in (trace.iterations or [])[:MAX_ITERATIONS] if i.handshake]
    tried.sort(key=lambda pair: pair[0])
    done = [shake for _, shake in tried if shake.failure is None]
    cut = [shake for _, shake in tried if shake.failure is not None and shake.failure not in _OUT_OF_TTL]
    farthest = [shake for _, shake in tried[-1:]]
    return next(iter([*done, *cut, *farthest]), None)
