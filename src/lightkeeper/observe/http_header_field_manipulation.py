"""HTTP header field manipulation (ts-006 0.2.1): headers in odd capitals, to a server that says what it received."""

from __future__ import annotations

import msgspec

from lightkeeper.model import Measurement
from lightkeeper.observe.echo import CHANGED, MISSING
from lightkeeper.observe.facts import Rows, Seen, text_of
from lightkeeper.observe.wire import Binary, Envelope, Exchange, Request, Text, Wire

NAME = "http_header_field_manipulation"
OWN = frozenset({"connection"})
"""Headers that the probe's own software adds."""
MAX_BODY = 1 << 17


class SentRequest(Request):
    """The request side, with its headers."""

    method: Text = None
    headers: dict[str, str | Binary] | None = None


class SentExchange(Exchange):
    """An exchange, with the headers that were sent."""

    request: SentRequest | None = None


class Echo(Wire):
    """What the server says that it received."""

    headers_dict: dict[str, list[str] | str] | None = None
    request_line: Text = None


class HeaderKeys(Wire):
    """`test_keys`. What the probe concluded (`tampering`) is not read."""

    requests: list[SentExchange] | None = None
    failure: Text = None


DECODER: msgspec.json.Decoder[HeaderKeys] = msgspec.json.Decoder(HeaderKeys)
_ECHO: msgspec.json.Decoder[Echo] = msgspec.json.Decoder(Echo)


def target(record: Envelope) -> str:  # noqa: ARG001
    """Always the same: the way to an echo server."""
    return "echo/headers"


def observe(row: Measurement, keys: HeaderKeys) -> Seen:
    """One observation: whether the server received what was sent."""
    rows = Rows(row)
    for exchange in (keys.requests or [])[:1]:
        if exchange.response is not None and exchange.response.code:
            outcome = _outcome(exchange)
        else:
            outcome = exchange.failure or keys.failure or MISSING
        rows.app(row.target, "echo of odd headers", outcome)
    return Seen(row, rows.rows, [], [])


def _outcome(exchange: SentExchange) -> str | None:
    body = text_of(exchange.response.body if exchange.response else None)[0]
    if not body:
        return MISSING
    try:
        echo = _ECHO.decode(body[:MAX_BODY].encode("utf-8", "replace"))
    except (msgspec.DecodeError, RecursionError):
        return CHANGED
    request = exchange.request
    if request is None or not request.headers or echo.headers_dict is None:
        return MISSING
    got = {_key(name): value for name, value in echo.headers_dict.items() if name.lower() not in OWN}
    sent = {_key(name): text_of(value)[0] for name, value in request.headers.items() if name.lower() not in OWN}
    same = got.keys() == sent.keys() and all(got[name] in ([value], value) for name, value in sent.items())
    line = f"{request.method} / HTTP/1.1" if request.method else echo.request_line
    return None if same and echo.request_line in (line, None) else CHANGED


def _key(name: str) -> str:
    """The name as it was written; but that of the host, which some of the probe's software writes in its own way."""
    return "host" if name.lower() == "host" else name
