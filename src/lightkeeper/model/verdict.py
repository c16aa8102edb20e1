"""What the facts of one measurement mean for one target at one layer."""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal, get_args

from lightkeeper.model.column import Table, col

State = Literal["blocked", "throttled", "down", "ok", "insufficient"]
STATES: tuple[str, ...] = get_args(State)
MUTE = ("clock", "vpn", "captive_portal", "servers")
"""Doubts about a measurement as a whole. Such a measurement is no witness for others; the other doubts are about one
failure, which more measurements may resolve."""
DOUBTS = (
    *MUTE,
    *("root_store", "software", "chosen_resolver", "android_resolver"),
    *("other_line", "wildcard", "no_route", "ipv6", "refused_by_server", "line"),
)
"""The axis of validity: names of what may be in doubt about an instrument and its place. Anything else is `valid`."""
LAYERS = ("dns", "tcp", "tls", "quic", "http", "app", "rate")


class Verdict(Table, frozen=True, kw_only=True):
    """One conclusion.

    Rows with layer `all` judge a whole: the measurement's own has its target, and where it tests parts of a service
    each part has one (`tor/obfs4` beside `tor/network`). The others say what each layer showed.
    """

    table_name: ClassVar[str] = "verdict"

    measurement_id: Annotated[str, col("Measurement judged", key=True)]
    target: Annotated[str, col("Stable name of what was judged", key=True)]
    layer: Annotated[str, col("dns, tcp, tls, quic, http, app (a protocol above these), rate; or all", key=True)]
    state: Annotated[str, col("blocked, throttled, down, ok or insufficient")]
    mechanism: Annotated[str | None, col("Dotted path, as deep as the evidence goes: dns.injection.bogon")] = None
    rule: Annotated[str, col("The rule that decided")]
    rules_fired: Annotated[list[str], col("All rules that fired, the deciding one first")] = []
    reasons: Annotated[list[str], col("One sentence for each rule that fired")] = []
    deciding_layer: Annotated[str | None, col("On the row `all`: the layer that decided")] = None
    validity: Annotated[
        str, col("`valid`, or what is in doubt about the instrument or its place: vpn, clock, chosen_resolver …")
    ] = "valid"
    ruleset: Annotated[str, col("Version and hash of the rules and reference data")]
