"""The guard on the way out: which addresses a public server can have, whatever a URL, a redirect or a name says."""

from __future__ import annotations

import ipaddress
import queue
import socket
import threading
from typing import Any

from lightkeeper.errors import SourceUnavailable

_NAT64 = ipaddress.ip_network("64:ff9b::/96")
_UNICAST = ipaddress.ip_network("2000::/3")
"""All of IPv6 that is given out to public networks (RFC 4291, section 2.4; IANA's registry of address space)."""
_SPECIAL = tuple(map(ipaddress.ip_network, ("3fff::/20", "192.0.0.0/24", "192.88.99.0/24")))
"""Not public either, where the `ipaddress` of some Pythons says otherwise: for documentation (RFC 9637), for protocols
of the IETF (RFC 6890), for a relay that is no more (RFC 7526)."""


class Refused(SourceUnavailable):
    """An address that must not be connected to."""


def public_addresses(host: str, port: int, *, timeout_s: float | None = None) -> list[str]:
    """The public addresses of a host. Raises Refused where it has none, OSError where it cannot be looked up, and
    TimeoutError, which is one, where that takes longer than `timeout_s`."""
    found = _looked_up(host, port, timeout_s)
    addresses = list(dict.fromkeys(str(entry[4][0]) for entry in found))
    public = [a for a in addresses if is_public(a)]
    if not public:
        raise Refused(
            f"{host} leads to {', '.join(addresses[:3]) or 'no address'}, which is not a public address",
            remedy="Check the URL; a mirror of your own can be named in the setting `allow_hosts`",
        )
    return public


def _looked_up(host: str, port: int, timeout_s: float | None) -> list[Any]:
    """What the system says of a name. It knows no time limit, so a slow answer is left behind in a thread."""
    answer: queue.SimpleQueue[list[Any] | Exception] = queue.SimpleQueue()

    def ask() -> None:
        try:
            answer.put(socket.getaddrinfo(host, port, type=socket.SOCK_STREAM))
        except (OSError, UnicodeError) as error:
            answer.put(error)

    threading.Thread(target=ask, daemon=True, name=f"look up {host[:60]}").start()
    try:
        found = answer.get(timeout=timeout_s)
    except queue.Empty:
        raise TimeoutError(f"no answer in {timeout_s:.0f} s") from None
    if isinstance(found, Exception):
        raise found
    return found


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
        if found not in _UNICAST:
            return False
    if any(found in special for special in _SPECIAL):
        return False
    return found.is_global and not found.is_multicast
