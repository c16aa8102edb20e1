"""QUIC ping (ts-031, Semantics): packets that any QUIC server answers, many times, without a handshake."""

from __future__ import annotations

import msgspec

from lightkeeper.model import Measurement
from lightkeeper.observe.facts import Rows, Seen
from lightkeeper.observe.pings import PingKeys, Reply, ping_target
from lightkeeper.observe.wire import Binary, Envelope

NAME = "quicping"


class Packet(Reply):
    """A packet that answers no ping; without `response_data` it stands for a wait in which none came."""

    response_data: Binary | str | None = None


class QuicKeys(PingKeys):
    """`test_keys` of the QUIC ping."""

    unexpected_responses: list[Packet] | None = None


DECODER: msgspec.json.Decoder[QuicKeys] = msgspec.json.Decoder(QuicKeys)


def target(record: Envelope) -> str:
    """The target that the pinged host name belongs to."""
    return ping_target(NAME, record.input)


def observe(row: Measurement, keys: QuicKeys) -> Seen:
    """One observation a packet: whether an answer came. The record has no control.

    Packets that answer no ping are counted and not judged: a censor may have sent them, and so may the server.
    """
    rows = Rows(row)
    for ping in rows.at_most(keys.pings or []):
        answered = any(r.failure is None for r in ping.responses or [])
        rows.app(row.target, "quic version negotiation", None if answered else ping.failure or "no_answer")
    stray = sum(1 for packet in keys.unexpected_responses or [] if packet.response_data)
    notes = [f"{stray} packets came that answer none of the pings"] if stray else []
    return Seen(row, rows.rows, [], [*rows.notes(), *notes])
