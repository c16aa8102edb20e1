"""Rules for measurements of speed."""

from __future__ import annotations

from lightkeeper.judge.control import View
from lightkeeper.judge.rule import rule
from lightkeeper.model import Observation


@rule(
    "rate.held_to_one_rate_here_alone",
    layer="rate",
    state="throttled",
    mechanism="rate.throttle.plateau",
    when="compared",
)
def _(seen: Observation, control: View) -> bool:
    """The target is slow on this network alone, while others there are not, and its sessions are held to one rate."""
    return control.beside.held_to_one_rate(seen)


@rule("rate.slow_here_alone", layer="rate", state="throttled", mechanism="rate.throttle", when="compared")
def _(seen: Observation, control: View) -> bool:
    """The target is slow on this network alone, while others there are not, other names at its servers among them."""
    return control.beside.slowed("rate", seen)


@rule("rate.line_slower_than_before", layer="rate", state="insufficient", when="compared")
def _(seen: Observation, control: View) -> bool:
    """The line as a whole is slower than it was, while networks of other countries are not."""
    return control.beside.slow_line(seen)


@rule("rate.slow_without_proof", layer="rate", state="insufficient", when="compared")
def _(seen: Observation, control: View) -> bool:
    """The target is slow on this network, and that does not prove that it is throttled."""
    return control.beside.slow_without_proof(seen)


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
