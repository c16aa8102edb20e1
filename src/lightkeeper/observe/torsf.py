"""Tor over Snowflake (ts-030, Semantics): whether Tor gets ready over short-lived proxies."""

from __future__ import annotations

import msgspec

from lightkeeper.model import Measurement
from lightkeeper.observe.facts import Rows, Seen
from lightkeeper.observe.tunnels import BootstrapKeys, bootstrap
from lightkeeper.observe.wire import Envelope

NAME = "torsf"
DECODER: msgspec.json.Decoder[BootstrapKeys] = msgspec.json.Decoder(BootstrapKeys)


def target(record: Envelope) -> str:  # noqa: ARG001
    """Always the same."""
    return "tor/snowflake"


def observe(row: Measurement, keys: BootstrapKeys) -> Seen:
    """One observation: how far the bootstrap got. The record has no control."""
    rows = Rows(row)
    if (found := bootstrap(keys)) is not None:
        step, failure, took = found
        rows.app(row.target, step, failure, app_duration_s=took)
    return Seen(row, rows.rows, [], [])
