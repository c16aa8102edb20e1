"""What a service shows in other countries at once is doubted here. All is synthetic."""

from __future__ import annotations

from detect.test_events import H, change, events
from lightkeeper.detect.elsewhere import ALONE, TOO

HERE, THERE, FAR = (f"google/youtube_traffic/{country}" for country in ("RU", "NL", "DE"))


def doubted(*moved: object, calm: tuple[str, ...] = ()) -> bool:
    found = events(list(moved), calm)  # type: ignore[arg-type]
    return any(TOO in event.flags for event in found if event.country == "RU")


def test_a_fall_of_a_service_that_another_country_has_in_the_same_hour_is_doubted() -> None:
    assert doubted(change(HERE, 50), change(THERE, 51))
    assert doubted(change(HERE, 50), change(THERE, 51), calm=(FAR,)), "half of those that were looked at"


def test_one_that_others_do_not_have_or_have_at_another_time_is_not() -> None:
    assert not doubted(change(HERE, 50))
    assert not doubted(change(HERE, 50), calm=(THERE, FAR))
    assert not doubted(change(HERE, 50), change(THERE, 58))
    assert not doubted(change(HERE, 50), change(THERE, 50, direction="up", kind="rise"))
    assert not doubted(change(HERE, 50), change("google/search_traffic/NL", 50))
    assert not doubted(change(HERE, 50), change(THERE, 50, strength=0.5))


def test_a_whole_outage_is_not_doubted_by_a_neighbour_that_has_one() -> None:
    assert not doubted(change("ioda/bgp/RU", 50), change("ioda/bgp/NL", 50))


def test_daily_series_are_given_days() -> None:
    daily = {"step_s": 24 * H}
    assert doubted(change(HERE, 24, **daily), change(THERE, 24 * 5, **daily))


def test_a_fall_in_one_source_of_which_no_four_other_countries_are_known_is_doubted() -> None:
    others = tuple(f"ioda/mozilla/{country}" for country in ("IQ", "SY", "EG", "TR"))
    (alone,) = events([change("ioda/mozilla/IR", 50)], others[:3])
    (held,) = events([change("ioda/mozilla/IR", 50)], others)
    (two,) = events([change("ioda/mozilla/IR", 50), change("ioda/bgp/IR", 50)])
    assert [ALONE in event.flags for event in (alone, held, two)] == [True, False, False]
