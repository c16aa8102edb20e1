"""Blocks by the clock: a network's own past and its neighbours as control. All tables synthetic."""

from __future__ import annotations

from collections.abc import Callable, Collection
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from lightkeeper.judge.orders import Order, day_number
from lightkeeper.judge.verdicts import judge
from lightkeeper.model import Control
from lightkeeper.model.hours import hours_from
from lightkeeper.run.across import judge_across, judged_across
from lightkeeper.run.judging import Judged
from lightkeeper.store.lake import Lake
from run.around_rows import CHAT, WORLD, Tables, signal, tcp, verdicts
from run.test_across import content, whole

OPERATOR = ("KE", 33771)
NEIGHBOURS = [("KE", 36926), ("KE", 15399), ("KE", 37100), ("KE", 15808)]
"""Noon of the tables is 15:20 in Nairobi on a Saturday; hours are counted from it."""
EXAM, FREE = (17, 19), (21, 28)
"""Local 08:20 and 10:20 of the next day, and 12:20 and 19:20: hours after noon of a day."""
SUNDAY = day_number(date(2026, 1, 11))
CUT = signal(chat="connection_reset")
Fails = Callable[[int, int], bool]


def days_of(
    tables: Tables, network: tuple[str, int], fails: Fails, days: Collection[int] = range(-12, 5), **more: Any
) -> dict[tuple[int, int], str]:
    """Sessions of a network in exam and free hours of each day; gives their ids by day and hour."""
    return {
        (day, hour): tables.add(network, CUT if fails(day, hour) else signal(), hours=day * 24 + hour, **more)
        for day in days
        for hour in (*EXAM, *FREE)
    }


def never(day: int, hour: int) -> bool:
    return False


def in_exams(day: int, hour: int) -> bool:
    return day >= 0 and hour in EXAM


def judged(tmp_path: Path, here: Fails, there: Fails = never, **more: Any) -> tuple[Path, dict[tuple[int, int], str]]:
    tables = Tables()
    names = days_of(tables, OPERATOR, here, **more)
    for network in NEIGHBOURS:
        days_of(tables, network, there)
    out = tables.write(tmp_path)
    judge_across(out)
    return out, names


def states(out: Path, names: dict[tuple[int, int], str]) -> dict[tuple[int, int], str]:
    return {at: whole(out, name).state for at, name in names.items()}


def test_what_fails_in_exam_hours_is_blocked_though_it_works_in_free_hours_and_no_other_country_measured(
    tmp_path: Path,
) -> None:
    out, names = judged(tmp_path, in_exams)
    assert {at for at, state in states(out, names).items() if state == "blocked"} == {
        (day, hour) for day in range(5) for hour in EXAM
    }
    found = whole(out, names[1, EXAM[0]])
    assert (found.rule, found.mechanism) == ("tls.cut_where_others_complete", "tls.reset")
    assert "10 of 10 sessions on this network failed alike (daily 08-09 10-11, on 5 days)" not in found.reasons[0]
    assert "(Mon-Thu Sun 08-09 10-11, on 5 days)" in found.reasons[0]
    assert "0 of 48 in a month before" in found.reasons[0]
    assert "on 4 other networks of the country" in found.reasons[0]


def test_free_hours_do_not_acquit_where_other_countries_get_through(tmp_path: Path) -> None:
    tables = Tables()
    names = days_of(tables, OPERATOR, in_exams, days=range(5))
    for day in range(5):
        for network in WORLD:
            for hour in EXAM:
                tables.add(network, signal(), hours=day * 24 + hour)
    out = tables.write(tmp_path)
    judge_across(out)
    assert whole(out, names[2, EXAM[0]]).state == "blocked"
    assert whole(out, names[2, FREE[0]]).state == "ok"


def test_a_service_that_is_down_for_the_whole_country_accuses_no_network(tmp_path: Path) -> None:
    out, names = judged(tmp_path, in_exams, in_exams)
    assert "blocked" not in states(out, names).values()
    assert "too few other networks of the country" in whole(out, names[1, EXAM[0]]).reasons[0].casefold()


def test_one_day_alone_accuses_nobody_by_a_networks_own_past(tmp_path: Path) -> None:
    out, names = judged(tmp_path, lambda day, hour: day == 0 and hour != FREE[1])
    assert "blocked" not in states(out, names).values()
    assert "too few to go by this network's past alone" in whole(out, names[0, EXAM[0]]).reasons[0]


