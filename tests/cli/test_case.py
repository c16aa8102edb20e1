"""`case new`: what is printed next can be run."""

from __future__ import annotations

import json
import re
import shutil
from pathlib import Path

from typer.testing import CliRunner

from lightkeeper.cli import app
from places import ROOT

ASKED = ("--country", "KE", "--vote", "2027-08-10", "--source", "SYNTHETIC")


def test_a_new_case_says_what_to_do_next_and_passes_its_check(tmp_path: Path) -> None:
    folder = str(tmp_path / "kenya-2027-election")
    told = CliRunner().invoke(app, ["case", "new", folder, *ASKED, "--to", "President", "--to", "Speaker"])
    assert told.exit_code == 0, told.output
    next_ones = re.findall(r"lightkeeper (case|letter) (\w+)", told.output)
    assert [words[1] for words in next_ones if words[0] == "case"] == ["check", "fetch", "gather", "build"]
    checked = CliRunner().invoke(app, ["case", "check", folder, "--data", str(tmp_path / "data")])
    assert checked.exit_code == 0, checked.output
    assert 'addressees = ["President", "Speaker"]' in (Path(folder) / "case.toml").read_text(encoding="utf-8")
    again = CliRunner().invoke(app, ["case", "new", folder, *ASKED])
    assert "something already" in str(again.exception)


def test_the_check_counts_the_claims_that_have_no_translation(tmp_path: Path) -> None:
    folder = tmp_path / "uganda-2021-election"
    shutil.copytree(ROOT / "cases" / "uganda-2021-election", folder)
    words = (folder / "case.fa.toml").read_text(encoding="utf-8")
    one = re.search(r"^\[documents\.(?P<id>[^\]]+)\]\n(?:(?!\[).*\n)*", words, re.MULTILINE)
    assert one
    (folder / "case.fa.toml").write_text(words.replace(one[0], ""), encoding="utf-8")
    ran = CliRunner().invoke(app, ["case", "check", str(folder), "--data", str(tmp_path / "data")])
    assert f"case.fa.toml: 1 of 22 claims of documents have no translation: {one['id']}." in ran.output
    told = json.loads(CliRunner().invoke(app, ["case", "check", str(folder), "--json"]).output)
    assert told["claims_without_words"] == {"fa": [one["id"]]}
