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


@rule("tcp.no_route_at_probe", layer="tcp", state="insufficient", when="failed")
def _(seen: Observation, control: View) -> bool:
    """The probe had no route, as with broken IPv6: the instrument, not the network."""
    return kind(seen.tcp_failure) in PROBE_SIDE and ":" in (seen.ip or "")


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
