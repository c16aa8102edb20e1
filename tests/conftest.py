"""What many tests need: where the real data lies. And what a person needs to run a failed order again."""

from __future__ import annotations

from pathlib import Path

import pytest

from places import SHARED


@pytest.fixture
def shared() -> Path:
    """Real data that the product may not carry. Tests that need it are skipped where it is absent."""
    if not SHARED.is_dir():
        pytest.skip("needs ../shared/data, whose licence forbids carrying it")
    return SHARED


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    """Tests run in another order each time (pytest-randomly), so a run that failed tells which order it had."""
    seed = config.getoption("randomly_seed", None)
    if seed is not None and (terminalreporter.stats.get("failed") or terminalreporter.stats.get("error")):
        terminalreporter.write_line(f"The same order again: pytest --randomly-seed={seed}")
