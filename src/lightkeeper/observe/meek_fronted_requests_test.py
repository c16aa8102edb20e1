"""Meek fronted requests (ts-014, obsolete): whether Tor's meek servers can be reached behind a large front."""

from __future__ import annotations

import msgspec

from lightkeeper.model import Measurement
from lightkeeper.observe.addresses import split_url
from lightkeeper.observe.facts import Rows, Seen, text_of
from lightkeeper.observe.fetch import named_host
from lightkeeper.observe.wire import Envelope, Exchange, Keys

NAME = "meek_fronted_requests_test"
DECODER: msgspec.json.Decoder[Keys] = msgspec.json.Decoder(Keys)
GREETING = "just a happy little web server"
"""What a meek server says to a visitor who is no Tor client (ts-014, Test description), without its apostrophe."""


def target(record: Envelope) -> str:
    """The front: `meek/ajax.aspnetcdn.com`."""
    return f"meek/{named_host(record.input) or 'unknown'}"


def observe(row: Measurement, keys: Keys) -> Seen:
    """One observation for the request to the front and, if it answered, one for the server behind it. No control."""
    rows = Rows(row, lambda _: row.target)
    asked = [r for r in keys.requests or [] if r.request and split_url(r.request.url)]
    rows.exchanges([(0, r) for r in asked])
    for exchange in asked:
        if not exchange.failure and exchange.response and exchange.response.code:
            rows.app(row.target, "meek behind the front", None if _greets(exchange) else "refused_by_front")
    return Seen(row, rows.rows, [], rows.notes())


def _greets(exchange: Exchange) -> bool:
    response = exchange.response
    return response is not None and response.code == 200 and GREETING in text_of(response.body)[0][:200]
