"""DASH (ts-021): how fast a streamed film would come from a server of Measurement Lab."""

from __future__ import annotations

from statistics import median

import msgspec

from lightkeeper.model import Measurement
from lightkeeper.observe.facts import Rows, Seen
from lightkeeper.observe.rates import MAX_BITS_PER_S, add_rate, bits_of_kilobits
from lightkeeper.observe.wire import Envelope, Number, Text, Wire

NAME = "dash"


class Piece(Wire):
    """One piece of the film: bytes, and seconds from the request to the last of them.

    `rate` is what was asked for, not what came. Old records also hold the probe's own address, which is not read.
    """

    received: Number = None
    elapsed: Number = None


class Simple(Wire):
    """The nettest's own figures; the median of the rates that were asked for, in kbit/s, the first always 3,000."""

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
    """One observation: the median speed of the pieces, the bytes that came, and the time that they took.

    The nettest's own median stands in where the record has no pieces, for it lags one piece behind what came.
    """
    rows = Rows(row)
    pieces = [(p.received, p.elapsed) for p in rows.at_most(keys.receiver_data or []) if p.received and p.elapsed]
    pieces = [(size, seconds) for size, seconds in pieces if size > 0 and seconds > 0]
    if keys.receiver_data or keys.simple or keys.failure:
        own = bits_of_kilobits(keys.simple.median_bitrate) if keys.simple else None
        speed = median(size * 8 / seconds for size, seconds in pieces) if pieces else own
        size, seconds = sum(p[0] for p in pieces), sum(p[1] for p in pieces)
        add_rate(rows, row.target, speed if speed and speed < MAX_BITS_PER_S else None, size, seconds, keys.failure)
    return Seen(row, rows.rows, [], rows.notes())
