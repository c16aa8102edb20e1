"""DASH (ts-021): how fast a streamed film would come from a server of Measurement Lab."""

from __future__ import annotations

import msgspec

from lightkeeper.model import Measurement
from lightkeeper.observe.facts import MAX_ROWS, Rows, Seen
from lightkeeper.observe.rates import add_rate, bits_of_kilobits
from lightkeeper.observe.wire import Envelope, Number, Text, Wire

NAME = "dash"


class Piece(Wire):
    """One piece of the film. It also holds the probe's own address, which is not read."""

    received: Number = None
    elapsed: Number = None


class Simple(Wire):
    """The nettest's own figures; the bit rate in kbit/s."""

    median_bitrate: Number = None


class DashKeys(Wire):
    """`test_keys` of DASH."""

    failure: Text = None
    receiver_data: list[Piece] | None = None
    simple: Simple | None = None


DECODER: msgspec.json.Decoder[DashKeys] = msgspec.json.Decoder(DashKeys)


def target(record: Envelope) -> str:  # noqa: ARG001
    """Always the same: the line."""
    return "dash/download"


def observe(row: Measurement, keys: DashKeys) -> Seen:
    """One observation: the median bit rate, the bytes that came, and the time that they took."""
    rows = Rows(row)
    pieces = (keys.receiver_data or [])[:MAX_ROWS]
    size = sum(p.received or 0 for p in pieces)
    seconds = sum(p.elapsed or 0 for p in pieces)
    if pieces or keys.simple or keys.failure:
        speed = bits_of_kilobits(keys.simple.median_bitrate) if keys.simple else None
        add_rate(rows, row.target, speed, size, seconds, keys.failure)
    return Seen(row, rows.rows, [], [])
