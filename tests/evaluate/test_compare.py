"""All detectors side by side, from the worlds to the table."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import msgspec
import pytest

from lightkeeper.evaluate.compare import delay, run
from lightkeeper.evaluate.detection import alone
from lightkeeper.evaluate.peer_rules import detectors
from lightkeeper.evaluate.scenarios import SEEDS, Plan, panel
from places import ROOT

COMMAND = str(Path(sys.executable).parent / "lightkeeper")


def evaluated(*arguments: str) -> dict:
    made = subprocess.run(
        [COMMAND, "evaluate", "--quick", "--json", *arguments], cwd=ROOT, capture_output=True, check=False,
        env=os.environ | {"COLUMNS": "200"},
    )  # fmt: skip
    assert made.returncode == 0, made.stderr.decode()
    return json.loads(made.stdout)


@pytest.fixture(scope="module")
def quick() -> dict:
    return evaluated()


def test_a_quick_run_puts_ours_beside_the_peers(quick: dict) -> None:
    by_name = {row["detector"]: row["scores"] for row in quick["rows"]}
    assert {"lightkeeper", "lightkeeper-series", "ioda", "frozen-median", "ooni-cusum"} <= set(by_name)
    assert by_name["lightkeeper"]["truths"] == 22
    assert all(scores["series_years"] > 0 for scores in by_name.values())
    assert any("SYNTHETIC" in note for note in quick["notes"])
    assert any("--data" in note for note in quick["notes"]), "says that real series were left out"


def test_two_runs_give_the_same_figures_and_name_the_series_that_a_folder_lacks(quick: dict, tmp_path: Path) -> None:
    again = evaluated("--data", str(tmp_path))
    for report in (quick, again):
        for row in report["rows"]:
            row["seconds"] = 0.0
    assert again["rows"] == quick["rows"]
    assert {row["case"] for row in again["rows"]} == {"synthetic"}
    assert sum("is skipped" in note for note in again["notes"]) == 7


def test_a_folder_that_is_not_there_is_an_error_with_a_remedy() -> None:
    made = subprocess.run([COMMAND, "evaluate", "--data", "nowhere"], cwd=ROOT, capture_output=True, check=False)
    assert made.returncode == 2
    assert b"--data" in made.stderr
    assert b"Traceback" not in made.stderr


def test_real_series_are_scored_where_the_user_has_them(shared: Path) -> None:
    report = evaluated("--data", str(shared))
    cases = {row["case"]: row for row in report["rows"] if row["detector"] == "ioda"}
    cut = cases["ioda-iran-2026"]["scores"]
    assert cut["recall"]["hits"] == 1
    assert cut["false_alarms"] == 0
    assert cut["covered"] < 0.5, "a rule that goes on learning forgets a cut of 17 days"
    assert "tor-flags" in {row["detector"] for row in report["rows"] if row["case"] == "tor-users"}


def test_delay_is_the_first_moment_at_which_it_could_be_known() -> None:
    made = panel(SEEDS["dev"], Plan(2, "national", 0.9))
    ioda = detectors()[0]
    waited = delay(ioda, made, made.truths[0])
    assert waited is not None
    assert waited <= 2
    assert delay(ioda._replace(find=alone(lambda _m, _n: [])), made, made.truths[0]) is None


def test_a_row_says_how_many_panels_it_comes_from() -> None:
    some = [panel(SEEDS["dev"], Plan(number, "national", 0.9)) for number in range(2)]
    row = run(detectors()[0], some, "synthetic", delays=True)
    assert row.panels == 2
    assert row.scores.recall.of == 2
    assert row.delay_known is not None
    assert row.delay_known.of == 1, "each kind at each depth is asked once"
    assert json.loads(msgspec.json.encode(row))["scores"]["recall"]["of"] == 2