def test_a_network_that_was_never_seen_to_get_through_accuses_nobody(tmp_path: Path) -> None:
    out, names = judged(tmp_path, lambda _day, _hour: True)
    assert "blocked" not in states(out, names).values()


def test_a_network_that_failed_at_these_hours_before_too_accuses_nobody(tmp_path: Path) -> None:
    out, names = judged(tmp_path, lambda _day, hour: hour in EXAM)
    assert "blocked" not in states(out, names).values()


def test_a_version_of_the_software_that_never_got_through_is_no_witness(tmp_path: Path) -> None:
    tables = Tables()
    days_of(tables, OPERATOR, never)
    for network in NEIGHBOURS:
        days_of(tables, network, never)
    names = {
        (day, hour): tables.add(OPERATOR, CUT, hours=day * 24 + hour, software="ooniprobe-android 9.9.9")
        for day in range(5)
        for hour in EXAM
    }
    out = tables.write(tmp_path)
    judge_across(out)
    assert "blocked" not in states(out, names).values()


def test_a_kind_of_probe_that_never_got_through_there_is_no_witness(tmp_path: Path) -> None:
    tables = Tables()
    days_of(tables, OPERATOR, never, days=range(-12, 0))
    for network in NEIGHBOURS:
        days_of(tables, network, never)
    names = days_of(tables, OPERATOR, in_exams, days=range(5))
    broken = {
        (day, hour): tables.add(OPERATOR, CUT, hours=day * 24 + hour, platform="ios", network_type="wifi")
        for day in range(-5, -1)
        for hour in EXAM
    }
    out = tables.write(tmp_path)
    judge_across(out)
    assert "blocked" not in states(out, broken).values()
    assert "blocked" in states(out, names).values()


def test_a_failure_among_sessions_that_get_through_is_not_laid_to_the_block_of_other_hours(tmp_path: Path) -> None:
    tables = Tables()
    days_of(tables, OPERATOR, in_exams)
    for network in NEIGHBOURS:
        days_of(tables, network, never)
    for n in range(3):
        tables.add(OPERATOR, signal(), hours=2 * 24 + FREE[0], report_id=f"passing-{n}")
    name = tables.add(OPERATOR, CUT, hours=2 * 24 + FREE[0])
    out = tables.write(tmp_path)
    judge_across(out)
    assert whole(out, name).state == "insufficient"


def test_a_lone_failure_days_before_the_first_block_is_not_laid_to_it(tmp_path: Path) -> None:
    out, names = judged(tmp_path, lambda day, hour: in_exams(day, hour) or (day, hour) == (-5, EXAM[0]))
    found = states(out, names)
    assert found[-5, EXAM[0]] == "insufficient"
    assert found[1, EXAM[0]] == "blocked"


def test_a_dead_line_is_no_witness_whatever_the_hour(tmp_path: Path) -> None:
    dead = signal("connection_reset", "connection_reset")
    tables = Tables()
    days_of(tables, OPERATOR, never, days=range(-12, 0))
    for network in NEIGHBOURS:
        days_of(tables, network, never)
    names = {(d, h): tables.add(OPERATOR, dead, hours=d * 24 + h) for d in range(5) for h in EXAM}
    out = tables.write(tmp_path)
    judge_across(out)
    assert "blocked" not in states(out, names).values()


def test_two_chatty_days_are_no_three(tmp_path: Path) -> None:
    out, names = judged(tmp_path, lambda day, hour: day in (0, 1) and hour in EXAM)
    assert "blocked" not in states(out, names).values()


def test_the_month_after_stands_in_for_a_month_before_that_nobody_measured(tmp_path: Path) -> None:
    out, names = judged(tmp_path, lambda day, hour: day < 5 and hour in EXAM, days=range(17))
    assert states(out, names)[2, EXAM[0]] == "blocked"
    assert "in a month after" in whole(out, names[2, EXAM[0]]).reasons[0]


def test_a_block_that_is_for_all_day_at_first_and_then_for_hours_is_seen_in_these_hours(tmp_path: Path) -> None:
    out, names = judged(tmp_path, lambda day, hour: 0 <= day < 5 or (day >= 5 and hour in EXAM), days=range(-12, 10))
    found = states(out, names)
    assert found[1, FREE[0]] == "blocked"
    assert {found[day, hour] for day in range(6, 9) for hour in EXAM} == {"blocked"}


