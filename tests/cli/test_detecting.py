"""What `detect` says of a source. The series are SYNTHETIC."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path

from typer.testing import CliRunner

from lightkeeper.cli import app


def test_a_dip_that_all_countries_share_is_said_to_be_the_sources_own_and_is_no_event(tmp_path: Path) -> None:
    lines = ["series,hour,value"]
    for place, country in enumerate(("QA", "QB", "QC", "QD", "QE", "QF")):
        for day in range(100):
            value = (500 + (7 * day + 3 * place) % 19) * (0.6 if 80 <= day < 84 else 1.0)
            lines.append(f"tor_users/direct/{country},{date(2024, 1, 1) + timedelta(days=day)},{value:.0f}")
    path = tmp_path / "dip.csv"
    path.write_text("\n".join(lines))
    made = CliRunner().invoke(app, ["detect", "--json", str(path)])
    assert (made.exit_code, made.stdout) == (0, "")
    assert "tor_users/direct fell by 40% in 6 countries at once" in made.stderr
    assert "the source's own, and no event of any of them" in made.stderr
