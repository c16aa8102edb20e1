"""ECH check (ts-039): a handshake with Encrypted Client Hello, and one without, with the same server."""

from __future__ import annotations

import msgspec

from lightkeeper.model import Measurement
from lightkeeper.observe.facts import Rows, Seen
from lightkeeper.observe.fetch import named_host, named_target
from lightkeeper.observe.wire import Connect, Envelope, Handshake, Text, Wire

NAME = "echcheck"


class EchHandshake(Handshake):
    """A handshake; `echconfig` is not empty where Encrypted Client Hello was used."""

    echconfig: Text = None


class EchKeys(Wire):
    """`test_keys`: until 0.1 two handshakes by name, then a list."""

    control: EchHandshake | None = None
    target: EchHandshake | None = None
    tcp_connect: list[Connect] | None = None
    tls_handshakes: list[EchHandshake] | None = None


DECODER: msgspec.json.Decoder[EchKeys] = msgspec.json.Decoder(EchKeys)


def target(record: Envelope) -> str:
    """The server as it is reached with Encrypted Client Hello: `ech/cloudflare.com`."""
    return f"ech/{named_target(record.input or 'crypto.cloudflare.com')}"


def observe(row: Measurement, keys: EchKeys) -> Seen:
    """One observation a connection and handshake; those without Encrypted Client Hello bear the plain target.

    The plain handshake shows that the server and the probe work; it is no control for the other.
    """
    rows = Rows(row)
    plain = row.target.removeprefix("ech/")
    host = named_host(row.input)
    rows.connections(keys.tcp_connect or [], lambda _: host, target=plain)
    listed = keys.tls_handshakes or []
    without = [s for s in listed if not s.echconfig] + ([keys.control] if keys.control else [])
    with_ech = [s for s in listed if s.echconfig] + ([keys.target] if keys.target else [])
    rows.handshakes(without, {}, target=plain)
    rows.handshakes(with_ech, {}, target=row.target)
    return Seen(row, rows.rows, [], rows.notes())
