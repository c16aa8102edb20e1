"""Verdicts counted: target × network × layer × hour."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, ClassVar

from lightkeeper.model.column import Table, col


class Cell(Table, frozen=True, kw_only=True):
    """The histogram of one hour of one target on one network. Its state obeys the evidence floor."""

    table_name: ClassVar[str] = "cell"

    target: Annotated[str, col("Stable name of what was tested", key=True)]
    probe_cc: Annotated[str | None, col("Country of the probes", key=True)]
    probe_asn: Annotated[int | None, col("Network of the probes", key=True)]
    layer: Annotated[str, col("dns, tcp, tls, quic, http, rate or all", key=True)]
    hour: Annotated[datetime, col("Hour", unit="UTC", key=True)]
    measurements: Annotated[int, col("Measurements", unit="count")]
    sessions: Annotated[int, col("Distinct reports: the best public stand-in for distinct probes", unit="count")]
    blocked: Annotated[int, col("Measurements judged blocked", unit="count")] = 0
    throttled: Annotated[int, col("Measurements judged throttled", unit="count")] = 0
    down: Annotated[int, col("Measurements judged down", unit="count")] = 0
    ok: Annotated[int, col("Measurements judged ok", unit="count")] = 0
    insufficient: Annotated[int, col("Measurements from which nothing follows", unit="count")] = 0
    state: Annotated[str, col("State of the cell; insufficient below the evidence floor")]
    mechanism: Annotated[str | None, col("Most frequent mechanism among the deciding measurements")] = None
