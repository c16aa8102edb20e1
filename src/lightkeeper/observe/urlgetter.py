"""URL getter (ts-027): one URL by any means, without a control."""

from __future__ import annotations

import re
from collections.abc import Iterable

import msgspec

from lightkeeper.model import Measurement
from lightkeeper.observe.addresses import endpoint, hostname, is_address, split_url
from lightkeeper.observe.facts import Rows, Seen
from lightkeeper.observe.fetch import named_host, observe_page
from lightkeeper.observe.targets import target_of
from lightkeeper.observe.web_connectivity import chain, hops_of
from lightkeeper.observe.wire import (
    Binary,
    Connect,
    Envelope,
    Exchange,
    Handshake,
    Keys,
    NetworkEvent,
    Query,
    Request,
    Text,
    Wire,
)

NAME = "urlgetter"
_TUNNEL = re.compile(r"[a-z][a-z0-9_]{0,19}")
_OVER_QUIC = frozenset({"quic", "udp", "h3"})
OTHERWISE = "the record was made with options that lead elsewhere than its input says, and is not read"


class HostRequest(Request):
    """The request side, with its headers."""

    headers: dict[str, str | Binary] | None = None


class HostExchange(Exchange):
    """An exchange, with the headers that were sent."""

    request: HostRequest | None = None


class UrlKeys(Wire):
    """`test_keys` of the URL getter. Its options are not among them, and show only in what was done."""

    queries: list[Query] | None = None
    tcp_connect: list[Connect] | None = None
    tls_handshakes: list[Handshake] | None = None
    quic_handshakes: list[Handshake] | None = None
    requests: list[HostExchange] | None = None
    network_events: list[NetworkEvent] | None = None
    failure: Text = None
    tunnel: Text = None
    dns_cache: list[str] | None = None


DECODER: msgspec.json.Decoder[UrlKeys] = msgspec.json.Decoder(UrlKeys)


def target(record: Envelope) -> str:
    """The target that the tested URL belongs to; an address has none of its own."""
    host = named_host(record.input)
    return target_of(host) if host else "urlgetter/unnamed"


def observe(row: Measurement, keys: UrlKeys) -> Seen:
    """Observations as of any page. What went through a tunnel shows the tunnel, not the network.

    "Analysing a urlgetter measurement without taking into account the options that were provided is not recommended"
    (ts-027, Test description). So what went to a resolver that the options name is left out; a handshake under another
    name than the input's bears that name, as in SNI blocking; and a request to another host, or to an address that was
    given, is not read.
    """
    if keys.tunnel:
        rows = Rows(row)
        tunnel = keys.tunnel if _TUNNEL.fullmatch(keys.tunnel) else "unknown"
        rows.app(f"{tunnel}/tunnel", "page through the tunnel", keys.failure)
        return Seen(row, rows.rows, [], [])
    first = named_host(row.input)
    plain = _without_the_resolver(keys, first)
    if keys.dns_cache or any(map(_asks_another_host, keys.requests or [])):
        return Seen(msgspec.structs.replace(row, target="urlgetter/unnamed"), [], [], [OTHERWISE])
    if first and (others := _other_names(row, plain, first)):
        return _under_another_name(row, plain, others)
    seen = observe_page(row, plain, row.input)
    if not seen.observations and keys.failure is not None:
        rows = Rows(row)
        rows.app(row.target, "access", keys.failure)
        seen.observations = rows.rows
    return seen


def _without_the_resolver(keys: UrlKeys, first: str | None) -> Keys:
    """The keys without what went to the resolver; handshakes of a request over QUIC are put where those belong."""
    addresses = {q.resolver_address or "" for q in keys.queries or []}
    names = {parts[1] for a in addresses if (parts := split_url(a))} - {first}
    shakes = keys.tls_handshakes or []
    places = {endpoint(a) for a in addresses}
    places |= {endpoint(s.address or "") for s in shakes if hostname(s.server_name) in names}
    places.discard(None)
    kept = [s for s in shakes if hostname(s.server_name) not in names and endpoint(s.address or "") not in places]
    requests = [r for r in keys.requests or [] if _host_of(r) not in names]
    quic = any(r.request and r.request.x_transport in _OVER_QUIC for r in requests)
    return Keys(
        queries=keys.queries,
        tcp_connect=[c for c in keys.tcp_connect or [] if (c.ip, c.port) not in places],
        tls_handshakes=[] if quic else kept,
        quic_handshakes=[*(keys.quic_handshakes or []), *(kept if quic else [])],
        requests=list(requests),
        network_events=keys.network_events,
        failure=keys.failure,
    )


def _asks_another_host(exchange: HostExchange) -> bool:
    headers = (exchange.request.headers if exchange.request else None) or {}
    told = next((v for name, v in headers.items() if name.lower() == "host"), None)
    host, meant = named_host(told), _host_of(exchange)
    return host is not None and meant is not None and host != meant


def _host_of(exchange: Exchange) -> str | None:
    parts = split_url(exchange.request.url if exchange.request else None)
    return parts[1] if parts else None


def _other_names(row: Measurement, keys: Keys, first: str) -> set[str]:
    """Names in handshakes that are neither the input's nor those of its redirects."""
    known = {first, *hops_of(row.input, chain(row.input, keys.requests or []))}
    shakes = [*(keys.tls_handshakes or []), *(keys.quic_handshakes or [])]
    named = {name for s in shakes if (name := hostname(s.server_name)) and not is_address(name)}
    return named - known


def _under_another_name(row: Measurement, keys: Keys, names: Iterable[str]) -> Seen:
    found = sorted(names)
    if len(found) > 1:
        return Seen(msgspec.structs.replace(row, target="urlgetter/unnamed"), [], [], [OTHERWISE])
    row = msgspec.structs.replace(row, target=f"sni/{found[0]}")
    rows = Rows(row)
    rows.connections(keys.tcp_connect or [], lambda _: None, target=row.target)
    rows.handshakes(keys.tls_handshakes or [], {}, target=row.target)
    rows.handshakes(keys.quic_handshakes or [], {}, quic=True, target=row.target)
    return Seen(row, rows.rows, [], rows.notes())
