"""One series in one event: that it moved, that it did not, or that it had changed shortly before."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, ClassVar

from lightkeeper.model.column import Table, col

ROLES = {
    "moved": "It changed, and the change is part of the event",
    "stayed": "It had values at the onset, and did not change",
    "sign": "It had changed shortly before; no claim to predict",
}


class Member(Table, frozen=True, kw_only=True):
    """One series in one event. Each that moved has its own onset and its own end: there is no single end."""

    table_name: ClassVar[str] = "member"

    event_id: Annotated[str, col("Event that it belongs to", key=True)]
    series: Annotated[str, col("Name of the series", key=True)]
    role: Annotated[str, col("moved, stayed, or sign: what had changed shortly before", key=True)]
    lineage: Annotated[str, col("Which kind of witness the series is")]
    entity_type: Annotated[str, col("country, region, county or asn")]
    entity: Annotated[str, col("IR, IR-13, 58224")]
    kind: Annotated[str | None, col("drop, rise, slow, blocked or silence; none for one that stayed")] = None
    onset_earliest: Annotated[datetime | None, col("It did not change before", unit="UTC")] = None
    onset_latest: Annotated[datetime | None, col("It had changed by", unit="UTC")] = None
    end_earliest: Annotated[datetime | None, col("It had not recovered before", unit="UTC")] = None
    end_latest: Annotated[datetime | None, col("It had recovered by", unit="UTC")] = None
    sign: Annotated[str | None, col("Of a sign: its kind in `detect/early_signs.toml`, such as ipv6_withdrawn")] = None
    severity: Annotated[float | None, col("Deepest change, as a share of what was expected")] = None
    flags: Annotated[list[str], col("open_at_end_of_data, single_step, short_past, re_based, back_before_rise")] = []
