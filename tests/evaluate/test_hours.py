"""Verdicts by network and kind of hour: how they are counted, and what an excerpt of Kenya's weeks gives."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest
from typer.testing import CliRunner

from lightkeeper.cli import app
from lightkeeper.errors import InputError
from lightkeeper.evaluate.hours import count_hours, read_key
from lightkeeper.run.across import judge_across
from lightkeeper.run.tables import judge_into
from places import DATA

KEY = Path(__file__).parents[2] / "benchmarks/keys/kenya-2024.toml"


def at(day: int, hour: int, minute: int = 0) -> datetime:
    """A moment of November 2024 by the clock of Nairobi, three hours ahead of UTC."""
    return datetime(2024, 11, day, hour - 3, minute, tzinfo=UTC)


def test_hours_are_those_of_the_order_by_the_local_clock() -> None:
    moments = [at(4, 8), at(5, 8), at(5, 9, 59), at(5, 10), at(9, 8), at(22, 15), at(23, 8)]
    seen = [("telegram", 1, moment, "blocked") for moment in moments]
    found = {c.kind: (c.measured, c.blocked, c.ok) for c in count_hours(seen, read_key(KEY))}
    assert found == {
        "before": (1, 1, 0),
        "in the hours": (3, 3, 0),
        "other hours": (1, 1, 0),
        "other days": (1, 1, 0),
        "after": (1, 1, 0),
    }


def test_a_file_that_is_no_key_is_refused(tmp_path: Path) -> None:
    (tmp_path / "key.toml").write_text('title = "x"')
    with pytest.raises(InputError, match="no key"):
        read_key(tmp_path / "key.toml")


@pytest.fixture(scope="module")
def counted(tmp_path_factory: pytest.TempPathFactory) -> dict[tuple[str, int, str], tuple[int, int, int]]:
    """Four of six data centres at port 443, of all networks but the largest operator's two."""
    out = tmp_path_factory.mktemp("kenya")
    judge_into([DATA / "observations/kenya-2024-hours.csv.gz"], out)
    judge_across(out)
    printed = CliRunner().invoke(app, ["evaluate", "hours", str(out), "--key", str(KEY), "--json"])
    rows = json.loads(printed.stdout)
    return {(r["target"], r["probe_asn"], r["kind"]): (r["measured"], r["blocked"], r["ok"]) for r in rows}


def test_an_operator_that_blocked_in_the_hours_of_exams_is_seen_in_them_and_is_free_at_night(
    counted: dict[tuple[str, int, str], tuple[int, int, int]],
) -> None:
    assert counted["telegram/dc", 12455, "in the hours"] == (8, 8, 0)
    assert counted["telegram/dc", 12455, "before"] == (75, 0, 75)
    assert counted["telegram/dc", 12455, "other days"] == (7, 0, 7)
    measured, blocked, _ = counted["telegram/dc", 12455, "other hours"]
    assert (measured, blocked) == (20, 1)


def test_an_operator_that_did_not_obey_is_accused_of_nothing(
    counted: dict[tuple[str, int, str], tuple[int, int, int]],
) -> None:
    assert [blocked for (_, asn, _), (_, blocked, _) in counted.items() if asn in (36926, 15399) and blocked] == []


def test_nobody_is_accused_before_the_order_and_the_service_is_open_where_three_sessions_were_seen(
    counted: dict[tuple[str, int, str], tuple[int, int, int]],
) -> None:
    before = [c for (target, _, kind), c in counted.items() if kind == "before" and target == "telegram/dc"]
    assert sum(blocked for _, blocked, _ in before) == 0
    assert all(ok > 0 for measured, _, ok in before if measured >= 3)
