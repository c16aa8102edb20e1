"""Open for whom: after a cut some series come back and others stay dark. All is SYNTHETIC but IODA's of Iran."""

from __future__ import annotations

import math
from pathlib import Path

import msgspec
import pytest

from detect.test_events import T0, H, change
from lightkeeper.detect.changes import Change
from lightkeeper.detect.events import WorldEvent, world_events
from lightkeeper.detect.rows import event_rows
from lightkeeper.detect.tiered import Left, with_tiers
from lightkeeper.evaluate.files import gathered, ioda_iran
from lightkeeper.run.detecting import detect_matrices, line_of
from lightkeeper.signals.naming import named

BGP, PROBES, DARKNET = "ioda/bgp/IR", "ioda/active_probing/IR", "ioda/telescope/IR"
SEARCH, APP, CITIES = "google/search/IR", "google/youtube/IR", "ioda/mozilla/IR"


def cut(series: str, back: int | None = None, *, lost: float = 0.95) -> Change:
    """A fall at hour 100 that is over at hour `back`."""
    return change(series, 100, back, mean=lost, severity=lost, steps=(back or 1000) - 100)


def unknown(*_: object) -> float:
    return math.nan


def all_of(*changes: Change, calm: tuple[str, ...] = (), left: Left = unknown) -> list[WorldEvent]:
    names = [named(n) for n in sorted({c.series for c in changes} | set(calm))]
    found, _ = world_events(changes, names, lambda *_: True)
    return with_tiers(found, {n.series: n for n in names}, changes, lambda *_: True, left)


def tiers(*changes: Change, calm: tuple[str, ...] = ()) -> list[WorldEvent]:
    return [e for e in all_of(*changes, calm=calm) if e.kind == "allowlisted"]


def test_search_and_an_app_are_back_while_probes_and_the_darknet_find_nobody() -> None:
    (tier,) = tiers(cut(SEARCH, 300), cut(CITIES, 320), cut(PROBES), cut(DARKNET, 700), calm=(BGP,))
    assert (tier.onset_earliest, tier.onset_latest) == (T0 + 319 * H, T0 + 320 * H)
    assert (tier.end_latest, tier.back, tier.signs) == (T0 + 700 * H, (SEARCH, CITIES), ("routes_up",))
    assert tier.ended == {SEARCH: T0 + 300 * H, CITIES: T0 + 320 * H, PROBES: None, DARKNET: T0 + 700 * H}


def test_the_cut_itself_stays_with_its_own_begin() -> None:
    cut_, tier = all_of(cut(SEARCH, 300), cut(BGP, 320, lost=0.04), cut(PROBES), cut(DARKNET))
    assert (cut_.kind, cut_.onset_latest, cut_.end_latest) == ("outage", T0 + 101 * H, None)
    assert (tier.kind, tier.onset_latest, tier.flags) == ("allowlisted", T0 + 320 * H, ("open_at_end_of_data",))


@pytest.mark.parametrize(
    "changes",
    [
        pytest.param([cut(SEARCH, 300), cut(PROBES), cut(DARKNET)], id="one series back may be wrong"),
        pytest.param([cut("ioda/google_a/IR", 300, lost=0.05), cut(BGP, 320, lost=0.04), cut(PROBES), cut(DARKNET)],
                     id="what had hardly gone brings nobody back"),
        pytest.param([cut(SEARCH, 300), cut(BGP, 320), cut(PROBES)], id="one lineage dark may be wrong"),
        pytest.param([cut(SEARCH, 300), cut(BGP, 320), cut(PROBES), cut("x/probing/IR")], id="twice one lineage"),
        pytest.param([cut(SEARCH, 300), cut(BGP, 320), cut(PROBES, 340), cut(DARKNET, 345)], id="a recovery rolls in"),
        pytest.param([cut(SEARCH, 300), cut(BGP, 320), cut(PROBES, lost=0.5), cut(DARKNET, lost=0.5)],
                     id="half of it is not dark"),
        pytest.param([cut(SEARCH, 300), cut(BGP, 320), cut("ioda/bgp_v6/IR"), cut(PROBES)], id="IPv6 is a sign alone"),
        pytest.param([cut("tor_users/IR", 300), cut("psiphon/IR", 320), cut(PROBES), cut(DARKNET)],
                     id="tools are no word of the open network"),
        pytest.param([cut(SEARCH, 300), cut(BGP, 320), cut("google/whatsapp/IR"), cut("tor_users/IR")],
                     id="services that stay away are blocked"),
    ],
)  # fmt: skip
def test_it_is_not_said_where(changes: list[Change]) -> None:
    assert tiers(*changes) == []


