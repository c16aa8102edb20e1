"""DNS and HTTP: one page, looked up and fetched, without a control. No specification; read after a real record."""

from __future__ import annotations

import msgspec

from lightkeeper.model import Measurement
from lightkeeper.observe.facts import Seen
from lightkeeper.observe.fetch import named_host, named_target, observe_page
from lightkeeper.observe.wire import Answer, Envelope, Exchange, Keys, Query, Text, Wire

NAME = "dns_n_http"


class PlainQuery(Wire):
    """One query, with its addresses alone."""

    addrs: list[str] | None = None
    query_type: Text = None
    failure: Text = None


class DnsHttpKeys(Wire):
    """`test_keys` of DNS and HTTP."""

    queries: list[PlainQuery] | None = None
    requests: list[Exchange] | None = None


DECODER: msgspec.json.Decoder[DnsHttpKeys] = msgspec.json.Decoder(DnsHttpKeys)


def target(record: Envelope) -> str:
    """The target that the tested URL belongs to."""
    return named_target(record.input)


def observe(row: Measurement, keys: DnsHttpKeys) -> Seen:
    """One observation a look-up and exchange. The record has no control."""
    name = named_host(row.input)
    queries = [
        Query(
            hostname=name, query_type=q.query_type, failure=q.failure, answers=[Answer(ipv4=a) for a in q.addrs or []]
        )
        for q in keys.queries or []
        if name
    ]
    return observe_page(row, Keys(queries=queries, requests=keys.requests), row.input)
