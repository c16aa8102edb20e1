"""DNS ping (ts-035): the same look-ups of one resolver, many times, without encryption."""

from __future__ import annotations

import msgspec

from lightkeeper.model import Measurement
from lightkeeper.observe.facts import Rows, Seen
from lightkeeper.observe.pings import DECODER, PingKeys, parts
from lightkeeper.observe.wire import Envelope

NAME = "dnsping"
__all__ = ["DECODER", "NAME", "observe", "target"]


def target(record: Envelope) -> str:  # noqa: ARG001
    """Set by `observe`: the names are in the test keys, and the input names only the resolver."""
    return "dnsping/names"


def observe(row: Measurement, keys: PingKeys) -> Seen:
    """One observation a look-up, about the name and not about the resolver. The record has no control."""
    rows = Rows(row)
    rows.lookups(parts(p.query for p in rows.at_most(keys.pings or [])), {})
    targets = {o.target for o in rows.rows}
    if len(targets) == 1:
        row = msgspec.structs.replace(row, target=targets.pop())
    return Seen(row, rows.rows, [], rows.notes())
