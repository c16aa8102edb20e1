"""One step of one series on the grid."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, ClassVar

from lightkeeper.model.column import Table, col

LINEAGES = {
    "control_plane": "BGP: which prefixes routers announce",
    "active_probing": "Probes sent into the network that answer or do not",
    "telescope": "Unsolicited traffic that reaches unused addresses",
    "traffic": "Traffic or requests seen by a large service",
    "in_country": "Measurements by volunteers inside the country",
    "circumvention": "Use of circumvention tools",
    "document": "A statement, order, report or record",
}


class Signal(Table, frozen=True, kw_only=True):
    """One step of one series. A step without data is a row without a value: missing is not zero."""

    table_name: ClassVar[str] = "signal"

    series: Annotated[str, col("Name of the series: source/metric/entity", key=True)]
    step_at: Annotated[datetime, col("Begin of the step", unit="UTC", key=True)]
    step_s: Annotated[int, col("Length of the step", unit="s")]
    source: Annotated[str, col("ioda, tor_users, …")]
    lineage: Annotated[str, col("Which kind of witness: control_plane, active_probing, telescope, traffic, …")]
    entity_type: Annotated[str, col("country, region, county, asn or world")]
    entity: Annotated[str, col("IR, IR-13, 58224, world")]
    metric: Annotated[str, col("What is counted: bgp_visible_slash24, tor_direct_users, …")]
    unit: Annotated[str, col("Unit of the value, or `normalised 0-100`")]
    value: Annotated[float | None, col("The value; none where the source has none")] = None
    n: Annotated[float | None, col("Of how many measurements the value is a share; none for a level")] = None
    expected: Annotated[float | None, col("What the steps before lead one to expect")] = None
    expected_low: Annotated[float | None, col("Lower end of the expected band")] = None
    expected_high: Annotated[float | None, col("Upper end of the expected band")] = None
    missing: Annotated[
        str | None,
        col(
            "Why there is no value: gap_in_source, not_yet_published, null_at_source, no_series_at_source, "
            "fault_at_source, low_confidence_at_source, unreadable_in_source, weak_estimate, too_few_tests, "
            "too_few_peers, no_measurements, stale_after_gap"
        ),
    ] = None
    flag: Annotated[
        str | None,
        col("What a reader must know of the value: origin_changed (other networks announce prefixes of this one)"),
    ] = None
    file_sha256: Annotated[str | None, col("Raw file it came from")] = None
