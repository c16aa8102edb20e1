"""HTTP host (ts-004 0.2.0): a tested name in the Host header, to a server that says what it received."""

from __future__ import annotations

import msgspec

from lightkeeper.model import Measurement
from lightkeeper.observe.echo import WEB_SERVER
from lightkeeper.observe.facts import Rows, Seen, text_of
from lightkeeper.observe.fetch import named_host
from lightkeeper.observe.wire import Envelope, Exchange, Wire

NAME = "http_host"
_MARKS = ('"request_headers"', '"request_line"', '"headers_dict"')


class HostKeys(Wire):
    """`test_keys` of HTTP host. What the probe concluded (`transparent_http_proxy` and its kin) is not read."""

    requests: list[Exchange] | None = None


DECODER: msgspec.json.Decoder[HostKeys] = msgspec.json.Decoder(HostKeys)


def target(record: Envelope) -> str:
    """The tested name, as a name told to someone else's server: `host_header/example.org`."""
    value = record.input.strip() if isinstance(record.input, str) else None
    return f"host_header/{named_host(value) or 'unnamed'}"


def observe(row: Measurement, keys: HostKeys) -> Seen:
    """One observation: whether the server's own answer came; where another came, that answer as a page too.

    Only the first request is read, with the name as it is. The others bend the name or the request to get past a
    filter, and their failing shows nothing about the name.
    """
    rows = Rows(row)
    for exchange in (keys.requests or [])[:1]:
        answered = exchange.response is not None and bool(exchange.response.code)
        if not answered and not exchange.failure:
            continue
        echoed = answered and is_echo(exchange)
        rows.app(row.target, "echo of a host header", None if echoed else exchange.failure or WEB_SERVER)
        if answered and not echoed:
            rows.exchanges([(0, exchange)], target=row.target)
    return Seen(row, rows.rows, [], rows.notes())


def is_echo(exchange: Exchange) -> bool:
    """Whether the answer is the helper's: an object in JSON with the three keys of ts-004, Test description."""
    body = text_of(exchange.response.body if exchange.response else None)[0]
    return body.startswith("{") and all(mark in body for mark in _MARKS)
