"""HTTP requests (ts-003 0.2.0): one page, fetched directly and over Tor."""

from __future__ import annotations

import msgspec

from lightkeeper.model import Measurement
from lightkeeper.observe.addresses import split_url
from lightkeeper.observe.facts import Seen, control_page
from lightkeeper.observe.fetch import named_target, observe_page
from lightkeeper.observe.wire import Envelope, Exchange, Keys, Request, Text, Wire

NAME = "http_requests"


class OverTor(Wire):
    """Whether a request went over Tor."""

    is_tor: bool | None = None


class OldRequest(Request):
    """The request side of an exchange, as probes of that time wrote it."""

    tor: OverTor | None = None


class OldExchange(Exchange):
    """An exchange, as probes of that time wrote it."""

    request: OldRequest | None = None


class OldKeys(Wire):
    """`test_keys` of HTTP requests. What the probe concluded (`body_length_match`, `headers_match`) is not read."""

    requests: list[OldExchange] | None = None
    experiment_failure: Text = None
    control_failure: Text = None


DECODER: msgspec.json.Decoder[OldKeys] = msgspec.json.Decoder(OldKeys)


def target(record: Envelope) -> str:
    """The target that the tested URL belongs to."""
    return named_target(record.input)


def observe(row: Measurement, keys: OldKeys) -> Seen:
    """One observation an exchange; the page as it came over Tor is the control, where it came.

    A failure over Tor is no control: Tor fails by itself, and many sites refuse its exits.
    """
    direct: list[Exchange] = [r for r in keys.requests or [] if not _over_tor(r)]
    if not direct and keys.experiment_failure and split_url(row.input):
        direct = [Exchange(failure=keys.experiment_failure, request=Request(url=row.input))]
    over_tor = [r for r in keys.requests or [] if _over_tor(r) and not r.failure and _came(r)]
    controls = [control_page(row, r, 0, "tor_exit") for r in over_tor[:1]] if not keys.control_failure else []
    return observe_page(row, Keys(requests=direct), row.input, controls)


def _over_tor(exchange: OldExchange) -> bool:
    tor = exchange.request.tor if exchange.request else None
    return tor is not None and tor.is_tor is True


def _came(exchange: Exchange) -> bool:
    return exchange.response is not None and 200 <= (exchange.response.code or 0) < 400
