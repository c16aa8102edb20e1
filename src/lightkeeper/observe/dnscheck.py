"""DNS check (ts-028, Semantics): whether a resolver over TLS or HTTPS can be used, at each of its addresses."""

from __future__ import annotations

import msgspec

from lightkeeper.model import Measurement
from lightkeeper.observe.addresses import MAX_URL, split_url
from lightkeeper.observe.facts import Rows, Seen
from lightkeeper.observe.resolvers import resolver_target
from lightkeeper.observe.wire import Envelope, Keys, Text, Wire

NAME = "dnscheck"


class DnsCheckKeys(Wire):
    """`test_keys` of the DNS check: how the resolver's own name was found, and look-ups at each address.

    The keys with `x_` are options of the probe; `x_tls_server_name` and `x_http_host` put another name on the wire.
    """

    bootstrap: Keys | None = None
    bootstrap_failure: Text = None
    lookups: dict[str, Keys] | None = None
    x_http3_enabled: bool | None = None
    x_tls_server_name: Text = None
    x_http_host: Text = None


DECODER: msgspec.json.Decoder[DnsCheckKeys] = msgspec.json.Decoder(DnsCheckKeys)


def target(record: Envelope) -> str:
    """The resolver, by its host name: `dns/dns.google`."""
    return resolver_target(record.input)


def observe(row: Measurement, keys: DnsCheckKeys) -> Seen:
    """Observations of the resolver's name, and of each address: connection, handshake, request, look-up. No control.

    The probe writes handshakes over QUIC among those over TLS. A look-up under another name than the resolver's is
    left out.
    """
    rows = Rows(row, lambda _: row.target)
    found = keys.bootstrap.queries if keys.bootstrap else None
    rows.lookups(found or [], {}, target=f"{row.target}/bootstrap")
    if keys.bootstrap_failure and not found:
        rows.app(f"{row.target}/bootstrap", "look-up of the resolver's name", keys.bootstrap_failure)
    if keys.x_tls_server_name or keys.x_http_host:
        return Seen(row, rows.rows, [], [*rows.notes(), "the look-ups were made under another name, and are not read"])
    over_quic = keys.x_http3_enabled is True
    for url, lookup in rows.at_most(list((keys.lookups or {}).items())):
        at = url[:MAX_URL].split("://")[-1].split("/")[0]
        rows.connections(lookup.tcp_connect or [], lambda _: None)
        rows.handshakes(lookup.tls_handshakes or [], {}, quic=over_quic, at=at)
        rows.handshakes(lookup.quic_handshakes or [], {}, quic=True, at=at)
        rows.exchanges([(0, r) for r in lookup.requests or [] if r.request and split_url(r.request.url)])
        rows.lookups(lookup.queries or [], {})
        if lookup.failure and not lookup.queries:
            rows.app(row.target, "look-up", lookup.failure)
    return Seen(row, rows.rows, [], rows.notes())
