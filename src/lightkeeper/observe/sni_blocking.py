"""SNI blocking (ts-024, Expected output): a handshake with a helper under the tested name, and under a harmless one."""

from __future__ import annotations

import msgspec

from lightkeeper.model import Measurement
from lightkeeper.observe.facts import Rows, Seen
from lightkeeper.observe.fetch import named_host
from lightkeeper.observe.wire import Envelope, Handshake, Keys, Text, Wire

NAME = "sni_blocking"


class Attempt(Keys):
    """One handshake with the helper under the name `sni`, and what went before it."""

    sni: Text = None
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
            rows.handshakes(_named(attempt), {}, at=attempt.th_address, target=part)
            if attempt.failure and not attempt.tls_handshakes and not attempt.tcp_connect:
                rows.app(part, "access to the helper", attempt.failure)
    return Seen(row, rows.rows, [], rows.notes())


def _named(attempt: Attempt) -> list[Handshake]:
    """The handshakes, with their name where the record gives it only once for all (ts-024, Example)."""
    shakes = attempt.tls_handshakes or []
    return [s if s.server_name else msgspec.structs.replace(s, server_name=attempt.sni) for s in shakes]
