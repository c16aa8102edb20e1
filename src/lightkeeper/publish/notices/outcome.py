"""Outcome: what became of one try to send a message."""

from __future__ import annotations

from typing import NamedTuple

SENT, FAILED, IN_DOUBT = "sent", "failed", "in_doubt"


class Outcome(NamedTuple):
    """One of `sent`, `failed` (surely not taken) and `in_doubt`; why; and the wait that the other side asks for."""

    state: str
    reason: str = ""
    retry_after_s: float | None = None
