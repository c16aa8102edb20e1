"""Telegram (ts-020): its data centres, given by address, and its web client."""

from __future__ import annotations

import msgspec

from lightkeeper.model import Measurement
from lightkeeper.observe.apps import observe_app
from lightkeeper.observe.facts import Seen
from lightkeeper.observe.wire import Envelope, Keys

NAME = "telegram"
DECODER: msgspec.json.Decoder[Keys] = msgspec.json.Decoder(Keys)


def target(record: Envelope) -> str:  # noqa: ARG001
    """Always the service as a whole."""
    return "telegram"


def observe(row: Measurement, keys: Keys) -> Seen:
    """One observation a look-up, connection and request; an endpoint without a name is a data centre."""
    return observe_app(row, keys, fallback="telegram/dc")
