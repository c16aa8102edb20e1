"""Verdicts counted: target × network × layer × hour, and the same for a country."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, ClassVar

from lightkeeper.model.column import Table, col


class Cell(Table, frozen=True, kw_only=True):
    """The histogram of one hour of one target on one network, or in one country. Its state obeys the evidence floor.

    `scope` keeps two things apart that both have no `probe_asn`: measurements whose network is unknown (`network`),
    and all networks of a country together (`country`).
    """

    table_name: ClassVar[str] = "cell"

    target: Annotated[str, col("Stable name of what was tested", key=True)]
    probe_cc: Annotated[str | None, col("Country of the probes", key=True)]
    probe_asn: Annotated[int | None, col("Network of the probes; none where unknown, or for a country", key=True)]
    layer: Annotated[str, col("dns, tcp, tls, quic, http, app, rate or all", key=True)]
    hour: Annotated[datetime, col("Hour", unit="UTC", key=True)]
    scope: Annotated[str, col("What is counted together: `network` or `country`", key=True)] = "network"
    measurements: Annotated[int, col("Measurements", unit="count")]
    sessions: Annotated[int, col("Distinct reports: the best public stand-in for distinct probes", unit="count")]
    witnesses: Annotated[str, col("What has a voice in the state: `sessions` or, for a country, `networks`")] = (
        "sessions"
    )
    networks: Annotated[int, col("Distinct networks that are known", unit="count")] = 0
    kinds: Annotated[int, col("Distinct probe software; for a country, the most on one network", unit="count")] = 0
    blocked: Annotated[int, col("Measurements judged blocked", unit="count")] = 0
    throttled: Annotated[int, col("Measurements judged throttled", unit="count")] = 0
    down: Annotated[int, col("Measurements judged down", unit="count")] = 0
    ok: Annotated[int, col("Measurements judged ok", unit="count")] = 0
    insufficient: Annotated[int, col("Measurements from which nothing follows", unit="count")] = 0
    rules: Annotated[list[str], col("Rules that decided, as `rule=count`, the most frequent first, at most 8")] = []
    blocked_share: Annotated[
        float | None, col("Share of blocked or throttled among what tells anything, after capping", unit="0 to 1")
    ] = None
    blocked_share_low: Annotated[float | None, col("Lower end of its 95 % Wilson interval", unit="0 to 1")] = None
    blocked_share_high: Annotated[float | None, col("Upper end of its 95 % Wilson interval", unit="0 to 1")] = None
    state: Annotated[str, col("State of the cell; insufficient below the evidence floor")]
    reason: Annotated[str | None, col("Why it is insufficient: `floor`, `divided` or `flood`")] = None
    mechanism: Annotated[str | None, col("The mechanism that most witnesses of the state saw")] = None
