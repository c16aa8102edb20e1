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

    The harmless name shows that the helper and the probe work, and how many hops away the helper is. It is no control
    for the other name, but what ends a handshake nearer than that is not the helper (`app_step`: "hop 4 of 12").
    """
    rows, notes = Rows(row), list[str]()
    rows.connections(keys.tcp_connect or [], lambda _: None, target="sni/control")
    for traced in rows.at_most(keys.iterative_trace or [], MAX_TRACES):
        for part, trace in (("sni/control", traced.control_trace), (row.target, traced.target_trace)):
            if trace is not None and (found := telling(trace)) is not None:
                ttl, shake = found
                rows.handshakes([shake], {}, at=traced.address, target=part)
                reached = _reached(traced.control_trace)
                if rows.rows and shake.failure and 0 < ttl < reached:
                    rows.rows[-1] = msgspec.structs.replace(rows.rows[-1], app_step=f"hop {ttl} of {reached}")
                    notes.append(f"the handshake under the tested name ended at hop {ttl} of {reached} to the server")
    return Seen(row, rows.rows, [], [*rows.notes(), *dict.fromkeys(notes)])


def _reached(trace: Trace | None) -> int:
    """The TTL with which the harmless name got through; 0 where it did not."""
    found = telling(trace) if trace is not None else None
    return found[0] if found is not None and found[1].failure is None else 0


def telling(trace: Trace) -> tuple[int, Handshake] | None:
    """The handshake that tells how the name fared, and its TTL: one that succeeds, else one that is cut, else the last.

    Packets with a small TTL die on the way. That is the method, so such an end counts only where none lived longer.
    """
    tried = [
        (i.ttl or 0, i.handshake)
        for i in (trace.iterations or [])[:MAX_ITERATIONS]
        if i.handshake and i.handshake.failure is not msgspec.UNSET
    ]
    tried.sort(key=lambda pair: pair[0])
    done = [pair for pair in tried if pair[1].failure is None]
    cut = [pair for pair in tried if pair[1].failure is not None and pair[1].failure not in _OUT_OF_TTL]
    return next(iter([*done, *cut, *tried[-1:]]), None)
