"""Rules for QUIC handshakes."""

from __future__ import annotations

from lightkeeper.judge.control import View
from lightkeeper.judge.rule import rule
from lightkeeper.model import Observation


@rule("quic.completes", layer="quic", state="ok", when="worked")
def _(seen: Observation, control: View) -> bool:
    """The handshake completes."""
    return seen.quic_failure is None


@rule("quic.fails_without_control", layer="quic", state="insufficient", when="failed", otherwise=True)
def _(seen: Observation, control: View) -> bool:
    """The handshake fails. Many networks and servers drop QUIC, and the record has no control for it."""
    return True
