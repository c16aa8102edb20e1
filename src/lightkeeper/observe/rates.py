"""What nettests of speed share."""

from __future__ import annotations

from typing import Any

from lightkeeper.observe.decode import failure as failure_of
from lightkeeper.observe.facts import Rows

MAX_BITS_PER_S = 1e12
MAX_BYTES = 1e15
MAX_SECONDS = 1e5


def bits_of_kilobits(kilobits: float | None) -> float | None:
    """bit/s of kbit/s; none for what no line can have."""
    return kilobits * 1000 if kilobits and 0 < kilobits * 1000 < MAX_BITS_PER_S else None


def add_rate(
    rows: Rows,
    target: str | None,
    bits_per_s: float | None,
    size: float | None,
    seconds: float | None,
    failure: str | None,
    **where: Any,
) -> None:
    """One observation of a speed: the nettest's own figure, else bytes over seconds; without either, a failure.

    `where` may name the server: `host`, `ip`, `port`, `hop`. Without a target, the host names it.
    """
    size = size if size and 0 < size < MAX_BYTES else None
    seconds = seconds if seconds and 0 < seconds < MAX_SECONDS else None
    if bits_per_s is None and size and seconds and 0 < size * 8 / seconds < MAX_BITS_PER_S:
        bits_per_s = size * 8 / seconds
    failed = failure_of(failure) or (None if bits_per_s else "no_speed")
    rows.add(
        where.pop("host", None),
        target=target,
        rate_tried=True,
        rate_failure=failed,
        rate_bits_per_s=bits_per_s,
        rate_bytes=int(size) if size else None,
        rate_duration_s=seconds,
        **where,
    )
