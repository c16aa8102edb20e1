"""Machine code is never that of other source."""

from __future__ import annotations

import os
from pathlib import Path

import numba

from lightkeeper.signals.compiled import PACKAGE, stamp_of


def test_a_change_of_any_module_leads_to_another_folder(tmp_path: Path) -> None:
    one, other = tmp_path / "signals" / "one.py", tmp_path / "detect" / "other.py"
    one.parent.mkdir()
    other.parent.mkdir()
    one.write_text("a = 1")
    other.write_text("b = 1")
    before = stamp_of(tmp_path)
    assert stamp_of(tmp_path) == before
    other.write_text("b = 22")
    longer = stamp_of(tmp_path)
    assert longer != before
    os.utime(one, ns=(1, 1))
    assert stamp_of(tmp_path) != longer


def test_the_folder_of_this_process_bears_the_stamp_of_its_package() -> None:
    assert numba.config.CACHE_DIR.endswith(f"numba-{stamp_of(PACKAGE)}")
