"""RiseupVPN (ts-026): the servers that hand out its settings, and its gateways."""

from __future__ import annotations

import msgspec

from lightkeeper.model import Measurement
from lightkeeper.observe.apps import observe_app
from lightkeeper.observe.facts import Seen
from lightkeeper.observe.wire import Envelope, Keys

NAME = "riseupvpn"
DECODER: msgspec.json.Decoder[Keys] = msgspec.json.Decoder(Keys)
_PARTS = {
    "black.riseup.net": "riseupvpn/ca",
    "riseup.net": "riseupvpn/provider",
    "api.black.riseup.net": "riseupvpn/api",
}


def target(record: Envelope) -> str:  # noqa: ARG001
    """Always the service as a whole."""
    return "riseupvpn/service"


def observe(row: Measurement, keys: Keys) -> Seen:
    """One observation a look-up, connection, handshake and request; a server without a name is a gateway.

    What the probe concluded (`api_status`, `transport_status`, `failing_gateways`) is not read. No control.
    """

    def part(host: str | None) -> str:
        return _PARTS.get(host or "", "riseupvpn/api")

    return observe_app(row, keys, fallback="riseupvpn/gateways", name_target=part)
