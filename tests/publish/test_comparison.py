"""Before, during and after: the same measures in equal windows, and untested where the case holds no measurement."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from statistics import median

import msgspec
from lxml import html

from lightkeeper.model import Measurement, Verdict
from lightkeeper.publish.book import Book
from lightkeeper.publish.comparison import comparison, windows
from lightkeeper.publish.site import write_site
from publish.synthetic_kit import at, case, incident, synthetic_book


def measured(*days: int) -> Book:
    """Signal tested on two networks with one outcome, `blocked`, on each of some days of March."""
    measurements, verdicts = [], []
    for day in days:
        for n, asn in enumerate((4100000001, 4100000002)):
            name = f"m-{day}-{n}"
            measurements.append(
                Measurement(
                    measurement_id=name, report_id=name, test_name="signal", probe_cc="XA", probe_asn=asn,
                    target="signal/app", started_at=at(day, 6), software=f"probe-{n} 1", file_sha256="ab" * 32,
                    file_line=1,
                )
            )  # fmt: skip
            verdicts.append(
                Verdict(measurement_id=name, target="signal/app", layer="all", state="blocked", mechanism="tls.reset",
                        rule="x", reasons=[], ruleset="x")
            )  # fmt: skip
    return synthetic_book(measurements=measurements, verdicts=verdicts)


def test_the_three_windows_are_equal_in_days_and_stand_side_by_side() -> None:
    before, during, after = (c.window_days for c in windows(case()))
    assert during == case().window_days
    assert before[1] + timedelta(days=1) == during[0]
    assert during[1] + timedelta(days=1) == after[0]
    assert len({last - first for first, last in (before, during, after)}) == 1


def test_what_was_measured_in_one_window_counts_in_no_other() -> None:
    asks = {ask.id: cells for ask, cells in comparison(measured(10, 11)).asks}
    before, during, after = asks["A1"]
    assert (before.measurements, during.measurements, after.measurements) == (0, 4, 0)
    assert (during.networks, during.days) == (2, 2)
    assert before.days_in_window == during.days_in_window == after.days_in_window


def test_a_service_that_nobody_tested_is_untested_and_neither_open_nor_blocked() -> None:
    before, _, after = {ask.id: cells for ask, cells in comparison(measured(10)).asks}["A1"]
    for cell in (before, after):
        assert (cell.untested, cell.blocked, cell.open) == (["Signal"], [], [])


def test_incidents_count_where_they_began_and_retracted_ones_do_not() -> None:
    days = (("signal", -30), ("confirmed", 13), ("confirmed", 14), ("retracted", 13), ("signal", 60))
    rows = [incident(n, day, rung=rung) for n, (rung, day) in enumerate(days)]
    found = dict(comparison(synthetic_book(incidents=rows)).rungs)
    assert found["confirmed"] == [0, 2, 0]
    assert found["signal"] == [1, 0, 1]
    assert "retracted" not in found


def test_a_series_shows_its_middle_value_and_how_many_steps_have_one(book: Book) -> None:
    (level,) = comparison(book).levels
    for cell, part in zip(level.cells, windows(book.case), strict=True):
        begin, end = part.window
        inside = [r for r in book.signals["tor_users/tor_direct_users/XA"] if begin <= r.step_at < end]
        values = [r.value for r in inside if r.value is not None]
        assert cell == (len(values), (end - begin).days, median(values) if values else None)
    assert 0 < level.cells[0][0] < level.cells[0][1]  # the series begins within the window before


def test_a_window_without_a_measurement_is_untested_on_the_page(tmp_path: Path) -> None:
    write_site(measured(10, 11), tmp_path)
    page = html.fromstring((tmp_path / case().id / "comparison.html").read_bytes())
    before, during, after = page.xpath("//section[@aria-labelledby='compare-A1']//tbody/tr[1]/td")
    assert "untested" in before.text_content()
    assert during.text_content() == "4"
    assert "untested" in after.text_content()


def test_where_the_case_holds_no_measurement_one_line_says_so_and_names_what_it_would_take(tmp_path: Path) -> None:
    write_site(measured(), tmp_path)
    page = html.fromstring((tmp_path / case().id / "comparison.html").read_bytes())
    (section,) = page.xpath("//section[@aria-labelledby='compare-A1']")
    assert not section.xpath(".//table")
    assert "untested" in section.text_content()
    assert "This case holds no measurement from these windows" in section.text_content()
    assert "It would take: Signal." in section.text_content()


def test_a_flood_of_one_kind_of_probe_makes_no_service_blocked() -> None:
    book = measured(10)
    flood = [m for m in book.measurements for _ in range(50)]
    same = [msgspec.structs.replace(m, measurement_id=f"f-{n}", probe_asn=4100000001, software="one 1",
                                     report_id=f"f-{n}")
            for n, m in enumerate(flood)]  # fmt: skip
    verdicts = [msgspec.structs.replace(book.verdicts[0], measurement_id=m.measurement_id) for m in same]
    _, during, _ = {a.id: c for a, c in comparison(replace(book, measurements=same, verdicts=verdicts)).asks}["A1"]
    assert during.measurements == len(same)
    assert during.blocked == []
