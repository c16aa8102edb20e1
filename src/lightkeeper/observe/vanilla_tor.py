"""Vanilla Tor (ts-016 of 2022-05-10, and 0.1.0 with `tor_log` before): whether Tor as it comes gets ready."""

from __future__ import annotations

import msgspec

from lightkeeper.model import Measurement
from lightkeeper.observe.facts import Rows, Seen
from lightkeeper.observe.tunnels import BootstrapKeys, bootstrap
from lightkeeper.observe.wire import Envelope

NAME = "vanilla_tor"
DECODER: msgspec.json.Decoder[BootstrapKeys] = msgspec.json.Decoder(BootstrapKeys)


def target(record: Envelope) -> str:  # noqa: ARG001
    """Always the same."""
    return "tor/bootstrap"


def observe(row: Measurement, keys: BootstrapKeys) -> Seen:
    """One observation: how far the bootstrap got. The record has no control."""
    rows = Rows(row)
    if (found := bootstrap(keys)) is not None:
        step, failure, took = found
        rows.app(row.target, step, failure, app_duration_s=took)
    return Seen(row, rows.rows, [], [])
