"""Throttling in series: said only with both controls, of those targets alone that they speak for. All is synthetic."""

from __future__ import annotations

import pytest

from detect.test_events import change, events
from lightkeeper.detect.events import WorldEvent
from lightkeeper.detect.throttling import (
    NO_TARGET,
    NOT_ALL,
    NOT_ELSEWHERE,
    NOT_HERE,
    ONE_QUANTILE,
    SLOW_ELSEWHERE,
    SLOW_HERE,
)

HERE, THERE = "x/throughput/youtube/RU", "x/throughput/youtube/NL"
OTHER, LINE = "x/throughput/wikipedia/RU", "mlab/throughput/RU"


def of(target: str, found: list[WorldEvent]) -> WorldEvent:
    (event,) = [e for e in found if any(f"/{target}/" in s and s.endswith("RU") for s in e.series)]
    return event


def doubts(event: WorldEvent) -> list[str]:
    return [flag for flag in event.flags if flag != "open_at_end_of_data"]


def test_slow_here_with_the_same_fast_elsewhere_and_others_fast_here_is_throttling() -> None:
    event = of("youtube", events([change(HERE, 50)], (THERE, OTHER)))
    assert (event.kind, event.scope, event.targets, doubts(event)) == ("throttling", "throttling", ("youtube",), [])
    assert of("youtube", events([change(HERE, 50)], (THERE, LINE))).kind == "throttling", (
        "the line as a whole is another"
    )


@pytest.mark.parametrize(
    ("moved", "calm", "why"),
    [
        ([HERE], (OTHER,), NOT_ELSEWHERE),
        ([HERE, THERE], (OTHER,), SLOW_ELSEWHERE),
        ([HERE], (THERE,), NOT_HERE),
        ([HERE, OTHER], (THERE,), SLOW_HERE),
        ([HERE], (), NOT_ELSEWHERE),
        ([HERE], (THERE, "ioda/latency/RU"), NOT_HERE),
    ],
)
def test_without_both_controls_it_stays_a_fall_of_speed_and_says_why(
    moved: list[str], calm: tuple[str, ...], why: str
) -> None:
    event = of("youtube", events([change(s, 50) for s in moved], calm))
    assert (event.kind, "throttling" in event.scope) == ("slowdown", False)
    assert why in event.flags


def test_a_line_that_is_slow_as_a_whole_is_not_called_throttled() -> None:
    (event,) = events([change(LINE, 50)], ("mlab/throughput/NL", OTHER))
    assert (event.kind, NO_TARGET in event.flags) == ("slowdown", True)


def test_only_the_targets_that_the_controls_speak_for_are_named() -> None:
    alone = "x/throughput/tiktok/RU"
    calm = (THERE, "x/throughput/wikipedia/NL", OTHER, "x/throughput/netflix/RU", "x/throughput/roblox/RU")
    event = of("youtube", events([change(HERE, 50), change(alone, 50)], calm))
    assert (event.kind, event.targets, doubts(event)) == ("throttling", ("youtube",), [NOT_ALL])
    assert alone in event.series, "it stays a member"


def test_a_control_that_was_slower_at_the_time_in_another_event_is_no_calm_control() -> None:
    assert SLOW_ELSEWHERE in of("youtube", events([change(HERE, 50), change(THERE, 70)], (OTHER,))).flags
    earlier = change(THERE, 2, 9)
    assert of("youtube", events([change(HERE, 100), earlier], (OTHER,))).kind == "throttling"
    weak = change(THERE, 50, strength=0.4)
    assert SLOW_ELSEWHERE in of("youtube", events([change(HERE, 50), weak], (OTHER,))).flags


def test_another_network_of_the_country_can_be_the_elsewhere_of_a_network() -> None:
    here = "x/throughput/youtube/RU/AS1"
    calm = ("x/throughput/youtube/RU/AS2", "x/throughput/wikipedia/RU/AS1")
    (event,) = events([change(here, 50)], calm)
    assert event.kind == "throttling"
    (event,) = events([change(here, 50)], (calm[0], "x/throughput/wikipedia/RU/AS2"))
    assert NOT_HERE in event.flags, "others on another network say nothing of this one"


def test_one_quantile_alone_is_no_shift_and_two_are() -> None:
    p = [f"x/throughput/youtube/p{q}/RU" for q in (10, 50, 90)]
    calm = ("x/throughput/youtube/p50/NL", "x/throughput/wikipedia/p50/RU")
    one = of("youtube", events([change(p[0], 50)], (*p[1:], *calm)))
    assert (one.kind, doubts(one)) == ("slowdown", [ONE_QUANTILE])
    assert of("youtube", events([change(p[0], 50), change(p[1], 51)], (p[2], *calm))).kind == "throttling"
    assert of("youtube", events([change(p[1], 51)], calm)).kind == "throttling", "one quantile is all that there is"


def test_latency_and_loss_that_rise_are_a_slowdown() -> None:
    (event,) = events([change("ioda/latency/IR", 5, direction="up", kind="rise")], ("ioda/bgp/IR",))
    assert event.kind == "slowdown"


def test_of_very_many_controls_some_are_asked_and_the_order_of_series_does_not_matter() -> None:
    far = tuple(f"x/throughput/youtube/NL/AS{number}" for number in range(1000))
    assert of("youtube", events([change(HERE, 50)], (*far, OTHER))).kind == "throttling"
    slow = [change(series, 50) for series in far[:800]]
    assert SLOW_ELSEWHERE in of("youtube", events([change(HERE, 50), *slow], (*far, OTHER))).flags
