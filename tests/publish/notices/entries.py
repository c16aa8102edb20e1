"""Entries of the log of what was told, for tests. Synthetic."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec

from lightkeeper.model import Told

AT = datetime(2026, 11, 25, 12, 10, tzinfo=UTC)


def entry(seq: int = 1, **more: Any) -> Told:
    """An outage of one country, told for the first time."""
    told = Told(
        country="IR", seq=seq, told_at=AT, change="new", event_id=f"IR-e{seq}", kind="outage", direction="down",
        scope="national", members=["ioda/bgp/IR", "ioda/bgp/IR/AS58224"], severity=0.953,
        onset_earliest=AT - timedelta(hours=2), onset_latest=AT, lineages=["control_plane", "active_probing"],
        lineages_silent=["telescope"], window_from=AT, window_until=AT, detector="dt-0",
    )  # fmt: skip
    return msgspec.structs.replace(told, **more)


def silent(seq: int = 1, **more: Any) -> Told:
    """A source that fell silent."""
    return entry(
        seq, kind="no_delivery", scope="source", members=["ioda"], severity=None, lineages=[], lineages_silent=[],
        note="it does not answer: the source answered 500 (<script>alert(1)</script>)", **more,
    )  # fmt: skip
