"""What nettests that fetch one page share, and the host of a URL of any scheme."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

from lightkeeper.model import Control, Measurement
from lightkeeper.observe.addresses import MAX_URL, hostname, is_address, split_url
from lightkeeper.observe.facts import Rows, Seen
from lightkeeper.observe.targets import target_of
from lightkeeper.observe.transfers import add_transfers
from lightkeeper.observe.web_connectivity import chain, hops_of, hosts_by_address, left_out
from lightkeeper.observe.wire import Exchange, Keys


def named_host(value: Any) -> str | None:
    """The host name in a URL of any scheme, in `host:port` or alone; none for an address or for anything else."""
    if isinstance(value, list):
        value = value[0] if value else None
    if not isinstance(value, str) or len(value) > MAX_URL:
        return None
    try:
        host = hostname(urlsplit(value if "://" in value else f"//{value}").hostname)
    except ValueError:
        return None
    return None if host is None or is_address(host) or host.replace(".", "").isdigit() else host


def named_target(value: Any) -> str:
    """The target of the host name in a URL of any scheme; `unknown` where it has none."""
    return target_of(named_host(value))


def observe_page(row: Measurement, keys: Keys, url: str | None, controls: list[Control] | None = None) -> Seen:
    """Observations of one page and its redirects, as in Web Connectivity, with whatever control the record has."""
    exchanges: list[tuple[int, Exchange]] = chain(url, keys.requests or [])
    hops = hops_of(url, exchanges)
    start = split_url(url)
    first = start[1] if start else named_host(url)
    rows = Rows(row, lambda host: row.target if hops.get(host or "", 0) == 0 else target_of(host))
    rows.lookups(keys.queries or [], hops)
    by_address = hosts_by_address(rows)
    rows.connections(keys.tcp_connect or [], lambda ip: by_address.get(ip, first))
    rows.handshakes(keys.tls_handshakes or [], hops)
    rows.handshakes(keys.quic_handshakes or [], hops, quic=True)
    rows.exchanges(exchanges)
    rows.cut += left_out(keys.requests, exchanges)
    add_transfers(rows, exchanges, keys.network_events)
    return Seen(row, rows.rows, controls or [], rows.notes())
