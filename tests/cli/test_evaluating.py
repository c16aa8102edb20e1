"""The table of `evaluate`: where there is no terminal, no figure is cut off."""

from __future__ import annotations

from typer.testing import CliRunner

from lightkeeper.cli import app


def test_a_table_in_a_pipe_cuts_nothing_off() -> None:
    made = CliRunner().invoke(app, ["evaluate", "--quick"], env={"COLUMNS": "60"})
    assert made.exit_code == 0
    assert "…" not in made.stdout
    for said in ("false alarms a series-year", "lightkeeper-series", "Early signs", "before nothing", "no forecasts"):
        assert said in made.stdout
