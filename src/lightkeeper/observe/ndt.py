"""NDT (ts-022): how fast a server of Measurement Lab can be reached, down and up."""

from __future__ import annotations

import msgspec

from lightkeeper.model import Measurement
from lightkeeper.observe.facts import MAX_ROWS, Rows, Seen
from lightkeeper.observe.rates import add_rate, bits_of_kilobits
from lightkeeper.observe.wire import Envelope, Number, Text, Wire

NAME = "ndt"


class Counted(Wire):
    """Bytes so far, and the microseconds that they took (`AppInfo`, counted by the application)."""

    NumBytes: Number = None
    ElapsedTime: Number = None


class Sample(Wire):
    """One sample of a running transfer (NDT7), of the probe or, with other counts, of the server."""

    AppInfo: Counted | None = None
    Origin: Text = None


class Speeds(Wire):
    """The nettest's own average speeds, in kbit/s."""

    download: Number = None
    upload: Number = None


class NdtKeys(Wire):
    """`test_keys` of NDT7 (`summary`) and of NDT before 2020 (`simple`). Samples may name the probe: not read."""

    failure: Text = None
    download: list[Sample] | None = None
    upload: list[Sample] | None = None
    summary: Speeds | None = None
    simple: Speeds | None = None


DECODER: msgspec.json.Decoder[NdtKeys] = msgspec.json.Decoder(NdtKeys)


def target(record: Envelope) -> str:  # noqa: ARG001
    """Always the same: the line."""
    return "ndt/download"


def observe(row: Measurement, keys: NdtKeys) -> Seen:
    """One observation for each direction that was measured, or one failure.

    The download comes first: where it has a speed, a failure is that of the upload, which could not begin.
    """
    rows = Rows(row)
    speeds = keys.summary or keys.simple or Speeds()
    down, up = last_count(keys.download), last_count(keys.upload)
    came = bool(speeds.download) or down[0] is not None
    if came or keys.download or keys.failure:
        failure = None if came else keys.failure
        add_rate(rows, "ndt/download", bits_of_kilobits(speeds.download), *down, failure)
    if speeds.upload or up[0] is not None or (came and keys.failure):
        add_rate(rows, "ndt/upload", bits_of_kilobits(speeds.upload), *up, keys.failure)
    return Seen(row, rows.rows, [], [])


def last_count(samples: list[Sample] | None) -> tuple[Number, Number]:
    """Bytes and seconds of the last sample that the probe itself counted; twice none without one."""
    for sample in reversed((samples or [])[:MAX_ROWS]):
        counted = sample.AppInfo
        if counted is not None and sample.Origin in (None, "", "client"):
            size, micros = counted.NumBytes, counted.ElapsedTime
            if size and micros and size > 0 and micros > 0:
                return size, micros / 1e6
    return None, None
