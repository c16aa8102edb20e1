"""Hosts, ports and addresses out of hostile text."""

from __future__ import annotations

import ipaddress
from functools import lru_cache
from urllib.parse import SplitResult, urlsplit

MAX_URL = 2048
MAX_HOSTNAME = 255
_NAT64 = ipaddress.IPv6Network("64:ff9b::/96")
_LOCAL_NAT64 = ipaddress.IPv6Network("64:ff9b:1::/48")
_LOW_32 = 0xFFFFFFFF
_NO_SERVER = tuple(ipaddress.IPv6Network(n) for n in ("3fff::/20", "5f00::/16", "fec0::/10"))
"""For examples (RFC 9637), segment routing (RFC 9602) and site-local (RFC 3879): older Pythons do not know these."""


@lru_cache(maxsize=65536)
def is_bogon(address: str) -> bool:
    """Whether an address can never be a public server: private, loopback, reserved … (RFC 6890 registries).

    An address that stands for an IPv4 one (mapped, RFC 4291; NAT64, RFC 6052; 6to4, RFC 3056) is what that one is. A
    network's own NAT64 prefix (RFC 8215) may be cut in several ways and is no bogon.
    """
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return False
    if isinstance(parsed, ipaddress.IPv6Address):
        if parsed in _LOCAL_NAT64:
            return False
        if any(parsed in network for network in _NO_SERVER):
            return True
        if parsed in _NAT64:
            parsed = ipaddress.IPv4Address(int(parsed) & _LOW_32)
        else:
            parsed = parsed.ipv4_mapped or parsed.sixtofour or parsed
    return not parsed.is_global or parsed.is_multicast


@lru_cache(maxsize=65536)
def is_public(text: str) -> bool | None:
    """Whether a public server can have this address; none where the text is no address."""
    return not is_bogon(text) if is_address(text) else None


@lru_cache(maxsize=65536)
def translates(address: str, original: str) -> bool:
    """Whether an IPv6 address ends with this IPv4 address, as DNS64 makes them (RFC 6147), whatever the prefix."""
    try:
        made, meant = ipaddress.ip_address(address), ipaddress.ip_address(original)
    except ValueError:
        return False
    return made.version == 6 and meant.version == 4 and int(made) & _LOW_32 == int(meant)


@lru_cache(maxsize=65536)
def is_address(text: str) -> bool:
    """Whether the text is an IP address."""
    try:
        ipaddress.ip_address(text)
    except ValueError:
        return False
    return True


@lru_cache(maxsize=65536)
def endpoint(text: str) -> tuple[str, int] | None:
    """Split `1.2.3.4:443` or `[2001:db8::1]:443`; none where it is not such a pair."""
    host, _, port = text.rpartition(":")
    host = host.strip("[]")
    if not port.isascii() or not port.isdigit() or not 0 < int(port[:6]) < 65536 or not is_address(host):
        return None
    return host, int(port)


@lru_cache(maxsize=65536)
def hostname(text: str | None) -> str | None:
    """Lower-case A-label form of a name; none where it cannot be a host name."""
    if not text or len(text) > MAX_HOSTNAME:
        return None
    name = text.rstrip(".").lower()
    if not name.isascii():
        try:
            name = name.encode("idna").decode("ascii")
        except UnicodeError:
            return None
    return name if name.isprintable() and not set(name) & set(" /\\\"'<>") else None


@lru_cache(maxsize=65536)
def split_url(url: str | None) -> tuple[str, str, int] | None:
    """Scheme, host and port of an http or https URL; none for anything else."""
    if not url or len(url) > MAX_URL:
        return None
    try:
        parts: SplitResult = urlsplit(url)
        port = parts.port
    except ValueError:
        return None
    host = hostname(parts.hostname)
    if host is None or parts.scheme not in ("http", "https"):
        return None
    return parts.scheme, host, port or (443 if parts.scheme == "https" else 80)


@lru_cache(maxsize=4096)
def public_resolver(address: str | None) -> str | None:
    """Address or host of a resolver as a record writes it (`8.8.8.8:53`, a URL); none for one in a private network."""
    if not address or len(address) > MAX_URL:
        return None
    if "://" in address:
        parts = split_url(address)
        return parts[1] if parts else None
    found = endpoint(address)
    ip = found[0] if found else address.strip("[]")
    return ip if is_public(ip) else None


def prefix_of(address: str) -> str:
    """The /24 or /48 of an address, in which the servers of one place lie; empty for none."""
    try:
        return str(ipaddress.ip_network((address, 48 if ":" in address else 24), strict=False))
    except ValueError:
        return ""
