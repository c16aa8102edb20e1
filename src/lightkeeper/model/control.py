"""The same target seen from where the censor is not."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, ClassVar

from lightkeeper.model.column import Table, col


class Control(Table, frozen=True, kw_only=True):
    """What a vantage point elsewhere saw of one name or endpoint. A missing control masks; it does not accuse."""

    table_name: ClassVar[str] = "control"

    measurement_id: Annotated[str, col("Measurement that carried it", key=True)]
    number: Annotated[int, col("Place within the measurement, from 0", key=True)]
    hostname: Annotated[str | None, col("Host name")] = None
    ip: Annotated[str | None, col("Address of the server")] = None
    port: Annotated[int | None, col("Port of the server")] = None
    target: Annotated[str | None, col("Stable name of the part, for a control made from other measurements")] = None
    step: Annotated[str | None, col("Step above the common layers, for layer app: obfs4 handshake")] = None
    hour: Annotated[datetime | None, col("Hour in which it was seen", unit="UTC")] = None
    layer: Annotated[str, col("dns, tcp, tls, quic, http, app, rate; or address")]
    succeeded: Annotated[int, col("Successes", unit="count")] = 0
    failed: Annotated[int, col("Failures", unit="count")] = 0
    failure: Annotated[str | None, col("The failure, as the vantage point named it")] = None
    dns_answers: Annotated[list[str], col("Addresses in the answer")] = []
    http_status: Annotated[int | None, col("Status code")] = None
    http_body_bytes: Annotated[int | None, col("Length of the body", unit="bytes")] = None
    http_title: Annotated[str | None, col("Title of the page")] = None
    http_location: Annotated[str | None, col("Location header, at most 2,048 characters")] = None
    http_header_names: Annotated[list[str], col("Names of the response's headers, lower case, sorted, at most 64")] = []
    networks: Annotated[int | None, col("Networks it was seen from, for controls across networks", unit="count")] = None
    countries: Annotated[int | None, col("Countries it was seen from, likewise", unit="count")] = None
    sessions: Annotated[int | None, col("Distinct reports it was seen in, likewise", unit="count")] = None
    days: Annotated[int | None, col("Local days on which it was seen, for controls across time", unit="count")] = None
    kinds: Annotated[
        int | None, col("Kinds of probe (program, platform, access, resolver) that saw it, likewise", unit="count")
    ] = None
    hours: Annotated[str | None, col("Days of the week and local hours that were compared: Mon-Fri 07-10 13-16")] = None
    asn: Annotated[int | None, col("Autonomous system of the address, as the vantage point knows it")] = None
    slower: Annotated[
        float | None, col("For `speeds`: how many times slower it is here than there; step one_rate: the spread")
    ] = None
    slower_least: Annotated[
        float | None, col("At least so many times slower, at the 97.5 % bound; none where sessions are too few")
    ] = None
    chance: Annotated[
        float | None,
        col(
            "Chance of as much, were it just at the least factor; step pairs: among all that was looked at; for "
            "`same_hours`: of as many failures, were they as rare as in the network's past, among all looked at"
        ),
    ] = None
    lineage: Annotated[
        str,
        col(
            "Where it was seen from. In the record: test_helper, tor_exit, verified_certificate. Made from other "
            "measurements: same_window, history (other countries), same_network, same_line, receipt, same_hours, "
            "ordered_hours, own_before, own_after, own_before_hours, own_after_hours (the probe's own network), "
            "neighbours, neighbours_fail, neighbours_now (its country), same_software, other_software (other "
            "countries), everywhere (in countries); speeds, issuers, pages, answers, silence "
            "(comparisons of whole tables)"
        ),
    ]
