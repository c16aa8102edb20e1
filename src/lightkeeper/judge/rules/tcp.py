"""Rules for TCP connections."""

from __future__ import annotations

from lightkeeper.judge.control import View
from lightkeeper.judge.failure import PROBE_SIDE, kind
from lightkeeper.judge.rule import rule
from lightkeeper.model import Observation
from lightkeeper.observe.addresses import is_bogon


@rule("tcp.connects", layer="tcp", state="ok")
def _(seen: Observation, control: View) -> bool:
    """The connection is made."""
    return seen.tcp_failure is None


@rule("tcp.not_a_public_address", layer="tcp", state="insufficient", when="failed")
def _(seen: Observation, control: View) -> bool:
    """The address is not a public one, so a connection to it says nothing about the target."""
    return bool(seen.ip) and is_bogon(seen.ip or "")


@rule("tcp.no_route_at_probe", layer="tcp", state="insufficient", version=2, when="failed", doubt="no_route")
def _(seen: Observation, control: View) -> bool:
    """The probe says that it had no route to the address, and nothing else got through over this version of IP: the
    line itself, not somebody on the way.
    """
    if kind(seen.tcp_failure) not in PROBE_SIDE:
        return False
    version = 6 if ":" in (seen.ip or "") else 4
    return seen.tcp_failure == "network_unreachable" or not control.line.has_other(version, seen)


@rule("tcp.ipv6_in_doubt", layer="tcp", state="insufficient", when="failed", doubt="ipv6")
def _(seen: Observation, control: View) -> bool:
    """The connection fails over IPv6, and nothing else got through over it here: the line may have none that works."""
    return (
        ":" in (seen.ip or "")
        and not control.fails_to_connect("tcp", seen.ip, seen.port)
        and not control.line.has_other(6, seen)
    )


@rule("tcp.server_turns_the_country_away", layer="tcp", state="insufficient", when="failed", doubt="refused_by_server")
def _(seen: Observation, control: View) -> bool:
    """The server sits in a network that is known to turn this country away, for sanctions. One record cannot tell that
    from a block.
    """
    return control.connects("tcp", seen.ip, seen.port) and control.server_turns_the_country_away(seen.ip)


@rule("tcp.time_out_on_a_line_in_doubt", layer="tcp", state="insufficient", when="failed", doubt="line")
def _(seen: Observation, control: View) -> bool:
    """The connection times out where the control connects, and the record has no sign that the line was good just then:
    lost packets do the same.
    """
    return (
        kind(seen.tcp_failure) == "timeout"
        and not control.fails_to_connect("tcp", seen.ip, seen.port)
        and (control.connects("tcp", seen.ip, seen.port) or seen.hop > 0)
        and not control.line.was_good("tcp", seen)
    )


@rule("tcp.fails_where_control_connects", layer="tcp", state="blocked", mechanism="tcp.{kind}", when="failed")
def _(seen: Observation, control: View) -> bool:
    """The connection fails at an address and port where the control connects."""
    return control.connects("tcp", seen.ip, seen.port)


@rule(
    "tcp.cut_on_the_way_to_a_page_that_control_gets",
    layer="tcp",
    state="blocked",
    mechanism="tcp.{kind}",
    when="failed",
)
def _(seen: Observation, control: View) -> bool:
    """The connection fails after a redirect, while the control follows the redirects to the page."""
    return (
        kind(seen.tcp_failure) in ("refused", "reset", "timeout")
        and seen.hop > 0
        and ":" not in (seen.ip or ":")
        and control.gets_a_page()
        and not control.fails_to_connect("tcp", seen.ip, seen.port)
    )


@rule("tcp.fails_as_at_control", layer="tcp", state="down", when="failed")
def _(seen: Observation, control: View) -> bool:
    """The connection fails, and the control's fails too."""
    return control.fails_to_connect("tcp", seen.ip, seen.port)


@rule("tcp.fails_without_control", layer="tcp", state="insufficient", when="failed", otherwise=True)
def _(seen: Observation, control: View) -> bool:
    """The connection fails, and nothing is known from elsewhere about this address."""
    return True
