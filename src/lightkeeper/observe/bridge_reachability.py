"""Bridge reachability (ts-011 0.2.0, obsolete): whether Tor gets ready over one bridge."""

from __future__ import annotations

import re

import msgspec

from lightkeeper.model import Measurement
from lightkeeper.observe.facts import Rows, Seen
from lightkeeper.observe.tunnels import BootstrapKeys, bootstrap
from lightkeeper.observe.wire import Envelope, Text

NAME = "bridge_reachability"
_TRANSPORT = re.compile(r"[a-z][a-z0-9_]{0,19}")
_OWN = re.compile(r"unsupported-tor-version|missing-[a-z]{1,20}")
"""Errors (ts-011, Semantics) of a probe that lacks the software: they say nothing of a network."""


class BridgeKeys(BootstrapKeys):
    """`test_keys` of bridge reachability. The bridge's address is not read, for bridges are secret."""

    transport_name: Text = None


DECODER: msgspec.json.Decoder[BridgeKeys] = msgspec.json.Decoder(BridgeKeys)


def target(record: Envelope) -> str:
    """The transport, which leads the input (`obfs3 203.0.113.27:1828`): `tor/obfs3`; without one, `tor/bridge`."""
    words = record.input.split() if isinstance(record.input, str) else []
    return _named(words[0] if len(words) > 1 else None)


def observe(row: Measurement, keys: BridgeKeys) -> Seen:
    """One observation: how far the bootstrap got. The record has no control, and bridges come and go."""
    if keys.transport_name:
        row = msgspec.structs.replace(row, target=_named(keys.transport_name))
    if keys.error and _OWN.fullmatch(keys.error):
        return Seen(row, [], [], ["the probe lacked the software for this bridge"])
    rows = Rows(row)
    if (found := bootstrap(keys)) is not None:
        step, failure, took = found
        rows.app(row.target, step, failure, app_duration_s=took)
    return Seen(row, rows.rows, [], [])


def _named(transport: str | None) -> str:
    known = transport and transport != "vanilla" and _TRANSPORT.fullmatch(transport)
    return f"tor/{transport}" if known else "tor/bridge"
