"""Changes that are one thing in the network, with one onset and one scope."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, ClassVar

from lightkeeper.model.column import Table, col


class Event(Table, frozen=True, kw_only=True):
    """A disruption with one onset and one scope: detected here, or recorded by an outside analyst.

    Onset and end are brackets. An end that is not known is none.
    """

    table_name: ClassVar[str] = "event"

    event_id: Annotated[str, col("Stable id: of the outside record, or source/metric/entity/onset", key=True)]
    kind: Annotated[
        str,
        col(
            "outage, slowdown, throttling, circumvention_drop, circumvention_rise, blocking, service_drop, silence, "
            "decline, rise, periodic, allowlisted (after a cut some came back and others stayed dark), "
            "traffic_anomaly, …"
        ),
    ]
    source: Annotated[
        str,
        col(
            "Who saw it: ioda_outages, ioda_alerts, ioda_events, radar_outages, radar_anomalies, or lightkeeper.detect"
        ),
    ]
    country: Annotated[str, col("ISO 3166-1 alpha-2")]
    entity_type: Annotated[str, col("country, region or asn")]
    entity: Annotated[str, col("IR; the region's name; the AS number; of several places the first")]
    places: Annotated[list[str], col("All places that were hit, where there are several: region:IR-13, asn:58224")] = []
    scope: Annotated[
        str | None,
        col(
            "national, regional, operator, mobile, service, vpn, throttling, unknown, or one_witness (series of one "
            "lineage alone speak for the country), by what moved and what did not"
        ),
    ] = None
    targets: Annotated[list[str], col("Services affected, where it is about some services only")] = []
    onset_earliest: Annotated[datetime, col("It did not begin before", unit="UTC")]
    onset_latest: Annotated[datetime, col("It had begun by", unit="UTC")]
    end_earliest: Annotated[datetime | None, col("It had not ended before", unit="UTC")] = None
    end_latest: Annotated[datetime | None, col("It had ended by", unit="UTC")] = None
    lineages: Annotated[list[str], col("Lineages that saw it")] = []
    lineages_silent: Annotated[list[str], col("Lineages that were looked at and did not see it")] = []
    members: Annotated[list[str], col("Series that moved; each has a row in `member`")] = []
    severity: Annotated[float | None, col("Deepest change, as a share of what was expected")] = None
    cause_claimed: Annotated[str | None, col("Cause that the source claims; a claim, not a measurement")] = None
    flags: Annotated[
        list[str], col("What is wrong with the record: ends_before_it_begins, no_end, origin_changed, …")
    ] = []
    note: Annotated[str, col("What the source says, re-stated")] = ""
    url: Annotated[str | None, col("Where the record can be read")] = None
    file_sha256: Annotated[str | None, col("Raw file it came from, where a source was asked for it")] = None
    row: Annotated[str | None, col("Row in the case file or dataset: outages.csv:12")] = None
