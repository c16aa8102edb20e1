"""HTTP invalid request line (ts-007 0.3.0): broken requests to a server that sends them back as they are."""

from __future__ import annotations

import msgspec

from lightkeeper.model import Measurement
from lightkeeper.observe.echo import compare
from lightkeeper.observe.facts import Rows, Seen, text_of
from lightkeeper.observe.wire import Binary, Envelope, Text, Wire

NAME = "http_invalid_request_line"


class EchoKeys(Wire):
    """`test_keys`: what was sent and what came back. What the probe concluded (`tampering`) is not read."""

    sent: list[str | Binary | None] | None = None
    received: list[str | Binary | None] | None = None
    failure: Text = None


DECODER: msgspec.json.Decoder[EchoKeys] = msgspec.json.Decoder(EchoKeys)


def target(record: Envelope) -> str:  # noqa: ARG001
    """Always the same: the way to an echo server."""
    return "echo/request_line"


def observe(row: Measurement, keys: EchoKeys) -> Seen:
    """One observation: whether what came back is what was sent."""
    rows = Rows(row)
    sent = [text_of(s)[0] for s in keys.sent or []]
    if sent:
        received = [text_of(r)[0] for r in keys.received or []]
        rows.app(row.target, "echo of broken requests", compare(sent, received))
    elif keys.failure is not None:
        rows.app(row.target, "echo of broken requests", keys.failure)
    return Seen(row, rows.rows, [], [])
