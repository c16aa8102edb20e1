"""Random traffic (ts-040): connections that carry random bytes, as fully encrypted protocols do, after one of zeros."""

from __future__ import annotations

import msgspec

from lightkeeper.model import Measurement
from lightkeeper.observe.facts import Rows, Seen
from lightkeeper.observe.wire import Envelope, Text, Wire

NAME = "randomtraffic"
ALIASES = ("shadowsocks",)
"""The name in the specification's own sample, and of its draft (ts-039-shadowsocks)."""
TARGET = "fully_encrypted/random_bytes"


class RandomKeys(Wire):
    """`test_keys` of random traffic. What the payload looked like, and the payload, are not read.

    `censorship` is no opinion but the only trace of a fact: a connection timed out, and the next one too.
    """

    censorship: bool | None = None
    error: Text = None


DECODER: msgspec.json.Decoder[RandomKeys] = msgspec.json.Decoder(RandomKeys)


def target(record: Envelope) -> str:  # noqa: ARG001
    """Always the same: servers that have nothing to do with the protocols."""
    return TARGET


def observe(row: Measurement, keys: RandomKeys) -> Seen:
    """One observation: whether connections went on being made after random bytes. No control.

    An error ends the run, be it of the connection with zeros or of a later one; the record does not say which, and it
    does not say at which server. So it shows nothing.
    """
    rows = Rows(row)
    if keys.error is not None:
        return Seen(row, [], [], ["a connection failed, and the record does not say at which step: nothing follows"])
    if keys.censorship is not None:
        rows.app(row.target, "random bytes", "generic_timeout_error" if keys.censorship else None)
    return Seen(row, rows.rows, [], rows.notes())