def test_search_that_comes_back_by_half_is_back_though_its_fall_is_not_over() -> None:
    def left(series: str, _since: int, begin: int, _end: int) -> float:
        days = (begin - T0 - 101 * H) / (24 * H)
        return {SEARCH: 0.02 if days < 9 else 0.6, CITIES: 0.1 if days < 10 else 0.5}.get(series, 0.03)

    changes = [cut(SEARCH), cut(CITIES), cut(PROBES), cut(DARKNET)]
    cut_, tier = all_of(*changes, calm=(BGP,), left=left)
    assert cut_.ended == dict.fromkeys([SEARCH, CITIES, PROBES, DARKNET])
    assert (tier.back, tier.onset_latest) == ((SEARCH, CITIES), T0 + (101 + 11 * 24) * H)
    assert (tier.ended[SEARCH], tier.ended[PROBES]) == (T0 + (101 + 10 * 24) * H, None)
    _, members = event_rows([cut_, tier], changes, {s: named(s) for s in (BGP, *cut_.series)})
    ends = [m.end_latest for m in members if m.series == SEARCH and m.role == "moved"]
    assert [end and end.timestamp() for end in ends] == [None, tier.ended[SEARCH]]
    only_a_third = lambda series, since, begin, end: min(left(series, since, begin, end), 0.33)  # noqa: E731
    assert [e.kind for e in all_of(*changes, calm=(BGP,), left=only_a_third)] == ["outage"]


def test_regions_that_come_back_one_by_one_are_another_thing() -> None:
    back = [cut(f"x/probing/IR-0{n}", 300) for n in range(1, 6)]
    assert tiers(*back, cut("ioda/telescope/IR-06"), cut("x/probing/IR-07"), cut("x/bgp/IR-08", 320)) == []


def test_ipv6_domestic_services_and_tools_are_told_as_signs() -> None:
    moved = [cut(SEARCH, 300), cut(BGP, 320), cut(PROBES), cut(DARKNET)]
    (tier,) = tiers(*moved, cut("ioda/bgp_v6/IR"), cut("traffic/domestic/IR", 200), cut("tor_users/IR"))
    assert tier.signs == ("routes_up", "ipv6_dark", "domestic_back", "tools_dark")


def test_a_series_that_gives_no_more_values_is_not_known_to_be_dark() -> None:
    changes = [cut(SEARCH, 300), cut(BGP, 320), cut(PROBES), cut(DARKNET)]
    names = [named(c.series) for c in changes]
    found, _ = world_events(changes, names, lambda *_: True)
    told = with_tiers(found, {n.series: n for n in names}, changes, lambda series, *_: series != DARKNET, unknown)
    assert [e.kind for e in told] == ["outage"]


def test_rows_keep_the_own_end_of_each_series_and_the_note_says_which_came_back() -> None:
    changes = [cut(SEARCH, 300), cut(BGP, 320), cut(PROBES), cut(DARKNET, 700)]
    found = all_of(*changes)
    events, members = event_rows(found, changes, {c.series: named(c.series) for c in changes})
    (row,) = [e for e in events if e.kind == "allowlisted"]
    ends = {m.series: m.end_latest for m in members if m.event_id == row.event_id}
    assert {s: end and end.timestamp() - T0 for s, end in ends.items()} == {
        SEARCH: 300 * H, BGP: 320 * H, PROBES: None, DARKNET: 700 * H,
    }  # fmt: skip
    assert "google/search/IR came back by 2024-01-13 12:00 UTC." in row.note
    assert "ioda/active_probing/IR stayed dark to the end of the data." in row.note
    assert row.note.endswith("for whom it was open, and who chose them, is not shown.")


def test_what_detect_prints_says_what_it_shows_and_what_not() -> None:
    (tier,) = tiers(cut(SEARCH, 300), cut(BGP, 320), cut(PROBES), cut(DARKNET))
    line = msgspec.json.decode(msgspec.json.encode(line_of(tier)))
    assert (list(line["back"]), line["dark"]) == ([SEARCH, BGP], {PROBES: None, DARKNET: None})
    assert "not the same for all" in line["shows"]
    assert "for whom" in line["does_not_show"]


def test_ioda_of_iran_in_january_2026(shared: Path) -> None:
    """Search came back nine days before probes found anybody."""
    if not (shared / "series/ioda-iran-2026").exists():
        pytest.skip("series/ioda-iran-2026 is not there")
    (tier,) = [e for e in detect_matrices(gathered(ioda_iran(shared))).events if e.kind == "allowlisted"]
    line = line_of(tier)
    assert {s: at[:10] for s, at in line["back"].items()} == {
        "ioda/google_search/IR": "2026-01-18",
        "ioda/bgp/IR": "2026-01-21",
        "ioda/mozilla_city_count/IR": "2026-01-22",
    }
    assert {s: at[:10] for s, at in line["dark"].items()} == {
        "ioda/active_probing/IR": "2026-01-27",
        "ioda/telescope/IR": "2026-01-25",
    }
    assert (line["onset_latest"][:10], line["end_latest"][:10], line["signs"]) == (
        "2026-01-21", "2026-01-25", ["routes_up"],
    )  # fmt: skip
