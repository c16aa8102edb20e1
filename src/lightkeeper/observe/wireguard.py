"""WireGuard (probe-cli, internal/experiment/wireguard, 0.1.1): whether a tunnel to an endpoint comes up."""

from __future__ import annotations

import msgspec

from lightkeeper.model import Measurement
from lightkeeper.observe.addresses import endpoint, is_address
from lightkeeper.observe.facts import Rows, Seen
from lightkeeper.observe.tunnels import provider_of
from lightkeeper.observe.wire import Envelope, Failure, NetworkEvent, Number, Text, Wire

NAME = "wireguard"
_SENT = "SEND_HANDSHAKE_INIT"
_ANSWERED = frozenset({"RECV_HANDSHAKE_RESP", "RECV_KEEPALIVE"})
"""Packets that come only from a server that took the handshake."""
_STEP = "wireguard handshake"


class Fetched(Wire):
    """One page, fetched through the tunnel."""

    failure: Text = None
    status_code: int | None = None


class Shake(Wire):
    """One handshake, in the form of OpenVPN's (ts-040, openvpn_handshake)."""

    failure: Failure = msgspec.UNSET
    ip: Text = None
    port: int | None = None
    handshake_time: Number = None


class WireguardKeys(Wire):
    """`test_keys` of WireGuard.

    `success` says no more than that the probe made its own interface, before any packet was sent, so it is not read;
    neither is a `failure` of that. What counts is whether the server's answer came, or a page through the tunnel.
    """

    network_events: list[NetworkEvent] | None = None
    urlget: list[Fetched] | None = None
    wireguard_handshake: list[Shake] | None = None
    failure: Text = None
    endpoint: Text = None


DECODER: msgspec.json.Decoder[WireguardKeys] = msgspec.json.Decoder(WireguardKeys)


def target(record: Envelope) -> str:
    """The provider, where the input names one (`wireguard://example.corp/?address=…`); else `wireguard/unknown`."""
    scheme = record.input.partition(":")[0] if isinstance(record.input, str) else ""
    service = "amneziawg" if scheme == "amneziawg" else NAME
    return f"{service}/{provider_of(record.input, service)}"


def observe(row: Measurement, keys: WireguardKeys) -> Seen:
    """One observation a handshake: it completes with the server's answer, or where a page came through. No control.

    WireGuard's server answers nobody whom it does not know, so silence may be that of a wrong key.
    """
    rows = Rows(row)
    for shake in rows.read(keys.wireguard_handshake or []):
        ip = shake.ip if shake.ip and is_address(shake.ip) else None
        took = shake.handshake_time if shake.failure is None and (shake.handshake_time or 0) > 0 else None
        rows.app(row.target, _STEP, shake.failure or None, ip=ip, port=shake.port if ip else None, app_duration_s=took)
    if not rows.rows and (found := _of_the_tunnel(keys)) is not None:
        ip, port = endpoint(keys.endpoint or "") or (None, None)
        rows.app(row.target, _STEP, found[0], ip=ip, port=port)
    notes = rows.notes()
    if not rows.rows and keys.failure is not None:
        notes.append("the probe could not make its own interface, which says nothing of the network")
    return Seen(row, rows.rows, [], notes)


def _of_the_tunnel(keys: WireguardKeys) -> tuple[str | None] | None:
    """The failure of the handshake, alone in a tuple; none where the record does not show that one was tried."""
    operations = {event.operation for event in keys.network_events or []}
    pages = keys.urlget or []
    if _ANSWERED & operations or any(not page.failure and page.status_code for page in pages):
        return (None,)
    failed = next((page.failure for page in pages if page.failure), None)
    return (failed or "no_answer",) if failed or _SENT in operations else None
