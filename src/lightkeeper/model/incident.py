"""Events and documents that are one thing in the world."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, ClassVar, Literal, get_args

from lightkeeper.model.column import Table, col

Rung = Literal["signal", "corroborated", "confirmed", "attributed", "disputed", "retracted"]
RUNGS: tuple[str, ...] = get_args(Rung)


class Incident(Table, frozen=True, kw_only=True):
    """One thing in the world, the witnesses for it and against it, and how far up the ladder they carry it."""

    table_name: ClassVar[str] = "incident"

    incident_id: Annotated[str, col("Stable id: country, day of onset, hash of the members", key=True)]
    country: Annotated[str, col("ISO 3166-1 alpha-2")]
    kind: Annotated[
        str,
        col(
            "outage, allowlisted, service_block, service_drop, circumvention_drop, slowdown, throttling, decline, "
            "silence, record"
        ),
    ]
    title: Annotated[str, col("What happened, where, when, in a few words")]
    rung: Annotated[str, col("signal, corroborated, confirmed, attributed, disputed or retracted")]
    rung_reason: Annotated[str, col("Why it stands on this rung, in one sentence")]
    scopes: Annotated[list[str], col("Places: country, region:NAME, city:NAME, asn:NUMBER")] = []
    networks: Annotated[list[str], col("Kinds of access: mobile, fixed; empty where nobody says")] = []
    operators: Annotated[
        list[str], col("Operator ids of the case: by AS number, or named in a report or in a notice of their own")
    ] = []
    operators_by: Annotated[list[str], col("Each of them with what names it, by id: `mtn: ooni-2021-01-22`")] = []
    addressed_to: Annotated[
        list[str], col("Operator ids of the case that an order was addressed to: who was told is not who did")
    ] = []
    services: Annotated[list[str], col("Services affected; empty for a whole network")] = []
    service_times: Annotated[
        list[str],
        col("Of a block of several services each with its own begin and end: `incidents.spans.spans_of` reads them"),
    ] = []
    services_in_window: Annotated[
        list[str], col("Those of its services that were affected in the watch window of the case")
    ] = []
    onset_earliest: Annotated[
        datetime,
        col("It did not begin before; where `begin_known` is false, it was so at some time from here", unit="UTC"),
    ]
    onset_latest: Annotated[datetime, col("It had begun by", unit="UTC")]
    end_earliest: Annotated[datetime | None, col("It had not ended before", unit="UTC")] = None
    end_latest: Annotated[datetime | None, col("It had ended by", unit="UTC")] = None
    begin_known: Annotated[bool, col("Somebody says when it began; else only a day on which it was so is known")] = True
    ongoing: Annotated[bool, col("The latest record says that it had not ended")] = False
    lasts_until: Annotated[
        datetime | None,
        col("Of one that goes on: it is taken to last until here, a year after it was last said to", unit="UTC"),
    ] = None
    lineages: Annotated[list[str], col("Independent lineages that saw it")] = []
    lineages_silent: Annotated[list[str], col("Lineages that were looked at and did not see it")] = []
    events: Annotated[list[str], col("Ids of its events")] = []
    documents: Annotated[list[str], col("Ids of its documents")] = []
    published_in_window: Annotated[
        list[str],
        col(
            "Ids of documents that are published measurements, of days in the watch window, which show it on most "
            "of the networks that measured it"
        ),
    ] = []
    near: Annotated[
        list[str], col("Documents and outages that nearly joined it, with score and what is against it, one a sentence")
    ] = []
    causes_claimed: Annotated[list[str], col("Causes claimed, each with who claims it")] = []
    contrary: Annotated[list[str], col("Evidence against it, one sentence each")] = []
    not_looked_for: Annotated[list[str], col("Contrary evidence for which there is no source here")] = []
    reviewers: Annotated[list[str], col("Named people who signed the judgement on it")] = []
    history: Annotated[list[str], col("Acts of reviewers that touch it, one sentence each, oldest first")] = []
    in_window: Annotated[bool, col("It overlaps the watch window of the case")] = False
