"""The house itself: rooms import in one direction, pages are fresh, and nothing names this machine."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

from lightkeeper.model import TABLES
from lightkeeper.run.reference import pages
from places import ROOT


def test_each_room_imports_only_from_rooms_above_it() -> None:
    found = subprocess.run(
        [str(Path(sys.executable).parent / "lint-imports")], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert found.returncode == 0, found.stdout + found.stderr


@pytest.mark.parametrize("name", sorted(pages()))
def test_a_generated_page_is_fresh(name: str) -> None:
    assert (ROOT / "docs" / name).read_text(encoding="utf-8") == pages()[name], "run `make docs` and commit the result"


def test_every_column_says_what_it_means() -> None:
    for table in TABLES:
        assert all(column.meaning for column in table.columns()), table.table_name
        assert any(column.key for column in table.columns()), table.table_name


def test_no_lock_file_names_a_host() -> None:
    assert not re.search(r"https?://|file:|index-url", (ROOT / "requirements.lock").read_text())


def test_the_readme_shows_the_two_commands_first() -> None:
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    assert text.index("make run") < text.index("make test") < 1500


def test_every_test_that_the_page_on_security_names_is_there() -> None:
    named = re.findall(r"`(tests/[\w/]+\.py)`", (ROOT / "docs" / "security.md").read_text(encoding="utf-8"))
    assert len(named) > 20
    assert [name for name in named if not (ROOT / name).is_file()] == []
