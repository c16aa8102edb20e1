"""SNI blocking (ts-024): a handshake with a helper under the tested name, and one under a harmless name."""

from __future__ import annotations

import msgspec

from lightkeeper.model import Measurement
from lightkeeper.observe.facts import Rows, Seen
from lightkeeper.observe.fetch import named_host
from lightkeeper.observe.wire import Envelope, Keys, Text, Wire

NAME = "sni_blocking"


class Attempt(Keys):
    """One handshake with the helper, and what went before it."""

    th_address: Text = None


class SniKeys(Wire):
    """`test_keys` of SNI blocking. What the probe concluded (`result`) is not read."""

    control: Attempt | None = None
    target: Attempt | None = None


DECODER: msgspec.json.Decoder[SniKeys] = msgspec.json.Decoder(SniKeys)


def target(record: Envelope) -> str:
    """The tested name, as the name in a handshake with someone else's server: `sni/example.org`."""
    return f"sni/{named_host(record.input) or 'unknown'}"


def observe(row: Measurement, keys: SniKeys) -> Seen:
    """One observation a connection and handshake. The harmless name shows that the helper and the probe work."""
    rows = Rows(row)
    for part, attempt in (("sni/control", keys.control), (row.target, keys.target)):
        if attempt is not None:
            rows.connections(attempt.tcp_connect or [], lambda _: None, target=part)
            rows.handshakes(attempt.tls_handshakes or [], {}, at=attempt.th_address, target=part)
            if attempt.failure and not attempt.tls_handshakes and not attempt.tcp_connect:
                rows.app(part, "access to the helper", attempt.failure)
    return Seen(row, rows.rows, [], rows.notes())
