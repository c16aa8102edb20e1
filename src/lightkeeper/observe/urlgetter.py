"""URL getter (ts-027): one URL by any means, without a control."""

from __future__ import annotations

import re

import msgspec

from lightkeeper.model import Measurement
from lightkeeper.observe.facts import Rows, Seen
from lightkeeper.observe.fetch import named_host, observe_page
from lightkeeper.observe.targets import target_of
from lightkeeper.observe.wire import Envelope, Keys, Text

NAME = "urlgetter"
_TUNNEL = re.compile(r"[a-z][a-z0-9_]{0,19}")


class UrlKeys(Keys):
    """`test_keys` of the URL getter."""

    tunnel: Text = None


DECODER: msgspec.json.Decoder[UrlKeys] = msgspec.json.Decoder(UrlKeys)


def target(record: Envelope) -> str:
    """The target that the tested URL belongs to; an address has none of its own."""
    host = named_host(record.input)
    return target_of(host) if host else "urlgetter/unnamed"


def observe(row: Measurement, keys: UrlKeys) -> Seen:
    """Observations as of any page. What went through a tunnel shows the tunnel, not the network."""
    if keys.tunnel:
        rows = Rows(row)
        tunnel = keys.tunnel if _TUNNEL.fullmatch(keys.tunnel) else "unknown"
        rows.app(f"{tunnel}/tunnel", "page through the tunnel", keys.failure)
        return Seen(row, rows.rows, [], [])
    seen = observe_page(row, keys, row.input)
    if not seen.observations and keys.failure is not None:
        rows = Rows(row)
        rows.app(row.target, "access", keys.failure)
        seen.observations = rows.rows
    return seen
