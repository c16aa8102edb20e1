"""STUN reachability (ts-025): whether a STUN server, which calls need, answers."""

from __future__ import annotations

import msgspec

from lightkeeper.model import Measurement
from lightkeeper.observe.facts import Rows, Seen
from lightkeeper.observe.fetch import named_host
from lightkeeper.observe.wire import Envelope, Failure, Query, Text, Wire

NAME = "stunreachability"
ALIASES = ("stun_reachability",)
"""The name in the specification and in the records of version 0.0.1."""


class StunKeys(Wire):
    """`test_keys` of STUN reachability. The answer holds the probe's own address and is not read."""

    endpoint: Text = None
    failure: Failure = msgspec.UNSET
    queries: list[Query] | None = None


DECODER: msgspec.json.Decoder[StunKeys] = msgspec.json.Decoder(StunKeys)


def target(record: Envelope) -> str:
    """The server, by its host name: `stun/stun.l.google.com`, which is also the one without an input."""
    return f"stun/{named_host(record.input) or ('unnamed' if record.input else 'stun.l.google.com')}"


def observe(row: Measurement, keys: StunKeys) -> Seen:
    """Observations of the server's name and of the request for a binding. The record has no control."""
    rows = Rows(row, lambda _: row.target)
    rows.lookups(keys.queries or [], {})
    resolved = any(o.dns_answers for o in rows.rows)
    if keys.failure is not msgspec.UNSET and (keys.endpoint or keys.failure) and (resolved or not rows.rows):
        rows.app(row.target, "stun binding", keys.failure)
    return Seen(row, rows.rows, [], rows.notes())
