"""Simple QUIC ping (ts-034, Semantics): QUIC handshakes with one endpoint, many times."""

from __future__ import annotations

from lightkeeper.observe.pings import DECODER, observe_pings, ping_target
from lightkeeper.observe.wire import Envelope

NAME = "simplequicping"
__all__ = ["DECODER", "NAME", "observe", "target"]

observe = observe_pings


def target(record: Envelope) -> str:
    """The target that the pinged host name belongs to."""
    return ping_target(NAME, record.input)
