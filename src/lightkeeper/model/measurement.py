"""One nettest run by one probe against one input."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, ClassVar

from lightkeeper.model.column import Table, col


class Measurement(Table, frozen=True, kw_only=True):
    """One nettest run by one probe. No address of the probe or of its user is ever kept here."""

    table_name: ClassVar[str] = "measurement"

    measurement_id: Annotated[
        str, col("The source's own id, or `sha256:` and the first 32 digits of the record's SHA-256", key=True)
    ]
    report_id: Annotated[str | None, col("OONI report: one session of one probe")] = None
    test_name: Annotated[str, col("Nettest, as OONI names it: web_connectivity, signal, …")]
    test_version: Annotated[str | None, col("Version of the nettest")] = None
    probe_cc: Annotated[str | None, col("Country of the probe, ISO 3166-1 alpha-2; none where OONI wrote ZZ")] = None
    probe_asn: Annotated[int | None, col("Autonomous system of the probe; none where it is unknown (AS0)")] = None
    resolver_asn: Annotated[int | None, col("Autonomous system of the probe's resolver")] = None
    input: Annotated[str | None, col("What was tested, as the record gives it, at most 2,048 characters")] = None
    target: Annotated[str, col("Stable name of what was tested: signal/chat, instagram/website, example.org")]
    started_at: Annotated[
        datetime | None,
        col(
            "When the measurement began: by the probe's clock, or where that cannot be, when the collector had it; "
            "none where neither is known",
            unit="UTC",
        ),
    ] = None
    stated_at: Annotated[
        datetime | None, col("When it began by the probe's clock, where that cannot be; else none", unit="UTC")
    ] = None
    received_at: Annotated[
        datetime | None, col("When the collector took it in, as its id says; none where the id does not", unit="UTC")
    ] = None
    software: Annotated[str | None, col("Probe software and version")] = None
    platform: Annotated[str | None, col("Operating system of the probe")] = None
    network_type: Annotated[str | None, col("Kind of access, as the probe said: wifi, mobile, …")] = None
    is_verified: Annotated[
        bool | None,
        col("Whether OONI verified the sender by an anonymous credential; none where the record does not say"),
    ] = None
    file_sha256: Annotated[str, col("Raw file that holds the record")]
    file_line: Annotated[int, col("Line or record number within that file, from 1")]
