"""What many tests need: where the real data lies."""

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
