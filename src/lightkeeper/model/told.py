"""What was told to people, when, and on what ground: the memory that detection does not have."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, ClassVar

from lightkeeper.model.column import Table, col

CHANGES = {
    "new": "told for the first time",
    "grew": "it became wider or deeper",
    "shrank": "late data took back a part of it",
    "moved": "its begin or its end lies elsewhere now",
    "renamed": "it is of another kind, reach or service than was told: a correction",
    "joined": "what others recorded overlaps an event of ours, `joins`",
    "verified": "somebody at its source verified what others recorded",
    "ended": "it is over",
    "reopened": "it was told to be over, and is not",
    "merged": "late data made it a part of another event, `merged_into`",
    "withdrawn": "late data changed it away: what was told was wrong",
    "returned": "it had been withdrawn or merged, and is found again",
}
"""What an entry can say of an event."""


class Told(Table, frozen=True, kw_only=True):
    """One thing that was told: an event as it stood then, whole, so that it can be held against what is known later.

    Kept as one line of JSON an entry, not in Parquet: entries are only ever added, and each carries the hash of the one
    before it. The events of sources that fell silent stand here too, for nobody could have seen anything there.
    """

    table_name: ClassVar[str] = "told"

    country: Annotated[str, col("ISO 3166-1 alpha-2; each country has a log of its own", key=True)]
    seq: Annotated[int, col("Place in the log, from 1", key=True)]
    told_at: Annotated[datetime, col("When it was told, by the clock of this machine", unit="UTC")]
    change: Annotated[
        str, col("new, grew, shrank, moved, renamed, joined, verified, ended, reopened, merged, withdrawn or returned")
    ]
    event_id: Annotated[str, col("What all entries about one event share: country, first onset, hash")]
    kind: Annotated[str, col("outage, blocking, slowdown, throttling, periodic, …; no_delivery or no_news of a source")]
    direction: Annotated[str, col("down or up")]
    scope: Annotated[
        str, col("national, regional, operator, mobile, service, vpn, throttling, one_witness, unknown; or source")
    ]
    targets: Annotated[list[str], col("Services affected, where it is about some services only")] = []
    members: Annotated[list[str], col("Series that moved; of what others recorded, the ids of their records")]
    onset_earliest: Annotated[datetime, col("It did not begin before", unit="UTC")]
    onset_latest: Annotated[datetime, col("It had begun by", unit="UTC")]
    end_earliest: Annotated[datetime | None, col("It had not ended before", unit="UTC")] = None
    end_latest: Annotated[datetime | None, col("It had ended by; none while it goes on", unit="UTC")] = None
    severity: Annotated[float | None, col("Deepest change, as a share of what was expected")] = None
    score: Annotated[float | None, col("Evidence, as the detector weighs it")] = None
    lineages: Annotated[list[str], col("Kinds of witness that moved")] = []
    lineages_silent: Annotated[list[str], col("Kinds of witness that were looked at and did not move")] = []
    leading: Annotated[
        list[str],
        col("What had changed shortly before, with no claim to predict: ipv6_withdrawn 4.7 h before, bgp_v6/IR"),
    ] = []
    within: Annotated[int, col("How many larger changes of the same series it lies within", unit="count")] = 0
    flags: Annotated[list[str], col("Doubts: single_step, short_past, clock_set_back, …")] = []
    note: Annotated[str, col("What is different from the entry before, or why, in words")] = ""
    recorded_by: Annotated[
        str | None,
        col("Who recorded it, where that is somebody else: IODA, Cloudflare Radar. It is no witness of ours"),
    ] = None
    place: Annotated[str | None, col("Of what others recorded, the place: country:IR, region:Tehran, asn:58224")] = None
    joins: Annotated[str | None, col("Of what others recorded, the event of ours that overlaps it")] = None
    told_as: Annotated[
        str | None, col("Kind and scope of the entry before, where they are others now: outage/national")
    ] = None
    merged_into: Annotated[str | None, col("The event that it is a part of now")] = None
    window_from: Annotated[datetime, col("Begin of the first step that was looked at", unit="UTC")]
    window_until: Annotated[datetime, col("End of the last step that was looked at", unit="UTC")]
    detector: Annotated[str, col("Hash of the code that detects, with the version: dt-…+0.1.0")]
    data_sha256: Annotated[
        str | None, col("The values that were looked at: a Parquet file in the archive that `detect` reads")
    ] = None
