"""The guard on the way out: no connection to a private address, whatever a URL, a redirect or a name server says.

The name is looked up here and the connection goes to the address that was checked, so that a name which answers
otherwise a moment later (DNS rebinding) gains nothing. TLS still asks for the name.
"""

from __future__ import annotations

import ipaddress
import socket
import ssl
from collections.abc import Iterable
from typing import Any

import httpcore
import httpx

from lightkeeper.errors import SourceUnavailable

_NAT64 = ipaddress.ip_network("64:ff9b::/96")


class Refused(SourceUnavailable):
    """An address that must not be connected to."""


class GuardedBackend(httpcore.SyncBackend):
    """Connections to public addresses only, and to the hosts that the settings allow by name (tests, mirrors)."""

    def __init__(self, allowed: frozenset[str]) -> None:
        super().__init__()
        self._allowed = allowed

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.NetworkStream:
        """Connect to the first public address of the host. Raises Refused where it has none."""
        if f"{host}:{port}" in self._allowed:
            return super().connect_tcp(host, port, timeout, local_address, socket_options)
        try:
            public = public_addresses(host, port)
        except (OSError, UnicodeError) as error:
            raise httpcore.ConnectError(f"{host} cannot be looked up: {error}") from error
        problem: Exception | None = None
        for address in public[:4]:
            try:
                return super().connect_tcp(address, port, timeout, local_address, socket_options)
            except (httpcore.ConnectError, httpcore.ConnectTimeout) as error:
                problem = error
        raise problem or httpcore.ConnectError(host)


def public_addresses(host: str, port: int) -> list[str]:
    """The public addresses of a host. Raises Refused where it has none, OSError where it cannot be looked up."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    addresses = list(dict.fromkeys(str(entry[4][0]) for entry in found))
    public = [a for a in addresses if is_public(a)]
    if not public:
        raise Refused(
            f"{host} leads to {', '.join(addresses[:3]) or 'no address'}, which is not a public address",
            remedy="Check the URL; a mirror of your own can be named in the setting `allow_hosts`",
        )
    return public


def is_public(address: str) -> bool:
    """Whether a public server can have the address (RFC 6890). An IPv4 address inside an IPv6 one counts as itself."""
    try:
        found = ipaddress.ip_address(address.split("%")[0])
    except ValueError:
        return False
    if isinstance(found, ipaddress.IPv6Address):
        inner = found.ipv4_mapped or found.sixtofour
        if found in _NAT64:
            inner = ipaddress.IPv4Address(int(found) & 0xFFFFFFFF)
        if inner:
            return is_public(str(inner))
    return found.is_global and not found.is_multicast


def transport(allowed: Iterable[str] = (), *, connections: int = 16) -> httpx.HTTPTransport:
    """A transport of httpx whose every connection passes the guard. Proxies of the environment are not used."""
    made = httpx.HTTPTransport(verify=ssl.create_default_context(), retries=0)
    made._pool = httpcore.ConnectionPool(
        ssl_context=ssl.create_default_context(),
        max_connections=connections,
        keepalive_expiry=15.0,
        network_backend=GuardedBackend(frozenset(allowed)),
    )
    return made
