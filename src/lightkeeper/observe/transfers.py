"""Transfers: bytes against time of the pages that came, from the events of their connections (df-008)."""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

from lightkeeper.observe.addresses import MAX_URL, endpoint, split_url
from lightkeeper.observe.decode import clean
from lightkeeper.observe.facts import Rows
from lightkeeper.observe.rates import add_rate
from lightkeeper.observe.wire import Exchange, NetworkEvent

LEAST_BYTES = 16 * 1024
"""Bytes below which a page shows latency and no speed: a server may send its first ten segments, 14,600 bytes, without
waiting for anything (RFC 6928)."""
HEAD_BYTES = 4 * 1024
"""The clock starts once this much has come. Before it come settings and headers, after which a server may still think.
"""
LEAST_SECONDS = 0.001
"""Bytes that had been waiting in the machine's own buffer come at once; a shorter time is not told apart."""
MAX_EVENTS = 20_000


class Clock(msgspec.Struct, gc=False):
    """What one connection read, and when: `reads` holds seconds and bytes of each read."""

    reads: list[tuple[float, float]]
    began: float | None = None
    ended: float | None = None


def add_transfers(rows: Rows, exchanges: Iterable[tuple[int, Exchange]], events: list[NetworkEvent] | None) -> None:
    """One observation of a speed for each HTTP exchange that brought at least `LEAST_BYTES` after its head.

    Bytes are those of the connection, with the framing of TLS but without its handshake. Events are put to an exchange
    by their transaction alone: records of probes that did not number them give nothing.
    """
    if not events:
        return
    wanted = {exchange.transaction_id: (hop, exchange) for hop, exchange in exchanges if exchange.transaction_id}
    if not wanted:
        return
    for number, clock in _clocks(events, set(wanted)).items():
        hop, exchange = wanted[number]
        measured = bytes_and_seconds(clock, failed=bool(exchange.failure))
        if measured is not None:
            parts = split_url(clean(exchange.request.url if exchange.request else None, MAX_URL))
            ip, port = endpoint(exchange.address or "") or (None, None)
            host = parts[1] if parts else None
            add_rate(rows, None, None, *measured, exchange.failure or None, host=host, hop=hop, ip=ip, port=port)


def _clocks(events: list[NetworkEvent], wanted: set[int]) -> dict[int, Clock]:
    clocks = {number: Clock([]) for number in wanted}
    for event in events[:MAX_EVENTS]:
        number, t = event.transaction_id, event.t
        if number is None or t is None or (clock := clocks.get(number)) is None:
            continue
        if event.operation == "read":
            if event.num_bytes:
                clock.reads.append((t, event.num_bytes))
        elif event.operation == "http_transaction_start":
            clock.began = t
        elif event.operation == "http_transaction_done":
            clock.ended = t
    return clocks


def bytes_and_seconds(clock: Clock, *, failed: bool) -> tuple[float, float] | None:
    """Bytes that came after the head of a response, and the seconds they took; none where that shows no speed.

    The time ends with the last read. Where the exchange failed it ends with the exchange, for a transfer that stands
    still is not one that is done.
    """
    if clock.began is None or clock.ended is None:
        return None
    began, ended = clock.began, clock.ended
    reads = sorted(read for read in clock.reads if began <= read[0] <= ended and read[1] > 0)
    head, place = 0.0, 0
    while place < len(reads) and head < HEAD_BYTES:
        head += reads[place][1]
        place += 1
    counted = sum(size for _, size in reads[place:])
    if counted < LEAST_BYTES:
        return None
    return counted, max((ended if failed else reads[-1][0]) - reads[place - 1][0], LEAST_SECONDS)
