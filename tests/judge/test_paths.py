"""Throttling told from other slow paths, on SYNTHETIC transfers: whose path was held, and by what, is known."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from random import Random

import pytest

from judge.paths import BESIDE, HERE, OTHERS, SITES, STATIC, VIDEO, Change, Path, Site, here, transfer, world
from judge.test_throttling import missing, samples, states
from lightkeeper.judge.slow import Slow
from lightkeeper.judge.throttling import throttled

SEEDS = range(6)
PLACE = (VIDEO, STATIC, BESIDE)
ALONE = [VIDEO, *OTHERS]
FAST = replace(VIDEO, serves=200e6)
RATES = pytest.mark.parametrize("rate", [64e3, 150e3, 512e3, 1.5e6])


def found(change: Change, seed: int, **more: object) -> list[Slow]:
    return throttled(samples(world(change, seed=seed, **more), more=("size",)))  # type: ignore[arg-type]


def accused(change: Change, **more: object) -> list[tuple[str, str, int]]:
    return [s for seed in SEEDS for s in states(found(change, seed, **more)) if s[0] == "throttled"]


def test_a_policer_lets_its_burst_and_its_rate_pass_and_no_more() -> None:
    came, spent = transfer(Path(0.05, 50e6, police=160e3, burst_bytes=40_000), 1e6, Random(1))
    assert came == pytest.approx(40_000 + spent * 20_000, rel=0.1)


@RATES
@pytest.mark.parametrize("held", [(VIDEO, STATIC), PLACE])
def test_a_bad_way_to_a_server_slows_all_of_its_names_alike_and_is_not_throttling(
    held: tuple[Site, ...], rate: float
) -> None:
    """The name that is faster elsewhere looks the slower one here, each against its own speed elsewhere."""
    sites = [*held, *OTHERS]
    assert accused(here(held, police=rate), sites=sites) == []
    assert accused(here(held, bits_per_s=rate), sites=sites) == []


def test_the_same_absolute_speed_at_the_same_servers_is_named_as_the_doubt() -> None:
    slow = {s.target: s for s in found(here(PLACE, police=150e3), seed=1)}
    assert "at the same servers are slow here too" in missing(slow["static.example"])
    assert slow["static.example"].comparisons[-1].control == "same_servers_here"


@RATES
def test_a_line_that_is_held_as_a_whole_is_not_throttling_of_a_name(rate: float) -> None:
    assert accused(here(tuple(SITES), bits_per_s=rate)) == []
    assert accused(here(tuple(SITES), police=rate)) == []


@pytest.mark.parametrize("loss", [0.005, 0.02, 0.05, 0.1])
@pytest.mark.parametrize("sites", [SITES, ALONE])
def test_loss_on_one_way_is_not_throttling_even_where_no_neighbour_was_measured(sites: list[Site], loss: float) -> None:
    assert accused(here(PLACE, loss=loss), sites=sites) == []


def evening(site: Site, session: int) -> int:
    return (18 if site is VIDEO else 6) + session % 5


@pytest.mark.parametrize("sites", [SITES, ALONE])
@pytest.mark.parametrize("places", [{"192.0.2"}, {site.place for site in SITES}])
def test_a_busy_hour_is_compared_with_the_same_hour(places: set[str], sites: list[Site]) -> None:
    """SYNTHETIC: full from 18 to 22, when only one name was measured. In the morning everything comes well."""

    def full(path: Path, network: tuple[str, int], site: Site, hour: int) -> Path:
        busy = network == HERE and hour >= 18 and site.place in places
        return replace(path, bits_per_s=300e3) if busy else path

    assert accused(full, sites=sites, hours=evening) == []
    slow = [s for seed in SEEDS for s in found(full, seed, sites=sites, hours=evening)]
    assert slow
    assert all("fall into the same hours" in missing(s) for s in slow)


def test_a_neighbour_that_is_slow_in_other_hours_acquits_too() -> None:
    assert accused(here(PLACE, police=150e3), hours=evening) == []
    slow = [
        s for seed in SEEDS for s in found(here(PLACE, police=150e3), seed, hours=evening) if s.target == VIDEO.name
    ]
    assert slow


@RATES
@pytest.mark.parametrize("held", [tuple(SITES), PLACE])
def test_small_pages_that_fit_into_a_burst_are_no_control_for_a_large_one(held: tuple[Site, ...], rate: float) -> None:
    sites = [VIDEO, *(replace(site, size=200_000) for site in SITES[1:])]
    assert accused(here((*held, *sites), police=rate, burst_bytes=300e3), sites=sites) == []


@pytest.mark.parametrize("seed", SEEDS)
@RATES
@pytest.mark.parametrize(
    "change",
    [
        pytest.param(lambda rate: here((FAST,), police=rate), id="policed"),
        pytest.param(lambda rate: here((FAST,), bits_per_s=rate), id="shaped"),
    ],
)
def test_one_name_held_to_a_rate_is_found_whether_by_a_bucket_or_by_a_queue(
    change: Callable[[float], Change], rate: float, seed: int
) -> None:
    slow = found(change(rate), seed, sites=[FAST, *SITES[1:]])
    assert states(slow) == [("throttled", "video.example", 1)]
    assert slow[0].spread is not None


@pytest.mark.parametrize("seed", SEEDS)
@RATES
def test_one_address_held_to_a_rate_is_found_beside_another_of_its_place(rate: float, seed: int) -> None:
    slow = found(here((FAST,), police=rate), seed, sites=[FAST, BESIDE, *OTHERS])
    assert states(slow) == [("throttled", "video.example", 1)]


@pytest.mark.parametrize("seed", SEEDS)
def test_a_plateau_alone_is_found_where_no_neighbour_was_measured(seed: int) -> None:
    assert states(found(here((FAST,), police=150e3), seed, sites=[FAST, *OTHERS])) == [
        ("throttled", "video.example", 1)
    ]


@pytest.mark.parametrize("seed", SEEDS)
def test_a_name_that_loses_packets_beside_one_that_does_not_is_slowed_without_a_plateau(seed: int) -> None:
    slow = found(here((FAST,), loss=0.08), seed, sites=[FAST, *SITES[1:]], sessions=10)
    assert states(slow) == [("throttled", "video.example", 1)]
