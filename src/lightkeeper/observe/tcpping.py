"""TCP ping (ts-032, Semantics): connections to one endpoint, many times."""

from __future__ import annotations

from lightkeeper.observe.pings import DECODER, observe_pings, ping_target
from lightkeeper.observe.wire import Envelope

NAME = "tcpping"
__all__ = ["DECODER", "NAME", "observe", "target"]

observe = observe_pings


def target(record: Envelope) -> str:
    """The target that the pinged host name belongs to."""
    return ping_target(NAME, record.input)
