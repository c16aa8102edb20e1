"""What was found slow, against which controls, and the verdicts and control rows that follow from it."""

from __future__ import annotations

import math
from collections.abc import Iterable
from datetime import datetime
from typing import Literal

import msgspec
import numpy as np

from lightkeeper.judge.shift import Shift, Values
from lightkeeper.model import Control, Verdict

PLATEAU_SESSIONS, PLATEAU_SPREAD = 5, 1.25
"""Sessions that must lie within this factor, quartile to quartile, to be held to one rate: Xue et al. (IMC 2021) saw
130 to 150 kbit/s, a factor of 1.15. Speeds of an open line spread by a factor of two and more."""

Name = Literal["elsewhere", "others_here", "others_against_elsewhere", "round_trip", "before", "change_elsewhere"]
State = Literal["throttled", "insufficient"]
THAN: dict[Name, str] = {
    "elsewhere": "the same target on {networks} networks of {countries} other countries in the same window",
    "others_here": "other targets on the same network in the same window",
    "others_against_elsewhere": "other targets on the same network, each taken against its own speed elsewhere",
    "round_trip": "the same target on {networks} networks of {countries} other countries, counted by the round trip",
    "before": "on the same network before",
    "change_elsewhere": "{networks} networks of {countries} other countries, each taken against its own time before",
}


class Comparison(msgspec.Struct, frozen=True):
    """The network against one control. Without a shift the control is missing, and `reason` says of what."""

    control: Name
    shift: Shift | None
    reason: str
    networks: int = 0
    countries: int = 0


def comparison(control: Name, shift: Shift | None, missing: str, networks: int, countries: int) -> Comparison:
    """The comparison and its sentence."""
    if shift is None:
        return Comparison(control, None, f"A control is missing: {missing}.", networks, countries)
    than = THAN[control].format(networks=networks, countries=countries)
    surely = f"at least {1 / shift.upper:.1f}" if math.isfinite(shift.upper) else "with too few sessions for a bound"
    sizes = f"{shift.here} sessions against {shift.there}"
    return Comparison(
        control,
        shift,
        f"It is {1 / shift.ratio:.1f} times slower ({surely}) than {than}: {sizes}.",
        networks,
        countries,
    )


class Slow(msgspec.Struct, frozen=True, kw_only=True):
    """One target, or a line as a whole, that is slow on one network in one window.

    `speed` is the median of its sessions, in the metric: bit/s, or round trips over the time of a handshake.
    `measurements` are those that are slow themselves: at most half as fast as the control's median.
    """

    target: str
    probe_cc: str
    probe_asn: int
    start_at: datetime
    end_at: datetime
    metric: str
    state: State
    mechanism: str | None
    sessions: int
    speed: float
    comparisons: tuple[Comparison, ...]
    measurements: tuple[str, ...]
    reasons: tuple[str, ...]


def state_of(comparisons: Iterable[Comparison]) -> State | None:
    """Throttled where every control is there and surely shows it; nothing where one speaks against it or none shows it.

    A control that is missing, or too small for a bound, leaves it open.
    """
    shifts = [c.shift for c in comparisons]
    if not any(shifts) or any(s is not None and not s.looks_slow for s in shifts):
        return None
    return "throttled" if all(s is not None and s.is_slow for s in shifts) else "insufficient"


def mechanism_of(metric: str, speeds: Values) -> str:
    """Held to one rate where the sessions say so; no deeper, for policing and shaping look alike from the end."""
    if metric == "handshake":
        return "tls.throttle"
    low, high = np.quantile(speeds, [0.25, 0.75])
    held = len(speeds) >= PLATEAU_SESSIONS and high - low <= math.log(PLATEAU_SPREAD)
    return "rate.throttle.plateau" if held else "rate.throttle"


def summary_of(target: str, metric: str, speeds: Values) -> str:
    """How slow it is, as a sentence."""
    speed, sessions = math.exp(float(np.median(speeds))), len(speeds)
    if metric == "handshake":
        return f"TLS handshakes of {target} took {1 / speed:.1f} round trips (median of {sessions} sessions)."
    return f"{target} came at {speed / 1e6:.3g} Mbit/s (median of {sessions} sessions)."


def verdicts_of(found: Iterable[Slow], ruleset: str) -> list[Verdict]:
    """One verdict for each measurement that is slow itself and lies in a throttled finding; the others stay as judged.

    The layer is `rate`, or `tls` for handshakes. `ruleset` names the rules in force (`judge.rule.ruleset`).
    """
    made = {}
    for slow in found:
        if slow.state != "throttled":
            continue
        layer = "tls" if slow.metric == "handshake" else "rate"
        rule = f"{layer}.slow_here_alone" if slow.comparisons[0].control == "elsewhere" else f"{layer}.slow_since"
        for measurement in slow.measurements:
            made[measurement, slow.target, layer] = Verdict(
                measurement_id=measurement,
                target=slow.target,
                layer=layer,
                state="throttled",
                mechanism=slow.mechanism,
                rule=rule,
                rules_fired=[rule],
                reasons=list(slow.reasons),
                ruleset=ruleset,
            )
    return list(made.values())


def controls_of(slow: Slow, measurement_id: str, *, first: int = 0) -> list[Control]:
    """The controls of a finding as rows of one of its measurements, numbered from `first`. Missing ones give no row."""
    there = [c for c in slow.comparisons if c.shift is not None]
    lineage = {"before": "history", "change_elsewhere": "same_window", "elsewhere": "same_window"}
    return [
        Control(
            measurement_id=measurement_id,
            number=first + place,
            target=slow.target,
            step=c.control,
            hour=slow.start_at,
            layer="tls" if slow.metric == "handshake" else "rate",
            succeeded=c.shift.there if c.shift else 0,
            networks=c.networks,
            countries=c.countries,
            sessions=c.shift.there if c.shift else 0,
            lineage=lineage.get(c.control, "same_window"),
        )
        for place, c in enumerate(there)
    ]
