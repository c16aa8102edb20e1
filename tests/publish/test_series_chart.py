"""The chart of one series shows what is missing as missing, and can be read without being seen."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import msgspec
import pytest
from lxml import etree

from lightkeeper.model import Signal
from lightkeeper.publish.axes import Scale, axis_layers, ticks
from lightkeeper.publish.drawn import describe, drawn
from lightkeeper.publish.series_chart import EVENT, GAP, LINE, NARROW, WIDE, Frame, Shade, reach, series_chart
from publish.synthetic_kit import at, tor_rows

SVG = "{http://www.w3.org/2000/svg}"
TEHRAN, BERLIN = ZoneInfo("Asia/Tehran"), ZoneInfo("Europe/Berlin")
FRAME = Frame(TEHRAN, (at(-20), at(20)), (at(12, 20, 30), at(13, 20, 30)), "Vote, 14 Mar 2031")


def hourly(hours: int, low_at: int | None = None, **more: object) -> list[Signal]:
    base = msgspec.structs.replace(tor_rows()[0], step_s=3600, **more)
    return [
        msgspec.structs.replace(base, step_at=at(0) + timedelta(hours=n), value=1.0 if n == low_at else 100.0)
        for n in range(hours)
    ]


def texts(svg: str) -> list[str]:
    return [t.text or "" for t in etree.fromstring(svg.encode()).iter(f"{SVG}text")]


def test_a_gap_is_shaded_and_never_drawn_as_a_line_or_as_zero() -> None:
    with_gap = series_chart(tor_rows(), FRAME, title="x")
    assert GAP in with_gap
    assert GAP not in series_chart(tor_rows()[:15], FRAME, title="x")
    lines = [p for p in etree.fromstring(with_gap.encode()).iter(f"{SVG}path") if p.get("stroke") == LINE]
    assert len(lines) == 2
    assert all(p.value > 0 for p in drawn(tor_rows(), 700).points)


def test_a_wide_gap_says_why_it_is_one() -> None:
    rows = [
        msgspec.structs.replace(r, value=None, missing="null_at_source") if n > 20 else r
        for n, r in enumerate(tor_rows())
    ]
    assert "null at the source" in texts(series_chart(rows, FRAME, title="x"))
    assert "(null at the source: 39" in describe(rows, "Tor")


def test_a_chart_says_in_words_what_it_shows() -> None:
    root = etree.fromstring(series_chart(tor_rows(), FRAME, title="Tor <users>").encode())
    assert root.get("role") == "img"
    assert root.findtext(f"{SVG}title") == "Tor <users>"
    assert "2 of 60 steps have no value (left out by the source: 2)" in (root.findtext(f"{SVG}desc") or "")


def test_a_series_without_any_value_says_so() -> None:
    rows = [r for r in tor_rows() if r.value is None]
    assert "No step has a value" in describe(rows, "Tor")
    assert GAP in series_chart(rows, FRAME, title="Tor")


def test_the_same_rows_make_the_same_bytes_on_a_white_card() -> None:
    shades = [Shade("E1", at(10), at(11), None, None)]
    first = series_chart(tor_rows(), FRAME, title="x", shades=shades)
    assert first == series_chart(tor_rows(), FRAME, title="x", shades=shades)
    assert 'fill="white"' in first[:2000]


def test_a_long_series_keeps_its_lows_and_stays_small() -> None:
    rows = hourly(9000, low_at=4567)
    shown = drawn(rows, WIDE.width)
    assert min(p.value for p in shown.points) == 1.0
    assert next(p.at for p in shown.points if p.value == 1.0) == rows[4567].step_at
    assert len(shown.points) <= 1.2 * WIDE.width
    assert len(series_chart(rows, FRAME, title="x")) < 60_000


def test_a_bunch_of_shares_is_the_share_of_all_its_measurements() -> None:
    shares = [(0.0, 1.0), (1.0, 3.0)] * 2000
    rows = [
        msgspec.structs.replace(r, metric="blocked_share", value=share, n=n)
        for r, (share, n) in zip(hourly(4000), shares, strict=True)
    ]
    shown = drawn(rows, 500)
    assert shown.bunch == 8
    assert {(p.value, p.n) for p in shown.points} == {(0.75, 16.0)}


def test_a_lone_value_between_gaps_is_a_point() -> None:
    rows = [msgspec.structs.replace(r, value=r.value if n % 3 == 0 else None) for n, r in enumerate(hourly(30))]
    assert len(drawn(rows, 700).alone) == 10


def test_an_event_is_pale_where_it_may_have_been_and_strong_where_it_surely_was() -> None:
    svg = series_chart(tor_rows(), FRAME, title="x", shades=[Shade("E7", at(11), at(13), at(15), at(17))])
    shades = [p for p in etree.fromstring(svg.encode()).iter(f"{SVG}path") if p.get("fill") == EVENT]
    assert len({p.get("opacity") for p in shades}) == 2
    assert "E7" in texts(svg)


def test_an_event_outside_of_the_chart_is_not_named_in_it() -> None:
    svg = series_chart(tor_rows()[:5], FRAME, title="x", shades=[Shade("E7", at(11), at(13), at(15), at(17))])
    assert "E7" not in texts(svg)


def test_a_short_chart_has_both_clocks_and_a_long_one_names_the_distance() -> None:
    short = texts(series_chart(hourly(100), FRAME, title="x"))
    assert {"UTC", "Local time (Asia/Tehran, UTC+03:30)"} <= set(short)
    long = texts(series_chart(hourly(1000), FRAME, title="x", size=NARROW))
    assert "UTC" not in long
    assert "Local time (Asia/Tehran, UTC+03:30)" in long


def test_ticks_stand_at_local_midnight_also_where_the_clock_changes() -> None:
    begin, end = datetime(2026, 3, 26, tzinfo=UTC), datetime(2026, 4, 2, tzinfo=UTC)
    found = ticks(begin, end, BERLIN, 8)
    assert {at.astimezone(BERLIN).strftime("%H:%M") for at in found} == {"00:00"}
    assert {at.astimezone(UTC).hour for at in found} == {22, 23}
    assert "29 Mar" in found.values()


@pytest.mark.parametrize("days", [1, 3, 20, 90, 800, 9000])
@pytest.mark.parametrize("most", [4, 11])
def test_ticks_are_never_more_than_fit(days: int, most: int) -> None:
    begin = datetime(2001, 5, 6, 7, tzinfo=UTC)
    found = ticks(begin, begin + timedelta(days=days), TEHRAN, most)
    assert 1 <= len(found) <= most
    assert all(begin <= at < begin + timedelta(days=days) for at in found)


def test_one_wild_band_does_not_flatten_the_series() -> None:
    rows = [msgspec.structs.replace(r, expected=100.0, expected_low=98.0, expected_high=102.0) for r in hourly(200)]
    rows[3] = msgspec.structs.replace(rows[3], expected_low=0.0, expected_high=9000.0)
    low, high = reach(drawn(rows, 700))
    assert 97 < low < 98
    assert 102 < high < 103


def test_an_axis_begins_at_zero_unless_all_lies_far_above_it() -> None:
    assert reach(drawn(tor_rows(), 700))[0] == 0.0
    rows = [msgspec.structs.replace(r, expected_low=99.0, expected_high=101.0) for r in hourly(50)]
    assert reach(drawn(rows, 700))[0] > 90


def test_the_axis_of_utc_is_a_layer_of_its_own() -> None:
    assert len(axis_layers(Scale(at(0), at(5), 690, TEHRAN))) == 2
    assert len(axis_layers(Scale(at(0), at(50), 690, TEHRAN))) == 1
