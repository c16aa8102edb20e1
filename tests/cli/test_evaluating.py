"""The table of `evaluate`: where there is no terminal, no figure is cut off."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from typer.testing import CliRunner

from lightkeeper.cli import app


def test_a_table_in_a_pipe_cuts_nothing_off() -> None:
    made = CliRunner().invoke(app, ["evaluate", "--quick"], env={"COLUMNS": "60"})
    assert made.exit_code == 0
    assert "…" not in made.stdout
    for said in ("false alarms a series-year", "lightkeeper-series", "Early signs", "before nothing", "no forecasts"):
        assert said in made.stdout


@pytest.mark.parametrize(
    ("what", "said"), [("join", ("right pairs found", "simple rule,")), ("cause", ("AUC (95 %, countries drawn)",))]
)
def test_nor_do_those_of_joins_and_causes(shared: Path, what: str, said: tuple[str, ...]) -> None:
    made = CliRunner().invoke(app, ["evaluate", what, "--data", str(shared)], env={"COLUMNS": "60"})
    assert made.exit_code == 0
    assert not re.search("…[ │┃]", made.stdout)
    assert all(one in made.stdout for one in said)
