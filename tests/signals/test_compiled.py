"""Machine code is never that of other source."""

from __future__ import annotations

import os
from pathlib import Path

import numba
import numpy as np
import pytest

from lightkeeper.signals.compiled import PACKAGE, stamp_of
from lightkeeper.signals.memory import expect, forget, learn, new_memory, spread, turn_day


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


@pytest.mark.parametrize("function", [expect, learn, spread, turn_day])
def test_what_runs_at_each_step_counts_no_holders_of_arrays(function) -> None:
    assert function.targetoptions["_nrt"] is False
    assert function.targetoptions["forceinline"] is True


def test_compiled_steps_give_what_the_plain_ones_give() -> None:
    values = np.exp(0.1 * np.random.default_rng(5).standard_normal(24 * 30)).astype(np.float32)
    told = []
    for plain in (False, True):
        of = [f.py_func if plain else f for f in (turn_day, expect, learn)]
        week, day, state = new_memory(3600)
        forget(week, day, state)
        told.append([])
        for step, value in enumerate(values):
            of[0](week, day, state, step // 24)
            told[-1].append(of[1](week, day, state, step % 24, step % 168))
            of[2](week, day, state, step // 24, step % 24, step % 168, value, told[-1][-1][0])
    np.testing.assert_array_equal(told[0], told[1])
