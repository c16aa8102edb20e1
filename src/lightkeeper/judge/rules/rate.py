"""Rules for measurements of speed."""

from __future__ import annotations

from lightkeeper.judge.control import View
from lightkeeper.judge.rule import rule
from lightkeeper.model import Observation


@rule("rate.measured", layer="rate", state="ok")
def _(seen: Observation, control: View) -> bool:
    """A speed was measured; whether it is throttled takes a comparison."""
    return seen.rate_failure is None and (seen.rate_bits_per_s or 0) > 0 and seen.hostname is None


@rule("rate.page_timed", layer="rate", state="insufficient")
def _(seen: Observation, control: View) -> bool:
    """The transfer of a page was timed; whether it is throttled takes a comparison."""
    return seen.hostname is not None and (seen.rate_bits_per_s or 0) > 0


@rule("rate.not_measured", layer="rate", state="insufficient", otherwise=True)
def _(seen: Observation, control: View) -> bool:
    """No speed was measured, which says nothing about the line."""
    return True
