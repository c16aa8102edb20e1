"""OpenVPN (ts-040, and ts-039 of 2022 before it): whether a tunnel to a provider's endpoint can be set up."""

from __future__ import annotations

import msgspec

from lightkeeper.model import Measurement
from lightkeeper.observe.addresses import endpoint, is_address
from lightkeeper.observe.facts import Rows, Seen
from lightkeeper.observe.tunnels import UNKNOWN, provider, provider_of
from lightkeeper.observe.wire import Connect, ConnectStatus, Envelope, Failure, Number, Text, Wire

NAME = "openvpn"
_DONE = "vpn_handshake_done"
"""The last step of the handshake (ts-039, Semantics of network_events)."""


class Tunnel(Wire):
    """One attempt to set up a tunnel. Until 0.1.2 it ended in a `status`, as a connection does."""

    failure: Failure = msgspec.UNSET
    status: ConnectStatus | None = None
    ip: Text = None
    port: int | None = None
    transport: Text = None
    bootstrap_time: Number = None
    handshake_time: Number = None


class Step(Wire):
    """A step that the handshake reached."""

    operation: Text = None


class OpenVpnKeys(Wire):
    """`test_keys` of OpenVPN. What the probe concluded (`success` and its kin) is not read.

    The first form, of 2022, has one attempt and no list: `remote`, `transport`, `obfuscation`, and steps it reached.
    """

    openvpn_handshake: list[Tunnel] | None = None
    tcp_connect: list[Connect] | Connect | None = None
    network_events: list[Step] | None = None
    failure: Text = None
    provider: Text = None
    remote: Text = None
    transport: Text = None
    obfuscation: Text = None
    bootstrap_time: Number = None


DECODER: msgspec.json.Decoder[OpenVpnKeys] = msgspec.json.Decoder(OpenVpnKeys)


def target(record: Envelope) -> str:
    """The provider, out of `openvpn://riseupvpn.corp/?address=…`; over obfs4 it is another target, `…-obfs4`."""
    return f"openvpn/{provider_of(record.input, NAME)}"


def observe(row: Measurement, keys: OpenVpnKeys) -> Seen:
    """One observation a connection and one a handshake that was tried. The record has no control.

    What went through the tunnel afterwards, pings and pages, says nothing of the handshake and is not read.
    """
    if keys.remote and keys.openvpn_handshake is None:
        named, hidden = provider(keys.provider), "-obfs4" if keys.obfuscation == "obfs4" else ""
        if named != UNKNOWN:
            row = msgspec.structs.replace(row, target=f"openvpn/{named}{hidden}")
    rows = Rows(row)
    connects = keys.tcp_connect or []
    rows.connections([connects] if isinstance(connects, Connect) else connects, lambda _: None, target=row.target)
    for tunnel in rows.read([*map(_with_its_status, keys.openvpn_handshake or _first_form(keys))]):
        transport = tunnel.transport if tunnel.transport in ("tcp", "udp") else None
        step = f"openvpn over {transport} handshake" if transport else "openvpn handshake"
        took = tunnel.handshake_time or tunnel.bootstrap_time
        ip = tunnel.ip if tunnel.ip and is_address(tunnel.ip) else None
        failure = tunnel.failure or None
        done = took if failure is None and took and took > 0 else None
        rows.app(row.target, step, failure, ip=ip, port=tunnel.port if ip else None, app_duration_s=done)
    if not rows.rows and keys.failure is not None:
        rows.app(row.target, "openvpn handshake", keys.failure)
    return Seen(row, rows.rows, [], rows.notes())


def _first_form(keys: OpenVpnKeys) -> list[Tunnel]:
    """The one attempt of a record of 2022: it got through if it took a time, or reached the handshake's last step."""
    if keys.remote is None:
        return []
    ip, port = endpoint(keys.remote) or (None, None)
    reached = any(step.operation == _DONE for step in keys.network_events or [])
    failure = None if reached or (keys.bootstrap_time or 0) > 0 else keys.failure or "not_ready"
    return [Tunnel(failure, None, ip, port, keys.transport, keys.bootstrap_time)]


def _with_its_status(tunnel: Tunnel) -> Tunnel:
    status = tunnel.status
    if tunnel.failure or status is None or (status.success is None and not status.failure):
        return tunnel
    failure = status.failure if isinstance(status.failure, str) and status.failure else None
    return msgspec.structs.replace(tunnel, failure=failure or (None if status.success else "unknown_failure"))
