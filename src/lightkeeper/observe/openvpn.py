"""OpenVPN (ts-040, Input URI and openvpn_handshake): whether a tunnel to a provider's endpoint can be set up."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

import msgspec

from lightkeeper.model import Measurement
from lightkeeper.observe.addresses import MAX_URL, is_address
from lightkeeper.observe.facts import Rows, Seen
from lightkeeper.observe.wire import Connect, Envelope, Number, Text, Wire

NAME = "openvpn"
_PROVIDER = re.compile(r"[a-z][a-z0-9_-]{0,39}")
_SAME = {"riseup": "riseupvpn"}


class Tunnel(Wire):
    """One attempt to set up a tunnel."""

    failure: Text = None
    ip: Text = None
    port: int | None = None
    transport: Text = None
    bootstrap_time: Number = None
    handshake_time: Number = None


class OpenVpnKeys(Wire):
    """`test_keys` of OpenVPN. What the probe concluded (`success` and its kin) is not read."""

    openvpn_handshake: list[Tunnel] | None = None
    tcp_connect: list[Connect] | None = None
    failure: Text = None


DECODER: msgspec.json.Decoder[OpenVpnKeys] = msgspec.json.Decoder(OpenVpnKeys)


def target(record: Envelope) -> str:
    """The provider, out of `openvpn://riseupvpn.corp/?address=…`; over obfs4 it is another target, `…-obfs4`."""
    hidden = ""
    try:
        parts = urlsplit(record.input[:MAX_URL] if isinstance(record.input, str) else "")
        label = (parts.hostname or "").split(".")[0].casefold()
        hidden = "-obfs4" if parts.scheme == "openvpn+obfs4" else ""
    except ValueError:
        label = ""
    label = _SAME.get(label, label)
    return f"openvpn/{label if _PROVIDER.fullmatch(label) else 'unknown'}{hidden}"


def observe(row: Measurement, keys: OpenVpnKeys) -> Seen:
    """One observation a connection and one a handshake that was tried. The record has no control."""
    rows = Rows(row)
    rows.connections(keys.tcp_connect or [], lambda _: None, target=row.target)
    for tunnel in keys.openvpn_handshake or []:
        transport = tunnel.transport if tunnel.transport in ("tcp", "udp") else None
        step = f"openvpn over {transport} handshake" if transport else "openvpn handshake"
        took = tunnel.handshake_time or tunnel.bootstrap_time
        ip = tunnel.ip if tunnel.ip and is_address(tunnel.ip) else None
        done = took if tunnel.failure is None and took and took > 0 else None
        rows.app(row.target, step, tunnel.failure, ip=ip, port=tunnel.port if ip else None, app_duration_s=done)
    if not rows.rows and keys.failure is not None:
        rows.app(row.target, "openvpn handshake", keys.failure)
    return Seen(row, rows.rows, [], rows.notes())
