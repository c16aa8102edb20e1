"""Browser web (ts-036): a page loaded from within a browser, which tells no more than whether it came."""

from __future__ import annotations

import msgspec

from lightkeeper.model import Measurement
from lightkeeper.observe.addresses import split_url
from lightkeeper.observe.facts import Rows, Seen
from lightkeeper.observe.fetch import named_target
from lightkeeper.observe.wire import Envelope, Number, Text, Wire

NAME = "browser_web"


class BrowserKeys(Wire):
    """`test_keys` of browser web. `result` is how the browser's request ended: it is all that a browser shows."""

    result: Text = None
    load_time_ms: Number = None


DECODER: msgspec.json.Decoder[BrowserKeys] = msgspec.json.Decoder(BrowserKeys)


def target(record: Envelope) -> str:
    """The target that the tested URL belongs to."""
    return named_target(record.input)


def observe(row: Measurement, keys: BrowserKeys) -> Seen:
    """One observation: the request. The record has no control.

    A browser also fails for reasons of its own (ts-036, Caveats): a server that forbids use by other sites, a page
    without encryption, protection against tracking. So its failure is never one that names a network.
    """
    rows = Rows(row)
    parts = split_url(row.input)
    if parts and keys.result is not None:
        rows.add(
            parts[1],
            target=row.target,
            port=parts[2],
            http_tried=True,
            http_url=row.input,
            http_failure=None if keys.result == "ok" else "browser_error",
            app_step="page load in a browser",
            app_duration_s=keys.load_time_ms / 1000
            if 0 < (keys.load_time_ms or 0) < 1e7 and keys.load_time_ms
            else None,
        )
    return Seen(row, rows.rows, [], [])
