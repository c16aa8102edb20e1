"""Psiphon (ts-015, Required output data): whether it gets ready, and whether a page comes through it."""

from __future__ import annotations

import msgspec

from lightkeeper.model import Measurement
from lightkeeper.observe.facts import Rows, Seen
from lightkeeper.observe.tunnels import BootstrapKeys, bootstrap
from lightkeeper.observe.wire import Envelope, Exchange

NAME = "psiphon"


class PsiphonKeys(BootstrapKeys):
    """`test_keys` of Psiphon. Its look-ups and handshakes went through the tunnel and show nothing of the network."""

    requests: list[Exchange] | None = None


DECODER: msgspec.json.Decoder[PsiphonKeys] = msgspec.json.Decoder(PsiphonKeys)


def target(record: Envelope) -> str:  # noqa: ARG001
    """Always the same."""
    return "psiphon/bootstrap"


def observe(row: Measurement, keys: PsiphonKeys) -> Seen:
    """One observation for the bootstrap and, if it got ready, one for the page through it. No control."""
    rows = Rows(row)
    if (found := bootstrap(keys)) is not None:
        step, failure, took = found
        rows.app(row.target, step, failure, app_duration_s=took)
        if failure is None:
            through = next((r.failure for r in keys.requests or [] if r.failure), None) or keys.failure
            rows.app("psiphon/tunnel", "page through the tunnel", through)
    return Seen(row, rows.rows, [], rows.notes())
