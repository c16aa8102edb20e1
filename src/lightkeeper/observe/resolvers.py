"""Stable names of resolvers that are given by name or by address."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

from lightkeeper.observe.addresses import MAX_URL
from lightkeeper.observe.fetch import named_host

_KNOWN = {
    "1.1.1.1": "cloudflare-dns.com",
    "1.0.0.1": "cloudflare-dns.com",
    "2606:4700:4700::1111": "cloudflare-dns.com",
    "2606:4700:4700::1001": "cloudflare-dns.com",
    "8.8.8.8": "dns.google",
    "8.8.4.4": "dns.google",
    "2001:4860:4860::8888": "dns.google",
    "2001:4860:4860::8844": "dns.google",
    "9.9.9.9": "dns.quad9.net",
    "149.112.112.112": "dns.quad9.net",
    "2620:fe::fe": "dns.quad9.net",
    "94.140.14.14": "dns.adguard-dns.com",
    "94.140.15.15": "dns.adguard-dns.com",
    "2a10:50c0::ad1:ff": "dns.adguard-dns.com",
    "2a10:50c0::ad2:ff": "dns.adguard-dns.com",
}
"""Public addresses of well-known resolvers, from their operators' own pages."""


def resolver_target(url: Any) -> str:
    """`dns/` and the host of a resolver's URL; an address that is not well known gives `dns/unnamed`."""
    host = named_host(url)
    if host is None and isinstance(url, str) and len(url) <= MAX_URL:
        try:
            host = _KNOWN.get(urlsplit(url).hostname or "")
        except ValueError:
            host = None
    return f"dns/{host or 'unnamed'}"
