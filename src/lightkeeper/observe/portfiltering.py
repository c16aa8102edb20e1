"""Port filtering (ts-038): connections to many ports of a helper that listens on all of them."""

from __future__ import annotations

import msgspec

from lightkeeper.model import Measurement
from lightkeeper.observe.facts import Rows, Seen
from lightkeeper.observe.wire import Connect, Envelope, Wire

NAME = "portfiltering"


class PortKeys(Wire):
    """`test_keys` of port filtering: a list, or one connection alone in records with one port each."""

    tcp_connect: list[Connect] | Connect | None = None


DECODER: msgspec.json.Decoder[PortKeys] = msgspec.json.Decoder(PortKeys)


def target(record: Envelope) -> str:  # noqa: ARG001
    """Always the same: the helper."""
    return "ports/helper"


def observe(row: Measurement, keys: PortKeys) -> Seen:
    """One observation a port, each a target of its own (`ports/tcp-587`): one that opens says nothing of another.

    The record has no control, and a helper may not listen on a port on a given day.
    """
    rows = Rows(row)
    found = keys.tcp_connect
    for connect in rows.at_most([found] if isinstance(found, Connect) else found or []):
        if 0 < (connect.port or 0) < 65536:
            rows.connections([connect], lambda _: None, target=f"ports/tcp-{connect.port}")
    return Seen(row, rows.rows, [], rows.notes())
