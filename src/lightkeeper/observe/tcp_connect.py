"""TCP connect (ts-008 0.2.0, obsolete): one connection to one endpoint."""

from __future__ import annotations

import msgspec

from lightkeeper.model import Measurement
from lightkeeper.observe.decode import failure
from lightkeeper.observe.facts import Rows, Seen
from lightkeeper.observe.fetch import named_host
from lightkeeper.observe.targets import target_of
from lightkeeper.observe.wire import Envelope, Text, Wire

NAME = "tcp_connect"
_LOOKUP = "dns_lookup_error"
"""How the probes of that time named a look-up that failed, for whatever reason (df-007)."""


class ConnectKeys(Wire):
    """`test_keys` of TCP connect: `success`, or how it failed (ts-008, Semantics; failures as in df-007)."""

    connection: Text = None


DECODER: msgspec.json.Decoder[ConnectKeys] = msgspec.json.Decoder(ConnectKeys)


def target(record: Envelope) -> str:
    """The target that the host name belongs to; an address has none of its own and gives `tcp_connect/unnamed`."""
    host = named_host(_input(record.input))
    return target_of(host) if host else f"{NAME}/unnamed"


def observe(row: Measurement, keys: ConnectKeys) -> Seen:
    """One observation: the connection, or the look-up where that failed already. The record has no control."""
    rows = Rows(row)
    host = named_host(_input(row.input))
    if keys.connection == _LOOKUP:
        rows.add(host, target=row.target, dns_engine="system", dns_failure=_LOOKUP, dns_answers=[])
    elif keys.connection:
        ended = None if keys.connection == "success" else failure(keys.connection)
        rows.add(host, target=row.target, tcp_tried=True, tcp_failure=ended)
    return Seen(row, rows.rows, [], rows.notes())


def _input(value: object) -> str | None:
    """The input without the end of line that the probes of that time left on it."""
    return value.strip() if isinstance(value, str) else None
