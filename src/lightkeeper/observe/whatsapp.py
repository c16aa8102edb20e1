"""WhatsApp (ts-018): its chat endpoints, its registration service and its web client."""

from __future__ import annotations

import msgspec

from lightkeeper.model import Measurement
from lightkeeper.observe.apps import observe_app
from lightkeeper.observe.facts import Seen
from lightkeeper.observe.wire import Envelope, Keys

NAME = "whatsapp"
DECODER: msgspec.json.Decoder[Keys] = msgspec.json.Decoder(Keys)


def target(record: Envelope) -> str:  # noqa: ARG001
    """Always the service as a whole."""
    return "whatsapp"


def observe(row: Measurement, keys: Keys) -> Seen:
    """One observation a look-up, connection, handshake and request. The record has no control."""
    return observe_app(row, keys, fallback="whatsapp/endpoints")
