"""Lantern (ts-013 0.1.0, obsolete): whether it gets ready, and whether a page can be fetched through it."""

from __future__ import annotations

import msgspec

from lightkeeper.model import Measurement
from lightkeeper.observe.facts import Rows, Seen
from lightkeeper.observe.wire import Envelope, Text, Wire

NAME = "lantern"
ALIASES = ("lantern_circumvention_tool_test",)
"""The name in the specification's own sample."""
_READY = "Successfully dialed via"
_PAGE = "Google is built by a large"
_SEARCHED = 1 << 17


class Process(Wire):
    """What the tool wrote. It may hold the probe's address and is searched, never kept."""

    stdout: Text = None


class LanternKeys(Wire, rename={"process": "lantern --headless"}):
    """`test_keys` of Lantern. What the probe concluded (`success`, `bootstrapped`) is not read."""

    process: Process | None = None
    body: Text = None
    failure: Text = None
    default_configuration: bool | None = None


DECODER: msgspec.json.Decoder[LanternKeys] = msgspec.json.Decoder(LanternKeys)


def target(record: Envelope) -> str:  # noqa: ARG001
    """Always the same."""
    return "lantern/bootstrap"


def observe(row: Measurement, keys: LanternKeys) -> Seen:
    """One observation for the bootstrap and, where a page came, one for the page. No control.

    The page and the line that says it is ready are those of ts-013, Test description. A tool that a person configured
    by hand is left out.
    """
    if keys.default_configuration is False:
        return Seen(row, [], [], ["Lantern was configured by hand, which this record does not describe"])
    rows = Rows(row)
    paged = _PAGE in (keys.body or "")[:_SEARCHED]
    wrote = (keys.process.stdout if keys.process else None) or ""
    if paged or _READY in wrote[:_SEARCHED]:
        rows.app(row.target, "bootstrap", None)
        if paged or keys.failure or keys.body:
            rows.app("lantern/tunnel", "page through the tunnel", None if paged else keys.failure or "other_page")
    elif keys.failure or wrote:
        rows.app(row.target, "bootstrap", keys.failure or "not_ready")
    return Seen(row, rows.rows, [], [])
