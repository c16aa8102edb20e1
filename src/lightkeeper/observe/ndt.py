"""NDT (ts-022): how fast a server of Measurement Lab can be reached, down and up."""

from __future__ import annotations

import msgspec

from lightkeeper.model import Measurement
from lightkeeper.observe.facts import Rows, Seen
from lightkeeper.observe.rates import add_rate, bits_of_kilobits
from lightkeeper.observe.wire import Envelope, Number, Text, Wire

NAME = "ndt"


class Counted(Wire):
    """Bytes so far, and the time that they took in microseconds."""

    num_bytes: Number = None
    elapsed_time: Number = None


class Sample(Wire):
    """One sample of a running transfer (NDT7)."""

    app_info: Counted | None = None
    origin: Text = None


class Speeds(Wire):
    """Speeds in kbit/s."""

    download: Number = None
    upload: Number = None


class NdtKeys(Wire):
    """`test_keys` of NDT7 (`summary`) and of NDT before 2020 (`simple`). Samples may name the probe: not read."""

    failure: Text = None
    download: list[Sample] | None = None
    summary: Speeds | None = None
    simple: Speeds | None = None


DECODER: msgspec.json.Decoder[NdtKeys] = msgspec.json.Decoder(NdtKeys)


def target(record: Envelope) -> str:  # noqa: ARG001
    """Always the same: the line."""
    return "ndt/download"


def observe(row: Measurement, keys: NdtKeys) -> Seen:
    """One observation for each direction that was measured, or one failure."""
    rows = Rows(row)
    speeds = keys.summary or keys.simple or Speeds()
    counted = [s.app_info for s in keys.download or [] if s.app_info and s.origin in (None, "", "client")]
    last = counted[-1] if counted else Counted()
    seconds = last.elapsed_time / 1e6 if last.elapsed_time else None
    if keys.download or speeds.download or keys.failure:
        add_rate(rows, "ndt/download", bits_of_kilobits(speeds.download), last.num_bytes, seconds, keys.failure)
    if upload := bits_of_kilobits(speeds.upload):
        add_rate(rows, "ndt/upload", upload, None, None, None)
    return Seen(row, rows.rows, [], [])
