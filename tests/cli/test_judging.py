"""The commands that choose what judges, as a person types them."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from lightkeeper.cli import app
from lightkeeper.errors import InputError
from places import DATA

INPUT = str(DATA / "ooni" / "wc05_qa")
CSV = str(DATA / "fingerprints" / "http.csv")


def run(*arguments: str) -> tuple[int, str]:
    result = CliRunner().invoke(app, list(arguments))
    if isinstance(result.exception, InputError):
        raise result.exception
    return result.exit_code, result.stdout


def test_what_is_imported_is_listed_and_can_be_judged_by(tmp_path: Path) -> None:
    data = ("--data", str(tmp_path))
    code, said = run("import", "fingerprints", CSV, *data)
    assert code == 3, "some rows are set aside"
    _, listed = run("reference", "list", "--json", *data)
    [one] = json.loads(listed)["imported"]
    assert one["name"] in said
    assert one["sources"][0]["fingerprints"] == 14
    assert one["name"] in run("reference", "list", *data)[1]
    _, lines = run("judge", INPUT, "--json", "--reference", one["name"], *data)
    assert {json.loads(line)["ruleset"].partition("+")[2] for line in lines.splitlines()} == {one["name"]}


def test_an_observation_table_gives_the_lines_of_raw_records_and_says_what_stood_twice(tmp_path: Path) -> None:
    table = str(DATA / "observations" / "kenya-2024-telegram.org.csv")
    code, said = run("judge", table, "--json")
    lines = [json.loads(line) for line in said.splitlines()]
    assert [line.pop("rows_repeated") for line in lines] == [3, 3]
    assert lines[0].keys() == json.loads(run("judge", INPUT, "--json")[1].splitlines()[0]).keys()
    assert lines[0]["measurement_id"] == "20241105073204.179374_KE_webconnectivity_1e82aa46ea895ce4"
    assert code == 0
    _, made = run("judge", table, "--out", str(tmp_path), "--across", "--json")
    assert (json.loads(made)["judged"], json.loads(made)["rows_repeated"]) == (2, 6)
    assert "6 rows of observation tables stood twice" in CliRunner().invoke(app, ["judge", table]).stderr
    told = run("explain", table, "--id", lines[0]["measurement_id"])[1]
    assert "3 stood twice" in told
    assert "answered, its status is not on record" not in told, "its only exchange failed"


def test_a_frozen_ruleset_judges_as_the_current_one_does(tmp_path: Path) -> None:
    data = ("--data", str(tmp_path))
    run("ruleset", "freeze", *data)
    kept = json.loads(run("ruleset", "list", "--json", *data)[1])
    assert list(kept["kept"]) == [kept["current"]]
    assert kept["current"] in run("ruleset", "list", *data)[1]
    assert run("judge", INPUT, "--json", "--ruleset", kept["current"], *data) == run("judge", INPUT, "--json")
    frozen = str(tmp_path / "rulesets" / f"{kept['current']}.tsv")
    assert run("judge", INPUT, "--json", "--ruleset", frozen, *data) == run("judge", INPUT, "--json")


@pytest.mark.parametrize("command", ["judge", "explain"])
def test_a_name_that_is_not_here_is_refused_before_anything_is_judged(tmp_path: Path, command: str) -> None:
    with pytest.raises(InputError, match="reference list"):
        run(command, INPUT, "--reference", "ref-000000000000", "--data", str(tmp_path))
