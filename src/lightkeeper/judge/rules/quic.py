"""Rules for QUIC handshakes.

Many networks let no UDP pass to port 443, for all sites alike, and programs then go back to TCP without a word. So
silence alone accuses nobody; where QUIC passes to another server on the same line, it does. A page that came over TCP
stays `ok` as a whole: the layer says what happened to QUIC.
"""

from __future__ import annotations

from lightkeeper.judge.control import View
from lightkeeper.judge.failure import kind
from lightkeeper.judge.rule import rule
from lightkeeper.model import Observation

_ENDED = frozenset({"reset", "eof", "aborted"})
"""Ways in which somebody ends a QUIC handshake; the others are silence, or an answer of a router."""


@rule("quic.completes", layer="quic", state="ok", when="worked")
def _(seen: Observation, control: View) -> bool:
    """The handshake completes."""
    return seen.quic_failure is None


@rule("quic.cut_where_control_completes", layer="quic", state="blocked", mechanism="quic.{kind}", when="failed")
def _(seen: Observation, control: View) -> bool:
    """The handshake is cut at an address where the control completes it."""
    return kind(seen.quic_failure) in _ENDED and control.connects("quic", seen.ip, seen.port)


@rule("quic.silent_here_alone", layer="quic", state="blocked", mechanism="quic.{kind}", when="failed")
def _(seen: Observation, control: View) -> bool:
    """The handshake gets no answer where the control completes it, while QUIC passes to another server on this line."""
    return (
        kind(seen.quic_failure) in ("timeout", "refused")
        and control.connects("quic", seen.ip, seen.port)
        and control.speaks_quic_elsewhere(seen.ip)
    )


@rule("quic.fails_as_at_control", layer="quic", state="down", when="failed")
def _(seen: Observation, control: View) -> bool:
    """The handshake fails, and the control's fails too."""
    return control.fails_to_connect("quic", seen.ip, seen.port)


@rule("quic.silent_where_control_completes", layer="quic", state="insufficient", when="failed")
def _(seen: Observation, control: View) -> bool:
    """The handshake fails where the control completes it. Many networks let no QUIC pass to any site, and no other QUIC
    server on this line shows that this one does.
    """
    return control.connects("quic", seen.ip, seen.port)


@rule("quic.fails_without_control", layer="quic", state="insufficient", when="failed", otherwise=True)
def _(seen: Observation, control: View) -> bool:
    """The handshake fails. Many networks and servers drop QUIC, and the record has no control for it."""
    return True
