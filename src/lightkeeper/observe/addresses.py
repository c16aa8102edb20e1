"""Hosts, ports and addresses out of hostile text."""

from __future__ import annotations

import ipaddress
from functools import lru_cache
from urllib.parse import SplitResult, urlsplit

MAX_URL = 2048
MAX_HOSTNAME = 255


@lru_cache(maxsize=65536)
def is_bogon(address: str) -> bool:
    """Whether an address can never be a public server: private, loopback, reserved … (RFC 6890 registries)."""
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return False
    if isinstance(parsed, ipaddress.IPv6Address) and parsed.ipv4_mapped:
        parsed = parsed.ipv4_mapped
    return not parsed.is_global or parsed.is_multicast


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
