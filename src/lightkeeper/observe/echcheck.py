"""ECH check (ts-039, Test description): handshakes with and without Encrypted Client Hello, with the same server."""

from __future__ import annotations

import msgspec

from lightkeeper.model import Measurement
from lightkeeper.observe.addresses import hostname
from lightkeeper.observe.facts import Rows, Seen
from lightkeeper.observe.fetch import named_host, named_target
from lightkeeper.observe.wire import Connect, Envelope, Handshake, Text, Wire

NAME = "echcheck"


class EchHandshake(Handshake):
    """A handshake; `echconfig` is not empty where Encrypted Client Hello was used.

    `outer_server_name` then is the name that the network could read, and `server_name` the one that was meant.
    """

    echconfig: Text = None
    outer_server_name: Text = None


class EchKeys(Wire):
    """`test_keys`: until 0.2.0 two handshakes by name, then a list of three in any order."""

    control: EchHandshake | None = None
    target: EchHandshake | None = None
    tcp_connect: list[Connect] | None = None
    tls_handshakes: list[EchHandshake] | None = None


DECODER: msgspec.json.Decoder[EchKeys] = msgspec.json.Decoder(EchKeys)


def target(record: Envelope) -> str:
    """The server as it is reached with Encrypted Client Hello: `ech/cloudflare.com`."""
    return f"ech/{named_target(record.input)}"


def observe(row: Measurement, keys: EchKeys) -> Seen:
    """One observation a connection and handshake; those without Encrypted Client Hello bear the plain target.

    A handshake under another outer name than the server's is a part of its own (`ech/example.org/cloudflare.com`):
    there are networks that let the one pass and not the other. The plain handshake shows that the server and the probe
    work; it is no control for the others.
    """
    rows = Rows(row)
    plain = row.target.removeprefix("ech/")
    host = named_host(row.input)
    rows.connections(keys.tcp_connect or [], lambda _: host, target=plain)
    listed = keys.tls_handshakes or []
    without = [s for s in listed if not s.echconfig] + ([keys.control] if keys.control else [])
    rows.handshakes(without, {}, target=plain)
    for shake in [s for s in listed if s.echconfig] + ([keys.target] if keys.target else []):
        outer = hostname(shake.outer_server_name)
        part = row.target if outer in (None, hostname(shake.server_name)) else f"{row.target}/{outer}"
        # Nobody can decrypt the inner name here, so the server answers to the outer one.
        on_the_wire = msgspec.structs.replace(shake, server_name=outer) if outer else shake
        rows.handshakes([on_the_wire], {}, target=part)
    return Seen(row, rows.rows, [], rows.notes())
