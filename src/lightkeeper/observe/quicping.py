"""QUIC ping (ts-031): packets that any QUIC server answers, many times, without a handshake."""

from __future__ import annotations

from lightkeeper.model import Measurement
from lightkeeper.observe.facts import MAX_ROWS, Rows, Seen
from lightkeeper.observe.pings import DECODER, PingKeys, ping_target
from lightkeeper.observe.wire import Envelope

NAME = "quicping"
__all__ = ["DECODER", "NAME", "observe", "target"]


def target(record: Envelope) -> str:
    """The target that the pinged host name belongs to."""
    return ping_target(NAME, record.input)


def observe(row: Measurement, keys: PingKeys) -> Seen:
    """One observation a packet: whether an answer came. The record has no control."""
    rows = Rows(row)
    for ping in (keys.pings or [])[:MAX_ROWS]:
        answered = any(r.failure is None for r in ping.responses or [])
        rows.app(row.target, "quic version negotiation", None if answered else ping.failure or "no_answer")
    return Seen(row, rows.rows, [], rows.notes())