def test_the_rows_are_kept_and_judge_the_same_and_a_second_run_changes_nothing(tmp_path: Path) -> None:
    out, names = judged(tmp_path, in_exams)
    name = names[1, EXAM[0]]
    kept = [c for c in Lake(out).read(Control) if c.measurement_id == name]
    assert {"same_hours", "own_before", "own_before_hours", "neighbours", "neighbours_now"} <= {c.lineage for c in kept}
    tables = Tables()
    days_of(tables, OPERATOR, in_exams)
    seen = next(s for s in tables.seen if s.measurement.measurement_id == name)
    assert judge(seen, kept)[-1] == whole(out, name)
    before = content(out)
    judge_across(out)
    assert content(out) == before


@pytest.mark.parametrize(("country", "said"), [("KE", "08-09 10-11"), ("ID", "05-06 07-08 UTC")])
def test_hours_are_by_the_one_clock_of_a_country_and_by_utc_where_it_has_several(
    country: str, said: str, tmp_path: Path
) -> None:
    tables = Tables()
    names = days_of(tables, (country, 33771), in_exams)
    for _, asn in NEIGHBOURS:
        days_of(tables, (country, asn), never)
    out = tables.write(tmp_path)
    judge_across(out)
    assert said in whole(out, names[1, EXAM[0]]).reasons[0]


def pool(blocked: int, places: Collection[str], failure: str = "generic_timeout_error") -> list[dict[str, Any]]:
    """A pool of data centres of which the first are blocked, and another part that works."""
    made = [
        tcp(("telegram/dc", "", ip), failure if n < blocked else None) | {"hostname": None}
        for n, ip in enumerate(places)
    ]
    return [*made, tcp(CHAT)]


FOUR_PLACES = ("149.154.167.51", "149.154.171.5", "95.161.76.100", "149.154.175.50")


@pytest.mark.parametrize(
    ("blocked", "places", "state"),
    [
        (2, FOUR_PLACES, "blocked"),
        (1, FOUR_PLACES, "ok"),
        (2, ("149.154.167.51", "149.154.167.91", "95.161.76.100", "149.154.175.50"), "ok"),
    ],
    ids=["half of it", "a quarter", "two at one place"],
)
def test_a_pool_of_which_half_is_stopped_on_one_network_is_blocked_in_part(
    blocked: int, places: Collection[str], state: str, tmp_path: Path
) -> None:
    tables = Tables()
    telegram = {"test_name": "telegram", "target": "telegram"}
    for network in [OPERATOR, *NEIGHBOURS]:
        for day in range(-12, 5):
            for hour in (*EXAM, *FREE):
                stopped = network == OPERATOR and in_exams(day, hour)
                name = tables.add(network, pool(blocked * stopped, places), hours=day * 24 + hour, **telegram)
                if network == OPERATOR and (day, hour) == (2, EXAM[0]):
                    asked = name
    out = tables.write(tmp_path)
    judge_across(out)
    found = verdicts(out, asked)["telegram/dc", "all"]
    assert found.state == state
    if state == "blocked":
        assert found.mechanism == "tcp.timeout.in_part"
        assert "2 of 4 addresses of this pool are blocked here" in found.reasons[0]
        assert whole(out, asked, "telegram").state == "blocked"


def ordered(hours: str, weekdays: str | None = None) -> Order:
    """An order of the second day of the tables (a Sunday) and those after, for Signal in Kenya."""
    given = hours_from(hours, weekdays)
    assert given is not None
    return Order("KE", frozenset({"signal"}), SUNDAY, SUNDAY + 30, given)


@pytest.mark.parametrize(
    ("order", "state"),
    [
        (None, "insufficient"),
        (ordered("08:00-11:00"), "blocked"),
        (ordered("08:00-11:00", "Sun;Mon"), "blocked"),
        (ordered("08:00-11:00", "Tue-Fri"), "insufficient"),
        (ordered("18:00-20:00"), "insufficient"),
    ],
    ids=["no document", "these hours", "these days", "other days", "other hours"],
)
def test_hours_that_a_document_gives_stand_in_for_a_third_day(order: Order | None, state: str) -> None:
    tables = Tables()
    names = days_of(tables, OPERATOR, lambda day, hour: day in (0, 1) and hour in EXAM)
    for network in NEIGHBOURS:
        days_of(tables, network, never)
    found = judged_across(
        [Judged("synthetic", n, s, judge(s)) for n, s in enumerate(tables.seen, 1)], [order] if order else []
    )
    asked = next(j for j in found if j.seen.measurement.measurement_id == names[1, EXAM[0]])
    assert asked.verdicts[-1].state == state
    if state == "blocked":
        assert "as a document gives them, on 2 days" in asked.verdicts[-1].reasons[0]
