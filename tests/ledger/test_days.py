"""Days of a network that say different things at different hours. All rows here are synthetic."""

from __future__ import annotations

from datetime import timedelta

import msgspec

from ledger.ledger_rows import Rows, ledger, measured, together
from ledger.test_coverage import covered

NETWORK = (44244,)


def at(rows: Rows, hours: int) -> Rows:
    """The same, so many hours after 16:30 in Tehran, in sessions of their own."""
    measurements, verdicts = rows
    return (
        [
            msgspec.structs.replace(
                m,
                measurement_id=f"{m.measurement_id}+{hours}",
                report_id=f"{m.report_id}+{hours}",
                started_at=m.started_at + timedelta(hours=hours),
            )
            for m in measurements
            if m.started_at is not None
        ],
        [msgspec.structs.replace(v, measurement_id=f"{v.measurement_id}+{hours}") for v in verdicts],
    )


def days_seen(rows: Rows) -> list[str]:
    return [d.seen for d in covered(rows).days]


def exams(days: range) -> Rows:
    """Blocked in the afternoon, open in the morning and at night."""
    return together(
        measured("signal", "blocked", asns=NETWORK, days=days),
        *(at(measured("signal", "ok", asns=NETWORK, days=days), hours) for hours in (-6, 4)),
    )


def test_a_block_that_keeps_the_same_hours_on_three_days_is_seen_though_other_hours_are_open() -> None:
    assert days_seen(exams(range(3))) == ["blocked"] * 3
    assert ledger(rows=exams(range(3)))["A1", "irancell"].answer == "breached"


def test_on_two_days_it_may_be_anything() -> None:
    assert days_seen(exams(range(2))) == ["divided"] * 2
    assert ledger(rows=exams(range(2)))["A1", "irancell"].answer == "insufficient"


def test_a_weekend_without_exams_does_not_hide_the_hours_of_the_week() -> None:
    free = measured("signal", "ok", asns=NETWORK, days=range(2, 3))
    week = together(exams(range(2)), free, exams(range(3, 5)))
    assert days_seen(week) == ["blocked", "blocked", "ok", "blocked", "blocked"]


def test_hours_that_are_open_on_half_of_the_days_between_keep_no_clock() -> None:
    free = measured("signal", "ok", asns=NETWORK, days=range(1, 3))
    assert days_seen(together(exams(range(1)), free, exams(range(3, 5)))) == [
        "divided",
        "ok",
        "ok",
        "divided",
        "divided",
    ]


def test_different_hours_on_each_day_keep_no_clock() -> None:
    wandering = [at(measured("signal", "blocked", asns=NETWORK, days=range(n, n + 1)), -3 * n) for n in range(3)]
    fine = at(measured("signal", "ok", asns=NETWORK, days=range(3)), 6)
    assert days_seen(together(*wandering, fine)) == ["divided"] * 3


def test_the_hours_of_a_block_may_themselves_leak_once() -> None:
    leak = at(measured("signal", "ok", asns=NETWORK, days=range(3), each=1, sessions=1), 0)
    assert days_seen(together(exams(range(3)), leak)) == ["blocked"] * 3
